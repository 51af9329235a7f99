"""The quantizers of QKeras by their formulas, in float32."""
import numpy as np

from fixed_point import integers


def inputs(random):
    return {"x": integers(random, 1, 4, (200, 9), f=6)}


def bits(x, width, integer=0, symmetric=0, keep_negative=1):
    m = np.float32(2.0**(width - keep_negative))
    grid = np.rint(x * m / np.float32(2.0**integer))
    return 2.0**integer * np.clip(grid, keep_negative * (symmetric - m), m - 1) / m


def relu(x, width, integer=0, slope=0.0):
    m, scale = np.float32(2.0**(width - (slope != 0))), np.float32(2.0**integer)
    p = x * m / scale
    y = scale * np.clip(np.rint(p) / m, 0, 1 - 1 / m)
    if slope:
        y += scale * slope * np.clip(np.rint(p * np.float32(slope)) / (slope * m), -1, 0)
    return y


def hard_sigmoid(x):
    return np.clip(0.5 * x + 0.5, 0, 1)


def relu_sigmoid(x, width, integer):
    m, scale = 2.0**width, 2.0**integer
    return scale * np.clip(2 * np.rint(hard_sigmoid(x / scale) * m) / m - 1, 0, 1 - 1 / m)


def tanh(x, width, symmetric=0):
    m = 2.0**(width - 1)
    return np.clip(np.rint((2 * hard_sigmoid(x) - 1) * m) / m, -1 + symmetric / m, 1 - 1 / m)


def sigmoid(x, width, symmetric=0):
    m = 2.0**width
    return np.clip(np.rint(hard_sigmoid(x) * m) / m, symmetric / m, 1 - 1 / m)


def outputs(x):
    x = np.float32(x)
    sign = np.sign(x) + (1 - np.abs(np.sign(x)))
    return {
        "plain": bits(x, 6, 2),
        "wide": bits(x, 9, 5),
        "symmetric": bits(x, 5, 1, symmetric=1),
        "positive": bits(x, 4, 2, keep_negative=0),
        "sign": sign,
        "rectified": relu(x, 5, 2),
        "fraction": relu(x, 6),
        "leaky": relu(x, 6, 2, 0.25),
        "even": relu(x, 6, 2, 1.0),
        "through_sigmoid": relu_sigmoid(x, 5, 2),
        "tanh_6": tanh(x, 6),
        "tanh_symmetric": tanh(x, 4, 1),
        "sigmoid_6": sigmoid(x, 6),
        "sigmoid_symmetric": sigmoid(x, 3, 1),
        "two": sign,
        "bit": (sign + 1) / 2,
        "three": (np.abs(x) >= np.float32(0.33)) * np.sign(x),
        "three_wide": (np.abs(x) >= 2.5) * np.sign(x),
    }

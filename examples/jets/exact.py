"""The network in plain integers: what jets.da means, written a second time and independently of the toolchain.
Arrays are those of jets.npz. A value is an integer n and a common binary point F: n * 2^-F."""
import numpy as np


def as_integers(values):
    """The smallest F such that values * 2^F are integers, and those."""
    point = 0
    while not np.all(np.ldexp(values, point) == np.floor(np.ldexp(values, point))):
        point += 1
        assert point < 60, "not a dyadic number"
    return np.ldexp(values, point).astype(np.int64), point


def quantize(n, point, k, i, f):
    """Truncation (floor) and wrap-around, per element. Also says how many values wrapped."""
    width = k + i + f
    i, f, width = (np.where(width > 0, a, 0) for a in (i, f, width))
    finest = max(point, int(f.max()))
    floor = (n << (finest - point)) >> (finest - f)
    low = -(k << np.maximum(i + f, 0))
    code = np.where(width > 0, ((floor - low) & ((1 << width) - 1)) + low, 0)
    return code << (int(f.max()) - f), int(f.max()), int(((code != floor) & (width > 0)).sum())


def dense(n, point, kernel, bias):
    weights, weight_point = as_integers(kernel.astype(np.float64))
    offsets, offset_point = as_integers(bias.astype(np.float64))
    total = max(point + weight_point, offset_point)
    return ((n @ weights) << (total - point - weight_point)) + (offsets << (total - offset_point)), total


def evaluate(arrays, x):
    """Scores [n, 5] as float64, exactly, and the number of values that wrapped on the way."""
    n, point = as_integers(x.astype(np.float64))
    wrapped = 0
    for layer in range(1, 5):
        i, f = (arrays[f"{key}{layer}"].astype(np.int64) for key in "if")
        n, point, count = quantize(n, point, 1 if layer == 1 else 0, i, f)
        n, point = dense(n, point, arrays[f"kernel{layer}"], arrays[f"bias{layer}"])
        wrapped += count
        if layer < 4:
            n = np.maximum(n, 0)
    return np.ldexp(n.astype(np.float64), -point), wrapped

"""What QKeras 0.9 computes at inference, with NumPy in float32: its quantizers of trained arrays and of values."""
import numpy as np

F = np.float32
EPSILON = F(1e-7)


def power_of_two(x):
    return F(2) ** np.rint(np.log(F(x) + EPSILON) / F(np.log(2.0)))


def scale_axes(x):
    return tuple(range(x.ndim - 1)) if x.ndim > 1 else (0,)


def fitted(x, q):
    """The least-squares scale of each channel, as a power of two."""
    qx, qq = x * q, q * q
    if x.ndim > 1:
        qx, qq = (np.mean(v, axis=scale_axes(x), keepdims=True) for v in (qx, qq))
    return power_of_two(qx / (qq + EPSILON))


def quantized_bits(x, bits=8, integer=0, symmetric=0, keep_negative=True, alpha=1):
    x, unsigned = F(x), bits - int(keep_negative)
    m, m_i = F(2.0**unsigned), F(2.0**integer)
    if isinstance(alpha, str):
        x = x / m_i
        levels = (2 ** (bits - 1) - 1) * 2
        scale = F(np.max(np.abs(x), axis=scale_axes(x), keepdims=True) * 2) / F(levels)
        rounds = 1
        if alpha == "auto_po2":
            scale, rounds = power_of_two(scale), 5
        for _ in range(rounds):
            v = np.floor(np.abs(x) / scale + F(0.5))
            z = np.sign(x) * np.where(v < levels / 2, v, F(levels / 2))
            if alpha == "auto_po2":
                scale = fitted(x, z)
        return F(scale * m) * F(m_i * z / m)
    if unsigned == 0:
        return F(alpha) * np.where(x < 0, F(-1), F(1))
    xq = m_i * np.clip(np.rint(x * m / m_i), int(keep_negative) * (symmetric - m), m - 1) / m
    return F(alpha) * F(xq)


def quantized_relu(x, bits=8, integer=0, slope=0.0):
    m, m_i = F(2.0 ** (bits - (slope != 0))), F(2.0**integer)
    p = F(x) * m / m_i
    y = m_i * np.clip(np.rint(p) / m, 0, 1 - 1 / m)
    if slope:
        y = y + m_i * slope * np.clip(np.rint(p * F(slope)) / (F(slope) * m), -1, 0)
    return F(y)


def binary(x, alpha=1):
    k = np.where(F(x) < 0, F(-1), F(1))
    return (fitted(F(x), k) if alpha == "auto_po2" else F(alpha)) * k


def ternary(x, alpha=1, threshold=0.33):
    x = F(x)
    if alpha != "auto_po2":
        return F(alpha) * (np.abs(x) >= F(threshold)) * np.sign(x)
    scale = power_of_two(2 * np.max(np.abs(x), axis=scale_axes(x), keepdims=True) / F(3))
    for _ in range(5):
        q = (np.abs(scale * np.rint(x / scale)) >= scale / 2) * np.sign(x)
        scale = fitted(x, q)
    return scale * q


def exponents(width, limit):
    width -= 1 if limit is None or limit > 1 else 0
    return -(2**width), 2**width - 1


def power(magnitude, low, high, limit, quadratic):
    if quadratic:
        high = 2 * (high // 2)
    filtered = np.maximum(F(magnitude), EPSILON)
    if limit is not None:
        filtered = np.minimum(filtered, F(limit))
    root = np.sqrt(filtered) if quadratic else filtered
    exponent = np.clip(np.rint(np.log(root) / F(np.log(2.0))), low, high) * (2 if quadratic else 1)
    return 2.0 ** np.where(magnitude < EPSILON, low, exponent)


def quantized_po2(x, bits, limit=None, quadratic=False):
    return np.where(F(x) < 0, -1, 1) * power(np.abs(F(x)), *exponents(bits - 1, limit), limit, quadratic)


def quantized_relu_po2(x, bits, limit=None, quadratic=False):
    return power(np.maximum(F(x), 0), *exponents(bits, limit), limit, quadratic)

"""Normalization by its equations; long reciprocals with integers."""
import math

import numpy as np

from fixed_point import integers, nearest, quantize


def inputs(random):
    wide = np.concatenate([random.integers(0, 2**21, 150) * 2.0**-9, 2.0**random.integers(-9, 12, 120), np.arange(30) / 512])
    small = np.concatenate([integers(random, 1, 4, (25, 3, 8)), integers(random, 1, 3, (25, 3, 8))])
    return {"x": small, "y": integers(random, 1, 3, (50, 2, 6), f=2),
            "p": integers(random, 1, 4, (50, 6), f=5), "w": random.permutation(wide).reshape(50, 6)}


def nearest_int(numerator, denominator):
    """Ties to even, of integers."""
    low, rest = divmod(numerator, denominator)
    return low + (2 * rest > denominator or 2 * rest == denominator and low % 2)


def reciprocal_wide(v, i, f, digits, to_i, to_f):
    """The digits after the leading one, their interval's middle, the entry of the table, all as integers."""
    u, n = max(int(v * 2**f), 1), i + f
    exponent, b = u.bit_length() - 1, min(digits, n - 1)
    mantissa = (u << n - 1 - exponent) - 2**(n - 1) >> n - 1 - b
    half = int(b < n - 1)
    entry = nearest_int(2**(b + 1) * 2**(b + 2), 2**(b + 1) + 2 * mantissa + half)
    result = entry * 2.0**(-b - 2) * 2.0**(f - exponent)
    assert abs(result * u / 2**f - 1) <= 2.0**-b
    return float(quantize(result, 0, to_i, to_f, "sat", "rnd_conv"))


def rsqrt_wide(v, i, f, digits, to_i, to_f, rounding="rnd_conv"):
    even = f + f % 2
    n = i + even + (i + even) % 2
    u, pairs = max(int(v * 2**even), 1), 0
    exact = math.sqrt(2**even / u)
    while u < 2**(n - 2):
        u, pairs = u * 4, pairs + 1
    part = (u >> n - digits) + 0.5
    entry = float(nearest(1 / math.sqrt(part / 2**digits), digits + 1))
    result = entry * 2.0**(pairs - n // 2 + even // 2)
    assert abs(result / exact - 1) < 2.0**-(digits - 2)
    return float(quantize(result, 0, to_i, to_f, "sat", rounding))


def inverse(v):
    v = quantize(v, 0, 6, 2, "sat")
    return np.minimum(nearest(1 / np.sqrt(v + 0.001), 8), 4 - 2**-8)


def inverse_wide(v):
    return np.vectorize(lambda n: rsqrt_wide(n, 9, 8, 8, 4, 10, "rnd"))(quantize(v, 0, 9, 8, "sat"))


def layer_norm(x, deviation, inverse_of, scale):
    d = deviation(x - x.sum(axis=-1, keepdims=True) * scale)
    return d * inverse_of((d * d).sum(axis=-1, keepdims=True) * scale)


def outputs(x, y, p, w):
    gamma, beta = np.array([1, 2, 0.3, 0.7, -1, 1.1]), np.array([0.1, 0, -0.4, 2, 1, 0.9])
    mean, variance = np.array([0.5, -1.25, 3, 0.01, 0, 0]), np.array([0.2, 1, 4, 0.05, 2.5, 1])
    root, sixth = np.sqrt(variance + 0.001), 43 / 256
    v, signed = quantize(p, 0, 3, 5, "sat"), quantize(p, 1, 3, 3, "sat")
    long, shorter = quantize(w, 0, 12, 9, "sat"), quantize(w, 0, 10, 4, "sat")
    positive = np.maximum(v, 1 / 32)
    to = lambda values: np.minimum(nearest(values, 8), 16 - 2**-8)
    layer = layer_norm(x, lambda d: quantize(d, 1, 5, 3), inverse, 1 / 8)
    usual = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 0.001)
    fits = (x.var(-1) > 2) & (x.var(-1) < 64)
    assert np.abs(layer - usual)[fits].max(initial=0) < 0.2
    return {
        "reciprocal": to(1 / positive),
        "signed": np.clip(nearest(1 / np.where(signed == 0, 1 / 8, signed), 6), -8, 8 - 2**-6),
        "rsqrt": to(1 / np.sqrt(positive)),
        "rsqrt_epsilon": to(1 / np.sqrt(v + 0.01)),
        "reciprocal_wide": [reciprocal_wide(n, 12, 9, 6, 6, 16) for n in long],
        "reciprocal_exact": [reciprocal_wide(n, 2, 3, 9, 4, 6) for n in quantize(p, 0, 2, 3)],
        "rsqrt_wide": [rsqrt_wide(n, 12, 9, 8, 5, 12) for n in long],
        "rsqrt_even": [rsqrt_wide(n, 10, 4, 7, 3, 12) for n in shorter],
        "reciprocal_huge": [reciprocal_wide(n * 2.0**150, 162, 20, 6, 21, 170) for n in long],
        "rsqrt_huge": [rsqrt_wide(n * 2.0**150, 162, 20, 8, 11, 100) for n in long],
        "layer": layer * [1, 2, -1, 0.5, 1, 1, 1, 3] + [0, 1, 0, -2, 0, 0, 0, 0],
        "layer6": layer_norm(y, lambda d: quantize(d, 1, 4, 4, rounding="rnd"), inverse_wide, sixth) + 0.5,
        "rms": x * inverse((x * x).sum(-1, keepdims=True) / 8) * 0.5,
        "rms6": y * inverse_wide((y * y).sum(-1, keepdims=True) * sixth) * [1, 2, 3, 4, 5, 6],
        "batch": y * nearest(gamma / root, 7) + nearest(beta - mean * gamma / root, 6),
    }

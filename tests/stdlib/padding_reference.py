"""Convolutions and pools on tensors that are padded by numpy.pad."""
import itertools

import numpy as np

from convolutions_reference import convolution
from fixed_point import integers, nearest, number_pattern, quantize


def inputs(random):
    return {"s": integers(random, 1, 3, (12, 7, 4)), "x": integers(random, 1, 3, (12, 6, 5, 4)),
            "v": integers(random, 1, 2, (12, 4, 5, 3, 2))}


def padded(x, around, value=0):
    """`around`: [before, after] for each of the first axes."""
    return np.pad(x, [*around, *[(0, 0)] * (x.ndim - len(around))], constant_values=value)


def same(x, size, stride):
    result = []
    for n, k, s in zip(x.shape, size, stride):
        missing = max((-(-n // s) - 1) * s + k - n, 0)
        result.append((missing // 2, missing - missing // 2))
    return result


def pool(x, size, stride, around, how):
    value = -np.inf if how is np.max else 0
    x = padded(x, around, value)
    count = [(n - k) // s + 1 for n, k, s in zip(x.shape, size, stride)]
    y = np.zeros((*count, x.shape[-1]))
    for at in itertools.product(*map(range, count)):
        window = x[tuple(slice(p * s, p * s + k) for p, s, k in zip(at, stride, size))]
        y[at] = how(window.reshape(-1, x.shape[-1]), axis=0)
    return y


def outputs(s, x, v):
    k = number_pattern
    largest, mean = np.max, np.mean
    depthwise = convolution(padded(x, [(1, 1), (1, 1)]), k((2, 2, 4, 1)), depthwise=True)
    counts = pool(np.ones((6, 5, 1)), [3, 2], [2, 2], same(x, [3, 2], [2, 2]), np.sum)
    none = [(0, 0)] * 3
    return {
        "all1d": convolution(padded(s, [(2, 2)]), k((3, 4, 2))),
        "sides1d": convolution(padded(s, [(2, 0)]), k((3, 4, 2)), stride=2),
        "all2d": convolution(padded(x, [(1, 1), (1, 1)]), k((3, 3, 4, 2)), [1, -2]),
        "axes2d": convolution(padded(x, [(2, 2), (1, 1)]), k((3, 2, 2, 4)), stride=2, groups=2),
        "sides2d": convolution(padded(x, [(0, 1), (2, 0)]), k((2, 2, 4, 1)), dilation=2),
        "axes3d": convolution(padded(v, [(1, 1), (0, 0), (2, 2)]), k((2, 3, 2, 2, 2)), [3, 4]),
        "groups3d": convolution(v, k((2, 2, 2, 1, 4)), groups=2, same=True, stride=2),
        "depth1d": convolution(padded(s, [(1, 1)]), k((3, 4, 2)), 1, depthwise=True),
        "depth2d": convolution(padded(x, [(1, 1), (0, 0)]), k((3, 2, 4, 1)), depthwise=True),
        "separable": quantize(depthwise, 1, 5, 0) @ k((4, 3)),
        "max1d": pool(s, [3], [2], [(1, 1)], largest),
        "max2d": pool(x, [3, 2], [2, 2], [(1, 2), (0, 1)], largest),
        "max3d": pool(v, [2, 2, 2], [2, 2, 2], none, largest),
        "max3d_same": pool(v, [3, 2, 2], [2, 3, 1], same(v, [3, 2, 2], [2, 3, 1]), largest),
        "max3d_axes": pool(v, [3, 2, 2], [1, 1, 1], [(2, 2), (0, 0), (1, 1)], largest),
        "avg1d": pool(s, [4], [1], same(s, [4], [1]), mean),
        "avg2d": pool(x, [2, 4], [1, 1], [(1, 1), (3, 3)], mean),
        "avg3d": pool(v, [2, 2, 1], [1, 1, 1], none, mean),
        "avg3d_same": pool(v, [2, 2, 2], [2, 2, 2], same(v, [2, 2, 2], [2, 2, 2]), mean),
        "counted": pool(x, [3, 2], [2, 2], same(x, [3, 2], [2, 2]), np.sum) * nearest(1 / counts, 8),
        "counts": pool(np.ones((4, 5, 3, 1)), [2, 2, 2], [1, 1, 1], [(1, 1), (0, 0), (0, 0)], np.sum),
    }

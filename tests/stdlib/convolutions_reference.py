"""Convolutions position by position, from their definition."""
import itertools

import numpy as np

from fixed_point import integers, number_pattern, quantize


def inputs(random):
    return {"s": integers(random, 1, 3, (20, 7, 4)), "x": integers(random, 1, 3, (20, 6, 5, 4)),
            "v": integers(random, 1, 2, (20, 3, 4, 3, 2))}


def convolution(x, kernel, bias=0, stride=1, dilation=1, same=False, groups=1, depthwise=False):
    spatial = x.ndim - 1
    stride, dilation = np.broadcast_to(stride, spatial), np.broadcast_to(dilation, spatial)
    size = kernel.shape[:spatial]
    reach = [(k - 1) * d + 1 for k, d in zip(size, dilation)]
    count, before = [], []
    for n, s, r in zip(x.shape, stride, reach):
        if same:
            count.append(-(-n // s))
            before.append(max((count[-1] - 1) * s + r - n, 0) // 2)
        else:
            count.append((n - r) // s + 1)
            before.append(0)
    inputs_each, outputs = kernel.shape[-2:]
    if depthwise:
        outputs *= inputs_each
    y = np.zeros((*count, outputs))
    for at in itertools.product(*map(range, count)):
        for tap in itertools.product(*map(range, size)):
            source = tuple(p * s + t * d - b for p, s, t, d, b in zip(at, stride, tap, dilation, before))
            if any(p < 0 or p >= n for p, n in zip(source, x.shape)):
                continue
            for o in range(outputs):
                if depthwise:
                    c, m = divmod(o, kernel.shape[-1])
                    y[at][o] += x[source][c] * kernel[tap][c, m]
                else:
                    first = o // (outputs // groups) * inputs_each
                    y[at][o] += x[source][first:first + inputs_each] @ kernel[tap][:, o]
    return y + bias


def outputs(s, x, v):
    k = number_pattern
    q = lambda a, n: quantize(a, 1, n - 1, 0)
    depthwise = convolution(x, k((2, 2, 4, 2)), depthwise=True)
    return {
        "dense1d": convolution(s, k((3, 4, 2)), [1, -2]),
        "same1d": convolution(s, k((2, 4, 3)), stride=2, same=True),
        "dilated1d": convolution(q(s, 3), k((3, 2, 4)), 1, dilation=2, groups=2),
        "dense2d": convolution(x, k((3, 3, 4, 2)), [1, -2]),
        "same2d": convolution(q(x, 3), k((3, 2, 4, 2)), stride=[2, 1], same=True),
        "dilated2d": convolution(x, k((2, 2, 4, 2)), dilation=[3, 1], same=True),
        "grouped2d": convolution(x, k((2, 3, 2, 4)), stride=2, groups=2),
        "dense3d": convolution(v, k((2, 3, 2, 2, 2)), [3, 4]),
        "same3d": convolution(v, k((3, 1, 2, 2, 1)), same=True),
        "depth1d": convolution(s, k((3, 4, 2)), 1, same=True, depthwise=True),
        "depth2d": convolution(x, k((3, 2, 4, 1)), [1, 2, 3, 4], depthwise=True),
        "twice2d": convolution(x, k((2, 2, 4, 2)), stride=2, same=True, depthwise=True),
        "separable": q(depthwise, 6) @ k((8, 3)) + [1, 0, -1],
    }

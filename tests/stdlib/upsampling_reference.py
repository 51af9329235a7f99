"""Transposed convolutions by adding what each element gives, interpolation by the two neighbours of each place."""
import math
from fractions import Fraction

import numpy as np

from fixed_point import integers, nearest, number_pattern, quantize

k = number_pattern


def inputs(random):
    return {"s": integers(random, 1, 3, (12, 5, 4), f=4), "x": integers(random, 1, 3, (12, 3, 4, 2), f=4),
            "m": integers(random, 1, 3, (12, 3, 5, 2))}


def transposed(x, kernel, bias=0, stride=1, dilation=1, before=0, after=0, extra=0, groups=1):
    """Over two axes; `before` and `after` are cut off, negative ones and `extra` are added behind."""
    pair = lambda v: (v, v) if isinstance(v, int) else v
    stride, dilation, before, after, extra = map(pair, (stride, dilation, before, after, extra))
    size, outputs = kernel.shape[:2], kernel.shape[3]
    whole = [(n - 1) * s + (p - 1) * d + 1 for n, s, p, d in zip(x.shape, stride, size, dilation)]
    result = np.zeros([w + max(-a, 0) + e for w, a, e in zip(whole, after, extra)] + [outputs])
    inner, outer = x.shape[2] // groups, outputs // groups
    for i, j, a, b in np.ndindex(x.shape[0], x.shape[1], *size):
        at = i * stride[0] + a * dilation[0], j * stride[1] + b * dilation[1]
        for g in range(groups):
            to = slice(g * outer, (g + 1) * outer)
            result[at][to] += x[i, j, g * inner:(g + 1) * inner] @ kernel[a, b][:, to]
    ends = [w - a + e for w, a, e in zip(whole, after, extra)]
    return result[before[0]:ends[0], before[1]:ends[1]] + bias


def transposed1(x, kernel, bias=0, stride=1, dilation=1, before=0, after=0, extra=0, groups=1):
    along = lambda v: (v, 0)
    return transposed(x[:, None], kernel[:, None], bias, (stride, 1), (dilation, 1), along(before), along(after), along(extra),
                      groups)[:, 0]


def places(n, m, corners):
    """Where m positions are among n, exactly."""
    if corners:
        return [Fraction(i * (n - 1), max(m - 1, 1)) for i in range(m)]
    return [min(max(Fraction(2 * i + 1, 2 * m) * n - Fraction(1, 2), 0), n - 1) for i in range(m)]


def resize(x, m, corners=False, f=None):
    """Along the first axis."""
    rows, weight = [], (lambda w: float(w)) if f is None else (lambda w: float(nearest(float(w), f)))
    for place in places(len(x), m, corners):
        low = math.floor(place)
        high = min(low + 1, len(x) - 1)
        rows.append(x[low] * weight(1 - (place - low)) + (x[high] * weight(place - low) if high > low else 0))
    return np.array(rows)


def bilinear(x, size, **options):
    rows = resize(x, size[0], **options)
    return resize(rows.swapaxes(0, 1), size[1], **options).swapaxes(0, 1)


def outputs(s, x, m):
    s, x = quantize(s, 1, 2, 2, "sat", "rnd"), quantize(x, 1, 2, 2, "sat", "rnd")
    return {
        "plain1": transposed1(s, k((3, 4, 2)), 0, 2),
        "plain2": transposed(x, k((3, 2, 2, 3)), 0, 2),
        "valid1": transposed1(s, k((3, 4, 2)), [1, -2], 2),
        "short1": transposed1(s, k((2, 4, 3)), 0.5, 3, extra=1),
        "same1": transposed1(s, k((4, 4, 2)), 0, 2, before=1, after=1),
        "same_short1": transposed1(s, k((2, 4, 2)), 0, 3, after=-1),
        "cut1": transposed1(s, k((5, 4, 2)), 1, 2, before=2, after=2, extra=1),
        "uneven1": transposed1(s, k((5, 4, 2)), 1, before=3, after=1),
        "dilated1": transposed1(s, k((3, 4, 2)), 1, 2, 3, before=1, after=1),
        "groups1": transposed1(s, k((3, 2, 6)), 0, 2, groups=2),
        "valid2": transposed(x, k((3, 2, 2, 3)), [1, 0, -1], 2),
        "same2": transposed(x, k((3, 4, 2, 2)), 0, (2, 3), before=(0, 0), after=(1, 1)),
        "cut2": transposed(x, k((3, 3, 2, 2)), 0.25, (2, 1), (1, 2), (1, 2), (1, 2), (1, 0)),
        "groups2": transposed(x, k((2, 2, 1, 4)), 0, 2, groups=2),
        "twice": bilinear(m, (6, 10)),
        "larger": bilinear(m, (7, 8), f=8),
        "smaller": bilinear(m, (2, 3), f=8),
        "corners": bilinear(m, (5, 9), corners=True),
        "corners_rounded": bilinear(m, (4, 7), corners=True, f=8),
        "one": bilinear(m, (1, 1), corners=True),
        "line": resize(m[0], 10),
    }

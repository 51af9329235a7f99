"""Transforms and filters from their definitions."""
import math

import numpy as np

from fixed_point import integers, nearest, quantize


def inputs(random):
    angle = np.rint(random.uniform(-1.57, 1.57, (40, 4)) * 1024) / 1024
    vectors = integers(random, 1, 6, (40, 2, 5))
    vectors[:8, :, 0] = [(1, 0), (0, 1), (-1, 0), (0, -1), (-64, -64), (63, 63), (-64, 0), (0, 0)]
    return {"x": integers(random, 1, 5, (40, 8)), "i": integers(random, 1, 5, (40, 8)),
            "m": integers(random, 1, 3, (40, 3, 5)), "a": angle, "v": vectors}


def dct_matrix(n):
    matrix = [[math.sqrt((1 if k == 0 else 2) / n) * math.cos(math.pi * (2 * j + 1) * k / (2 * n)) for j in range(n)]
              for k in range(n)]
    return nearest(matrix, 7)


def fft(re, im, between=lambda v: v, direction=-1):
    """The butterflies of one pair after the other, on the reversed order."""
    n = len(re)
    order = [int(format(j, f"0{n.bit_length() - 1}b")[::-1], 2) for j in range(n)]
    re, im, half = list(re[order]), list(im[order]), 1
    while half < n:
        for start in range(0, n, 2 * half):
            for j in range(half):
                c, s = (nearest(f(direction * math.pi * j / half), 6) for f in (math.cos, math.sin))
                p, q = start + j, start + j + half
                turned = re[q] * c - im[q] * s, re[q] * s + im[q] * c
                re[p], im[p], re[q], im[q] = re[p] + turned[0], im[p] + turned[1], re[p] - turned[0], im[p] - turned[1]
        re, im, half = list(map(between, re)), list(map(between, im)), 2 * half
    return np.array([re, im])


def cordic(angle):
    q = lambda v: float(quantize(v, 1, 1, 10, rounding="rnd"))
    gain = math.prod(math.sqrt(1 + 4.0**-j) for j in range(10))
    x, y, z = q(1 / gain), 0.0, angle
    for j in range(10):
        sign, step = (-1 if z < 0 else 1), q(math.atan(2.0**-j))
        x, y, z = q(x - sign * y / 2**j), q(y + sign * x / 2**j), q(z - sign * step)
    assert abs(x - math.cos(angle)) < 2**-6 and abs(y - math.sin(angle)) < 2**-6
    return x, y


def polar(x, y):
    """Turned into the right half plane, then towards the x axis, one step after the other."""
    q, angle = (lambda v: float(quantize(v, 1, 8, 6, rounding="rnd"))), (lambda v: float(quantize(v, 1, 2, 12, "sat", "rnd")))
    exact, pi = (math.hypot(x, y), math.atan2(y, x)), angle(math.pi)
    turned = 0.0
    if x < 0:
        x, y, turned = -x, -y, -pi if y < 0 else pi
    for j in range(12):
        sign = -1 if y < 0 else 1
        x, y, turned = q(x + sign * y / 2**j), q(y - sign * x / 2**j), angle(turned + sign * angle(math.atan(2.0**-j)))
    length = q(x * q(1 / math.prod(math.sqrt(1 + 4.0**-j) for j in range(12))))
    assert abs(length - exact[0]) < 1 and (exact[0] < 4 or abs(turned - exact[1]) < 0.02)
    return length, turned


def upfirdn(x, taps, up=1, down=1):
    raised = np.zeros((len(x) - 1) * up + 1)
    raised[::up] = x
    return np.convolve(raised, taps)[::down]


def outputs(x, i, m, a, v):
    exact = fft(x, i)
    assert np.abs(exact[0] + 1j * exact[1] - np.fft.fft(x + 1j * i)).max() < 8
    undone = fft(x, i, direction=1) / 8
    assert np.abs(undone[0] + 1j * undone[1] - np.fft.ifft(x + 1j * i)).max() < 1
    window = lambda n: [x[j:j + n] for j in range(9 - n)]
    return {
        "spectrum": dct_matrix(8) @ x,
        "back": dct_matrix(8).T @ x,
        "plane": dct_matrix(3) @ m @ dct_matrix(5).T,
        "complex": exact,
        "rounded": fft(x, i, lambda v: float(quantize(v, 1, 8, 2))),
        "undone": undone,
        "undone_rounded": fft(x, i, lambda v: float(quantize(v, 1, 8, 2)), direction=1) / 8,
        "filtered": np.convolve(x, [1, -2, 0.5], "valid"),
        "decimated": np.convolve(x, [1, -2, 0.5], "valid")[::2],
        "raised": upfirdn(x, [1, -2, 0.5, 3, 0.25], 3),
        "lowered": upfirdn(x, [1, -2, 0.5, 3], 1, 3),
        "resampled": upfirdn(x, [1, -2, 0.5, 3, 0.25, 7, 1], 3, 2),
        "short_taps": upfirdn(x, [3, 5], 4, 3),
        "average": np.mean(window(4), axis=1),
        "third": np.sum(window(3), axis=1) * 21 / 64,
        "middle": np.median(m, axis=1),
        "smooth": np.median(window(5), axis=1),
        "smooth2": [[np.median(m[:, j:j + 3]) for j in range(3)]],
        "turn": np.transpose([cordic(angle) for angle in a]),
        "polar": np.transpose([polar(*vector) for vector in v.T]),
    }

#!/usr/bin/python3
"""All 512 angles, in integers: units of 2^-9. Between -pi/2 and pi/2 the results are near the cosine and the sine, too."""
import math
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import references

STEPS, ONE = 8, 2**9
GAIN = math.prod(math.sqrt(1 + 4.0**-j) for j in range(STEPS))


def rounded(value, j):
    """value / 2^j to the nearest integer, ties up, wrapped to -2 … 2."""
    nearest = (2 * value + (1 << j)) >> (j + 1)
    return (nearest + 2 * ONE) % (4 * ONE) - 2 * ONE


def cordic(angle):
    x, y, z = round(ONE / GAIN), 0, round(angle * ONE)
    for j in range(STEPS):
        step = round(math.atan(2.0**-j) * ONE)
        sign = -1 if z < 0 else 1
        x, y, z = rounded((x << j) - sign * y, j), rounded((y << j) + sign * x, j), rounded(z - sign * step, 0)
    return x / ONE, y / ONE


x = np.arange(-256, 256) / 128
expected = np.array([cordic(angle) for angle in x])
near = np.abs(x) <= math.pi / 2
assert np.abs(expected - np.transpose([np.cos(x), np.sin(x)]))[near].max() < 0.02
references.finish(__file__, x=x, expected=expected)

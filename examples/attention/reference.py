#!/usr/bin/python3
"""Attention, one pair of items after the other."""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from references import finish, quantize

random = np.random.default_rng(7)
w = {name: random.integers(-8, 9, (4, 2, 2)) / 8 for name in ("query", "key", "value")}
w["joined"] = random.integers(-8, 9, (2, 2, 4)) / 8


def data(v):
    return quantize(v, 1, 1, 4, "sat", "rnd")


def softmax(scores):
    e = quantize(np.exp(-quantize(max(scores) - scores, 0, 3, 2, "sat")), 0, 1, 6, rounding="rnd_conv")
    total = quantize(sum(e), 0, 3, 3, "sat")
    return e * quantize(1 / max(total, 1 / 8), 0, 1, 6, "sat", "rnd_conv")


def network(x):
    rows, result = data(x), np.zeros((4, 4)) + [0.5, 0, 0, -0.5]
    for head in range(2):
        query, key, value = (data(rows @ w[name][:, head]) for name in ("query", "key", "value"))
        for n in range(4):
            scores = np.array([quantize(query[n] @ key[m], 1, 2, 3, "sat") for m in range(4)])
            result[n] += data(softmax(scores) @ value) @ w["joined"][head]
    return result


x = np.rint(random.normal(0, 0.8, (32, 4, 4)) * 64) / 64
finish(__file__, x=x, expected=[network(sample) for sample in x], w=w)

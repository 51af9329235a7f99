#!/usr/bin/python3
"""The unit, step by step, with its gates from formulas."""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from references import finish, quantize

random = np.random.default_rng(8)
w = {"kernel": random.integers(-12, 13, (2, 9)) / 8, "recurrent": random.integers(-8, 9, (3, 9)) / 8,
     "bias": random.integers(-4, 5, 9) / 8}


def sigmoid(v):
    return quantize(1 / (1 + np.exp(-quantize(v, 1, 2, 4, "sat", "rnd"))), 0, 0, 6, "sat", "rnd_conv")


def tanh(v):
    return quantize(np.tanh(quantize(v, 1, 2, 4, "sat", "rnd")), 1, 0, 6, "sat", "rnd_conv")


def state(v):
    return quantize(v, 1, 0, 6, "sat", "rnd")


def network(steps):
    h = np.zeros(3)
    for x in quantize(steps, 1, 1, 4, "sat"):
        given = x @ w["kernel"] + w["bias"]
        z = sigmoid(given[:3] + h @ w["recurrent"][:, :3])
        r = sigmoid(given[3:6] + h @ w["recurrent"][:, 3:6])
        candidate = tanh(given[6:] + state(r * h) @ w["recurrent"][:, 6:])
        h = state(z * h + (1 - z) * candidate)
    return h @ [[1, -1], [0.5, 2], [-1.5, 0]]


x = np.rint(random.normal(0, 0.9, (48, 8, 2)) * 64) / 64
finish(__file__, x=x, expected=[network(sample) for sample in x], w=w)

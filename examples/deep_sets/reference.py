#!/usr/bin/python3
"""The network, one particle after the other."""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from references import finish, quantize

random = np.random.default_rng(1)
w = {"kernel0": random.integers(-8, 9, (3, 5)) / 8, "bias0": random.integers(-4, 5, 5) / 4,
     "kernel1": random.integers(-8, 9, (5, 4)) / 8, "bias1": random.integers(-4, 5, 4), "kernel2": random.integers(-3, 4, (4, 2))}


def network(x):
    total = sum(np.maximum(quantize(particle, 1, 2, 3, "sat", "rnd") @ w["kernel0"] + w["bias0"], 0) for particle in x)
    hidden = np.maximum(quantize(total, 0, 5, 2, "sat") @ w["kernel1"] + w["bias1"], 0)
    return quantize(hidden, 0, 5, 0, "sat") @ w["kernel2"]


x = np.rint(random.normal(0, 1.5, (64, 6, 3)) * 16) / 16
finish(__file__, x=x, expected=[network(sample) for sample in x], w=w)

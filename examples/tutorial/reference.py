#!/usr/bin/python3
"""Both programs in NumPy."""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from references import finish, quantize

random = np.random.default_rng(2)
KERNEL = np.array([[1, -2, 0.5, 3], [0, 1, -1, 0.25], [2, 0, 1, -3], [-1, 4, 0.5, 1], [3, 1, 0, -2], [0.75, -1, 2, 0]])
w = {"kernel": random.integers(-12, 13, (3, 4)) / 16, "gamma": np.array([1, 0.5, 2, 1.25]), "beta": np.array([0.25, 0, -0.5, 1]),
     "mean": np.array([0.125, -1, 0, 0.5]), "variance": np.array([0.5, 2, 3, 1]), "mix": random.integers(-8, 9, (4, 2)) / 4}


def symbolic(x):
    a = np.maximum(quantize(x, 1, 2, 3), 0)
    c = np.repeat(a.T[1:, ::2], 2, axis=0) * 3 + 4
    return np.einsum("ij,kj->ik", np.maximum(c, a[0, :2]).T @ KERNEL, a)


def weight(v):
    limit = 2 - 2**-6
    return np.clip(np.rint(v * 64) / 64, -limit, limit)


def layers(x):
    factor = w["gamma"] / np.sqrt(w["variance"] + 0.001)
    kernel, bias = weight(w["kernel"] * factor), weight(w["beta"] - w["mean"] * factor)
    h = np.maximum(quantize(x, 1, 2, 4, "sat", "rnd") @ kernel + bias, 0)
    pooled = np.maximum(h[::2], h[1::2])
    both = np.concatenate([pooled[:, :2], pooled[::-1, 2:] / 2], axis=1)
    return quantize(both, 0, 3, 3, "sat") @ w["mix"]


x = np.rint(random.normal(0, 2, (32, 4, 4)) * 32) / 32
layers_x = np.rint(random.normal(0, 1.5, (32, 8, 3)) * 64) / 64
finish(__file__, x=x, expected=[symbolic(sample) for sample in x], layers_x=layers_x,
       layers_expected=[layers(sample) for sample in layers_x], w=w)

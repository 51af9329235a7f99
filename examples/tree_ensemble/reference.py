#!/usr/bin/python3
"""Random trees, walked from the root, on all 512 inputs."""
import itertools
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import references

random = np.random.default_rng(5)
TREES, DEPTH, CLASSES = 10, 3, 5
w = {"features": random.integers(0, 3, (TREES, 2**DEPTH - 1)), "thresholds": random.integers(0, 7, (TREES, 2**DEPTH - 1)),
     "leaves": random.integers(-16, 16, (TREES, 2**DEPTH, CLASSES)) / 8}


def leaf(x, tree):
    node = 0
    while node < 2**DEPTH - 1:
        right = x[w["features"][tree, node]] > w["thresholds"][tree, node]
        node = 2 * node + 1 + int(right)
    return w["leaves"][tree, node - (2**DEPTH - 1)]


def classify(x):
    scores = sum(leaf(x, tree) for tree in range(TREES)) + [0, 1, 0, -1, 0]
    return int(np.argmax(scores))


x = np.array(list(itertools.product(range(8), repeat=3)))
references.finish(__file__, x=x, expected=[classify(row) for row in x], w=w)

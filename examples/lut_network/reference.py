#!/usr/bin/python3
"""Tables of 6 bits, wired and filled at random, on all 512 inputs."""
import itertools
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import references

random = np.random.default_rng(6)
w = {"wires0": np.array([random.choice(21, 6, replace=False) for _ in range(24)]),
     "tables0": random.integers(0, 2, (24, 64)),
     "wires1": np.array([random.choice(24, 6, replace=False) for _ in range(12)]),
     "tables1": random.integers(0, 2, (12, 64))}


def layer(bits, wires, tables):
    return [int(table[sum(bits[wire] << j for j, wire in enumerate(row))]) for row, table in zip(wires, tables)]


def network(x):
    code = [int(value >= level) for value in x for level in range(1, 8)]
    votes = layer(layer(code, w["wires0"], w["tables0"]), w["wires1"], w["tables1"])
    scores = [sum(votes[4 * c:4 * c + 4]) for c in range(3)]
    return scores.index(max(scores))


x = np.array(list(itertools.product(range(8), repeat=3)))
references.finish(__file__, x=x, expected=[network(row) for row in x], w=w)

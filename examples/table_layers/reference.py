#!/usr/bin/python3
"""Neurons of 4 inputs with 3 bits, small weights, and 3 bits out, on all 4096 inputs. The tables hold what the neurons
compute; the expected outputs come from the neurons."""
import itertools
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import references

random = np.random.default_rng(4)
WEIGHTS = [random.integers(-3, 4, (3, 4)), random.integers(-3, 4, (2, 4))]
WIRES = [np.array([[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]]), np.array([[0, 1, 2, 0], [2, 0, 1, 1]])]


def neuron(weights, values):
    return int(np.clip((weights @ values + 3) // 4 + 2, 0, 7))


def network(x):
    for weights, wires in zip(WEIGHTS, WIRES):
        x = np.array([neuron(row, x[wire]) for row, wire in zip(weights, wires)])
    return x


def tables(weights):
    """Entry a + 8 b + 64 c + 512 d is for the inputs a, b, c, d."""
    inputs = [np.array(values[::-1]) for values in itertools.product(range(8), repeat=4)]
    return [[neuron(row, values) for values in inputs] for row in weights]


x = np.array(list(itertools.product(range(8), repeat=4)))
w = {f"{name}{i}": part for i in range(2) for name, part in (("wires", WIRES[i]), ("tables", tables(WEIGHTS[i])))}
references.finish(__file__, x=x, expected=[network(row) for row in x], w=w)

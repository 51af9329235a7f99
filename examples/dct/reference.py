#!/usr/bin/python3
"""The transform from its definition, with integer factors."""
import math
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import references


def factor(k, j):
    """In units of 2^-9."""
    return round(512 * math.sqrt((1 if k == 0 else 2) / 8) * math.cos(math.pi * (2 * j + 1) * k / 16))


x = np.random.default_rng(9).integers(-128, 128, (128, 8))
expected = [[sum(factor(k, j) * int(row[j]) for j in range(8)) / 512 for k in range(8)] for row in x]
references.finish(__file__, x=x, expected=expected)

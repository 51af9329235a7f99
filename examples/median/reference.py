#!/usr/bin/python3
"""NumPy's median of each window; gradients with salt and pepper."""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import references

random = np.random.default_rng(255)
x = np.add.outer(random.integers(0, 90, 64), np.add.outer(np.arange(5) * 20, np.arange(6) * 9))
x = np.where(random.random(x.shape) < 0.1, 255 * random.integers(0, 2, x.shape), x)
expected = [[[np.median(image[i:i + 3, j:j + 3]) for j in range(4)] for i in range(3)] for image in x]
references.finish(__file__, x=x, expected=expected)

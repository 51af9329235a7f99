#!/usr/bin/python3
"""Writes the blocks of this example and their transforms, computed here in plain integers: x.npy and expected.npy
for h264.da, block_x.npy and block_expected.npy for block.da."""
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
CORE = np.array([[1, 1, 1, 1], [2, 1, -1, -2], [1, -1, -1, 1], [1, -2, 2, -1]])  # the standard's Cf: Y = Cf X Cf^T


def blocks(rng, n):
    """Residuals: smooth blocks, noise, and the extremes of 9 bits."""
    ramp = np.add.outer(np.arange(4), np.arange(4)) * rng.integers(-30, 31, (n, 1, 1)) + rng.integers(-60, 61, (n, 1, 1))
    noise = rng.integers(-256, 256, (n, 4, 4))
    signs = np.where(rng.random((n, 4, 4)) < 0.5, -256, 255)
    kind = rng.integers(0, 3, (n, 1, 1))
    return np.choose(kind, [np.clip(ramp, -256, 255), noise, signs]).astype(np.int16)


def main():
    x = blocks(np.random.default_rng(264), 64)
    y = CORE @ x.astype(np.int64) @ CORE.T
    np.save(HERE / "block_x.npy", x)
    np.save(HERE / "block_expected.npy", y.astype(np.float64))
    rows = x.reshape(-1, 4)
    np.save(HERE / "x.npy", rows)
    np.save(HERE / "expected.npy", (rows.astype(np.int64) @ CORE.T).astype(np.float64))


if __name__ == "__main__":
    main()

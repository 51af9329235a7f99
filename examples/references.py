"""What the references of the examples share: they compute x.npy, expected.npy and, where there is one, the archive of constants,
and write them, or with --check compare them with what is there."""
import argparse
from pathlib import Path

import numpy as np


def quantize(x, k, i, f, overflow="wrap", rounding="trn"):
    """The language's `quantize` in float64, which is exact for the small numbers of the examples."""
    n = np.asarray(x, float) * 2.0**f
    n = {"trn": np.floor, "rnd": lambda v: np.floor(v + 0.5), "rnd_conv": np.rint}[rounding](n)
    low, high = -k * 2.0**(i + f), 2.0**(i + f) - 1
    return (np.clip(n, low, high) if overflow == "sat" else (n - low) % 2.0**(k + i + f) + low) * 2.0**-f


def small(array):
    """The same numbers in the smallest type."""
    array = np.asarray(array)
    types = (np.uint8, np.int8, np.int16, np.uint32, np.int32, np.float16, np.float32, np.float64)
    return next(array.astype(t) for t in types if same(array, array.astype(t)))


def same(a, b):
    return a.shape == b.shape and bool((a.astype(float) == b.astype(float)).all())


def finish(script, **files):
    """x=…, expected=…: arrays, each a .npy beside the script; a dictionary of arrays is a .npz."""
    parser = argparse.ArgumentParser(description="Computes the data of this example.")
    parser.add_argument("--check", action="store_true", help="compare with the files instead of writing them")
    check, folder = parser.parse_args().check, Path(script).resolve().parent
    for name, value in files.items():
        path = folder / f"{name}.{'npz' if isinstance(value, dict) else 'npy'}"
        if check:
            found = np.load(path)
            pairs = [(found[key], np.asarray(value[key])) for key in value] if isinstance(value, dict) else [(found, np.asarray(value))]
            if not all(same(a, b) for a, b in pairs):
                raise SystemExit(f"{path} is not what the reference computes")
        elif isinstance(value, dict):
            np.savez_compressed(path, **{key: small(array) for key, array in value.items()})
        else:
            np.save(path, small(value))
    print(f"{folder.name}: {', '.join(files)} {'as computed' if check else 'written'}")

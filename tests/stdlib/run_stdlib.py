#!/usr/bin/python3
"""Runs the programs that use the standard library, and compares with independent computations.

    run_stdlib.py --dal build/dal run NAME...    NAME.da on the inputs of NAME_reference.py, in all engines
    run_stdlib.py --dal build/dal used           every function of stdlib/ occurs in one of the programs

NAME_reference.py has `inputs(random)`, the inputs by name with the sample first, and `outputs(...)`, which takes one sample
of them by name and gives the outputs by name: NumPy arrays of numbers that are exact in float64."""
import argparse
import importlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
LIBRARY = HERE.parents[1] / "stdlib"


def require(condition, text):
    if not condition:
        raise SystemExit(f"FAILED: {text}")


def run(dal, name, folder):
    reference = importlib.import_module(f"{name}_reference")
    inputs = reference.inputs(np.random.default_rng(2024))
    count = len(next(iter(inputs.values())))
    expected = [reference.outputs(**{key: array[i] for key, array in inputs.items()}) for i in range(count)]
    arguments = []
    for key, array in inputs.items():
        np.save(folder / f"{key}.npy", array)
        arguments += ["--input", f"{key}={folder / key}.npy"]
    for key in expected[0]:
        arguments += ["-o", f"{key}={folder / key}-out.npy"]
    for engine in ("interp", "jit", "circuit"):
        command = [dal, "run", HERE / f"{name}.da", "--engine", engine, *arguments]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
        require(done.returncode == 0, f"{name}, {engine}: ended with {done.returncode}\n{done.stdout}{done.stderr}")
        require(not done.stdout.strip(), f"{name}: an output has no reference\n{done.stdout}")
        for key in expected[0]:
            compare(f"{name}, {engine}: `{key}`", np.load(folder / f"{key}-out.npy"),
                    np.array([sample[key] for sample in expected], float))
    print(f"{name}: {len(expected[0])} outputs of {count} samples agree in all engines", flush=True)


def compare(what, actual, expected):
    require(actual.shape == expected.shape, f"{what} has shape {actual.shape}, not {expected.shape}")
    wrong = np.argwhere(actual != expected)
    if len(wrong):
        at = tuple(wrong[0])
        require(False, f"{what}: {len(wrong)} of {actual.size} values differ, the first at {list(map(int, at))}: "
                       f"{actual[at]}, not {expected[at]}")


def used():
    """Functions that others of their module use count as used: they are part of what is tested. A function that another
    module hands on, `let gelu = activations.gelu`, may be used from there."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(HERE.glob("*.da")))
    for module in sorted(LIBRARY.glob("*.da")):
        for name, origin in re.findall(r"^let (\w+) = (\w+\.\w+)$", module.read_text(encoding="utf-8"), re.MULTILINE):
            text = re.sub(rf"\b{module.stem}\.{name}\b", origin, text)
    missing, count = [], 0
    for module in sorted(LIBRARY.glob("*.da")):
        source = module.read_text(encoding="utf-8")
        for name in re.findall(r"^(?:fn|table) (\w+)", source, re.MULTILINE):
            count += 1
            inside = len(re.findall(rf"\b{name}\(", source)) > 1
            if not inside and not re.search(rf"\b{module.stem}\.{name}\b", text):
                missing.append(f"{module.stem}.{name}")
    require(count, f"no functions in {LIBRARY}")
    require(not missing, f"in no program of tests/stdlib: {', '.join(missing)}")
    print(f"{count} functions of the standard library are tested")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dal", type=Path, help="the program to test")
    parser.add_argument("what", choices=("run", "used"))
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    sys.path.insert(0, str(HERE))
    if arguments.what == "used":
        used()
    for name in arguments.names:
        with tempfile.TemporaryDirectory(prefix="dal-stdlib-") as folder:
            run(arguments.dal.resolve(), name, Path(folder))


if __name__ == "__main__":
    main()

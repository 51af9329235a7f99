#!/usr/bin/python3
"""Every built-in name gives what an independent computation gives, of constants and of variables in all engines, and has a
row in docs/language.md: values.py SOURCE_DIR --dal build/dal"""
import argparse
import inspect
import re
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
import cases  # noqa: E402
import reals  # noqa: E402

SAMPLES = 40


def built_in(dal):
    """The names that `dal doc --builtins` lists."""
    page = subprocess.run([dal, "doc", "--builtins"], capture_output=True, text=True, check=True).stdout
    return re.findall(r"^\| `(\w+)", page, re.MULTILINE)


def documented(language):
    """The names at the beginning of what is code in the rows of tables."""
    return {name for line in language.splitlines() if line.startswith("| ")
            for name in re.findall(r"`(\w+)(?:\([^`]*\))?`", line.split(" | ")[0])}


def written(value):
    """A constant of the language."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list):
        return "[" + ", ".join(written(item) for item in value) + "]"
    exact = Fraction(value)
    return str(exact) if exact.denominator == 1 else f"({exact.numerator}) / {exact.denominator}"


def used(function, expression):
    """The inputs of a case, for functions that take any name."""
    if "x" in inspect.signature(function).parameters:
        return set(re.findall(r"\((\w)\b", expression))
    return set(inspect.signature(function).parameters)


def run(dal, arguments, folder):
    done = subprocess.run([dal, *arguments], cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        yield f"dal {' '.join(arguments[:4])} ended with {done.returncode}: {done.stdout[-3000:]}{done.stderr[-3000:]}"


def check_constants(dal, folder, inputs):
    """Expressions of numbers are computed while the program is elaborated."""
    lines = []
    for sample in range(4):
        lets = "".join(f"let {name} = {written(array[sample])}\n" for name, array in inputs.items())
        parts = [lets + cases.PROGRAM]
        tests = [(names[0], expression, compute({name: array[sample] for name, array in inputs.items()}))
                 for names, expression, compute in all_cases()]
        if not sample:
            tests += [(names[0], expression, value) for names, expression, value in cases.CONSTANTS]
        for number, (name, expression, value) in enumerate(tests):
            parts.append(f'test "{name} {number}" {{ let y = {expression}; expect y == {written(value)}; '
                         f"expect {written(list(value.shape) or 0)} == {'shape(y)' if value.shape else 'rank(y)'} }}\n")
        path = folder / f"constants{sample}.da"
        path.write_text("".join(parts))
        lines += run(dal, ["test", path.name], folder)
    return lines


def all_cases():
    for names, expression, function in cases.CASES:
        taken = used(function, expression)
        yield names, expression, lambda values, function=function, taken=taken: np.asarray(
            function(**{name: values[name] for name in values if name in taken}), float)


def check_reals(dal, folder):
    """Nearest multiples of 2^-100; a tie would have to be exact."""
    text = ""
    for number, (name, expression, value) in enumerate(reals.cases()):
        rounded = round(value * 2**100)
        text += (f'test "{name} {number}" {{ expect quantize({expression}, fixed(1, 10, 100, round: rnd_conv)) == '
                 f"({rounded}) >> 100 }}\n")
    (folder / "reals.da").write_text(text)
    return list(run(dal, ["test", "reals.da"], folder))


def check_variables(dal, folder, inputs):
    text = "".join(f"input {name}: {kind}\n" for name, (kind, _) in cases.INPUTS.items()) + cases.PROGRAM
    text += "".join(f"output y{number} = {expression}\n" for number, (_, expression, _) in enumerate(all_cases()))
    (folder / "variables.da").write_text(text)
    arguments = []
    for name, array in inputs.items():
        np.save(folder / f"{name}.npy", array)
        arguments += ["--input", f"{name}={name}.npy"]
    for number in range(len(cases.CASES)):
        arguments += ["-o", f"y{number}=y{number}.npy"]
    for engine in ("interp", "jit", "circuit"):
        failures = list(run(dal, ["run", "variables.da", "--engine", engine, *arguments], folder))
        yield from failures
        if failures:
            return
        for number, (_, expression, compute) in enumerate(all_cases()):
            actual = np.load(folder / f"y{number}.npy")
            wanted = np.array([compute({name: array[j] for name, array in inputs.items()}) for j in range(SAMPLES)])
            if actual.shape != wanted.shape:
                yield f"{engine}: {expression} has shape {actual.shape[1:]}, not {wanted.shape[1:]}"
            elif (actual != wanted).any():
                at = tuple(np.argwhere(actual != wanted)[0])
                yield f"{engine}: {expression} is {actual[at]} at {at[1:]}, not {wanted[at]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--dal", required=True, type=Path)
    arguments = parser.parse_args()
    dal = str(arguments.dal.resolve())
    names = built_in(dal)
    rows = documented((arguments.root / "docs" / "language.md").read_text(encoding="utf-8"))
    tested = {name for kinds, *_ in cases.CASES + cases.CONSTANTS for name in kinds} | {name for name, *_ in reals.cases()}
    faults = [f"docs/language.md: `{name}` has no row" for name in names if name not in rows]
    faults += [f"tests/builtins: `{name}` has no value that is computed independently" for name in names if name not in tested]
    faults += [f"tests/builtins: `{name}` is not built in" for name in sorted(tested - set(names))]
    random = np.random.default_rng(2024)
    inputs = {name: np.array([draw(random) for _ in range(SAMPLES)], float) for name, (_, draw) in cases.INPUTS.items()}
    with tempfile.TemporaryDirectory(prefix="dal-builtins-") as place:
        folder = Path(place)
        for name, array in cases.LOADED.items():
            np.savez(folder / name, **array) if isinstance(array, dict) else np.save(folder / name, array)
        faults += check_constants(dal, folder, inputs) + check_reals(dal, folder)
        faults += check_variables(dal, folder, inputs)
    if faults:
        raise SystemExit("FAILED: " + "\n".join(faults))
    print(f"{len(names)} built-in names: {len(cases.CASES)} expressions of variables and of constants, "
          f"{len(cases.CONSTANTS) + sum(1 for _ in reals.cases())} of constants only")


if __name__ == "__main__":
    main()

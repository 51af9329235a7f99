#!/usr/bin/python3
"""Runs real networks through dal and compares with their recorded outputs, bit for bit.

    run_models.py --dal build/dal run NAME...    check; interpreter, JIT and circuit, with and without demand, on all vectors
    run_models.py --dal build/dal rtl NAME...    Verilog, combinational and in 3 stages, against the vectors

NAME is a folder in the form of shared/data/models, or the name of one there (DAL_SHARED_DATA, else ../shared/data beside
the checkout); its raw file is imported. Exit codes: 0 all agree, 1 something failed, 77 nothing ran: the data is missing, or
the networks are too large to be simulated."""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from imported import ImportFailure, import_model
from neutral_model import ModelError

SKIPPED = 77
SHARED = Path(os.environ.get("DAL_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))


# That Verilator is given: beyond, compiling what it writes takes minutes per network; beyond 100,000 an hour, and many GB.
MOST_ADDERS = int(os.environ.get("DAL_MOST_ADDERS", "15000"))


class Skipped(Exception):
    """What cannot be tested here. The text says why."""


class Failure(Exception):
    """One step did not do what it must. The text is for the log."""


def call(command, folder):
    """Runs dal in the folder; its output, or a Failure with all of it."""
    start = time.monotonic()
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - start
    if done.returncode != 0:
        text = " ".join(str(part) for part in command)
        raise Failure(f"`{text}` ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr, seconds


def compare(actual, expected):
    if actual.shape != expected.shape:
        raise Failure(f"the output has shape {actual.shape}, expected {expected.shape}")
    wrong = np.argwhere(actual != expected)
    if len(wrong):
        at = tuple(wrong[0])
        raise Failure(f"{len(wrong)} of {expected.size} values differ; first at {list(map(int, at))}: "
                      f"{actual[at]!r}, expected {expected[at]!r}")


def run(dal, folder):
    _, seconds = call([dal, "check", "net.da"], folder)
    yield f"check {seconds:.2f} s"
    for engine, *options in (("interp",), ("jit",), ("circuit",), ("circuit", "--no-demand")):
        count, seconds = run_engine(dal, folder, engine, *options)
        yield f"{' '.join([engine, *options])} {count} of {count} in {seconds:.2f} s"


def run_engine(dal, folder, engine, *options):
    """Runs all recorded inputs and compares every output whose results are recorded; their number, and seconds."""
    files = sorted(file.name for file in (folder / "references").iterdir())
    outputs = [part for file in files for part in ("-o", f"{Path(file).stem}={engine}-{file}")]
    _, seconds = call([dal, "run", "net.da", "--input", "x.npy", "--engine", engine, *options, *outputs], folder)
    for file in files:
        expected = np.load(folder / "references" / file)
        compare(np.load(folder / f"{engine}-{file}").reshape(expected.shape), expected)
    return len(expected), seconds


def rtl(dal, folder):
    """dal build compares the simulated Verilog with the JIT on the vectors; run compares the JIT with y.npy."""
    report, _ = call([dal, "build", "net.da", "--target", "verilog", "-o", "size", "--no-verify"], folder)
    adders = int(re.search(r"^ *adders +([0-9]+)", report, re.MULTILINE).group(1))
    if adders > MOST_ADDERS:
        raise Skipped(f"{adders} adders; more than {MOST_ADDERS} are not simulated (run compares the circuit; "
                      "DAL_MOST_ADDERS=100000 simulates more)")
    run_engine(dal, folder, "jit")
    for name, options in (("combinational", []), ("3 stages", ["--stages", "3"])):
        out = name.replace(" ", "-")
        text, seconds = call([dal, "build", "net.da", "--target", "verilog", "-o", out, "--vectors", "x.npy", *options],
                             folder)
        if not list((folder / out).rglob("*.v")):
            raise Failure(f"`dal build` reports success but wrote no Verilog\n{text}")
        yield f"{name} in {seconds:.1f} s\n{text.rstrip()}"


def test(dal, steps, source, keep):
    """Imports one model and takes the steps; whether all of them agreed, None if it was skipped."""
    print(f"{source.name}", flush=True)
    with tempfile.TemporaryDirectory(prefix="dal-model-") as temporary:
        folder = (keep or Path(temporary)) / source.name
        try:
            import_model(dal, source, folder)
            for line in steps(dal, folder.resolve()):
                print("  " + line.replace("\n", "\n    "), flush=True)
        except Skipped as reason:
            print(f"  skipped: {reason}", flush=True)
            return None
        except (Failure, ImportFailure, ModelError, OSError) as error:
            print(f"  FAILED: {error}", flush=True)
            return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dal", required=True, type=Path, help="the program to test")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="write the programs and results there and keep them")
    parser.add_argument("what", choices=("run", "rtl"))
    parser.add_argument("names", nargs="+", metavar="NAME")
    arguments = parser.parse_args()

    sources = [Path(name) if Path(name).is_dir() else SHARED / "models" / name for name in arguments.names]
    if not (SHARED / "models").is_dir() and not any(source.is_dir() for source in sources):
        print(f"skipped: no models at {SHARED / 'models'} (set DAL_SHARED_DATA)")
        return SKIPPED
    dal, steps = arguments.dal.resolve(), {"run": run, "rtl": rtl}[arguments.what]
    good = [test(dal, steps, source, arguments.keep) for source in sources]
    ran = [result for result in good if result is not None]
    print(f"{sum(ran)} of {len(ran)} networks bit-exact, {len(good) - len(ran)} skipped")
    return 1 if not all(ran) else 0 if ran else SKIPPED


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""Compares `dal check --ebops` with the figures that training libraries stored in the models.

    ebops.py --dal build/dal [NAME...]

Both totals of each network must be those recomputed from the model file: biases by outputs (`ebops` in model.json) and by
inputs (`ebops_old`), and so must each layer; the mixers have a layer that adds two variables. Where a model was stored at
the moment its figure was computed, the figure in the file (`ebops_stored`, by inputs, each layer cut to an integer) must
be the same to the unit. Exit codes: 0 all are, 1 not, 77 the data is not there."""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import from_neutral
from neutral_model import ModelError

SKIPPED = 77
SHARED = Path(os.environ.get("DAL_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
# Training went on for a batch after the figure was computed, so that the formats in these files are other ones.
STORED_EARLIER = {"da4ml_openml_7599", "da4ml_openml_7647", "da4ml_openml_7686"}
NETWORKS = ["alkaid_openml_e530", "alkaid_openml_e2571", "alkaid_openml_e13285", "da4ml_cernbox_7498",
            "da4ml_openml_7599", "da4ml_openml_7647", "da4ml_openml_7686", "mixer_7726", "mixer_8026"]


def count(dal, program, term):
    """The EBOPs of each layer."""
    done = subprocess.run([dal, "check", program, f"--ebops={term}", "--json"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ModelError(done.stdout + done.stderr)
    found = json.loads(done.stdout)["ebops"]
    layers = [Fraction(layer["ebops"]) for layer in found["layers"]]
    if sum(layers) != Fraction(found["total"]):
        raise ModelError(f"{program}: the total is {found['total']}, not the sum of the layers")
    return layers


def equal(ours, stored):
    """The recomputed figures are float32 sums."""
    return abs(float(ours) - stored) <= 1e-6 * max(1, stored)


def check(dal, name, out):
    folder = SHARED / "models" / name
    from_neutral.convert(folder, out)
    report = [layer for layer in json.loads((folder / "report.json").read_text())]
    good = True
    columns = []
    for term, key in (("outputs", "ebops"), ("inputs", "ebops_old")):
        layers = count(dal, out / "net.da", term)
        expected = [layer[key] for layer in report]
        good = good and len(layers) == len(expected) and all(map(equal, layers, expected))
        columns += [float(sum(layers)), float(sum(expected))]
    stored = [layer["ebops_stored"] for layer in report]
    whole = [int(layer) for layer in layers]
    if name not in STORED_EARLIER:
        good = good and whole == stored
    print("{:24}{:>12.2f}{:>12.2f}{:>12.2f}{:>12.2f}{:>12}{:>10}  {}".format(
        name, *columns, sum(whole), sum(stored), "ok" if good else "DIFFERENT"))
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dal", type=Path, required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    if not (SHARED / "models").is_dir():
        print(f"skipped: {SHARED / 'models'} is not there")
        return SKIPPED
    print("{:24}{:>12}{:>12}{:>12}{:>12}{:>12}{:>10}".format("", "by outputs", "expected", "by inputs", "expected", "whole", "stored"))
    good = True
    for name in arguments.names or NETWORKS:
        with tempfile.TemporaryDirectory() as folder:
            try:
                good = check(arguments.dal.resolve(), name, Path(folder) / "net") and good
            except (ModelError, OSError) as error:
                print(f"{name}: {error}", file=sys.stderr)
                good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""Compares `dal check --ebops` with the figures that training libraries stored in the models.

    ebops.py --dal build/dal [NAME...]

Both totals of each network must be those recomputed from the model file: biases by outputs (`ebops` in model.json) and by
inputs (`ebops_old`), and so must each layer; the mixers have a layer that adds two variables. Where a model was stored at
the moment its figure was computed, the figure in the file (`ebops_stored`, by inputs, each layer cut to an integer) must
be the same to the unit. Of the networks with attention, this holds for the additions of two variables, and the recomputed
figures for all layers but the softmax and the products of two variables beside it. Exit codes: 0 all are, 1 not, 77 the
data is not there."""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np

from imported import ImportFailure, import_model
from neutral_model import ModelError, read_model

SKIPPED = 77
SHARED = Path(os.environ.get("DAL_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
# Training went on for a batch after the figure was computed, so that the formats in these files are other ones.
STORED_EARLIER = {"da4ml_openml_7599", "da4ml_openml_7647", "da4ml_openml_7686"}
NETWORKS = ["alkaid_openml_e530", "alkaid_openml_e2571", "alkaid_openml_e13285", "da4ml_cernbox_7498",
            "da4ml_openml_7599", "da4ml_openml_7647", "da4ml_openml_7686", "mixer_7726", "mixer_8026"]
# With the additions whose formats are other ones.
ATTENTION = {"ml4ps_lin8": set(), "ml4ps_lin32": {"q_add_26"}, "ml4ps_mha16": set()}
BESIDE_SOFTMAX = 4  # query by key, the difference and the product in the softmax, its result by the value


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
    import_model(dal, folder, out)
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


def signs_without_bits(model):
    """By layer, what the training library counts and `dal` does not: the sign of an input that has no bits, if it
    saturates."""
    producer = {op.output: op for op in model.ops}
    found = {}
    for op in model.ops:
        data = producer.get(op.inputs[0])
        if op.kind == "einsum" and op.trained and data and data.kind == "quantize" and data.overflow == "sat":
            k, i, f = (getattr(op.trained, key).astype(np.int64) for key in "kif")
            dead = sum(np.broadcast_to(data.arrays[key], data.shape).astype(np.int64) for key in "kif") <= 0
            weights = np.maximum(i + f, 0) + k * op.trained.saturates
            inputs = op.equation.split("->")[0]
            found[op.name.removesuffix(".mm")] = int(np.einsum(f"{inputs}->", dead.astype(np.int64), weights))
    return found


def check_attention(dal, name, out):
    folder = SHARED / "models" / name
    import_model(dal, folder, out)
    report = [layer for layer in json.loads((folder / "report.json").read_text()) if "Attention" not in layer["cls"]]
    signs = signs_without_bits(read_model(folder))
    good, exact = True, 0
    for term, key in (("outputs", "ebops"), ("inputs", "ebops_old")):
        left = count(dal, out / "net.da", term)
        for layer in report:
            expected = layer[key] - signs.get(layer["layer"], 0)
            same = next((figure for figure in left if equal(figure, expected)), None)
            good = good and same is not None
            if same is None:
                continue
            left.remove(same)
            if layer["cls"] == "QAdd" and layer["layer"] not in ATTENTION[name]:
                good = good and int(same) == layer["ebops_stored"]
                exact += term == "inputs"
        good = good and len(left) == BESIDE_SOFTMAX
    print(f"{name:24}{len(report)} layers, {exact} additions as stored  {'ok' if good else 'DIFFERENT'}")
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
    for name in arguments.names or NETWORKS + list(ATTENTION):
        with tempfile.TemporaryDirectory() as folder:
            try:
                compare = check_attention if name in ATTENTION else check
                good = compare(arguments.dal.resolve(), name, Path(folder) / "net") and good
            except (ImportFailure, ModelError, OSError) as error:
                print(f"{name}: {error}", file=sys.stderr)
                good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

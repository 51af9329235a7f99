#!/usr/bin/python3
"""Compares the widths that dal infers with those of another tool, element by element.

    compare_infer.py --dal build/dal [--model DIR] [FILE.json...]

FILE is one of shared/data/infer (default: all of them): nodes with `produced` and `out` formats (k, i, f per element). The
network that belongs to it is the one of shared/data/models that was made from the same file, or DIR. Printed per node: bits
that the values can have (`produced`: forward) and bits that are left once unseen ones are dropped (`out`), theirs and
ours, and how many elements are wider, in ours or in theirs. Where an element of ours is wider, theirs must be unsound: a
recorded input makes a value that their format does not hold. Exit codes: 0 never wider and narrower in total, 1 not, 77
nothing was compared: the data is not there."""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from imported import ImportFailure, import_model
from neutral_model import ModelError

SKIPPED = 77
SHARED = Path(os.environ.get("DAL_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
UNKNOWN = 126  # what their tool writes for a format it does not know


class Failure(Exception):
    """What went wrong, for the log."""


def model_of(source):
    """The folder of the model that was made from this file."""
    name = Path(source).name
    for folder in sorted((SHARED / "models").iterdir()):
        if (folder / "raw" / name).is_file():
            return folder
    raise Failure(f"no model was made from `{name}`")


def inferred(dal, folder, out):
    """The description of each named value: layers keep their names."""
    import_model(dal, folder, out)
    done = subprocess.run([dal, "check", out / "net.da", "--types", "--json"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(done.stdout + done.stderr)
    return {value["name"]: value for value in json.loads(done.stdout)["values"]}


def widths(formats):
    """Bits per element; nothing where the format is unknown."""
    k, i, f = (np.array(formats[key], dtype=np.int64).reshape(-1) for key in "kif")
    if (i >= UNKNOWN).any() or (f >= UNKNOWN).any():
        return None
    return np.maximum(k + i + f, 0)


def holds(formats, ours):
    """Per element: whether their format holds every value of our range, which is exact for one operation."""
    k, i, f = (np.array(formats[key], dtype=np.int64).reshape(-1) for key in "kif")
    low, high = (np.array([float(x) for x in ours[key]]) for key in ("min", "max"))
    fine = np.array(ours["f"]) <= f
    inside = (low >= -k * 2.0**i) & (high <= 2.0**i - 2.0**-f)
    empty = k + i + f <= 0
    return np.where(empty, (low == 0) & (high == 0), fine & inside)


def compare(dal, file, folder, out):
    """Prints the table; whether all is as it must be."""
    document = json.loads(file.read_text())
    folder = folder or model_of(document["source"])
    values = inferred(dal, folder, out)
    print(f"{file.name}: {folder.name}")
    head = ("node", "elements", "theirs", "ours", "wider", "narrower", "theirs", "ours", "wider", "narrower")
    print(f"{'':26}{'':10}{'forward':>18}{'':20}{'what is seen':>18}")
    print("{:26}{:>10}{:>10}{:>8}{:>10}{:>10}{:>10}{:>8}{:>10}{:>10}".format(*head))
    totals, wider_where_sound, compared = np.zeros(4, dtype=np.int64), [], 0
    for node in document["nodes"]:
        ours = values.get(node["name"], {})
        if "k" not in ours:
            continue  # an input that no format describes
        compared += 1
        row = [node["name"], len(ours["k"])]
        for column, (which, bits) in enumerate((("produced", widths(ours)), ("out", np.array(ours["bits_seen"])))):
            theirs = widths(node[which])
            if theirs is None:
                row += ["", "", "", ""]
                continue
            if len(theirs) == 1:
                theirs = np.repeat(theirs, len(bits))
            if len(theirs) != len(bits):
                raise Failure(f"`{node['name']}` has {len(theirs)} elements there and {len(bits)} here")
            wider = bits > theirs
            sound = holds(node["produced"], ours)
            for element in np.flatnonzero(wider & sound):
                wider_where_sound.append(f"{node['name']}[{element}], {which}: {bits[element]} bits, theirs {theirs[element]}")
            row += [theirs.sum(), bits.sum(), wider.sum(), (bits < theirs).sum()]
            totals[2 * column:2 * column + 2] += [theirs.sum(), bits.sum()]
        print("{:26}{:>10}{:>10}{:>8}{:>10}{:>10}{:>10}{:>8}{:>10}{:>10}".format(*row))
    print("{:26}{:>10}{:>10}{:>8}{:>20}{:>10}{:>8}".format("total", "", totals[0], totals[1], "", totals[2], totals[3]))
    for line in wider_where_sound[:20]:
        print("wider:", line)
    if compared == 0:
        raise Failure("no node has the name of an operation of the model")
    narrower = totals[1] < totals[0] or totals[3] < totals[2]
    if not narrower:
        print("not narrower in total")
    return not wider_where_sound and narrower


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dal", type=Path, required=True)
    parser.add_argument("--model", type=Path, metavar="DIR", help="the network of the one FILE")
    parser.add_argument("files", nargs="*", type=Path)
    arguments = parser.parse_args()
    files = arguments.files or sorted((SHARED / "infer").glob("*.json"))
    if not files:
        print(f"skipped: no file in {SHARED / 'infer'}")
        return SKIPPED
    good = True
    for file in files:
        with tempfile.TemporaryDirectory() as folder:
            try:
                good = compare(arguments.dal.resolve(), file, arguments.model, Path(folder) / "net") and good
            except (Failure, ImportFailure, ModelError, OSError) as error:
                print(f"{file}: {error}", file=sys.stderr)
                good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

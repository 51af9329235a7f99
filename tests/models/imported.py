"""Networks of the shared data as `dal import` makes programs of them, beside their recorded inputs and outputs."""
import json
import re
import subprocess
from pathlib import Path

import numpy as np

from neutral_model import read_model

# `interaction.da`: what one family of networks computes in a class of its own.
DEFINED = Path(__file__).parents[1] / "import"


class ImportFailure(Exception):
    """The model could not be imported. The text is what dal said."""


def raw_file(source):
    """The file that a user would name: weights alone (`_weights.h5`) lie beside the one that says what they are for."""
    files = sorted(file for file in (source / "raw").iterdir() if not file.name.endswith("_weights.h5"))
    if len(files) != 1:
        raise ImportFailure(f"{source}: which of {[file.name for file in files]}?")
    return files[0]


def input_options(source):
    """The format of the input, where whoever decoded the model had to choose one."""
    neutral = json.loads((source / "model.json").read_text())
    if not any("chosen" in note or note.startswith("x in {") for note in neutral.get("notes", [])):
        return []
    first = next(op for op in read_model(source).ops if op.kind == "quantize")
    k, i, f = (int(first.arrays[part].flat[0]) for part in "kif")
    return ["--input", f"fixed({k}, {i}, {f}, round: {first.round}, overflow: {first.overflow})"]


def import_model(dal, source, out):
    """Writes the program of a network of shared/data/models to `out`, with x.npy and, for each output of the program,
    references/NAME.npy, in float64. Returns the names of the outputs."""
    command = [dal.resolve(), "import", raw_file(source), "-o", out, *input_options(source),
               "--define", "NodeEdgeProjection=interaction.node_edge_projection"]
    done = subprocess.run([str(part) for part in command], cwd=DEFINED, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ImportFailure(done.stdout + done.stderr)
    program = (out / "net.da").read_text()
    shape = re.search(r"^input \w+: real\[([0-9, ]+)\]", program, re.MULTILINE)[1]
    model = read_model(source)
    np.save(out / "x.npy", model.x.reshape(-1, *map(int, shape.split(","))))
    names = re.findall(r"^output (\w+)", program, re.MULTILINE)
    (out / "references").mkdir()
    # Before the outputs of the model, the decoded form may have values on the way to them.
    for name, y in zip(names, model.y[-len(names):]):
        np.save(out / "references" / f"{name}.npy", y)
    return names

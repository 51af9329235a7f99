"""Networks of the shared data as `dal import` makes programs of them, beside their recorded inputs and outputs."""
import subprocess
from pathlib import Path

import numpy as np

from neutral_model import read_model

# What one family of them computes in a class of its own.
DEFINED = Path(__file__).parent / "defined"


class ImportFailure(Exception):
    """The model could not be imported. The text is what dal said."""


def raw_file(source):
    """The file that a user would name: weights alone (`_weights.h5`) lie beside the one that says what they are for."""
    files = sorted(file for file in (source / "raw").iterdir() if not file.name.endswith("_weights.h5"))
    if len(files) != 1:
        raise ImportFailure(f"{source}: which of {[file.name for file in files]}?")
    return files[0]


def import_model(dal, source, out):
    """Writes the program of a network of shared/data/models to `out`, with x.npy and y.npy (y1.npy, …), in float64."""
    command = [dal, "import", raw_file(source), "-o", out, "--define", "NodeEdgeProjection=interaction.project"]
    done = subprocess.run([str(part) for part in command], cwd=DEFINED, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ImportFailure(done.stdout + done.stderr)
    model = read_model(source)
    np.save(out / "x.npy", model.x)
    for number, y in enumerate(model.y):
        np.save(out / f"y{number or ''}.npy", y)

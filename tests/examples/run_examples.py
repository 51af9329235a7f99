#!/usr/bin/python3
"""Runs one example as its README does: run_examples.py --dal build/dal NAME. Each program gives expected.npy in every
engine, and is built to verified Verilog."""
import argparse
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True)
class Case:
    program: str
    x: str = "x.npy"
    expected: str = "expected.npy"
    adders: int = 0      # exactly this many; 0: any


CASES = {
    "jets": [Case("jets.da")],
    "h264": [Case("h264.da", adders=8), Case("block.da", "block_x.npy", "block_expected.npy", adders=64)],
    "fir": [Case("fir.da")],
    "tutorial": [Case("symbolic.da"), Case("layers.da", "layers_x.npy", "layers_expected.npy")],
}
FAMILIES = ["lut_network", "table_layers", "tree_ensemble", "separable_conv", "gru", "attention", "deep_sets", "dct", "cordic",
            "crc32", "median"]
CASES |= {name: [Case(f"{name}.da")] for name in FAMILIES}
SCRIPTS = {"jets": ["train.py", "--check"]} | {name: ["reference.py", "--check"] for name in [*FAMILIES, "tutorial"]}


def call(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    text = done.stdout + done.stderr
    if done.returncode != 0:
        raise SystemExit(f"FAILED: `{' '.join(map(str, command))}` ended with {done.returncode}\n{text}")
    return text


def require(condition, text):
    if not condition:
        raise SystemExit(f"FAILED: {text}")


def run(dal, folder, case, scratch):
    program, x, expected = folder / case.program, folder / case.x, np.load(folder / case.expected)
    call(dal, "check", program)
    for engine in ("interp", "jit", "circuit"):
        out = scratch / f"{engine}.npy"
        call(dal, "run", program, "--input", x, "--engine", engine, "-o", out)
        actual = np.load(out)
        require(actual.shape == expected.shape, f"{case.program}, {engine}: shape {actual.shape}, not {expected.shape}")
        wrong = np.argwhere(actual != expected)
        require(len(wrong) == 0, f"{case.program}, {engine}: {len(wrong)} values differ, the first at {wrong[:1].tolist()}")
    print(f"{case.program}: {len(expected)} samples agree in all engines", flush=True)


def build(dal, folder, case, scratch):
    out = scratch / "rtl"
    text = call(dal, "build", folder / case.program, "--target", "verilog", "-o", out, "--vectors", folder / case.x)
    print(text.rstrip(), flush=True)
    require(list(out.rglob("*.v")), "no Verilog was written")
    if case.adders:
        found = re.search(r"^ *adders +(\d+)\b", text, re.MULTILINE)
        require(found and int(found[1]) == case.adders, f"{case.program}: the report does not say {case.adders} adders")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dal", required=True, type=Path, help="the program to test")
    parser.add_argument("name", choices=sorted(CASES))
    arguments = parser.parse_args()
    folder, dal = EXAMPLES / arguments.name, arguments.dal.resolve()
    if arguments.name in SCRIPTS:
        script, *options = SCRIPTS[arguments.name]
        print(call(sys.executable, "-B", folder / script, *options).rstrip())
    for case in CASES[arguments.name]:
        with tempfile.TemporaryDirectory(prefix="dal-example-") as scratch:
            run(dal, folder, case, Path(scratch))
            build(dal, folder, case, Path(scratch))


if __name__ == "__main__":
    main()

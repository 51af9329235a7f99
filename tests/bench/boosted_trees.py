#!/usr/bin/python3
"""What 30 boosted trees cost: 15 of depth 3 and 15 of depth 4 over 16 inputs of 10 bits, random thresholds and leaves.

    tests/bench/boosted_trees.py --dal build/dal [--yosys yosys]   checks the design, and prints its LUTs
    tests/bench/boosted_trees.py --write FOLDER                    writes program, weights, samples and results only

The results are computed here with whole numbers, and `dal run` has to find the same. With --yosys also what `synth_xilinx -family
xcup -flatten` makes of the Verilog: LUTs, CARRY4 and LUT sites. A CARRY4 takes four sites; a LUT that feeds it alone is in one of them.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy

INPUTS, BITS, TREES, SAMPLES = 16, 10, 15, 2000

PROGRAM = """use trees

param w = load("w.npz")

input x: uint(10)[16]

let flat = trees.complete(x, w.features3, w.thresholds3, w.leaves3)
let deep = trees.complete(x, w.features4, w.thresholds4, w.leaves4)

output y = trees.total(flat) + trees.total(deep)
"""


def ensemble():
    random = numpy.random.default_rng(1)
    weights = {}
    for depth in (3, 4):
        nodes = 2**depth - 1
        weights[f"features{depth}"] = random.integers(0, INPUTS, (TREES, nodes))
        weights[f"thresholds{depth}"] = random.integers(0, 2**BITS - 1, (TREES, nodes))
        weights[f"leaves{depth}"] = random.integers(-64, 64, (TREES, nodes + 1))
    return weights


def results(weights, x):
    """The sum of the leaves that each sample reaches."""
    y = numpy.zeros(len(x), dtype=numpy.int64)
    for depth in (3, 4):
        for tree in range(TREES):
            node = numpy.zeros(len(x), dtype=numpy.int64)
            for _ in range(depth):
                feature = weights[f"features{depth}"][tree, node]
                right = x[numpy.arange(len(x)), feature] > weights[f"thresholds{depth}"][tree, node]
                node = 2 * node + 1 + right
            y += weights[f"leaves{depth}"][tree, node - (2**depth - 1)]
    return y


def write(folder):
    weights = ensemble()
    x = numpy.random.default_rng(2).integers(0, 2**BITS, (SAMPLES, INPUTS))
    (folder / "trees30.da").write_text(PROGRAM)
    numpy.savez(folder / "w.npz", **weights)
    numpy.save(folder / "x.npy", x.astype(numpy.float64))
    numpy.save(folder / "expected.npy", results(weights, x).astype(numpy.float64))


def command(words, folder):
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def sites(module):
    """LUTs, CARRY4 and the sites of both."""
    cells = module["cells"].values()
    readers = {}
    for cell in cells:
        for port, bits in cell["connections"].items():
            if cell["port_directions"][port] == "input":
                for bit in bits:
                    readers.setdefault(bit, []).append((cell["type"], port))
    luts = [cell for cell in cells if cell["type"].startswith("LUT")]
    carries = sum(cell["type"] == "CARRY4" for cell in cells)
    inside = sum(readers.get(cell["connections"]["O"][0]) == [("CARRY4", "S")] for cell in luts)
    return len(luts), carries, len(luts) - inside + 4 * carries


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dal")
    parser.add_argument("--yosys")
    parser.add_argument("--write", type=pathlib.Path)
    options = parser.parse_args()
    if options.write:
        options.write.mkdir(parents=True, exist_ok=True)
        return write(options.write)
    if not options.dal:
        parser.error("--dal or --write is needed")
    dal = str(pathlib.Path(options.dal).resolve())
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write(folder)
        for engine in ("interp", "circuit", "jit"):
            command([dal, "run", "trees30.da", "--input", "x=x.npy", "--engine", engine, "-o", "y.npy"], folder)
            found = numpy.load(folder / "y.npy")
            if not numpy.array_equal(found.reshape(-1), numpy.load(folder / "expected.npy")):
                sys.exit(f"{engine}: other results than those computed here")
        said = command([dal, "build", "trees30.da", "--no-verify", "--no-cache", "-o", "out"], folder)
        print(re.search(r".*LUT.*", said).group().strip())
        if options.yosys:
            files = " ".join(str(path) for path in sorted((folder / "out").rglob("*.v")))
            script = f"read_verilog {files}; synth_xilinx -family xcup -flatten -noiopad; write_json n.json"
            command([options.yosys, "-q", "-p", script], folder)
            modules = json.loads((folder / "n.json").read_text())["modules"].values()
            top = next(it for it in modules if int(it["attributes"].get("top", "0"), 2))
            print("yosys: %d LUTs, %d CARRY4, %d LUT sites" % sites(top))


if __name__ == "__main__":
    main()

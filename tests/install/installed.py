#!/usr/bin/python3
"""Installs into a fresh prefix and uses the result: program, standard library and simulation harness must be
those of the prefix, not those of the source tree."""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np


def run(*command, **kwargs):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=280, **kwargs)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--cmake", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        prefix = pathlib.Path(scratch) / "prefix"
        work = pathlib.Path(scratch) / "work"
        work.mkdir()
        run(arguments.cmake, "--install", arguments.build, "--prefix", prefix)
        dal = prefix / "bin" / "dal"
        for needed in (dal, prefix / "share/dal/stdlib/nn.da", prefix / "share/dal/runtime/verilator_harness.cpp"):
            if not needed.is_file():
                sys.exit(f"{needed.relative_to(prefix)} was not installed")
        # A function that only the installed copy has proves which copy is used.
        with open(prefix / "share/dal/stdlib/nn.da", "a") as module:
            module.write("\nfn only_here(x) = x + 1\n")
        (work / "net.da").write_text("use nn\ninput x: int(4)[2]\noutput y = nn.only_here(x)\n")
        np.save(work / "x.npy", np.array([[1, -3]]))
        run(dal, "run", "net.da", "--input", "x.npy", "-o", "y.npy", "--check", cwd=work)
        if np.load(work / "y.npy").tolist() != [[2, -2]]:
            sys.exit("the installed program computes something else")
        text = run(dal, "build", "net.da", "--target", "verilog", "-o", "out", cwd=work)
        if not (work / "out" / "net.v").is_file():
            sys.exit(f"no Verilog: {text}")
    print("installed: program, standard library and harness of the prefix were used")


if __name__ == "__main__":
    main()

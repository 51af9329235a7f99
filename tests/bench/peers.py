#!/usr/bin/python3
"""Runs other optimizers of constant matrix products beside `dal cmvm`, on the same matrices, one after the other.

Which ones are there decides what is compared: da4ml (PyPI `da4ml`) and alkaid (PyPI `alkaid`), in a virtual environment
of your choice; without them, the results that are recorded in peers.csv of the shared comparison data. Their graphs are
not trusted: the exact linear form of every node is computed from the list of operations, compared with the matrix, and
gives depth and adder bits by the definition of docs/cost-model.md, so that all are measured alike.

    python3 -m venv VENV && VENV/bin/pip install numpy da4ml alkaid
    VENV/bin/python tests/bench/peers.py --dal build/dal rand_n16_b8_s0.txt w.npy
"""
import argparse
import csv
import json
import math
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

UNIT = 64  # forms are integers in units of 2^-UNIT
LOW, HIGH = -128, 127  # of every input


class Measured:
    """Adders, bits and depth of a list of operations, from the linear form of each."""

    def __init__(self, matrix):
        self.matrix = matrix
        self.adders = self.bits = self.depth = 0
        n = matrix.shape[0]
        self.values = [(np.array([int(i == j) << UNIT for j in range(n)], dtype=object), 0) for i in range(n)]

    @staticmethod
    def scaled(form, shift):
        return np.array([c << shift if shift >= 0 else c >> -shift for c in form], dtype=object)

    @staticmethod
    def span(form):
        """Least and greatest value, and the exponent of the step."""
        low = sum(c * (LOW if c > 0 else HIGH) for c in form)
        high = sum(c * (HIGH if c > 0 else LOW) for c in form)
        step = min(((c & -c).bit_length() - 1 for c in form if c), default=0)
        return low, high, step

    def add(self, u, v, shift, subtract):
        (a, depth_a), (b, depth_b) = u, v
        b = self.scaled(b, shift)
        if not a.any() or not b.any():
            return (a - b if subtract else a + b), max(depth_a, depth_b)
        spans = [self.span(a), self.span(-b if subtract else b)]
        most = max(max(abs(low), abs(high + (1 << step))) for low, high, step in spans)
        self.bits += any(low < 0 for low, _, _ in spans) + (most - 1).bit_length() - max(step for _, _, step in spans)
        self.adders += 1
        depth = max(depth_a, depth_b) + 1
        return (a - b if subtract else a + b), depth

    def stage(self, logic):
        """One list of operations of da4ml or alkaid, on the values of the one before."""
        values = []
        for op in logic.ops:
            # alkaid keeps the index of an input in `data`, and operands in `addr`.
            is_alkaid = hasattr(op, "addr")
            if op.opcode == -1:
                source = op.data[0] if is_alkaid else op.id0
                form, depth = self.values[source]
                values.append((self.scaled(form, logic.inp_shifts[source]), depth))
            elif op.opcode in (0, 1):
                a, b = op.addr if is_alkaid else (op.id0, op.id1)
                values.append(self.add(values[a], values[b], op.data[0] if is_alkaid else op.data, op.opcode == 1))
            else:
                raise ValueError(f"an operation {op.opcode}, which is no addition")
        zero = np.array([0] * len(self.values[0][0]), dtype=object)
        result = []
        for index, shift, negative in zip(logic.out_idxs, logic.out_shifts, logic.out_negs):
            form, depth = values[index] if index >= 0 else (zero, 0)
            form = self.scaled(form, shift)
            if negative and form.any():  # what the last stage negates costs an adder, before that its users subtract
                form = -form
            result.append((form, depth))
        self.negations = sum(bool(n) for n in logic.out_negs)
        self.values = result

    def finish(self):
        for column, (form, depth) in enumerate(self.values):
            if [c << UNIT for c in map(int, self.matrix[:, column])] != list(form):
                raise ValueError(f"output {column} is not the product with its column")
            self.depth = max(self.depth, depth)
        self.adders += self.negations
        return {"adders": self.adders, "bits": self.bits, "depth": self.depth}


def peers():
    """By name: a function that solves a matrix within extra levels of depth (-1: any), as stages."""
    found = {}
    ranges = [(float(LOW), float(HIGH), 1.0)]
    try:
        from da4ml.cmvm import solve

        def da4ml(matrix, extra, bits):
            cost = {"adder_size": 1, "carry_size": -1} if bits else {}
            return solve(matrix.astype(np.float32), hard_dc=extra, qintervals=ranges * matrix.shape[0], **cost).solutions

        found["da4ml"] = da4ml
    except ImportError:
        pass
    try:
        from alkaid.cmvm import cmvm_solve

        def alkaid(matrix, extra, bits):
            return cmvm_solve(matrix.astype(np.float32), hard_dc=extra, qintervals=ranges * matrix.shape[0])

        found["alkaid"] = alkaid
    except ImportError:
        pass
    return found


def recorded(path, matrix_name, extra, bits):
    rows = {}
    if path and path.exists():
        with path.open() as file:
            for row in csv.DictReader(file):
                if row["matrix"] != matrix_name or int(row["depth_bound"]) != extra or (row["objective"] == "bits") != bits:
                    continue
                rows[row["peer"] + ", recorded"] = {
                    "adders": int(row["adders"]), "bits": int(row["bits"]) if row["bits"] else None,
                    "depth": int(row["depth"]), "seconds": float(row["cpu_s"])}
    return rows


def timed(repeat, call):
    """The result of a call, and its least time."""
    best, result = math.inf, None
    for _ in range(repeat):
        start = time.process_time()
        result = call()
        best = min(best, time.process_time() - start)
    return result, best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dal", required=True)
    parser.add_argument("--effort", default="1")
    parser.add_argument("--seconds", help="of search, for dal")
    parser.add_argument("--free", action="store_true", help="no bound on depth; otherwise the least")
    parser.add_argument("--bits", action="store_true", help="adder bits are minimized, by those who can")
    parser.add_argument("--repeat", type=int, default=3, help="the least time of so many runs of each peer counts")
    parser.add_argument("--recorded", type=pathlib.Path, help="peers.csv; default: that of $DAL_SHARED_DATA")
    parser.add_argument("matrices", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    shared = os.environ.get("DAL_SHARED_DATA")
    table = arguments.recorded or (pathlib.Path(shared) / "cmvm" / "peers.csv" if shared else None)
    extra = -1 if arguments.free else 0
    solvers = peers()
    ratios = {}
    print(f"{'matrix':<18} {'solver':<17} {'adders':>7} {'bits':>8} {'depth':>5} {'ms':>10}   dal: adders, bits, time")
    for path in arguments.matrices:
        matrix = (np.load(path) if path.suffix == ".npy" else np.loadtxt(path, ndmin=2)).astype(np.int64)
        command = [arguments.dal, "cmvm", str(path), "--json", "--no-cache", "--effort", arguments.effort, "--threads", "1",
                   "--depth", "free" if arguments.free else "min", "--objective", "bits" if arguments.bits else "adders"]
        if arguments.seconds:
            command += ["--seconds", arguments.seconds]
        runs = [json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                for _ in range(arguments.repeat if int(arguments.effort) < 2 else 1)]
        ours = min(runs, key=lambda run: run["seconds"])
        rows = {"dal": ours}
        for name, solve in solvers.items():
            stages, seconds = timed(arguments.repeat, lambda: solve(matrix, extra, arguments.bits))
            measured = Measured(matrix)
            for stage in stages:
                measured.stage(stage)
            rows[name] = measured.finish() | {"seconds": seconds}
        if not solvers:
            rows |= recorded(table, path.stem, extra, arguments.bits)
        for name, row in rows.items():
            line = f"{path.stem:<18} {name:<17} {row['adders']:>7} {row['bits'] or '':>8} {row['depth']:>5} {row['seconds'] * 1e3:>10.3f}"
            if name != "dal":
                three = [ours["adders"] / row["adders"], ours["bits"] / row["bits"] if row["bits"] else None,
                         ours["seconds"] / row["seconds"] if row["seconds"] else None]
                line += "   " + ", ".join(f"{r:.3f}" if r else "-" for r in three)
                ratios.setdefault(name, []).append(three)
            print(line, flush=True)
    if not ratios:
        print("no peer to compare with: install da4ml or alkaid, or give --recorded peers.csv", file=sys.stderr)
        return 1
    for name, list_of in ratios.items():
        means = [math.exp(sum(map(math.log, known)) / len(known)) if known else None
                 for known in ([r for r in column if r] for column in zip(*list_of))]
        print(f"geometric means of {len(list_of)} against {name}: " + ", ".join(
            f"{what} {mean:.3f}" for what, mean in zip(("adders", "bits", "time"), means) if mean))
    return 0


if __name__ == "__main__":
    sys.exit(main())

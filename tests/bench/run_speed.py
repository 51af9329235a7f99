#!/usr/bin/python3
"""Processor time of whole commands on many samples, as ratios within one run of this script, so that they mean the same on a busy machine.

    run_speed.py PROGRAM.da X.npy --dal build/dal --bench build/jit_bench [--samples 1000000] [--checks]

X.npy holds a few samples of the program's one input; they are repeated as float32. `run`: dal run on one thread, against 3 times `cat` of the
input plus what the generated code takes by itself (compilation, and its loop on codes). With --checks also --check, --float and calibrate,
against the interpreter's time for a thousandth of the samples."""
import argparse
import pathlib
import re
import resource
import subprocess
import tempfile

import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("program")
parser.add_argument("x")
parser.add_argument("--dal", required=True)
parser.add_argument("--bench", required=True)
parser.add_argument("--samples", type=int, default=10**6)
parser.add_argument("--checks", action="store_true")
a = parser.parse_args()


def seconds(*command, repeats=3):
    """The least processor time of some runs, and what the last one printed."""
    least = float("inf")
    for _ in range(repeats):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, text=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        least = min(least, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return least, done.stdout


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    x = np.load(a.x)
    many = np.resize(x, (a.samples, *x.shape[1:])).astype(np.float32)
    np.save(folder / "x.npy", many)
    np.save(folder / "few.npy", many[: max(1, a.samples // 1000)])
    cat = min(seconds("sh", "-c", f"cat {folder}/x.npy > /dev/null")[0] for _ in range(3))
    load = seconds(a.dal, "check", a.program, "-q")[0]
    text = seconds(a.bench, a.program, a.x, "--expected", a.samples, repeats=1)[1]
    compiled = float(re.search(r"compile +([\d.]+) s", text)[1])
    code = float(re.search(r"code +([\d.]+) ns", text)[1]) * 1e-9 * a.samples
    run = seconds(a.dal, "run", a.program, "-i", folder / "x.npy", "-o", folder / "y.npy", "--threads", 1, "-q")[0]
    print(f"cat {cat:.3f} s, load {load:.3f} s, compile {compiled:.3f} s, code {code:.3f} s, run {run:.3f} s")
    print(f"run: {run / (3 * cat + compiled + code):.2f} of 3 cat + compile + code; {(run - load - compiled) / a.samples * 1e9:.1f} ns per sample without load and compile")
    if a.checks:
        slow = seconds(a.dal, "run", a.program, "-i", folder / "few.npy", "--engine", "interp", "-q", "-o", "/dev/null", repeats=1)[0]
        per_sample = (slow - load) / (a.samples // 1000)
        for title, command in (("--check", ["run", "--check"]), ("--float", ["run", "--float"]), ("calibrate", ["calibrate"])):
            option = "--data" if title == "calibrate" else "-i"
            time = seconds(a.dal, command[0], a.program, option, folder / "x.npy", *command[1:], "-q", repeats=1)[0]
            print(f"{title}: {time:.2f} s of all cores together, {(time - load) / a.samples * 1e9:.0f} ns per sample; the interpreter alone takes {per_sample * a.samples / time:.0f} times as long")

#!/usr/bin/python3
"""How long `dal check` takes on long programs: a chain of 100,000 operations and a ladder of 10,000 diamonds.

    tests/bench/long_programs.py --dal build/dal [--runs 5]    the median of some runs of each, seconds of user time
    tests/bench/long_programs.py --write FOLDER                writes the programs only
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile


def chain(length):
    """Each value is made of the one before: sums, shifts and quantizers in turn."""
    steps = ["v{} + x", "v{} >> 1", "quantize(v{}, fixed(1, 7, 4))", "relu(v{})"]
    lines = [f"let v{j + 1} = " + steps[j % len(steps)].format(j) for j in range(length)]
    return "\n".join(["input x: int(8)", "let v0 = x", *lines, f"output y = v{length}", ""])


def ladder(diamonds):
    """Two ways from each value to the next, which meet again."""
    lines = []
    for j in range(diamonds):
        lines.append(f"let a{j} = v{j} + 1")
        lines.append(f"let b{j} = v{j} - x")
        lines.append(f"let v{j + 1} = quantize(a{j} + b{j}, fixed(1, 7, 0))")
    return "\n".join(["input x: int(8)", "let v0 = x", *lines, f"output y = v{diamonds}", ""])


def user_seconds(command):
    """Of one run; one that fails ends the measurement with what it said."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    message = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit code {process.returncode}\n{message}")
    return usage.ru_utime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--dal", type=pathlib.Path)
    what.add_argument("--write", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    programs = {"chain": chain(100_000), "ladder": ladder(10_000)}
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.write or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in programs.items():
            path = folder / f"{name}.da"
            path.write_text(text)
            if arguments.dal:
                times = [user_seconds([arguments.dal, "check", path]) for _ in range(arguments.runs)]
                print(f"{name:8} {len(text.splitlines()):7} lines  {statistics.median(times):.2f} s")


if __name__ == "__main__":
    main()

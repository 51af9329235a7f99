#!/usr/bin/python3
"""The register bits that `dal build` reports are those of the Verilog that it writes: every example, pipelined.

    registers.py --dal build/dal
"""
import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TABLE = re.compile(r"^\s*reg (?:\[\d+:0\] )?\w+ \[0:\d+\];", re.M)  # entries, which nothing writes
REG = re.compile(r"^\s*reg (?:\[(\d+):0\] )?\w+;", re.M)


def bits_of(folder):
    """Of all declarations of registers; what a declaration in another form would hide is an error."""
    total = 0
    for path in sorted(folder.glob("*.v")):
        text = re.sub(r"\bfunction\b.*?\bendfunction\b", "", path.read_text(), flags=re.S)  # variables of functions
        text = TABLE.sub("", text)
        found = REG.findall(text)
        if len(found) != len(re.findall(r"\breg\b", re.sub("//.*", "", text))):
            raise ValueError(f"{path.name} declares a register in a form that is not known here")
        total += sum(int(high or 0) + 1 for high in found)
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dal", required=True)
    arguments = parser.parse_args()
    failures, checked, registers = [], 0, 0
    with tempfile.TemporaryDirectory() as temporary:
        for program in sorted(EXAMPLES.rglob("*.da")):
            for depth, options in enumerate((["--stages", "1"], ["--stages", "3"], ["--latency-per-stage", "2"])):
                out = Path(temporary) / f"{program.parent.name}_{program.stem}_{depth}"
                done = subprocess.run([arguments.dal, "build", str(program), "-o", str(out), "--no-verify", "--no-cache",
                                       *options], capture_output=True, text=True, timeout=300)
                if done.returncode:
                    if "E0505" in done.stderr or "no output" in done.stderr:
                        continue  # a module, not a program
                    failures.append(f"{program} {options}: {done.stderr}")
                    continue
                reported = int(re.search(r"(\d+) register bits", done.stdout)[1])
                written = bits_of(out)
                checked += 1
                registers += written
                if reported != written:
                    failures.append(f"{program} {' '.join(options)}: {reported} bits reported, {written} in the Verilog")
    if checked < 30 or registers == 0:
        failures.append(f"only {checked} builds with {registers} bits of registers: nothing was compared")
    print("\n".join(failures) if failures else f"{checked} builds, {registers} register bits: reported = written")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""How many adders `dal cmvm` takes for single constants: the mean of some random ones.

    tests/bench/constants.py --dal build/dal [--bits 19] [--count 40] [--depth free|min] [--seed 1]

Up to 19 bits no constant takes more than five (Gustafsson, Dempster and Wanhammar, ISCAS 2002).
"""
import argparse
import json
import pathlib
import random
import subprocess
import tempfile


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dal", required=True)
    parser.add_argument("--bits", type=int, default=19)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--depth", default="free")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chosen = random.Random(options.seed)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        matrix = pathlib.Path(folder, "w.txt")
        for _ in range(options.count):
            matrix.write_text(f"{chosen.randrange(1, 2**options.bits)}\n")
            words = [options.dal, "cmvm", matrix, "--depth", options.depth, "--no-cache", "--json"]
            found.append(json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)["adders"])
    counts = ", ".join(f"{found.count(adders)} of {adders}" for adders in sorted(set(found)))
    print(f"{options.count} constants of {options.bits} bits: mean {sum(found) / len(found):.3f} adders; {counts}")


if __name__ == "__main__":
    main()

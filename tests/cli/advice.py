#!/usr/bin/python3
"""What `dal check -W` says: advice/NAME.da has the warnings of advice/NAME.expected for `-W NAME`; NAME.fixed.da, where the
help was followed, has none; where the values should be the same, they are.

    advice.py --dal PATH_OF_DAL [--update]
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import numpy as np

DAL = None
UPDATE = False
FOLDER = pathlib.Path(__file__).resolve().parent / "advice"
PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.da") if "." not in path.stem)
SAME_VALUES = ["quantize_no_effect", "saturation_never", "rounding_never", "unused_value"]


def dal(*arguments):
    return subprocess.run([DAL, *map(str, arguments)], cwd=FOLDER, capture_output=True, text=True, timeout=300)


def warnings(program, *options):
    done = dal("check", program, *options)
    assert done.returncode == 0, done.stderr
    return done.stderr


def kinds(text):
    return sorted({line.split("[")[1].split("]")[0] for line in text.splitlines() if line.startswith("warning[")})


class Advice(unittest.TestCase):
    def test_texts_and_repairs(self):
        self.assertGreaterEqual(len(PROGRAMS), 6)
        for program in PROGRAMS:
            name = program.replace("_", "-")
            text = warnings(f"{program}.da", "-W", name)
            expected = FOLDER / f"{program}.expected"
            if UPDATE:
                expected.write_text(text)
            self.assertEqual(text, expected.read_text(), program)
            self.assertEqual(kinds(text), [name])
            self.assertEqual(warnings(f"{program}.fixed.da", "-W", name), "", program)

    def test_repairs_offered_are_taken(self):
        """A format that the help shows is in the repaired program."""
        for program in ("kbi_wraps", "wrap_overflows"):
            text = (FOLDER / f"{program}.expected").read_text()
            repaired = (FOLDER / f"{program}.fixed.da").read_text()
            help_lines = "\n".join(line for line in text.splitlines() if "= help:" in line)
            formats = re.findall(r"`(fixed\([01], .*?\))`", help_lines)
            self.assertGreater(len(formats), 0)
            for text in formats:
                self.assertIn(text, repaired)

    def test_switches(self):
        self.assertEqual(kinds(warnings("kbi_wraps.da")), [])
        for options in (["-W"], ["--warn"], ["-W", "usual"], ["-W", "no-unused-value"]):
            found = kinds(warnings("kbi_wraps.da", *options))
            self.assertIn("kbi-wraps", found)
            self.assertNotIn("wrap-overflows", found)
        self.assertIn("kbi-wraps", kinds(warnings("-W", "kbi_wraps.da")))
        self.assertNotIn("kbi-wraps", kinds(warnings("kbi_wraps.da", "-W", "no-kbi-wraps")))
        self.assertIn("saturation-never", kinds(warnings("saturation_never.da", "-W", "no-kbi-wraps")))
        self.assertLessEqual({"kbi-wraps", "wrap-overflows"}, set(kinds(warnings("kbi_wraps.da", "-W", "all"))))
        self.assertIn("wrap-overflows", kinds(warnings("kbi_wraps.da", "-W", "-W", "wrap-overflows")))
        self.assertIn("kbi-wraps", kinds(warnings("kbi_wraps.da", "-W", "-W", "wrap-overflows")))
        self.assertNotIn("kbi-wraps", kinds(warnings("kbi_wraps.da", "-W", "all", "-W", "no-kbi-wraps")))
        self.assertEqual(kinds(warnings("kbi_wraps.da", "-W", "unused-value")), [])
        self.assertEqual(kinds(warnings("kbi_wraps.da", "--warn=wrap-overflows")), ["wrap-overflows"])
        self.assertEqual(kinds(warnings("kbi_wraps.da", "-W", "wrap-overflows", "-W", "kbi-wraps")),
                         ["kbi-wraps", "wrap-overflows"])
        done = dal("check", "kbi_wraps.da", "-W", "nonsense")
        self.assertEqual(done.returncode, 2)
        self.assertIn("nonsense", done.stderr)

    def test_values_are_the_same(self):
        for program in SAME_VALUES:
            with tempfile.TemporaryDirectory() as folder:
                results = [self.outputs(path, pathlib.Path(folder)) for path in (f"{program}.da", f"{program}.fixed.da")]
            np.testing.assert_array_equal(*results, program)

    def outputs(self, program, folder):
        """`y` for all values of an element of `x`."""
        text = (FOLDER / program).read_text()
        bits, step = (8, 1 / 16) if "x: fixed(1, 3, 4)" in text else (6 if "x: int(6)" in text else 4, 1)
        codes = np.arange(-(2 ** (bits - 1)), 2 ** (bits - 1)) * step
        np.save(folder / "x.npy", np.stack([codes, codes[::-1]], axis=1))
        np.save(folder / "unseen.npy", np.zeros(len(codes)))
        unseen = ["-i", f"unseen={folder}/unseen.npy"] if "unseen" in text else []
        done = dal("run", program, "-i", f"x={folder}/x.npy", *unseen, "-o", f"y={folder}/y.npy", "-q")
        self.assertEqual(done.returncode, 0, done.stderr)
        return np.load(folder / "y.npy")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dal", required=True, type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--update", action="store_true")
    options, rest = parser.parse_known_args()
    DAL, UPDATE = options.dal, options.update
    unittest.main(argv=[sys.argv[0], *rest])

#!/usr/bin/python3
"""Formats that parameters and tables take from their consumers, from outside: run, explain, fmt and the prompt."""
import argparse
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

DAL = None

NET = """\
input x: uint(2)[3]
param w = [1 / 3, 0.5, exp(-1)]
param exact = [3, -5]
param written: fixed(1, 3, 1) = 2.5
param free = 0.1
table f(v: uint(2)) = exp(-v)
let y = f(x)
fn half(a) = quantize(a, fixed(0, 0, 4))
output a = quantize(y, fixed(0, 1, 7))
output b = quantize(y, fixed(1, 0, 2)) + written
output c = x * w + half(w) + exact[0]
with table: fixed(0, 1, 3) { table g(v: uint(2)) = exp(-v) }
output d = g(x)
"""


def floor(value, f):
    return math.floor(value * 2**f) / 2**f


class Formats(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "net.da").write_text(NET)

    def dal(self, *arguments, code=0, text=None):
        done = subprocess.run([DAL, *map(str, arguments)], cwd=self.folder, input=text, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}\n{done.stderr}")
        return done

    def explained(self, name):
        return self.dal("explain", "net.da", name).stdout.splitlines()

    def test_every_engine_computes_with_the_asked_formats(self):
        np.save(self.folder / "x.npy", np.array([[0.0, 1, 2], [3, 2, 1]]))
        exp = [floor(math.exp(-v), 7) for v in range(4)]
        weights = [floor(1 / 3, 4), 0.5, floor(math.exp(-1), 4)]
        for engine in ("jit", "interp", "circuit"):
            self.dal("run", "net.da", "--input", "x.npy", "--engine", engine, "--check", "-o", "a=a.npy", "-o", "c=c.npy", "-o", "d=d.npy")
            x = np.load(self.folder / "x.npy").astype(int)
            np.testing.assert_array_equal(np.load(self.folder / "a.npy"), np.array(exp)[x])
            np.testing.assert_array_equal(np.load(self.folder / "c.npy"), x * weights + weights + 3)
            np.testing.assert_array_equal(np.load(self.folder / "d.npy"), np.floor(np.exp(-x.astype(float)) * 8) / 8)

    def test_explain_says_where_each_part_comes_from(self):
        self.assertEqual(self.explained("f"), [
            "`f`: fixed(1, 1, 7), inferred from its consumers",
            "  k = 1: asked at net.da:10:12, `quantize(y, fixed(1, 0, 2))`",
            "  i = 1: asked at net.da:9:12, `quantize(y, fixed(0, 1, 7))`",
            "  f = 7: asked at net.da:9:12, `quantize(y, fixed(0, 1, 7))`"])
        self.assertEqual(self.explained("w[2]"), [
            "`w` at [2]: fixed(0, 0, 4), inferred from its consumers",
            *(f"  {part}: asked at net.da:8:14, `quantize(a, fixed(0, 0, 4))`, in the call at net.da:11:20"
              for part in ("k = 0", "i = 0", "f = 4"))])
        self.assertEqual(self.explained("exact"), [
            "`exact`: fixed(1, 3, 0), default: its numbers are exact", "  k = 1: -5 at [1]", "  i = 3: -5 at [1]", "  f = 0: 3 at [0]"])
        self.assertEqual(self.explained("exact[0]")[0], "`exact` at [0]: fixed(0, 2, 0), default: its numbers are exact")
        self.assertEqual(self.explained("written"), [
            "`written`: fixed(1, 3, 1), specified", "  k, i and f: written at net.da:4:16, `fixed(1, 3, 1)`"])
        self.assertEqual(self.explained("g"), [
            "`g`: fixed(0, 1, 3), specified", "  k, i and f: `table` of the `with` at net.da:12:13, `fixed(0, 1, 3)`"])
        self.assertEqual(self.explained("free"), [
            "`free`: exact, without a format", "  nothing asks for one, and it meets no variable as it is"])
        self.assertIn("its shape is [3]", self.dal("explain", "net.da", "w[3]", code=2).stderr)
        self.assertIn("`w`", self.dal("explain", "net.da", "nothing", code=2).stderr)

    def test_the_formatter_keeps_it(self):
        before = self.dal("check", "net.da", "--graph").stdout
        self.dal("fmt", "net.da")
        self.assertEqual(self.dal("check", "net.da", "--graph").stdout, before)
        self.dal("fmt", "--check", "net.da")

    def test_the_prompt(self):
        table = "table f(v: uint(2)) = exp(-v)\n"
        self.assertIn("4 entries, without a format yet", self.dal("repl", text=table + ":type f\n").stdout)
        asked = self.dal("repl", text=table + "quantize(f(1), fixed(0, 1, 4))\nlet a = quantize(f(1), fixed(0, 1, 4))\n:explain f\n").stdout
        self.assertIn("0.3125\n", asked)
        self.assertIn("`f`: fixed(0, 1, 4), inferred from its consumers", asked)
        self.assertIn("`w`: fixed(1, 3, 0), default", self.dal("repl", text="param w = [3, -5]\n:explain w\n").stdout)
        alone = self.dal("repl", text=table + "f(1)\n", code=1).stderr
        self.assertIn("quantize(f(1), fixed(0, 1, 8", alone)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dal", type=pathlib.Path, required=True)
    arguments, rest = parser.parse_known_args()
    DAL = arguments.dal.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)

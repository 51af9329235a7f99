#!/usr/bin/python3
"""Quantizers of constants and of loaded arrays, as the precision tools see them; each against what NumPy computes."""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

DAL = None

NET = """\
input x: real[6]
let w = load("w.npz")
let q = quantize(x, fixed(1, 2, 12, round: rnd))
fn layer(h, kernel, bias) = einsum("i,io->o", h, quantize(kernel, {weight})) + quantize(bias, {weight})
let h = relu(layer(q, w.k1, w.b1))
output y = layer(h, w.k2, w.b2)
"""


def snr(exact, rounded):
    return 10 * np.log10(np.sum(exact**2) / np.sum((exact - rounded) ** 2))


def fixed(values, bits, f):
    """fixed(1, bits, f, round: rnd) of numbers, and how many do not fit."""
    codes = np.floor(np.asarray(values, float) * 2**f + 0.5)
    span = 2 ** (bits + f + 1)
    wrapped = (codes + span // 2) % span - span // 2
    return wrapped / 2**f, int(np.count_nonzero(wrapped != codes))


class Constants(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        random = np.random.default_rng(3)
        self.w = {name: random.normal(0, 0.9, shape).astype(np.float32)
                  for name, shape in {"k1": (6, 8), "b1": (8,), "k2": (8, 3), "b2": (3,)}.items()}
        self.x = random.uniform(-2, 2, (300, 6))
        np.savez(self.folder / "w.npz", **self.w)
        np.save(self.folder / "x.npy", self.x)

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def dal(self, *arguments, code=0):
        done = subprocess.run([DAL, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}\n{done.stderr}")
        return done

    def forward(self, x, w):
        h = np.maximum(x @ w["k1"] + w["b1"], 0)
        return h @ w["k2"] + w["b2"]

    def test_the_run_without_rounding_has_the_trained_numbers(self):
        exact = self.forward(self.x, {name: value.astype(float) for name, value in self.w.items()})
        q = np.floor(self.x * 2**12 + 0.5) / 2**12
        for bits, f in ((1, 1), (1, 6), (2, 9)):
            self.write("net.da", NET.format(weight=f"fixed(1, {bits}, {f}, round: rnd)"))
            shown = json.loads(self.dal("run", "net.da", "--float", "--json", "-i", "x.npy").stdout)
            rounded = {name: fixed(value, bits, f) for name, value in self.w.items()}
            expected = snr(exact, self.forward(q, {name: value for name, (value, _) in rounded.items()}))
            found = next(row for row in shown["values"] if row["name"] == "y")
            self.assertAlmostEqual(found["snr_db"], expected, places=6)
            overflows = sorted(row["overflows"] for row in shown["quantizers"])
            self.assertEqual(overflows, sorted([0, *(count for _, count in rounded.values())]))
            kernel = self.w["k1"].astype(float)
            worst = np.abs(kernel - rounded["k1"][0]).max()
            self.assertTrue(any(abs(row["max_error"] - worst) < 1e-12 for row in shown["quantizers"]))

    def test_numbers_that_wrap_are_told_unasked(self):
        self.write("net.da", NET.format(weight="fixed(1, 1, 6, round: rnd)"))
        wrapped = sum(fixed(value, 1, 6)[1] for value in (self.w["k1"], self.w["k2"]))
        self.assertGreater(wrapped, 0)
        for arguments in (("check", "net.da"), ("run", "net.da", "-i", "x.npy", "-q"), ("calibrate", "net.da", "--data", "x.npy")):
            text = self.dal(*arguments).stderr
            self.assertIn("warning[constant-wraps]", text)
            self.assertIn(f"{wrapped} of 72 constants wrap", text)
            self.assertIn("net.da:4:50", text)
        self.assertNotIn("constant-wraps", self.dal("check", "net.da", "-W", "no-constant-wraps").stderr)

    def test_calibration_writes_formats_of_constants(self):
        self.write("net.da", NET.format(weight="fixed(1, 1, 6, round: rnd)"))
        self.assertIn("constants overflow, first", self.dal("calibrate", "net.da", "--data", "x.npy").stdout)
        self.dal("calibrate", "net.da", "--data", "x.npy", "--in-place")
        self.assertEqual(self.dal("check", "net.da").stderr, "")
        self.dal("run", "net.da", "-i", "x.npy", "-o", "y.npy")
        q = np.floor(self.x * 2**12 + 0.5) / 2**12
        w = {name: np.floor(value.astype(float) * 64 + 0.5) / 64 for name, value in self.w.items()}
        np.testing.assert_array_equal(np.load(self.folder / "y.npy"), self.forward(q, w))

    def test_floats_of_a_file_take_the_format_of_weights(self):
        text = """\
        input x: fixed(1, 2, 4)[6]
        let w = load("w.npz")
        with {formats} {{ let h = transpose(w.k1) @ x + w.b1 }}
        output h
        """
        x = np.round(self.x * 16) / 16
        x = x.clip(-4, 4 - 1 / 16)
        np.save(self.folder / "x.npy", x)
        for formats, bias in (("weight: fixed(1, 2, 3, round: rnd)", 3),
                              ("weight: fixed(1, 2, 3, round: rnd), bias: fixed(1, 2, 7, round: rnd)", 7)):
            self.write("net.da", text.format(formats=formats))
            self.assertEqual(self.dal("check", "net.da").stderr, "")
            self.dal("run", "net.da", "-i", "x.npy", "-o", "h.npy")
            expected = x @ fixed(self.w["k1"], 2, 3)[0] + fixed(self.w["b1"], 2, bias)[0]
            np.testing.assert_array_equal(np.load(self.folder / "h.npy"), expected)
        # Numbers that do not fit are an error; integers and numbers that fit exactly stay as they are.
        self.write("net.da", text.format(formats="weight: fixed(1, 0, 3)"))
        self.assertIn("E0312", self.dal("check", "net.da", code=1).stderr)
        self.w["k1"] = np.round(self.w["k1"] * 8) / 8
        self.w["b1"] = np.arange(8, dtype=np.int32) * 100
        np.savez(self.folder / "w.npz", **self.w)
        self.write("net.da", text.format(formats="weight: fixed(1, 3, 3)"))
        self.dal("run", "net.da", "-i", "x.npy", "-o", "h.npy")
        np.testing.assert_array_equal(np.load(self.folder / "h.npy"), x @ self.w["k1"] + self.w["b1"])

    def test_floats_that_nobody_quantized_are_told(self):
        self.write("net.da", 'input x: fixed(1, 2, 4)[6]\nlet w = load("w.npz")\noutput y = x @ w.k1\n')
        text = self.dal("check", "net.da").stderr
        self.assertIn("warning[wide-constant]: `w.k1` has numbers of 24 bits", text)
        help_line = next(line for line in text.splitlines() if "= help:" in line)
        self.write("net.da", 'input x: fixed(1, 2, 4)[6]\nlet w = load("w.npz")\noutput y = x @ ' + help_line.split("`")[1] + "\n")
        self.assertEqual(self.dal("check", "net.da").stderr, "")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dal", required=True, type=lambda path: pathlib.Path(path).resolve())
    options, rest = parser.parse_known_args()
    DAL = options.dal
    unittest.main(argv=[sys.argv[0], *rest])

#!/usr/bin/python3
"""Precision from outside: `dal check -W`, `dal run --float`, `dal calibrate`; each against what NumPy computes."""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

DAL = None

NET = """\
input x: real[3]
let q = quantize(x, fixed(1, {i}, 3))
let s = einsum("i,io->o", q, [[1, -2], [3, 0.5], [-1, 1]]) + [0.25, -1]
output y = relu(s) |> quantize(fixed(0, {j}, 2))
"""
W = np.array([[1, -2], [3, 0.5], [-1, 1]])


def reference(x):
    """Without any overflow."""
    return np.floor(np.maximum(np.floor(x * 8) / 8 @ W + [0.25, -1], 0) * 4) / 4


class Precision(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.x = np.random.default_rng(5).uniform(-3, 3, (200, 3))
        np.save(self.folder / "x.npy", self.x)
        self.write("net.da", NET.format(i=1, j=2))

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def dal(self, *arguments, code=0):
        done = subprocess.run([DAL, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}\n{done.stderr}")
        return done

    def run_net(self, name):
        self.dal("run", name, "-i", "x.npy", "-o", "y.npy")
        return np.load(self.folder / "y.npy")

    def test_calibrated_formats_are_used_and_hold_the_data(self):
        self.assertTrue((self.run_net("net.da") != reference(self.x)).any(), "nothing overflows in this test")
        text = self.dal("calibrate", "net.da", "--data", "x.npy", "-o", "w.npz").stdout
        q = np.floor(self.x * 8) / 8
        wrapped = np.count_nonzero((q < -2) | (q >= 2))
        self.assertIn(f"{wrapped} of 600 values overflow", text)
        self.assertIn("data need fixed(1, 2, 3)", text)
        w = np.load(self.folder / "w.npz")
        self.assertEqual(sorted(w), ["q_f", "q_i", "q_k", "y_f", "y_i", "y_k"])
        top = reference(self.x).max(axis=0)
        self.assertEqual(w["y_i"].tolist(), [int(np.floor(np.log2(t))) + 1 for t in top])
        self.write("calibrated.da", NET.replace("fixed(1, {i}, 3)", "fixed(w.q_k, w.q_i, w.q_f)").replace(
            "fixed(0, {j}, 2)", "fixed(w.y_k, w.y_i, w.y_f)").replace("input", 'param w = load("w.npz")\ninput'))
        np.testing.assert_array_equal(self.run_net("calibrated.da"), reference(self.x))
        self.assertNotIn("overflow,", self.dal("calibrate", "calibrated.da", "--data", "x.npy").stdout)

    def test_margin_and_paths(self):
        self.assertIn("data need fixed(1, 5, 3)", self.dal("calibrate", "net.da", "--data", "x.npy", "--margin", 3).stdout)
        for path in ("x.npy", "net.da"):
            before = (self.folder / path).read_bytes()
            self.assertIn("E0503", self.dal("calibrate", "net.da", "--data", "x.npy", "-o", path, code=1).stderr)
            self.assertEqual((self.folder / path).read_bytes(), before)
        self.assertIn("E0503", self.dal("calibrate", "net.da", code=1).stderr)
        self.dal("calibrate", "net.da", "--data", "x.npy", "--margin", -1, code=2)

    def formats(self, name="net.da", margin=0):
        """Each format that the command says data need."""
        text = self.dal("calibrate", name, "--data", "x.npy", "--margin", margin).stdout
        return [line.split("need ")[1] for line in text.splitlines() if "data need" in line]

    EVERY_FORM = """\
// every place where a format can be written
param w = load("w.npz")   // arrays
param bits = load("bits.npy")
input x: real[3]
let act = fixed(0,   2, 2)   // odd   layout
let q = quantize(x, fixed(w.k, w.i, w.f))
let s = einsum("i,io->o", q, w.w)
let r = quantize(relu(s), act)
with data: fixed([1,  1 // one
  ], 1, 4) {
  let d = quantize(s)
}
let u = quantize(s, uint(3))
let v = quantize(s, kbi(1, [6, 5], [-1, 2]))
fn act_by(x, fmt, n = 2) = quantize(x, fmt) + quantize(x, fixed(1, n, 1))
let lists = [fixed(1, 0, 3), fixed(1, 1, 3)]
let parts = [for j in 0..2 => quantize(s[j], lists[j])]
let never = quantize(0 * s, fixed(1, 3, 1))
let turned = quantize(reshape(s, [2, 1]), reshape(fixed(1, bits, 1), [2, 1]))
output y = r + d + u + v + act_by(s, int(2)) + parts + never + flatten(turned)
"""

    def write_every_form(self):
        np.savez_compressed(self.folder / "w.npz", k=np.array([1, 1, 1]), i=np.array([1, 0, 2], dtype=np.int8),
                            f=np.array([3, 3, 4]), w=W)
        np.save(self.folder / "bits.npy", np.array([True, False]))
        self.write("net.da", self.EVERY_FORM)

    def test_formats_are_written_in_place(self):
        self.write_every_form()
        needs = self.formats()
        out = self.dal("calibrate", "net.da", "--data", "x.npy", "--in-place").stdout
        self.assertRegex(out, r"(?m)^net.da: \d+ numbers changed$")
        self.assertRegex(out, r"(?m)^w.npz: `i` \(\d numbers?\) changed$")
        self.assertRegex(out, r"(?m)^bits.npy: 2 numbers changed$")
        self.dal("check", "net.da")
        text = (self.folder / "net.da").read_text()
        self.assertEqual(re.sub(r"-?[0-9]+", "N", text.replace("int(", "uint(").replace("uuint(", "uint(")),
                         re.sub(r"-?[0-9]+", "N", self.EVERY_FORM.replace("int(", "uint(").replace("uuint(", "uint(")))
        self.assertIn("let act = fixed(0,   4, 2)   // odd   layout", text)
        self.assertIn("let u = quantize(s, int(5))", text)
        w = np.load(self.folder / "w.npz")
        self.assertEqual(sorted(w), ["f", "i", "k", "w"])
        self.assertEqual(w["i"].dtype, np.int8)
        np.testing.assert_array_equal(w["w"], W)
        self.assertEqual(np.load(self.folder / "bits.npy").tolist(), [4, 4])
        # Nothing overflows now, and nothing is left to do.
        again = self.dal("calibrate", "net.da", "--data", "x.npy", "--in-place").stdout
        self.assertNotIn("overflow,", again)
        self.assertTrue(again.endswith("nothing to change\n"))
        self.assertEqual(len(self.formats()), len(needs))
        for option in (["--margin", 2], ["--widen-only"]):
            self.dal("calibrate", "net.da", "--data", "x.npy", "--in-place", *option)
            again = self.dal("calibrate", "net.da", "--data", "x.npy", "--in-place", *option).stdout
            self.assertTrue(again.endswith("nothing to change\n"), option)

    def test_what_is_written_runs_as_without_overflow(self):
        self.dal("calibrate", "net.da", "--data", "x.npy", "--in-place")
        np.testing.assert_array_equal(self.run_net("net.da"), reference(self.x))

    def test_widen_only(self):
        self.write("net.da", NET.format(i=9, j=1))
        self.dal("calibrate", "net.da", "--data", "x.npy", "--in-place", "--widen-only")
        text = (self.folder / "net.da").read_text()
        self.assertIn("fixed(1, 9, 3)", text)
        self.assertIn("fixed(0, 4, 2)", text)
        self.dal("calibrate", "net.da", "--data", "x.npy", "--in-place")
        self.assertIn("fixed(1, 2, 3)", (self.folder / "net.da").read_text())

    def test_copies(self):
        self.write_every_form()
        before = {path.name: path.read_bytes() for path in self.folder.iterdir()}
        self.dal("calibrate", "net.da", "--data", "x.npy", "-o", "copy")
        self.assertEqual(sorted(path.name for path in (self.folder / "copy").iterdir()), ["bits.npy", "net.da", "w.npz"])
        self.assertTrue(self.dal("calibrate", "copy/net.da", "--data", "x.npy", "--in-place").stdout.endswith("nothing to change\n"))
        self.assertIn("E0506", self.dal("calibrate", "net.da", "--data", "x.npy", "-o", "one.da", code=1).stderr)
        self.assertEqual({name: (self.folder / name).read_bytes() for name in before}, before)
        self.write("net.da", NET.format(i=1, j=2))
        self.dal("calibrate", "net.da", "--data", "x.npy", "-o", "one.da")
        self.assertEqual((self.folder / "one.da").read_text(), NET.format(i=2, j=4))
        self.assertIn("E0503", self.dal("calibrate", "net.da", "--data", "x.npy", "-o", ".", code=1).stderr)
        self.dal("calibrate", "net.da", "--data", "x.npy", "-o", "one.da", "--in-place", code=2)

    def test_modules_beside_the_program_are_written(self):
        self.write("act.da", "fn act(v) = quantize(v, fixed(1, 1, 3))  // here\n")
        self.write("net.da", "use act\ninput x: real[3]\noutput y = act.act(x)\n")
        self.dal("calibrate", "net.da", "--data", "x.npy", "--in-place")
        self.assertEqual((self.folder / "act.da").read_text(), "fn act(v) = quantize(v, fixed(1, 2, 3))  // here\n")

    def test_shared_formats_are_refused(self):
        np.savez(self.folder / "w.npz", i=np.array([1, 0, 1]))
        for text, place, other in (
                ("let act = fixed(1, 1, 3)\noutput y = clip(quantize(x, act), act.min, act.max)", "2:20", "3:"),
                ("let n = 1\noutput y = quantize(x, fixed(1, n, 3)) << n", "2:9", "3:12"),
                ("let n = 1\noutput y = quantize(x, fixed(1, n, n))", "2:9", "3:12"),
                ("let n = 1\noutput y = quantize(x, fixed(1, n - 1, 3))", "3:24", "write the format here"),
                ("let n = 1\noutput y = quantize(x, fixed(1, n, 3))\noutput z = quantize(x, fixed(1, n, 3, overflow: sat))",
                 "2:9", "4:12"),
                ("param w = load(\"w.npz\")\noutput y = quantize(x, fixed(1, w.i, 3))\noutput z = quantize(x, int(5)) * w.i",
                 "3:35", "4:12"),
                ("let act = fixed(1, 1, 3)\ninput a: act\noutput y = quantize(x, act) + a", "2:20", "3:7"),
                ("let act = fixed(1, 1, 3)\ntable t(v: act) -> act = v * 0.9\noutput y = t(quantize(x, act))", "2:20", "4:12"),
                ("let n = 3\noutput y = quantize(x, fixed(1, n, 3)) + [for j in 0..n => j]", "2:9", "is not right: shapes"),
                ("let act = fixed(1, 1, 3)\noutput y = quantize(x, act) * act.max", "2:20", "at net.da:3:12 a format of its own: `fixed(1, 2, 3)`"),
                ("output y = quantize(x, bool)", "2:24", "`fixed(1, 2, 0)`")):
            self.write("net.da", f"input x: real[3]\n{text}\n")
            data = ["--data", "x=x.npy"]
            if "input a" in text:
                np.save(self.folder / "a.npy", np.zeros(200))
                data += ["--data", "a=a.npy"]
            before = {path: path.read_bytes() for path in self.folder.iterdir()}
            error = self.dal("calibrate", "net.da", *data, "--in-place", code=1).stderr
            self.assertIn("error[E0506]", error, text)
            self.assertIn(f"--> net.da:{place}", error, text)
            line = other.split(":")[0]
            self.assertIn(other if not line.isdigit() else f"\n{line} | ", error, text)
            self.assertEqual({path: path.read_bytes() for path in self.folder.iterdir()}, before)

    def test_float(self):
        self.write("net.da", NET.format(i=3, j=4))
        found = json.loads(self.dal("run", "net.da", "--float", "--json", "-i", "x.npy").stdout)
        self.assertEqual(found["samples"], 200)
        values = {value["name"]: value for value in found["values"]}
        real = np.maximum(self.x @ W + [0.25, -1], 0)
        error = np.abs(real - reference(self.x))
        self.assertAlmostEqual(values["y"]["max_error"], error.max(), places=12)
        self.assertAlmostEqual(values["y"]["mean_error"], error.mean(), places=12)
        self.assertAlmostEqual(values["y"]["snr_db"], 10 * np.log10((real**2).sum() / (error**2).sum()), places=9)
        self.assertIsNone(values["x"]["snr_db"])
        self.assertEqual([q["overflows"] for q in found["quantizers"]], [0, 0])

    def test_float_finds_the_bad_quantizer(self):
        for i, j, worst in ((3, 2, "y"), (0, 6, "q")):
            self.write("net.da", NET.format(i=i, j=j))
            found = json.loads(self.dal("run", "net.da", "--float", "--json", "-i", "x.npy").stdout)
            self.assertEqual(found["quantizers"][0]["name"], worst)
            self.assertGreater(found["quantizers"][0]["overflows"], 0)
            text = self.dal("run", "net.da", "--float", "-i", "x.npy").stdout
            self.assertRegex(text, rf"quantizer +overflows.*\n{worst} ")
        self.dal("run", "net.da", "--json", "-i", "x.npy", code=2)

    def test_float_of_a_table_of_two_parameters(self):
        self.write("net.da", "input x: real[3]\nlet q = quantize(x, fixed(1, 2, 3))\n"
                   "table f(a: fixed(1, 2, 3), b: fixed(1, 2, 3)) -> fixed(1, 5, 6) = a * b\noutput y = f(q[0], q[1])\n")
        found = json.loads(self.dal("run", "net.da", "--float", "--json", "-i", "x.npy").stdout)
        nearest = np.floor(self.x * 8 + 0.5) / 8
        exact = np.floor(self.x * 8) / 8
        error = np.abs(nearest[:, 0] * nearest[:, 1] - exact[:, 0] * exact[:, 1]).max()
        value = next(v for v in found["values"] if v["name"] == "y")
        self.assertAlmostEqual(value["max_error"], error, places=12)

    def test_warnings(self):
        self.write("net.da", """\
use nn
input x: int(4)[2]
input unseen: int(3)
let a = quantize(x, int(6))
let b = quantize(x, fixed(1, 4, -1, overflow: sat))
let c = quantize(x, fixed(1, 2, 0, round: rnd, overflow: sat))
let lost = x + 1
output d = quantize(x, uint(4))
output e = bits(x, 0, 4) + a + b + c
""")
        text = self.dal("check", "net.da", "-W").stderr
        found = [line.split("]")[0].split("[")[1] for line in text.splitlines() if line.startswith("warning[")]
        self.assertEqual(found, ["unused-value", "quantize-no-effect", "saturation-never", "rounding-never", "unused-value"])
        self.assertIn("5 warnings", text)
        self.assertIn("--> net.da:4:9", text)
        self.assertEqual(self.dal("check", "-W", "net.da").stderr, text)
        text = self.dal("check", "net.da", "-W", "wrap-overflows").stderr
        self.assertIn("`fixed(0, 4, 0)` can wrap", text)
        self.assertIn("[-8, 7]", text)
        self.assertIn("1 warning\n", text)
        self.assertEqual(self.dal("check", "net.da").stderr, "")
        self.assertIn("nonsense", self.dal("check", "net.da", "-W", "nonsense", code=2).stderr)
        self.dal("check", code=2)

    def test_quantizers_said_to_do_nothing_do_nothing(self):
        self.write("a.da", NET.format(i=1, j=6) + "output z = quantize(s, fixed(1, 7, 9, round: rnd, overflow: sat))\n")
        self.write("b.da", NET.format(i=1, j=6) + "output z = s\n")
        self.assertIn("[quantize-no-effect]", self.dal("check", "a.da", "-W", "quantize-no-effect").stderr)
        results = []
        for name in ("a.da", "b.da"):
            self.dal("run", name, "-i", "x.npy", "-o", "z=z.npy", "-q")
            results.append(np.load(self.folder / "z.npy"))
        np.testing.assert_array_equal(*results)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dal", required=True, type=lambda path: pathlib.Path(path).resolve())
    options, rest = parser.parse_known_args()
    DAL = options.dal
    unittest.main(argv=[sys.argv[0], *rest])

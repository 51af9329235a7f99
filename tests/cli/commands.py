#!/usr/bin/python3
"""The commands from outside: options, exit codes, files, and exactness end to end up to 200 bits."""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

DAL = None

DENSE = """\
// two small layers
input x: real[3]
let h = relu(einsum("i,io->o", quantize(x, fixed(1, 3, 4)), [[1, -2], [3, 0.5], [-1, 1]]) + [0.25, -1])
output y = quantize(h, fixed(0, 3, 2, round: rnd, overflow: sat))
"""


def dense_reference(x):
    q = (np.floor(x * 16) + 128) % 256 - 128
    h = np.maximum(q / 16 @ np.array([[1, -2], [3, 0.5], [-1, 1]]) + np.array([0.25, -1]), 0)
    return np.clip(np.floor(h * 4 + 0.5), 0, 31) / 4


class Commands(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "net.da").write_text(DENSE)

    def dal(self, *arguments, code=0):
        done = subprocess.run([DAL, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}\n{done.stderr}")
        return done

    def test_version(self):
        for arguments in (["version"], ["--version"], ["-V"], ["run", "--version"]):
            self.assertRegex(self.dal(*arguments).stdout, r"^dal \d+\.\d+\.\d+\n$")

    def test_help(self):
        overview = self.dal("--help").stdout
        for arguments in ([], ["help"]):
            self.assertEqual(self.dal(*arguments).stdout, overview)
        commands = re.findall(r"^  ([a-z]+) {2,}", overview, re.MULTILINE)
        self.assertGreaterEqual(set(commands), {"check", "run", "build", "version", "help"})
        for command in commands:
            text = self.dal(command, "--help").stdout
            self.assertIn(f"dal {command} [OPTIONS]", text)
            self.assertIn("--help", text)
            self.assertEqual(self.dal("help", command).stdout, text)
        self.assertIn("`frobnicate` is no command", self.dal("help", "frobnicate", code=2).stderr)

    def test_manual_page(self):
        page = self.dal("help", "--man").stdout
        self.assertTrue(page.startswith(".TH DAL 1 "))
        for text in (".SH NAME\n", '.SS "dal run FILE"\n', '.SS "dal repl [FILE...]"\n', "\\fB\\-\\-latency\\-per\\-stage\\fR"):
            self.assertIn(text, page)
        man = shutil.which("man")
        if man is None:
            self.skipTest("no man: the page was not shown")
        (self.folder / "dal.1").write_text(page)
        shown = subprocess.run([man, "--warnings", "-l", "dal.1"], cwd=self.folder, capture_output=True, text=True, timeout=300,
                               env=dict(os.environ, MANPAGER="cat", MANWIDTH="100", LC_ALL="C", MAN_KEEP_FORMATTING=""))
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        self.assertIn("--latency-per-stage X", shown.stdout)

    def test_usage_errors(self):
        for arguments in (["-q"], ["frobnicate"], ["run"], ["run", "net.da", "--engine", "magic"], ["check", "net.da", "--nope"],
                          ["build", "net.da"], ["build", "net.da", "-o", "out", "--stages", "0"],
                          ["build", "net.da", "-o", "out", "--stages", "2", "--latency-per-stage", "3"],
                          ["build", "net.da", "-o", "out", "--seed", "-1"]):
            done = self.dal(*arguments, code=2)
            self.assertNotEqual(done.stderr, "", arguments)
        self.assertIn("`frobnicate`", self.dal("frobnicate", code=2).stderr)
        self.assertFalse((self.folder / "out").exists())

    def test_names_of_choices(self):
        for arguments, message in ((("build", "net.da", "-o", "o", "--depth", "2"), "--depth: `2` is not `min`, `each` or `free`"),
                                   (("run", "net.da", "--engine", "JIT"), "--engine: `JIT` is not `interp`, `jit` or `circuit`"),
                                   (("check", "net.da", "--color", "1"), "--color: `1` is not `auto`, `always` or `never`")):
            self.assertIn(message, self.dal(*arguments, code=2).stderr)

    def test_missing_program(self):
        self.assertIn("error[E0401]", self.dal("check", "missing.da", code=1).stderr)

    def test_check_types(self):
        text = self.dal("check", "net.da", "--types").stdout
        self.assertRegex(text, r"x +real\[3\]")
        self.assertRegex(text, r"y +fixed\(0, 3, 2\)\[2\]")
        self.assertIn("net.da:3:", text)

    def test_color(self):
        (self.folder / "bad.da").write_text("output y = z\n")
        self.assertNotIn("\x1b", self.dal("check", "bad.da", code=1).stderr)
        self.assertIn("\x1b[", self.dal("check", "bad.da", "--color", "always", code=1).stderr)

    def test_engines_agree_with_numpy(self):
        rng = np.random.default_rng(1)
        x = rng.integers(-1 << 12, 1 << 12, (1000, 3)) / 64
        np.save(self.folder / "x.npy", x)
        for engine in ("jit", "interp", "circuit"):
            for threads in (1, 2):
                self.dal("run", "net.da", "--input", "x.npy", "-o", "y.npy", "--engine", engine, "--threads", threads, "--check")
                y = np.load(self.folder / "y.npy")
                self.assertEqual(y.dtype, np.float64)
                np.testing.assert_array_equal(y, dense_reference(x))

    def test_input_types(self):
        values = np.array([[1, -2, 3], [0, 4, -5]])
        expected = dense_reference(values.astype(float))
        for dtype in ("i1", "<i2", ">i2", "<i4", ">i8", "<f2", ">f4", "<f8", ">f8", "g"):
            for order in ("C", "F"):
                np.save(self.folder / "x.npy", np.asarray(values, dtype=dtype, order=order))
                self.dal("run", "net.da", "--input", "x.npy", "-o", "y.npy")
                np.testing.assert_array_equal(np.load(self.folder / "y.npy"), expected, dtype)

    def test_no_samples(self):
        np.save(self.folder / "x.npy", np.zeros((0, 3)))
        for engine in ("jit", "interp", "circuit"):
            self.dal("run", "net.da", "--input", "x.npy", "-o", "y.npy", "--engine", engine)
            self.assertEqual(np.load(self.folder / "y.npy").shape, (0, 2))

    def test_printed_result(self):
        np.save(self.folder / "x.npy", np.array([[1.0, 0.5, -0.25]]))
        self.assertEqual(self.dal("run", "net.da", "--input", "x.npy").stdout, "y: 1 sample of [2]\n  3 0\n")

    def test_several_inputs_and_outputs(self):
        (self.folder / "two.da").write_text("input a: int(4)[2]\ninput b: int(4)[2]\noutput s = a + b\noutput d = a - b\n")
        np.save(self.folder / "a.npy", np.array([[1, 2]]))
        np.save(self.folder / "b.npy", np.array([[3, -4]]))
        self.dal("run", "two.da", "--input", "a=a.npy", "--input", "b=b.npy", "-o", "s=s.npy", "-o", "d=d.npy")
        np.testing.assert_array_equal(np.load(self.folder / "s.npy"), [[4, -2]])
        np.testing.assert_array_equal(np.load(self.folder / "d.npy"), [[-2, 6]])
        for wrong in (["--input", "a.npy"], ["--input", "a=a.npy"], ["--input", "c=a.npy"],
                      ["--input", "a=a.npy", "--input", "a=b.npy", "--input", "b=b.npy"]):
            self.assertIn("error[E0503]", self.dal("run", "two.da", *wrong, code=1).stderr)

    def test_declared_input_is_checked(self):
        (self.folder / "port.da").write_text("input a: int(4)[2]\noutput s = a + 1\n")
        for bad in (8, -9, 0.5):
            np.save(self.folder / "a.npy", np.array([[0, 0], [0, bad]]))
            for engine in ("jit", "interp", "circuit"):
                message = self.dal("run", "port.da", "--input", "a.npy", "--engine", engine, code=1).stderr
                self.assertIn("error[E0502]", message)
                self.assertIn("sample 1", message)
                self.assertIn("`a` at [1]", message)

    def test_unwritable_output(self):
        np.save(self.folder / "x.npy", np.zeros((1, 3)))
        self.assertIn("error[E0402]", self.dal("run", "net.da", "--input", "x.npy", "-o", "missing/y.npy", code=1).stderr)
        self.assertEqual([p.name for p in self.folder.iterdir() if p.name.startswith("y.npy")], [])

    def test_inexact_output_offers_codes(self):
        (self.folder / "wide.da").write_text("input a: int(40)\ninput b: int(20)\noutput s = (a << 30) + b\n")
        np.save(self.folder / "a.npy", np.array([2**38 + 1]))
        np.save(self.folder / "b.npy", np.array([1]))
        command = ["run", "wide.da", "--input", "a=a.npy", "--input", "b=b.npy"]
        message = self.dal(*command, "-o", "s.npy", code=1).stderr
        self.assertIn("error[E0501]", message)
        self.assertIn("--output-format codes", message)
        self.assertFalse((self.folder / "s.npy").exists())
        self.dal(*command, "-o", "s.npz", "--output-format", "codes")
        self.assertEqual(decode(self.folder / "s.npz"), [[(2**38 + 1) * 2**30 + 1]])

    def test_codes_up_to_200_bits(self):
        rng = np.random.default_rng(7)
        for bits in (63, 64, 65, 128, 200):
            (self.folder / "wide.da").write_text(
                f"input a: int({bits})[2]\nlet s = a * 3 - [1, -2]\noutput y = quantize(s, fixed(1, {bits - 1}, 0, overflow: sat))\n"
                f"output z = relu(-a) >> 7\noutput w = einsum(\"i,io->o\", a, [[5, 7], [-11, 13]])\n")
            low, high = -2**(bits - 1), 2**(bits - 1) - 1
            a = [[low, high], [0, -1], [high // 3, low // 3]]
            a += [[int.from_bytes(rng.bytes(25), "little") % 2**bits + low for _ in range(2)] for _ in range(50)]
            encode(self.folder / "a.npz", a, bits)
            clamp = lambda v: max(low, min(high, v))
            expected = {"y": [[clamp(3 * p - 1), clamp(3 * q + 2)] for p, q in a],
                        "z": [[max(-p, 0), max(-q, 0)] for p, q in a],  # in units of 2^-7
                        "w": [[5 * p - 11 * q, 7 * p + 13 * q] for p, q in a]}
            for engine in ("jit", "interp", "circuit"):
                outputs = [x for name in expected for x in ("-o", f"{name}={name}.npz")]
                self.dal("run", "wide.da", "--input", "a.npz", *outputs, "--output-format", "codes", "--engine", engine)
                self.assertEqual(decode(self.folder / "y.npz"), expected["y"], (bits, engine))
                self.assertEqual(decode(self.folder / "z.npz", 7), expected["z"], (bits, engine))
                self.assertEqual(decode(self.folder / "w.npz"), expected["w"], (bits, engine))

    def test_build(self):
        x = np.random.default_rng(3).normal(0, 4, (200, 3))
        np.save(self.folder / "x.npy", x)
        for options in ([], ["--stages", "2"]):
            text = self.dal("build", "net.da", "--target", "verilog", "-o", "out", "--vectors", "x.npy", *options).stdout
            for word in ("adders", "depth", "LUT", "vectors"):
                self.assertIn(word, text)
            self.assertTrue((self.folder / "out" / "net.v").is_file())
            manifest = json.loads((self.folder / "out" / "manifest.json").read_text())
            self.assertEqual(manifest["top"], "net")
            self.assertEqual(manifest["latency"], 2 if options else 0)

    def test_depth_of_builds(self):
        # With 6 to 30 digits in its columns the first layer has outputs that can be ready early, if they have to.
        rng = np.random.default_rng(4)
        first = rng.integers(-128, 128, (12, 12)) * (rng.random((12, 12)) < np.linspace(0.2, 1, 12))
        np.savez(self.folder / "w.npz", a=first.astype(int), b=rng.integers(-128, 128, (12, 8)))
        (self.folder / "deep.da").write_text(
            'param w = load("w.npz")\ninput x: int(4)[12]\n'
            'output y = einsum("i,io->o", relu(einsum("i,io->o", x, w.a)), w.b)\n')

        def depth(*options):
            text = self.dal("build", "deep.da", "-o", "out", "--no-cache", "--random", "100", *options).stdout
            return int(re.search(r"depth (\d+)", text)[1])

        self.assertLess(depth("--depth", "each"), depth())
        self.assertEqual(depth("--depth", "min"), depth())
        self.assertLessEqual(depth(), depth("--extra-depth", "2"))
        self.assertLessEqual(depth("--extra-depth", "2"), depth("--depth", "free"))
        self.assertIn("--depth", self.dal("build", "deep.da", "-o", "out", "--depth", "4", code=2).stderr)
        self.dal("build", "deep.da", "-o", "out", "--extra-depth", "-1", code=2)

    def test_build_without_verification_says_so(self):
        self.assertIn("not verified", self.dal("build", "net.da", "-o", "out", "--no-verify").stdout)
        self.assertTrue((self.folder / "out" / "net.v").is_file())

    def test_build_leaves_other_folders_alone(self):
        (self.folder / "out").mkdir()
        (self.folder / "out" / "thesis.txt").write_text("precious")
        self.assertIn("error[E0402]", self.dal("build", "net.da", "-o", "out", "--no-verify", code=1).stderr)
        self.assertEqual([p.name for p in (self.folder / "out").iterdir()], ["thesis.txt"])

    def test_output_that_cannot_be_printed_is_an_error(self):
        np.save(self.folder / "x.npy", np.zeros((1, 3)))
        for arguments in (["run", "net.da", "-i", "x.npy"], ["check", "net.da", "--types"]):
            with open("/dev/full", "w") as full:
                done = subprocess.run([DAL, *arguments], cwd=self.folder, stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn("cannot write to standard output", done.stderr)

    def test_outputs_overwrite_nothing_of_the_run(self):
        (self.folder / "two.da").write_text("input x: int(4)\noutput y = x + 1\noutput z = x + 2\n")
        np.save(self.folder / "x.npy", np.arange(4))
        before = {p.name: p.read_bytes() for p in self.folder.iterdir()}
        for y, z in (("same.npy", "same.npy"), ("x.npy", "z.npy"), ("y.npy", "two.da"), ("./same.npy", "same.npy")):
            text = self.dal("run", "two.da", "-i", "x.npy", "-o", f"y={y}", "-o", f"z={z}", code=1).stderr
            self.assertIn("E0503", text)
        self.assertEqual({p.name: p.read_bytes() for p in self.folder.iterdir()}, before)
        self.dal("run", "two.da", "-i", "x.npy", "-o", "y=/dev/null", "-o", "z=/dev/null")
        text = self.dal("run", "two.da", "-i", "x.npy", "-o", "y=y.npy").stdout
        self.assertIn("z: 4 samples", text)  # what has no file is printed
        self.assertNotIn("y:", text)

    def test_build_into_the_working_directory(self):
        out = self.folder / "out"
        out.mkdir()
        for _ in range(2):
            inode = out.stat().st_ino
            done = subprocess.run([DAL, "build", "../net.da", "--no-verify", "-o", "."], cwd=out, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(out.stat().st_ino, inode, "the directory was replaced under its user")
            self.assertIn("manifest.json", os.listdir(out))
            self.assertFalse([name for name in os.listdir(out) if "staging" in name])

    def test_failed_build_leaves_nothing(self):
        (self.folder / "bad.da").write_text("input x: real\noutput y = x + 1\n")
        self.dal("build", "bad.da", "-o", "out", code=1)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["bad.da", "net.da"])


def encode(path, rows, bits):
    """Integers of any size as a code file."""
    limbs = (bits + 63) // 64
    words = np.array([[[(v >> (64 * j)) & (2**64 - 1) for j in range(limbs)] for v in row] for row in rows], dtype=np.uint64)
    codes = words[:, :, 0].astype(np.int64) if limbs == 1 else words
    np.savez(path, codes=codes, f=np.zeros(len(rows[0]), dtype=np.int32))


def decode(path, f=0):
    """A code file as integers, in units of 2^-f."""
    with np.load(path) as archive:
        codes, points = archive["codes"], archive["f"]
    def scaled(code, point):
        code <<= max(f - point, 0)
        assert code % (1 << max(point - f, 0)) == 0
        return code >> max(point - f, 0)
    def integer(words):
        value = sum(int(w) << (64 * j) for j, w in enumerate(words))
        return value - (1 << (64 * len(words))) if value >> (64 * len(words) - 1) else value
    rows = []
    for sample in codes:
        wide = codes.ndim > points.ndim + 1
        values = [integer(c) if wide else int(c) for c in (sample.reshape(-1, sample.shape[-1]) if wide else sample.reshape(-1))]
        rows.append([scaled(v, int(p)) for v, p in zip(values, points.reshape(-1))])
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dal", required=True)
    arguments, rest = parser.parse_known_args()
    DAL = str(pathlib.Path(arguments.dal).resolve())
    unittest.main(argv=[sys.argv[0], *rest])

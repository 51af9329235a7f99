#!/usr/bin/python3
"""Where samples come from and go to: formats of files, standard input and output, exact decimals, many samples."""
import argparse
import fractions
import io
import os
import pathlib
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import numpy as np

DAL = None

NET = """\
input x: real[3]
let q = quantize(x, fixed(1, 4, 6, round: rnd, overflow: sat))
output y = quantize(einsum("i,io->o", q, [[1, -2], [0.5, 3], [0.25, 1]]), fixed(1, 7, 8))
"""
TWO = "input a: int(4)[2]\ninput b: int(4)\noutput s = a + b\noutput d = a - b\n"
ENGINES = ("jit", "interp", "circuit")


def reference(x):
    q = np.clip(np.floor(x * 64 + 0.5) / 64, -16, 16 - 1 / 64)
    return q @ np.array([[1, -2], [0.5, 3], [0.25, 1]])


class Data(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "net.da").write_text(NET)
        (self.folder / "two.da").write_text(TWO)

    def dal(self, *arguments, code=0, stdin=None):
        done = subprocess.run([DAL, *map(str, arguments)], cwd=self.folder, input=stdin, capture_output=True, timeout=300)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout[:500]}\n{done.stderr.decode()}")
        return done

    def refused(self, *arguments, stdin=None):
        return self.dal(*arguments, code=1, stdin=stdin).stderr.decode()

    def samples(self, count=1000, seed=1):
        return np.random.default_rng(seed).normal(0, 4, (count, 3))

    def test_formats_of_outputs(self):
        x = self.samples()
        np.save(self.folder / "x.npy", x)
        for name in ("y.npy", "y.npz", "y.csv"):
            self.dal("run", "net.da", "-i", "x.npy", "-o", name)
        expected = reference(x)
        np.testing.assert_array_equal(np.load(self.folder / "y.npy"), expected)
        archive = np.load(self.folder / "y.npz")
        self.assertEqual(archive.files, ["y"])
        np.testing.assert_array_equal(archive["y"], expected)
        lines = (self.folder / "y.csv").read_text().splitlines()
        self.assertEqual(len(lines), len(x))
        for line, row in zip(lines, expected):
            self.assertEqual([fractions.Fraction(text) for text in line.split(",")], [fractions.Fraction(v) for v in row])
        message = self.refused("run", "net.da", "-i", "x.npy", "-o", "y.txt")
        self.assertIn("`--output y.txt` does not say in which format", message)
        self.assertFalse((self.folder / "y.txt").exists())
        self.dal("run", "net.da", "-i", "x.npy", "-o", "y.txt", "--output-format", "csv")
        self.assertEqual((self.folder / "y.txt").read_text(), (self.folder / "y.csv").read_text())

    def test_decimals_of_all_lengths(self):
        (self.folder / "long.da").write_text(
            "input x: fixed(1, 70, 70)\noutput y = x * 3\noutput z = x << 80\noutput w = x >> 80\n")
        values = ["0.25", "-0.125", "0", "123456789012345678901.5", "-3", "0.000000000000000000000847032947254300339068322500679641962051391601562500"]
        (self.folder / "x.csv").write_text("\n".join(values) + "\n")
        for name, factor in (("y", 3), ("z", 1 << 80), ("w", fractions.Fraction(1, 1 << 80))):
            text = self.dal("run", "long.da", "-i", "x.csv", "-o", f"{name}=-").stdout.decode().split()
            self.assertEqual([fractions.Fraction(t) for t in text], [fractions.Fraction(v) * factor for v in values])

    def test_several_outputs_in_one_archive(self):
        np.savez(self.folder / "in.npz", b=np.array([1, -2, 3]), a=np.array([[1, 2], [3, 4], [-5, 6]]), other=np.zeros(4))
        self.dal("run", "two.da", "-i", "in.npz", "-o", "out.npz")
        out = np.load(self.folder / "out.npz")
        self.assertEqual(sorted(out.files), ["d", "s"])
        np.testing.assert_array_equal(out["s"], [[2, 3], [1, 2], [-2, 9]])
        np.testing.assert_array_equal(out["d"], [[0, 1], [5, 6], [-8, 3]])
        self.dal("run", "two.da", "-i", "in.npz", "-i", "b:int8=b.bin", "-o", "s=s.npz", code=1)
        (self.folder / "b.bin").write_bytes(np.array([1, 1, 1], np.int8).tobytes())
        self.dal("run", "two.da", "-i", "in.npz", "-i", "b:int8=b.bin", "-o", "s=s.npz", "-o", "d=/dev/null")
        np.testing.assert_array_equal(np.load(self.folder / "s.npz")["s"], [[2, 3], [4, 5], [-4, 7]])
        np.savez(self.folder / "bad.npz", b=np.zeros(3), c=np.zeros((3, 2)))
        self.assertIn("it holds `b`, `c`, and no `a`", self.refused("run", "two.da", "-i", "bad.npz"))
        np.savez_compressed(self.folder / "one.npz", np.zeros((4, 3)))
        self.dal("run", "net.da", "-i", "one.npz", "-o", "y.npy")
        self.assertEqual(np.load(self.folder / "y.npy").shape, (4, 2))

    def test_raw_numbers(self):
        values = np.array([[1, -2, 3], [4, 5, -6]])
        for dtype in ("int8", "int16", "int32", "int64", "float16", "float32", "float64"):
            (self.folder / "x.bin").write_bytes(values.astype("<" + np.dtype(dtype).str[1:]).tobytes())
            self.dal("run", "net.da", "-i", f"x:{dtype}=x.bin", "-o", "y.npy")
            np.testing.assert_array_equal(np.load(self.folder / "y.npy"), reference(values), dtype)
            again = self.dal("run", "net.da", "-i", f"x:{dtype}=-", "-o", "-", "--output-format", "npy",
                             stdin=(self.folder / "x.bin").read_bytes())
            np.testing.assert_array_equal(np.load(io.BytesIO(again.stdout)), reference(values))
        (self.folder / "x.bin").write_bytes(b"\0" * 25)
        message = self.refused("run", "net.da", "-i", "x:float64=x.bin")
        self.assertIn("25 bytes, which is no whole number of samples", message)
        self.assertIn("a sample of shape [3] of float64 has 24", message)
        self.assertIn("no whole number", self.refused("run", "net.da", "-i", "x:float64=-", stdin=b"\0" * 25))
        self.assertIn("`int9` is no type of numbers", self.refused("run", "net.da", "-i", "x:int9=x.bin"))

    def test_standard_streams(self):
        x = self.samples(50)
        text = "\n".join(",".join(repr(v) for v in row) for row in x.tolist()) + "\n"
        stream = io.BytesIO()
        np.save(stream, x)
        fortran = io.BytesIO()
        np.save(fortran, np.asfortranarray(x))
        archive = io.BytesIO()
        np.savez(archive, x=x)
        for data in (text.encode(), stream.getvalue(), fortran.getvalue(), archive.getvalue()):
            done = self.dal("run", "net.da", "-i", "-", "-o", "-", stdin=data)
            self.assertEqual(done.stderr, b"")
            np.testing.assert_array_equal(np.loadtxt(io.BytesIO(done.stdout), delimiter=","), reference(x))
            for form in ("npy", "npz", "codes"):
                done = self.dal("run", "net.da", "-i", "-", "-o", "-", "--output-format", form, "--check", stdin=data)
                read = np.load(io.BytesIO(done.stdout))
                y = read if form == "npy" else read["y"] if form == "npz" else read["codes"] * 2.0 ** -read["f"]
                np.testing.assert_array_equal(y, reference(x))
        self.assertFalse((self.folder / "-").exists())
        self.assertIn("is given to several inputs", self.refused("run", "two.da", "-i", "a=-", "-i", "b=-", stdin=b""))
        self.assertIn("goes on after its data", self.refused("run", "net.da", "-i", "-", stdin=stream.getvalue() + b"1"))
        self.assertIn("before its data do", self.refused("run", "net.da", "-i", "-", stdin=stream.getvalue()[:-1]))

    def test_csv_is_exact(self):
        # 2^-7 is half a step: these round to different sides, and no double tells them apart.
        halves = ["0.0078125", "0.00781249999999999999999999", "0.00781250000000000000000001", "-0.0078125", "-0.007812500000000000000001",
                  "0.1", "-0.1", "1e-30", "-1e-30", "15.9921875", "1e5", "+2.5e-1"]
        (self.folder / "one.da").write_text("\n".join(
            ["input x: real"] + [f"output {r} = quantize(x, fixed(1, 4, 6, round: {r}, overflow: sat))" for r in ("trn", "rnd", "rnd_conv", "rnd_zero", "rnd_inf", "rnd_min_inf", "trn_zero")]))
        (self.folder / "x.csv").write_text("\n".join(halves))

        def rounded(value, mode):
            u = value * 64
            floor = u.__floor__()
            rest = u - floor
            half = fractions.Fraction(1, 2)
            up = {"trn": False, "rnd": rest >= half, "rnd_conv": rest > half or (rest == half and floor % 2 == 1),
                  "rnd_zero": rest > half or (rest == half and u < 0), "rnd_inf": rest > half or (rest == half and u >= 0),
                  "rnd_min_inf": rest > half, "trn_zero": u < 0 and rest != 0}[mode]
            return fractions.Fraction(max(-1024, min(1023, floor + up)), 64)

        for engine in ENGINES:
            for mode in ("trn", "rnd", "rnd_conv", "rnd_zero", "rnd_inf", "rnd_min_inf", "trn_zero"):
                got = self.dal("run", "one.da", "-i", "x.csv", "-o", f"{mode}=-", "--engine", engine, "--check").stdout.decode().split()
                self.assertEqual([fractions.Fraction(v) for v in got], [rounded(fractions.Fraction(v), mode) for v in halves], (engine, mode))

    def test_csv_and_declared_inputs(self):
        (self.folder / "port.da").write_text("input a: fixed(1, 2, 3)[2]\noutput s = a + 1\n")
        (self.folder / "a.csv").write_text("0.125, -4\n3.875 ,1e0\r\n")
        self.assertEqual(self.dal("run", "port.da", "-i", "a.csv", "-o", "-").stdout, b"1.125,-3\n4.875,2\n")
        for bad in ("0.1", "4", "-4.125", "1e300", "0.1250000000000000000000000000001"):
            (self.folder / "a.csv").write_text(f"0,0\n0,{bad}\n")
            for engine in ENGINES:
                message = self.refused("run", "port.da", "-i", "a.csv", "--engine", engine)
                self.assertIn(f"sample 1 of `a` at [1] is {bad}, which is not a value of", message)
        (self.folder / "a.csv").write_text("0,0\nnan,0\n")
        for engine in ENGINES:
            self.assertIn("sample 1 of `a` at [0] is not a finite number", self.refused("run", "port.da", "-i", "a.csv", "--engine", engine))

    def test_csv_errors_have_places(self):
        for text, message in (("1,2,3\n1,,2\n", "line 2, column 3: a number is missing"),
                              ("1,2,3\n1,2\n", "line 2 has 2 numbers"),
                              ("1,2,3,4\n", "line 1 has 4 numbers"),
                              ("1,2,3\n4,5,six\n", "line 2, column 5: `six` is not a number"),
                              ("a,b,c\n1,2,3\nd,e,f\n", "line 3, column 1: `d` is not a number"),
                              ("1,b,c\n", "line 1, column 3: `b` is not a number"),
                              ("1.2.3,4,5\n", "line 1, column 1: `1.2.3` is not a number"),
                              ("1,2,3\n\n4,5,6\n", "line 2 is empty"),
                              ("1,2,3,\n", "line 1 has 4 numbers"),
                              ("0x10,2,3\n", "line 1, column 1: `0x10` is not a number"),
                              ("1,2,1e99999\n", "line 1, column 5: `1e99999` is not a number")):
            (self.folder / "x.csv").write_text(text)
            done = self.refused("run", "net.da", "-i", "x.csv")
            self.assertIn("error[E0403]", done)
            self.assertIn(message, done)
        for text in ("a,b,c\n1,2,3\n", "\ufeff1,2,3", "1,2,3\n\n\n", " 1 ,\t2, 3 \r\n", "x y,,z\n".replace(",,", ",w,") + "1,2,3"):
            (self.folder / "x.csv").write_text(text)
            self.assertIn("1 sample of [2]", self.dal("run", "net.da", "-i", "x.csv").stdout.decode())
        (self.folder / "x.csv").write_text("a,b,c\n")
        self.assertIn("0 samples", self.dal("run", "net.da", "-i", "x.csv").stdout.decode())

    def test_errors_name_samples_of_the_whole(self):
        for engine in ENGINES:
            x = np.zeros((300000, 3), np.float32)
            x[-1, 2] = np.nan
            np.save(self.folder / "x.npy", x[-20000:] if engine == "interp" else x)
            self.assertIn(f"sample {19999 if engine == 'interp' else 299999} of `x` at [2]", self.refused("run", "net.da", "-i", "x.npy", "--engine", engine, "-o", "y.npy"))
            self.assertFalse((self.folder / "y.npy").exists())
            self.assertEqual([p.name for p in self.folder.iterdir() if p.name.startswith(".dal")], [])

    def test_lengths_that_are_known_late(self):
        (self.folder / "a.csv").write_text("1,2\n" * 3)
        (self.folder / "b.csv").write_text("1\n" * 2)
        self.assertIn("the data for `b` ends after 2 samples, the data for `a` goes on",
                      self.refused("run", "two.da", "-i", "a=a.csv", "-i", "b=b.csv"))
        np.save(self.folder / "b.npy", np.ones(3))
        self.dal("run", "two.da", "-i", "a=a.csv", "-i", "b=b.npy", "-o", "y.npz")
        self.assertEqual(np.load(self.folder / "y.npz")["s"].shape, (3, 2))
        self.dal("run", "net.da", "-i", "-", "-o", "y.npy", stdin=b"1,2,3\n" * 70000)
        y = np.load(self.folder / "y.npy")
        np.testing.assert_array_equal(y, np.repeat(reference(np.array([[1, 2, 3]])), 70000, 0))

    def test_engines_check_each_other(self):
        np.save(self.folder / "x.npy", self.samples(3000).astype(np.float32))
        for engine in ENGINES:
            text = self.dal("run", "net.da", "-i", "x.npy", "--engine", engine, "--check", "-o", "y.npy").stdout.decode()
            self.assertEqual(text, "checked: the interpreter agrees on 1000 samples, exact arithmetic in blocks on all 3000\n")
        np.testing.assert_array_equal(np.load(self.folder / "y.npy"), reference(self.samples(3000).astype(np.float32).astype(float)))

    def test_memory_does_not_grow_with_samples(self):
        def peak(count):
            with open(self.folder / "zeros.bin", "wb") as file:
                file.truncate(count * 12)
            before = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
            done = subprocess.run([sys.executable, "-c", before, DAL, "run", "net.da", "-i", "x:float32=zeros.bin", "-o", "y.npy", "--threads", "1", "-q"],
                                  cwd=self.folder, capture_output=True, text=True, check=True)
            self.assertEqual(np.load(self.folder / "y.npy", mmap_mode="r").shape, (count, 2))
            return int(done.stdout)
        self.assertLess(peak(4_000_000), peak(200_000) + 16 * 1024)

    def test_progress_and_interruption(self):
        with open(self.folder / "zeros.bin", "wb") as file:
            file.truncate(8_000_000 * 12)
        command = [DAL, "run", "net.da", "-i", "x:float32=zeros.bin", "-o", "y.npy", "--engine", "interp", "--threads", "1"]
        for quiet in (False, True):
            master, slave = pty.openpty()
            run = subprocess.Popen(command + ["-q"] * quiet, cwd=self.folder, stderr=slave)
            text = b""
            end = time.monotonic() + 60
            while run.poll() is None and time.monotonic() < end and b" left" not in text:
                if select.select([master], [], [], 0.2)[0]:
                    text += os.read(master, 4096)
                if quiet and time.monotonic() > end - 58:
                    break
            run.send_signal(signal.SIGINT)
            self.assertEqual(run.wait(timeout=10), 130)
            os.close(slave)
            os.close(master)
            self.assertFalse((self.folder / "y.npy").exists())
            self.assertEqual([p.name for p in self.folder.iterdir() if p.name.startswith(".dal")], [])
            if quiet:
                self.assertEqual(text, b"")
            else:
                self.assertRegex(text.decode(), r"interpreting  \[#* *\] \d+ %  [\d,]+ of 8,000,000  [\d,]+/s  (\d+ min )?\d+ s left")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dal", required=True)
    arguments, rest = parser.parse_known_args()
    DAL = str(pathlib.Path(arguments.dal).resolve())
    unittest.main(argv=[sys.argv[0], *rest])

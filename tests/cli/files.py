#!/usr/bin/python3
"""Files as users have them, and as strangers make them: what a program may read, what is no regular file, names with
control characters, archives of any members, element types of other packages."""
import argparse
import io
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile

import numpy as np

DAL = None
ESCAPE = "\x1b[31m"


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


class Files(unittest.TestCase):
    def setUp(self):
        self.top = pathlib.Path(tempfile.mkdtemp()).resolve()
        self.addCleanup(shutil.rmtree, self.top)
        self.folder = self.top / "net"
        self.folder.mkdir()

    def dal(self, *arguments, code=0, says=(), seconds=60, stdin=None, cwd=None):
        start = time.monotonic()
        done = subprocess.run([DAL, *map(str, arguments)], cwd=cwd or self.folder, capture_output=True, timeout=seconds,
                              input=stdin, env=dict(os.environ, DAL_CACHE="0"))
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        self.assertEqual(done.returncode, code, f"{arguments}: {text}")
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, text, arguments)
        self.assertNotIn("internal error", text)
        self.assertLess(time.monotonic() - start, seconds)
        return text

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path


class WhatAProgramMayRead(Files):
    def setUp(self):
        super().setUp()
        self.data = self.top / "data"
        self.data.mkdir()
        np.save(self.data / "w.npy", np.arange(4))
        (self.data / "m.da").write_text("let one = 1\n")
        self.write("net.da", 'param w = load("../data/w.npy")\ninput x: int(4)[4]\noutput y = x * w\n')
        np.save(self.folder / "x.npy", np.ones((2, 4)))

    def test_outside_of_the_folder(self):
        for text in ('load("../data/w.npy")', f'load("{self.data}/w.npy")', 'load("../data/missing.npy")', 'load("sub/../../data/w.npy")',
                     'load("/etc/passwd")', 'load("/proc/self/environ")'):
            self.write("a.da", f"param w = {text}\ninput x: int(4)\noutput y = x\n")
            out = self.dal("check", "a.da", code=1, says=["error[E0404]", "a.da:1:16"])
            self.assertNotIn("cannot read", out)  # not even whether it is there
        self.dal("check", "net.da", code=1, says="help: allow the folder: `--allow ../data`")
        self.write("a.da", 'param w = load("missing.npy")\noutput y = 1\n')
        self.dal("check", "a.da", code=1, says="E0401")

    def test_a_folder_is_allowed_for_every_command(self):
        allow = ["--allow", "../data"]
        self.dal("check", "net.da", *allow)
        self.dal("check", "net.da", "--allow", self.data)
        self.dal("check", "net.da", "--allow", "/")
        self.dal("run", "net.da", "--input", "x.npy", *allow, says="0 1 2 3")
        self.dal("explain", "net.da", "y", *allow)
        self.dal("calibrate", "net.da", "--data", "x.npy", *allow)
        self.dal("build", "net.da", "-o", "rtl", "--no-verify", *allow)
        self.dal("test", "net.da", *allow)
        self.dal("repl", "net.da", *allow, stdin=b"w[1]\n", says="1\n")
        self.dal("check", "net.da", "--allow", "nowhere", code=2)
        self.dal("check", "net.da", "--allow", "../net", code=1, says="E0404")
        for command in ("run", "explain", "build", "test"):
            rest = {"run": ["--input", "x.npy"], "explain": ["y"], "build": ["-o", "rtl2"], "test": []}[command]
            self.dal(command, "net.da", *rest, code=1, says="E0404")
        self.dal("repl", "net.da", stdin=b"1\n", says="E0404")

    def test_links_count_where_they_lead(self):
        self.write("real/w.npy", npy(np.arange(4)))
        (self.folder / "inside.npy").symlink_to("real/w.npy")
        (self.folder / "outside.npy").symlink_to(self.data / "w.npy")
        (self.folder / "folder").symlink_to(self.data)
        (self.folder / "loop.npy").symlink_to("loop.npy")
        (self.folder / "m.da").symlink_to(self.data / "m.da")
        for file, code in (("inside.npy", 0), ("outside.npy", 1), ("folder/w.npy", 1), ("real/../inside.npy", 0), ("loop.npy", 1)):
            self.write("a.da", f'param w = load("{file}")\ninput x: int(4)[4]\noutput y = x * w\n')
            self.dal("check", "a.da", code=code, says=["error[E0404]"] if code else [])
        self.write("b.da", "use m\ninput x: int(4)\noutput y = x + m.one\n")
        self.dal("check", "b.da", code=1, says=["error[E0404]: `m` is outside", f"--allow {self.data}"])
        self.dal("check", "b.da", "--allow", self.data)
        # The folder of the program may be a link itself.
        (self.top / "link").symlink_to(self.folder)
        self.write("a.da", 'param w = load("inside.npy")\ninput x: int(4)[4]\noutput y = x * w\n')
        self.dal("check", "link/a.da", cwd=self.top)

    def test_a_module_reads_below_the_program(self):
        self.write("m.da", 'let w = load("../data/w.npy")\n')
        self.write("a.da", "use m\ninput x: int(4)[4]\noutput y = x * m.w\n")
        self.dal("check", "a.da", code=1, says=["error[E0404]", "m.da:1:14"])
        self.dal("check", "a.da", "--allow", "../data")

    def test_the_prompt_reads_what_is_typed_and_no_more(self):
        self.write("f.da", "fn read(file) = load(file)\n")
        self.dal("repl", stdin=b'load("../data/w.npy")\n', says="[0, 1, 2, 3]")
        self.dal("repl", "f.da", stdin=b'read("../data/w.npy")\n', code=1, says="E0404")
        # A file from elsewhere does not read the current folder.
        self.dal("repl", "../net/f.da", cwd=self.data, stdin=b'read("../data/w.npy")\n', code=1, says="E0404")

    def test_nothing_outside_is_written(self):
        np.savez(self.data / "bits.npz", i=np.array([1, 1], np.int8))
        (self.folder / "bits.npz").symlink_to(self.data / "bits.npz")
        self.write("net.da", 'param b = load("bits.npz")\ninput x: real[2]\noutput y = quantize(x, fixed(1, b.i, 2))\n')
        np.save(self.folder / "x.npy", np.array([[7.0, 1.0], [-8.0, 0.5]]))
        before = (self.data / "bits.npz").read_bytes()
        self.dal("calibrate", "net.da", "--data", "x.npy", "--in-place", code=1, says="E0404")
        self.assertEqual(before, (self.data / "bits.npz").read_bytes())
        self.dal("calibrate", "net.da", "--data", "x.npy", "--in-place", "--allow", "../data", says="bits.npz: ")
        self.assertEqual(np.load(self.data / "bits.npz")["i"].tolist(), [3, 1])
        self.assertTrue((self.folder / "bits.npz").is_symlink())


class SpecialFiles(Files):
    def test_pipes_devices_and_folders_are_refused(self):
        np.save(self.folder / "x.npy", np.ones((2, 4)))
        self.write("net.da", "input x: int(4)[4]\noutput y = x\n")
        os.mkfifo(self.folder / "pipe")
        os.mkfifo(self.folder / "pipe.npy")
        os.mkfifo(self.folder / "pipe.npz")
        os.mkfifo(self.folder / "pipe.da")
        (self.folder / "zero").symlink_to("/dev/zero")
        for file, what in (("pipe", "a pipe"), ("/dev/zero", "a device"), ("zero", "a device"), (".", "a directory"), ("/dev/tty", "")):
            for command in (["check", file], ["run", file, "--input", "x.npy"], ["run", "net.da", "--input", file], ["cmvm", file], ["test", file],
                            ["calibrate", "net.da", "--data", file], ["fmt", file], ["doc", "./" + file if file[0] not in "/." else file],
                            ["build", "net.da", "-o", "rtl", "--vectors", file], ["build", "net.da", "-o", "rtl", "--locked", file]):
                self.dal(*command, code=1, says=["error[E0401]", what], seconds=20)
        for name in ("pipe.npy", "pipe.npz"):
            self.write("a.da", f'param w = load("{name}")\ninput x: int(4)\noutput y = x\n')
            self.dal("check", "a.da", code=1, says=["E0401", "it is a pipe"], seconds=20)
        self.write("b.da", "use pipe\ninput x: int(4)\noutput y = x\n")
        self.dal("check", "b.da", code=1, seconds=20)
        self.dal("repl", stdin=b":load pipe.da\n", code=1, says="it is a pipe", seconds=20)

    def test_standard_input_is_read(self):
        program = b"input x: int(4)[4]\noutput y = x\n"
        self.dal("check", "/dev/stdin", stdin=program)
        self.dal("cmvm", "/dev/stdin", stdin=b"1 2\n3 4\n", says="2 inputs, 2 outputs")
        self.write("net.da", program)
        self.dal("run", "net.da", "--input", "/dev/stdin", stdin=npy(np.ones((2, 4))), says="1 1 1 1")
        self.assertEqual(self.dal("fmt", "-", stdin=b"let a=1"), "let a = 1\n")

    def test_programs_have_a_size(self):
        with open(self.folder / "large.da", "wb") as file:
            file.truncate(1 << 40)  # of nothing: it takes no place
        for command in ("check", "fmt", "test", "doc"):
            self.dal(command, "large.da", code=1, says=["E0401", "more than 268435456 bytes"], seconds=20)


class Names(Files):
    def clean(self, text):
        self.assertFalse([c for c in text if (ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160], repr(text))

    def test_control_characters_do_not_get_through(self):
        name = f"a{ESCAPE}\rb\x7f\u009b1m\n.da"
        self.write(name, f'input x: real\noutput y = quantize(x, int(4))\nlet z=1\ntest "t{ESCAPE}\u009b" {{ expect 1 == 1 }}\ntest "f{ESCAPE}" {{ expect 1 == 2 }}\n')
        self.clean(self.dal("test", name, code=1, says='"t [31m'))
        self.dal("test", name, "--junit", "r.xml", "--lcov", "l.info", "--coverage", code=1)
        self.clean((self.folder / "r.xml").read_text())
        self.assertNotIn(ESCAPE, (self.folder / "l.info").read_text())
        self.clean(self.dal("check", name))
        self.clean(self.dal("check", name, "--types"))
        self.clean(self.dal("check", name, "-W"))
        self.clean(self.dal("check", name, "--json"))
        self.clean(self.dal("fmt", "--check", name, code=1))
        self.clean(self.dal("fmt", name))
        np.save(self.folder / "x.npy", np.array([100.0]))
        self.clean(self.dal("calibrate", name, "--data", "x.npy"))
        self.clean(self.dal("run", name, "--input", "x.npy", "--float"))
        self.clean(self.dal("calibrate", name, "--data", "x.npy", "--in-place", says="changed"))
        self.clean(self.dal("explain", name, "y"))
        self.clean(self.dal("explain", name, "nothing", code=2))
        self.clean(self.dal("repl", name, stdin=b'let s = "q"\ns\n:list\n'))
        self.dal("build", name, "-o", "rtl", "--no-verify")
        for file in (self.folder / "rtl").rglob("*"):
            self.clean(file.read_text())
        self.write("m.txt", "1 2\n")
        matrix = f"m{ESCAPE}.txt"
        (self.folder / "m.txt").rename(self.folder / matrix)
        self.clean(self.dal("cmvm", matrix))
        self.clean(self.dal("check", f"missing{ESCAPE}.da", code=1))

    def test_names_that_are_not_utf_8(self):
        name = os.fsencode(self.folder) + b"/a\xff\xc0.da"
        pathlib.Path(os.fsdecode(name)).write_text("input x: real\noutput y = quantize(x, int(4))\ntest \"t\" { expect 1 == 1 }\n")
        for command in (["check"], ["check", "--json"], ["check", "--widths=w.html"], ["check", "--widths=w.svg"], ["test", "--junit", "r.xml", "--lcov", "l"],
                        ["build", "-o", "rtl", "--no-verify"]):
            self.dal(command[0], os.fsdecode(name), *command[1:])

    def test_names_of_members(self):
        bad = f"w{ESCAPE}\n\t\u009b"
        np.savez(self.folder / "w.npz", **{bad: np.array([np.nan]), bad + ".x": np.array([1])})
        self.write("a.da", 'param w = load("w.npz")\ninput x: int(4)\noutput y = x * w.nothing\n')
        self.clean(self.dal("check", "a.da", code=1, says="its members are"))
        self.write("b.da", 'param w = load("w.npz")\ninput x: int(4)\noutput y = x\n')
        self.clean(self.dal("repl", "b.da", stdin=b"w\n"))


class Archives(Files):
    PROGRAM = 'param w = load("w.npz")\ninput x: int(4)\noutput y = x * w["a"]\n'

    def archive(self, members, method=zipfile.ZIP_STORED):
        with zipfile.ZipFile(self.folder / "w.npz", "w", method) as archive:
            for name, data in members:
                archive.writestr(name, data)

    def check(self, program=None, **wanted):
        self.write("p.da", program or self.PROGRAM)
        return self.dal("check", "p.da", **wanted)

    def test_members_of_any_name(self):
        names = ["fc1.weight", "dense/kernel:0", "0", "let", "../up", "/etc/x", "a b", 'q"', "back\\slash", "é", ".", "..", "x.npy", "w" * 1000]
        np.savez(self.folder / "w.npz", **{name: np.array(j + 1) for j, name in enumerate(names)})
        quoted = [name.replace("\\", "\\\\").replace('"', '\\"') for name in names]
        text = 'param w = load("w.npz")\ninput x: int(4)\n' + "".join(f'let a{j} = x * w["{name}"]\n' for j, name in enumerate(quoted)) + "output y = a0\n"
        out = self.check(text)
        for j in range(len(names)):
            text += f'test "{j}" {{ expect w["{quoted[j]}"] == {j + 1} }}\n'
        self.write("p.da", text)
        self.dal("test", "p.da", says=f"{len(names)} passed, 0 failed")
        self.assertEqual(sorted(p.name for p in self.top.iterdir()), ["net"], out)  # nothing was unpacked

    def test_numbers_in_members_are_written_back(self):
        np.savez(self.folder / "w.npz", **{"act.i": np.array([1, 1], np.int8), "act.f": np.int8(2), "other/kernel:0": np.arange(3)})
        self.write("p.da", 'param w = load("w.npz")\ninput x: real[2]\noutput y = quantize(x, fixed(1, w["act.i"], w.act.f))\n')
        np.save(self.folder / "x.npy", np.array([[7.0, 1.0], [-8.0, 0.5]]))
        self.dal("calibrate", "p.da", "--data", "x.npy", "--in-place", says="`act.i` (1 number)")
        after = np.load(self.folder / "w.npz")
        self.assertEqual(after["act.i"].tolist(), [3, 1])
        self.assertEqual(sorted(after.files), ["act.f", "act.i", "other/kernel:0"])

    def test_the_same_name_twice(self):
        with self.assertWarns(UserWarning):
            self.archive([("a.npy", npy(np.array(1))), ("a.npy", npy(np.array(2)))])
        self.check(code=1, says=["E0403", "two members `a.npy`"])

    def test_archives_in_archives(self):
        inner = io.BytesIO()
        np.savez(inner, a=np.array(1))
        self.archive([("a.npy", inner.getvalue())])
        self.check(code=1, says=["E0403", "does not start as a .npy file does"])
        self.archive([("a.npz", inner.getvalue())])
        self.check(code=1, says=["E0403", "is not an array"])

    def test_headers_that_lie(self):
        good = npy(np.zeros(1000, np.int8))
        for old, new in ((b"(1000,)", b"(9999,)"), (b"(1000,)", b"(1   ,)"), (b"'|i1'", b"'<i8'"), (b"'|i1'", b"'|V1'"), (b"'|i1'", b"'|V9'")):
            self.archive([("a.npy", good.replace(old, new))])
            self.check(code=1, says="E0403")

    def test_bombs_of_many_members(self):
        zeros = npy(np.zeros(1 << 24, np.int8))
        self.archive([(f"a{j}.npy", zeros) for j in range(40)], zipfile.ZIP_DEFLATED)
        self.assertLess((self.folder / "w.npz").stat().st_size, 1 << 20)
        text = 'param w = load("w.npz")\ninput x: int(4)\noutput y = x + ' + " + ".join(f"w.a{j}[0]" for j in range(40)) + "\n"
        self.write("p.da", text)
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.dal("check", "p.da", code=1, says="error[E", seconds=120)
        self.assertLess(max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss), 2 << 20)

    def test_many_members_and_long_names(self):
        one = npy(np.array(1))
        self.archive([(f"layer{j}.{'sub.' * 20}{j}.npy", one) for j in range(20000)] + [("a.npy", one)])
        self.check(seconds=20)
        self.check(self.PROGRAM.replace('"a"', '"layr7"'), code=1, says="did you mean", seconds=20)
        self.archive([("a" + "./" * 15000 + f"{j}.npy", one) for j in range(100)])
        self.check(code=1, seconds=20)  # w["a"] is a prefix


class ElementTypes(Files):
    def run_with(self, load, samples, says=()):
        self.write("p.da", f"param w = {load}\ninput x: real[2]\noutput y = quantize(x, fixed(1, 7, 8)) @ w\n")
        np.save(self.folder / "x.npy", samples)
        self.dal("run", "p.da", "--input", "x.npy", "-o", "y.npy", "--check")
        return np.load(self.folder / "y.npy")

    def test_bfloat16_as_weights_and_as_samples(self):
        bits = np.array([0x3FC0, 0xBF20], np.uint16)  # 1.5, -0.625
        samples = np.array([[1, 2], [3, -1]], np.float64)
        expected = samples @ np.array([1.5, -0.625])
        np.save(self.folder / "w.npy", bits.view("V2"))
        np.savez(self.folder / "w.npz", w=bits.view("V2"))
        for load in ('load("w.npy")', 'load("w.npz").w', 'load("w.npy", type: "bfloat16")'):
            self.assertEqual(self.run_with(load, samples).tolist(), expected.tolist())
        as_bits = (samples.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
        self.assertEqual(self.run_with('load("w.npy")', as_bits.view("V2")).tolist(), expected.tolist())
        np.save(self.folder / "x.npy", np.array([[0x3F80, 0x7FC0]], np.uint16).view("V2"))
        self.dal("run", "p.da", "--input", "x.npy", code=1, says=["E0502", "[1]"])
        np.save(self.folder / "w.npy", np.array([0x3F80, 0x7F80], np.uint16).view("V2"))
        self.dal("check", "p.da", code=1, says="`w.npy` is not a finite number at [1]")

    def test_types_of_one_byte_are_said_by_the_program(self):
        np.save(self.folder / "w.npy", np.array([0x38, 0xC4], np.uint8).view("V1"))
        samples = np.array([[1, 2], [3, -1]], np.float64)
        for kind, values in (("float8_e4m3fn", [1, -3]), ("float8_e5m2fnuz", [0.25, -2]), ("int4", [-8, 4])):
            self.assertEqual(self.run_with(f'load("w.npy", type: "{kind}")', samples).tolist(), (samples @ np.array(values)).tolist())
        self.write("p.da", 'param w = load("w.npy")\ninput x: int(4)\noutput y = x * w[0]\n')
        self.dal("check", "p.da", code=1, says=["E0403", "type `V1`", 'type: "float8_e4m3fn"'])
        self.write("p.da", 'param w = load("w.npy", type: "bfloat16")\ninput x: int(4)\noutput y = x * w[0]\n')
        self.dal("check", "p.da", code=1, says="E0403")
        np.save(self.folder / "x.npy", np.array([[0x38, 0xC4]], np.uint8).view("V1"))
        self.write("p.da", "input x: real[2]\noutput y = quantize(x, int(4))\n")
        self.dal("run", "p.da", "--input", "x.npy", code=1, says=["E0403", "type `V1`"])

    def test_an_archive_of_several_types(self):
        np.savez(self.folder / "w.npz", q=np.array([0x38, 0xC4], np.uint8).view("V1"), scale=np.float32(0.5))
        got = self.run_with('{ let w = load("w.npz", type: "float8_e4m3fn"); w.q * w.scale }', np.array([[1, 2]], np.float64))
        self.assertEqual(got.tolist(), [-2.5])
        np.save(self.folder / "w.npy", np.array([1, 2], np.float32))
        self.write("p.da", 'param w = load("w.npy", type: "float8_e4m3fn")\ninput x: int(4)\noutput y = x * w[0]\n')
        self.dal("check", "p.da", code=1, says="has elements of float32, not of float8_e4m3fn")

    def test_complex_numbers_are_refused(self):
        np.save(self.folder / "w.npy", np.array([1j]))
        self.write("p.da", 'param w = load("w.npy")\ninput x: int(4)\noutput y = x * w[0]\n')
        self.dal("check", "p.da", code=1, says=["E0403", "complex numbers"])


class Matrices(Files):
    def test_text_is_read_strictly(self):
        for text, wanted in (("1,2\n3,,4\n", "no number behind the comma in line 2, column 3"), (",1\n", "no number before the comma in line 1, column 1"),
                             ("1, ,2\n", "line 1, column 4"), ("1,2,\n", "no number behind the comma in line 1, column 5"), ("1 2\n3 x\n", "`x` in line 2, column 3"),
                             ("1 2\n3\n", "1 numbers in line 2"), (",\n", "column 1"), ("1.5\n", "`1.5` in line 1, column 1")):
            self.write("m.txt", text)
            self.dal("cmvm", "m.txt", code=1, says=["E0403", wanted])
        for text in ("1,2\n3,4\n", "1 2\n\n3\t4\n", " 1 , 2 \r\n3,4\r\n", "1,2\n3, -4"):
            self.write("m.txt", text)
            self.dal("cmvm", "m.txt", says="2 inputs, 2 outputs")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dal", required=True)
    arguments, rest = parser.parse_known_args()
    DAL = str(pathlib.Path(arguments.dal).resolve())
    unittest.main(argv=[sys.argv[0], *rest])

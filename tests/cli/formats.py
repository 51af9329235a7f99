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

    def test_explain_follows_names_into_modules(self):
        (self.folder / "inner.da").write_text("param tiny = 1 / 3\nlet table_size = 4\n")
        (self.folder / "m.da").write_text(
            "use inner\nparam w = [3, -5]\ntable f(v: uint(2)) = exp(-v)\nlet form = fixed(0, 1, 3)\n"
            "let doubled = [1, 1.5] * 2\nfn g(x) = { let h = f(x); quantize(h, form) }\nfn scaled(x) = x * inner.tiny\n")
        (self.folder / "main.da").write_text(
            "use m\ninput x: uint(2)\noutput y = m.g(x) + m.w[0]\noutput z = m.scaled(x) + quantize(m.inner.tiny, fixed(0, 0, 5))\n"
            "let own = [0.25, -1]\nfn act(x) = { let h = x; h }\n")

        def explained(name):
            return self.dal("explain", "main.da", name).stdout

        def refused(name):
            return self.dal("explain", "main.da", name, code=2).stderr

        place = "m.da:6:27, `quantize(h, form)`, in the call at main.da:3:12"
        self.assertEqual(explained("m.f"), "`m.f`: fixed(0, 1, 3), inferred from its consumers\n" +
                         "".join(f"  {part}: asked at {place}\n" for part in ("k = 0", "i = 1", "f = 3")))
        self.assertIn("`m.w`: fixed(1, 3, 0), default: its numbers are exact\n", explained("m.w"))
        self.assertIn("`m.w` at [0]: fixed(0, 2, 0), default", explained("m.w[0]"))
        self.assertIn("`m.doubled` at [1]: fixed(0, 2, 0), default", explained("m.doubled[1]"))
        self.assertIn("`own`: fixed(1, 0, 2), default", explained("own"))
        self.assertIn("`m.inner.tiny`: fixed(0, 0, 5), inferred from its consumers\n  k = 0: asked at main.da:4:", explained("m.inner.tiny"))
        self.assertIn("its shape is [2]", refused("m.w[2]"))
        self.assertEqual(refused("m.none"), "`m` is a module, and has no name `none`; it has `doubled`, `f`, `form`, `g`, `inner`, `scaled`, `w`\n")
        self.assertIn("`m.inner` is a module, and has no name `x.y`; it has `table_size`, `tiny`", refused("m.inner.x.y"))
        self.assertIn("`m` is a module; it has `doubled`", refused("m"))
        self.assertEqual(refused("m.g"), "`m.g` is a function; name the result of a call, `let v = m.g(…)`, and explain `v`\n")
        self.assertEqual(refused("m.g.h"), "`m.g` is a function, and what it names is made anew by each call; "
                         "name the result of a call, `let v = m.g(…)`, and explain `v`\n")
        self.assertIn("`act` is a function, and what", refused("act.h"))
        self.assertIn("`m.form` is a format; values, constants, parameters and tables can be explained", refused("m.form"))
        self.assertIn("main.da has no value `other.f`; it has `x`, `y`", refused("other.f"))
        at_prompt = self.dal("repl", text="use m\nlet a = m.g(1)\n:explain m.f\n:explain m.w\n").stdout
        self.assertIn("`m.f`: fixed(0, 1, 3), inferred from its consumers", at_prompt)
        self.assertIn("`m.w`: fixed(1, 3, 0), default", at_prompt)
        self.assertIn("has no member `none`", self.dal("repl", text="use m\n:explain m.none\n", code=1).stderr)

    def test_check_and_test_agree_on_a_table_that_only_a_test_looks_up(self):
        table = "input x: uint(2)\ntable f(v: uint(2)) = exp(-v)\noutput y = x\n"
        asks = 'test "t" { expect quantize(f(1), fixed(0, 1, 4)) == 0.3125 }\n'
        (self.folder / "asks.da").write_text(table + asks)
        self.dal("check", "asks.da")
        self.assertIn("ok", self.dal("test", "asks.da").stdout)
        self.assertEqual(self.dal("explain", "asks.da", "f").stdout, "`f`: exact, without a format\n  nothing but tests looks it up\n")
        (self.folder / "vague.da").write_text(table + 'test "t" { expect f(1) > 0 }\n')
        self.dal("check", "vague.da")
        self.assertIn('4 | test "t" { expect f(1) > 0 }\n  |                   ---- looked up here', self.dal("test", "vague.da", code=1).stderr)
        (self.folder / "needed.da").write_text(table.replace("y = x", "y = f(x)") + asks)
        for command in ("check", "test"):
            self.assertIn("error[E0311]", self.dal(command, "needed.da", code=1).stderr)

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

#!/usr/bin/python3
"""dal test from outside: what passes and fails, smallest counterexamples, selection, reports, exit codes."""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

DAL = None
GOOD = """input x: real[2]
let h = relu(quantize(x, fixed(1, 3, 4)))
output y = h + 1
test "an example" { let z = y(x: [0.25, -1]); expect z == [1.25, 1]; expect all(h(x: [1, 2]) > 0) }
property "relu is idempotent" (a: int(6)) { expect relu(relu(a)) == relu(a) }
property "sums commute" (a: int(40)[3], b: fixed(1, 300, 4)[3]) { expect a + b == b + a }
"""
BAD = """property "small" (a: int(8)) {
  expect a < 37
}
property "wide" (a: int(70)[2], b: uint(65)) {
  expect a[0] + b == b + a[0];
  expect a[1] <= 1000
}
test "sides" { expect [1, 2, 3] + 1 == [2, 4, 4] }
test "right" { expect 1 == 1 }
"""


class Test(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        for name, text in {"good.da": GOOD, "bad.da": BAD, "none.da": "fn f(x) = x + 1\n", "broken.da": "let a = b\n"}.items():
            (self.folder / name).write_text(text)

    def run_tests(self, *arguments, code=0):
        done = subprocess.run([DAL, "test", *arguments], cwd=self.folder, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}\n{done.stderr}")
        return done

    def test_all_pass(self):
        out = self.run_tests("good.da").stdout
        self.assertIn('ok    test "an example"\n', out)
        self.assertIn('ok    property "relu is idempotent" (64 cases, all there are)\n', out)
        self.assertIn('ok    property "sums commute" (10000 cases)\n', out)
        self.assertTrue(out.endswith("3 passed, 0 failed\n"), out)

    def test_errors_of_syntax_are_those_of_their_test(self):
        (self.folder / "syntax.da").write_text(GOOD + """test "no value" { expect 1 == }
property "no closing" (a: int(3)) { let z = (a + 1; expect z == z }
test "no number" { expect 3x == 3 }
test "fine" { expect 2 == 2 }
test "a name of another" { expect z == 1 }
""")
        out = self.run_tests("syntax.da", code=1).stdout
        self.assertIn('ok    test "fine"', out)
        self.assertIn('ok    property "sums commute"', out)
        for kind, name, place in (("test", "no value", 7), ("property", "no closing", 8), ("test", "no number", 9)):
            self.assertIn(f'FAIL  {kind} "{name}"', out)
            self.assertIn(f"syntax.da:{place}:", out)
        self.assertIn("`z`", out)
        self.assertTrue(out.endswith("4 passed, 4 failed\n"), out)
        self.assertEqual(subprocess.run([DAL, "check", "syntax.da"], cwd=self.folder, capture_output=True).returncode, 1)

    def test_failures_show_position_values_and_the_smallest_example(self):
        out = self.run_tests("bad.da", code=1).stdout
        self.assertIn("error[E0505]: `a < 37` does not hold", out)
        self.assertIn("bad.da:2:3", out)
        self.assertIn("^^^^", out)
        self.assertIn("left 37, right 37", out)
        self.assertIn("    with\n    a      37\n", out)
        self.assertIn("`a[1] <= 1000` does not hold", out)
        self.assertIn("left 1001, right 1000", out)
        self.assertIn("    a      [0, 1001]\n    b      0\n", out)
        self.assertIn("found with --seed 1 among", out)
        self.assertIn("at [1]: left 3, right 4", out)
        self.assertIn("    left   [2, 3, 4]\n    right  [2, 4, 4]\n", out)
        self.assertTrue(out.endswith("1 passed, 3 failed\n"), out)

    def test_seed_repeats_and_samples_count(self):
        first = self.run_tests("bad.da", "--filter", "wide", "--seed", "7", code=1).stdout
        self.assertEqual(first, self.run_tests("bad.da", "--filter", "wide", "--seed", "7", code=1).stdout)
        self.assertIn("(50 cases)", self.run_tests("good.da", "--samples", "50").stdout)

    def test_filter(self):
        out = self.run_tests("bad.da", "--filter", "right").stdout
        self.assertTrue(out.endswith("1 passed, 0 failed, 3 not selected\n"), out)

    def test_files_without_tests_and_files_that_do_not_compile(self):
        self.assertIn("none.da: no tests\n", self.run_tests("none.da").stdout)
        done = self.run_tests("broken.da", "good.da", code=1)
        self.assertIn("error[E0201]", done.stderr)
        self.assertTrue(done.stdout.endswith("3 passed, 0 failed, 1 file not compiled\n"), done.stdout)
        self.run_tests("missing.da", code=1)
        self.run_tests(code=2)

    def test_a_test_with_an_error_fails_and_the_others_run(self):
        (self.folder / "mixed.da").write_text(GOOD + 'test "unknown" { expect undefined_name == 1 }\n'
                                              'test "no bits" { expect from_bits([0, 2]) == 4 }\n'
                                              'property "perhaps no bits" (a: int(3)) { expect from_bits([a, 1]) > 0 }\n')
        done = self.run_tests("mixed.da", code=1)
        self.assertTrue(done.stdout.endswith("3 passed, 3 failed\n"), done.stdout)
        for text in ("error[E0201]", "unknown name `undefined_name`", "error[E0307]", "a bit is 2 at [1]", "error[E0312]",
                     "`from_bits` takes bits, each 0 or 1"):
            self.assertIn(text, done.stdout + done.stderr)

    def test_junit(self):
        self.run_tests("good.da", "bad.da", "broken.da", "--junit", "report.xml", code=1)
        root = xml.etree.ElementTree.parse(self.folder / "report.xml").getroot()
        suites = {suite.get("name"): suite for suite in root}
        self.assertEqual([suites["bad.da"].get(key) for key in ("tests", "failures", "errors")], ["4", "3", "0"])
        self.assertEqual(len(suites["good.da"].findall("testcase")), 3)
        self.assertEqual(suites["broken.da"].get("errors"), "1")
        failure = suites["bad.da"].find("testcase[@name='small']/failure")
        self.assertIn("a      37", failure.text)

    def covered(self, text, *arguments, code=0):
        (self.folder / "covered.da").write_text(text)
        return self.run_tests("covered.da", "--coverage", *arguments, code=code).stdout.split("coverage\n")[1]

    def test_coverage_of_expressions_and_arms(self):
        text = """fn act(v, mode = "relu") = if mode == "relu" then relu(v) else v + 1
fn unused(v) = v * 2
fn pick(v) = if v > 3 then v else 3
test "a test" { expect act(-1) == 0; }
property "small" (a: uint(1)) { expect pick(a) == 3 }
"""
        self.assertEqual(self.covered(text), """  covered.da: 14 of 20 expressions (70.0 %), 2 of 4 arms (50.0 %)
    fn act: 8 of 11
      not reached: 1:64-68
    fn unused: 0 of 3
      not reached: 2:16-20
    fn pick: 6 of 6
      never chosen: `then` at 3:28
  total: 14 of 20 expressions (70.0 %), 2 of 4 arms (50.0 %)
""")
        larger = text.replace("uint(1)", "uint(3)").replace("== 3 }", ">= 3 }")
        self.assertNotIn("never chosen", self.covered(larger))
        self.assertIn("fn act: 0 of 11\n", self.covered(larger, "--filter", "small"))

    def test_coverage_of_tables_is_that_of_all_cases(self):
        text = """table half(v: int(3)) = v >> 1
table both(a: bool, b: uint(2)) = a + b
fn low(v) = half(v)
test "one" { expect low([-4, -3]) == [-2, -1.5]; expect both(1, 3) == 4 }
"""
        out = self.covered(text)
        self.assertIn("table half: 3 of 3, 2 of 8 entries\n      not read: 2-7 (v = -2)\n", out)
        self.assertIn("table both: 3 of 3, 1 of 8 entries\n      not read: 0-6 (a = 0, b = 0)\n", out)
        self.assertIn("3 of 16 entries (18.7 %)", out)
        out = self.covered(text + 'property "all" (a: uint(2)) { expect low(a) >= 0; expect both(a > 1, a) < 5 }\n')
        self.assertIn("table half: 3 of 3, 6 of 8 entries\n      not read: 2-3 (v = -2)\n", out)
        self.assertIn("table both: 3 of 3, 4 of 8 entries\n      not read: 2-5 (a = 0, b = 2)\n", out)
        # A property that is sampled reads what its samples say.
        out = self.covered(text + 'property "wide" (a: int(3)[9]) { expect low(a) == (a >> 1) }\n')
        self.assertIn("table half: 3 of 3, 8 of 8 entries\n", out)

    def test_coverage_counts_modules_once_and_the_library_if_it_is_tested(self):
        (self.folder / "m.da").write_text("fn f(x) = x + 1\nfn g(x) = x + 2\n")
        (self.folder / "one.da").write_text('use m\nuse nn\ntest "f" { expect m.f(1) == 2; expect nn.relu6(9) == 6 }\n')
        (self.folder / "two.da").write_text('use m\ntest "g" { expect m.g(1) == 3 }\n')
        one = self.run_tests("one.da", "--coverage").stdout
        self.assertIn("m.da: 3 of 6 expressions (50.0 %)", one)
        self.assertNotIn("nn.da", one)
        both = self.run_tests("one.da", "two.da", "--coverage").stdout
        self.assertIn("m.da: 6 of 6 expressions (100.0 %)", both)
        self.assertEqual(both.count("m.da:"), 1)
        only = self.run_tests("one.da", "two.da", "--coverage", "--filter", "g").stdout
        self.assertIn("fn f: 0 of 3\n      not reached: 1:11-15\n", only)

    def test_coverage_does_not_change_what_tests_say(self):
        plain = self.run_tests("bad.da", "good.da", code=1).stdout
        self.assertEqual(self.run_tests("bad.da", "good.da", "--coverage", code=1).stdout.split("coverage\n")[0], plain)
        self.assertNotIn("coverage", plain)

    def test_lcov(self):
        text = """fn act(v) =
  if v > 0
  then v
  else v >> 3
fn unused(v) = v
test "a" { expect act(2) == 2 }
test "b" { expect act(1) == 1 }
"""
        (self.folder / "lines.da").write_text(text)
        done = self.run_tests("lines.da", "--lcov", "lines.info")
        self.assertNotIn("coverage", done.stdout)
        lines = (self.folder / "lines.info").read_text().splitlines()
        self.assertIn(f"SF:{(self.folder / 'lines.da').resolve()}", lines)
        for line in ("FN:1,act", "FNDA:2,act", "FNDA:0,unused", "FNF:2", "FNH:1", "BRF:2", "BRH:1", "DA:2,2", "DA:3,2", "DA:4,0", "DA:5,0",
                     "LF:4", "LH:2", "end_of_record"):
            self.assertIn(line, lines)
        self.assertEqual([line.split(",")[-2:] for line in lines if line.startswith("BRDA:2,")], [["0", "2"], ["1", "0"]])
        self.run_tests("lines.da", "--lcov", "no/such/folder/x.info", code=1)

    def test_no_coverage_of_files_that_do_not_compile(self):
        for name in ("missing.da", "broken.da"):
            done = self.run_tests(name, "--coverage", "--lcov", "none.info", code=1)
            self.assertNotIn("coverage", done.stdout)
            self.assertFalse((self.folder / "none.info").exists())
        self.run_tests("broken.da", "good.da", "--lcov", "some.info", code=1)
        self.assertIn("good.da", (self.folder / "some.info").read_text())

    def test_the_standard_library_is_tested_like_any_module(self):
        (self.folder / "mine.da").write_text('use nn\ntest "t" { expect nn.linear([1, 2], int(4), [[1], [2]]) == [5] }\n')
        self.run_tests("mine.da")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dal", required=True)
    options, rest = parser.parse_known_args()
    DAL = options.dal
    unittest.main(argv=[sys.argv[0], *rest])

#!/usr/bin/python3
"""dal fmt from outside: files in place, --check, standard input, exit codes, what it leaves alone."""
import argparse
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

DAL = None
UGLY = "let a=1 // one\n\n\nlet b=a|>relu\n"
NEAT = "let a = 1  // one\n\nlet b = a |> relu\n"


class Fmt(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        for name, text in {"ugly.da": UGLY, "neat.da": NEAT, "broken.da": "let a=(\n"}.items():
            (self.folder / name).write_text(text)

    def fmt(self, *arguments, code=0, text=None):
        done = subprocess.run([DAL, "fmt", *arguments], cwd=self.folder, capture_output=True, text=True, input=text, timeout=300)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}\n{done.stderr}")
        return done

    def test_in_place_and_only_if_changed(self):
        os.utime(self.folder / "neat.da", (1, 1))
        self.fmt("ugly.da", "neat.da")
        self.assertEqual((self.folder / "ugly.da").read_text(), NEAT)
        self.assertEqual((self.folder / "neat.da").stat().st_mtime, 1)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["broken.da", "neat.da", "ugly.da"])

    def test_check_lists_and_changes_nothing(self):
        self.assertEqual(self.fmt("--check", "neat.da", "ugly.da", code=1).stdout, "ugly.da\n")
        self.assertEqual((self.folder / "ugly.da").read_text(), UGLY)
        self.assertEqual(self.fmt("--check", "neat.da").stdout, "")

    def test_standard_input(self):
        self.assertEqual(self.fmt("-", text=UGLY).stdout, NEAT)
        self.fmt("--check", "-", text=NEAT)
        self.fmt("--check", "-", text=UGLY, code=1)

    def test_a_byte_order_mark_goes(self):
        (self.folder / "marked.da").write_bytes(b"\xef\xbb\xbf" + NEAT.encode())
        self.assertEqual(self.fmt("--check", "marked.da", code=1).stdout, "marked.da\n")
        self.fmt("marked.da")
        self.assertEqual((self.folder / "marked.da").read_bytes(), NEAT.encode())

    def test_long_sums_and_deep_brackets_take_time_in_proportion(self):
        def seconds(text):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            self.fmt("-", text=text)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

        def long_sum(terms):
            return "let y = " + " + ".join(["a * 3"] * terms)

        def nested(depth):
            return "let y = " + "(a + " * depth + long_sum(2000)[8:] + ")" * depth

        self.assertLess(seconds(long_sum(50_000)), 30 * seconds(long_sum(5_000)))  # quadratic would be 100 times
        self.assertLess(seconds(nested(250)), 30 * seconds(nested(25)))

    def test_errors_leave_the_file_alone_and_the_others_are_formatted(self):
        self.assertIn("error[E0104]", self.fmt("broken.da", "ugly.da", code=1).stderr)
        self.assertEqual((self.folder / "broken.da").read_text(), "let a=(\n")
        self.assertEqual((self.folder / "ugly.da").read_text(), NEAT)
        self.assertIn("error[E0401]", self.fmt("missing.da", code=1).stderr)
        self.assertEqual(self.fmt("-", text="let a=(", code=1).stdout, "")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dal", required=True)
    options, rest = parser.parse_known_args()
    DAL = options.dal
    unittest.main(argv=[sys.argv[0], *rest])

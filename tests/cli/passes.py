"""dal build from the inside: --emit circuit, --print-after, --time, --verify-passes."""
import argparse
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

DAL = ""
PROGRAM = "input x: fixed(1, 3, 4)[3]\noutput y = relu(x @ [[3, -5], [7, 2], [-1, 9]] + [1, -2])\n"


class Passes(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        (self.folder / "net.da").write_text(PROGRAM)

    def build(self, *arguments, code=0):
        done = subprocess.run([DAL, "build", "net.da", *arguments], cwd=self.folder, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def test_emit_circuit(self):
        text = self.build("--emit", "circuit").stdout
        self.assertIn("input x[0] fixed(1, 3, 4)", text)
        self.assertIn("y", text.splitlines()[-1])
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["net.da"])
        self.assertEqual(self.build("--emit", "circuit", "-o", "out").stdout, text)
        self.assertFalse((self.folder / "out").exists())

    def test_print_after(self):
        text = self.build("--emit", "circuit", "--print-after", "lower", "--print-after", "narrow").stdout
        self.assertEqual(re.findall("^-- after (.*)$", text, re.M), ["lower", "narrow"])
        self.assertTrue(text.endswith(self.build("--emit", "circuit").stdout))
        # A pass that runs several times is printed each time.
        often = self.build("--emit", "circuit", "--print-after", "simplify").stdout
        self.assertGreater(often.count("-- after simplify"), 1)
        self.assertIn("nothing", self.build("--emit", "circuit", "--print-after", "nothing", code=2).stderr)

    def test_time(self):
        lines = self.build("-o", "out", "--no-verify", "--time").stdout.splitlines()
        self.assertEqual(lines[0].split(), ["step", "processor", "wall", "operations"])
        steps = [line.split("  ")[0] for line in lines[1:] if re.search(r"\d s +\d+\.\d+ s", line)]
        self.assertEqual(steps[0], "lower")
        self.assertEqual(steps[-2:], ["schedule", "write"])
        self.assertIn("simplify", steps)

    def test_verify_passes_changes_nothing(self):
        plain = self.build("--emit", "circuit").stdout
        self.assertEqual(self.build("--emit", "circuit", "--verify-passes").stdout, plain)

    def test_output_is_needed_for_files(self):
        self.assertIn("--output", self.build(code=2).stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dal", required=True)
    arguments, rest = parser.parse_known_args()
    DAL = str(Path(arguments.dal).resolve())
    unittest.main(argv=[__file__, *rest])

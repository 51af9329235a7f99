#!/usr/bin/python3
"""dal doc and dal completion from outside."""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

DAL = None
MODULE = """// shapes.da: a module to document.
// Second line.

use nn

/// Twice x.
/// Exactly.
fn twice(x: _[n], k = 2) -> _[n] = x * k
fn plain(a) =
  a + 1  // beside

// --- tables. About them.

/// Squares.
table square(v: uint(2)) -> uint(4) = v * v
param limit = 3
test "t" { expect 1 == 1 }
"""
EXPECTED = """# shapes

shapes.da: a module to document.
Second line.

### twice

```da
fn twice(x: _[n], k = 2) -> _[n]
```

Twice x.
Exactly.

### plain

```da
fn plain(a)
```

## Tables

About them.

### square

```da
table square(v: uint(2)) -> uint(4)
```

Squares.

### limit

```da
param limit = 3
```
"""


class Doc(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "shapes.da").write_text(MODULE)
        (self.folder / "net.da").write_text("")

    def dal(self, *arguments, code=0):
        done = subprocess.run([DAL, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}\n{done.stderr}")
        return done

    def test_module(self):
        self.assertEqual(self.dal("doc", "shapes.da").stdout, EXPECTED)
        self.dal("doc", "shapes.da", "-o", "out.md")
        self.assertEqual((self.folder / "out.md").read_text(), EXPECTED)

    def test_library_by_name_and_builtins(self):
        self.assertIn("### dense\n", self.dal("doc", "nn").stdout)
        builtins = self.dal("doc", "--builtins").stdout
        self.assertIn("| `clip(x, lo, hi)` |", builtins)
        self.assertIn("## reductions", builtins)

    def test_errors(self):
        self.assertIn("E0401", self.dal("doc", "nowhere", code=1).stderr)
        self.dal("doc", code=2)
        self.dal("doc", "nn", "--builtins", code=2)

    def complete(self, words):
        """What bash offers for the last word."""
        script = self.dal("completion", "bash").stdout
        quoted = " ".join(f"'{word}'" for word in words)
        text = f"{script}\nCOMP_WORDS=({quoted})\nCOMP_CWORD={len(words) - 1}\n_dal\nprintf '%s\\n' \"${{COMPREPLY[@]}}\""
        done = subprocess.run(["bash", "-c", text], cwd=self.folder, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def test_bash(self):
        script = self.dal("completion", "bash").stdout
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)
        self.assertIn("run", self.complete(["dal", "r"]))
        self.assertIn("repl", self.complete(["dal", "r"]))
        self.assertEqual(self.complete(["dal", "run", "--eng"]), ["--engine"])
        self.assertEqual(sorted(self.complete(["dal", "run", "--engine", ""])), ["circuit", "interp", "jit"])
        self.assertEqual(self.complete(["dal", "check", "sh"]), ["shapes.da"])
        self.assertEqual(sorted(self.complete(["dal", "--color", "a"])), ["always", "auto"])
        self.assertEqual(self.complete(["dal", "--color", "never", "che"]), ["check"])
        self.assertEqual(self.complete(["dal", "completion", "z"]), ["zsh"])

    def test_other_shells(self):
        zsh, fish = (self.dal("completion", shell).stdout for shell in ("zsh", "fish"))
        self.assertTrue(zsh.startswith("#compdef dal\n"))
        self.assertIn("'*--engine[", zsh)
        self.assertIn("complete -c dal -n __fish_use_subcommand -a build", fish)
        for shell, script in (("zsh", zsh), ("fish", fish)):
            if shutil.which(shell):
                subprocess.run([shell, "-n"], input=script, text=True, check=True)
            else:
                print(f"skipped: {shell} is not installed")
        self.dal("completion", "tcsh", code=2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dal", required=True)
    options, rest = parser.parse_known_args()
    DAL = options.dal
    unittest.main(argv=[sys.argv[0], *rest])

#!/usr/bin/python3
"""dal doc and dal completion from outside."""
import argparse
import fcntl
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import termios
import time
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
        done = subprocess.run([DAL, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=300)
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
        done = subprocess.run(["bash", "-c", text], cwd=self.folder, capture_output=True, text=True, timeout=300)
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
        self.assertEqual(self.complete(["dal", "help", "cal"]), ["calibrate"])
        self.assertEqual(self.complete(["dal", "--ver"]), ["--version"])

    def script_for(self, shell):
        """The file with the completion script, if the shell is there."""
        path = self.folder / f"completion.{shell}"
        path.write_text(self.dal("completion", shell).stdout)
        if not shutil.which(shell):
            print(f"skipped: {shell} is not installed")
            return None
        subprocess.run([shell, "-n", path], check=True)
        return path

    def test_other_shells(self):
        self.assertTrue(self.dal("completion", "zsh").stdout.startswith("#compdef dal\n"))
        self.assertIn("complete -c dal -n __dal_command_is -a build", self.dal("completion", "fish").stdout)
        self.dal("completion", "tcsh", code=2)

    def test_fish(self):
        script = self.script_for("fish")
        if not script:
            return

        def offers(line):
            done = subprocess.run(["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"], text=True,
                                  cwd=self.folder, capture_output=True, timeout=300, env={**os.environ, "HOME": str(self.folder)})
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return [offer.split("\t")[0] for offer in done.stdout.splitlines()]

        self.assertEqual(offers("dal r"), ["repl", "run"])
        self.assertEqual(offers("dal run --eng"), ["--engine"])
        self.assertEqual(offers("dal run --engine "), ["circuit", "interp", "jit"])
        self.assertEqual(offers("dal check sh"), ["shapes.da"])
        self.assertEqual(offers("dal --color a"), ["always", "auto"])
        self.assertEqual(offers("dal --color never che"), ["check"])
        self.assertEqual(offers("dal test run --junit sh"), ["shapes.da"])
        self.assertEqual(offers("dal test run --eng"), [])
        self.assertEqual(offers("dal completion z"), ["zsh"])

    def test_zsh(self):
        script = self.script_for("zsh")
        if not script:
            return
        keys, terminal = pty.openpty()
        environment = {**os.environ, "HOME": str(self.folder), "TERM": "dumb", "PS1": "READY> ", "LC_ALL": "C.UTF-8"}
        shell = subprocess.Popen(["zsh", "-f", "-i"], cwd=self.folder, env=environment, stdin=terminal, stdout=terminal,
                                 stderr=terminal, start_new_session=True,
                                 preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(terminal)
        self.addCleanup(os.close, keys)
        self.addCleanup(shell.wait)
        self.addCleanup(shell.kill)

        def until(pattern):
            """What the shell shows, up to the pattern."""
            shown, end = "", time.monotonic() + 300
            while not re.search(pattern, shown):
                self.assertLess(time.monotonic(), end, f"no {pattern!r} in {shown!r}")
                if select.select([keys], [], [], 0.2)[0]:
                    shown += os.read(keys, 65536).decode(errors="replace")
            return shown

        def completed(line, pattern):
            os.write(keys, f"\x15{line}\t".encode())
            until(pattern)

        until("READY> ")
        os.write(keys, f"autoload -U compinit; compinit -D -u; setopt no_list_beep; source {script}; echo LOAD''ED\r".encode())
        until("LOADED")
        completed("dal che", "check ")
        completed("dal run --eng", "--engine")
        completed("dal run --engine i", "interp")
        completed("dal run --engine=i", "interp")
        completed("dal check sh", r"shapes\.da")
        completed("dal --color never expl", "explain ")
        completed("dal completion f", "fish")
        os.write(keys, b"\x15dal r\t\t")
        self.assertIn("Try expressions", until(r"(?s)repl.*run +--"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dal", required=True)
    options, rest = parser.parse_known_args()
    DAL = options.dal
    unittest.main(argv=[sys.argv[0], *rest])

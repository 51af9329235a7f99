"""What tests of readers share: running `dal import` on bytes, and comparing with references."""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

SHARED = pathlib.Path(os.environ.get("DAL_SHARED_DATA", pathlib.Path(__file__).resolve().parents[3] / "shared" / "data"))
DAL = None


class FolderCase(unittest.TestCase):
    """A test in a folder of its own."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)


class CommandCase(FolderCase):
    """Commands whose exit code and words are known before."""

    def dal(self, *arguments, code=0, says=()):
        done = subprocess.run([DAL, *map(str, arguments)], cwd=self.folder, capture_output=True, timeout=120, check=False,
                              env=dict(os.environ, DAL_CACHE="0"))
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        self.assertEqual(done.returncode, code, f"{arguments}: {text}")
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, text, arguments)
        return text


class ImportCase(FolderCase):
    def dal(self, *arguments):
        return subprocess.run([DAL, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True, timeout=300,
                              check=False)

    def imported(self, name, content, *options):
        (self.folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        return self.dal("import", name, "-o", "out", *options)

    def compares(self, name, content, x, y, *options, tolerance=None):
        """Imports the bytes, and compares both engines with y on x: exactly, if there is no tolerance."""
        np.save(self.folder / "x.npy", x)
        np.save(self.folder / "y.npy", y)
        if tolerance is not None:
            options = (*options, "--tolerance", tolerance)
        done = self.imported(name, content, "--check", "x.npy", "y.npy", *options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("jit: ", done.stdout)
        formatted = self.dal("fmt", "--check", "out/net.da")
        self.assertEqual(formatted.returncode, 0, formatted.stdout + formatted.stderr)
        return done, (self.folder / "out" / "net.da").read_text()

    def refuses(self, name, content, code, *words, options=()):
        done = self.imported(name, content, *options)
        self.assertEqual(done.returncode, 1, f"{name} is not refused, for {words}\n{done.stdout}{done.stderr}")
        for word in (code, *words):
            self.assertIn(word, done.stderr)
        self.assertFalse((self.folder / "out").exists())
        return done


def main(module):
    global DAL  # pylint: disable=global-statement
    parser = argparse.ArgumentParser()
    parser.add_argument("--dal", required=True, type=lambda path: pathlib.Path(path).resolve())
    options, rest = parser.parse_known_args()
    DAL = options.dal
    unittest.main(module=module, argv=[sys.argv[0], *rest])

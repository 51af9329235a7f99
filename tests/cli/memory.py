#!/usr/bin/python3
"""What commands do where memory is short, and how much of it they take for files that claim much: an error message or
success, never an abort, and no more memory than the result can justify."""
import argparse
import io
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

import numpy as np

DAL = None
MB = 1 << 20
NET = """input x: fixed(1, 3, 4)[16]
let h = relu(einsum("i,io->o", x, [for i in 0..16 => [for o in 0..16 => (i * 7 + o * 5) % 15 - 7]]))
output y = h + 0.5
"""


def header(shape, descr="|i1"):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": descr, "fortran_order": False, "shape": shape})
    return buffer.getvalue()


class Base(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "net.da").write_text(NET)

    def dal(self, *arguments, limit=None):
        """(exit code, what was said, most resident bytes); with at most `limit` bytes of address space."""

        def set_limit():
            if limit:
                resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

        with open(self.folder / "said", "w+") as said:
            process = subprocess.Popen([DAL, *map(str, arguments)], cwd=self.folder, stdout=said, stderr=said,
                                       env={**os.environ, "DAL_CACHE": "0"}, preexec_fn=set_limit)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            return process.returncode, said.read(), usage.ru_maxrss * 1024

    def bomb(self, name, **members):
        """An archive of zeros: shapes by the names of members. Written in pieces, as it is larger than memory."""
        with zipfile.ZipFile(self.folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, shape in members.items():
                left = int(np.prod(shape, dtype=np.int64))
                with archive.open(member + ".npy", "w", force_zip64=True) as file:
                    file.write(header(shape))
                    while left > 0:
                        file.write(bytes(min(left, 16 * MB)))
                        left -= 16 * MB


class Short(Base):
    """Each command with every amount of memory between too little to begin and enough."""

    def setUp(self):
        super().setUp()
        if self.dal("version", limit=400 * MB)[0] != 0:
            self.skipTest("this dal needs address space for its sanitizer")
        np.save(self.folder / "x.npy", np.zeros((100_000, 16)))
        np.save(self.folder / "w.npy", np.random.default_rng(1).integers(-128, 128, (32, 32)))

    def never_aborts(self, limits, *arguments):
        codes = set()
        for limit in limits:
            code, said, _ = self.dal(*arguments, limit=limit * MB)
            # 127: the loader itself found no memory for the program's libraries.
            self.assertIn(code, (0, 1, 127), f"{arguments} with {limit} MB: {said}")
            if code == 1:
                self.assertRegex(said, "memory|E0504", f"{arguments} with {limit} MB")
            self.assertNotIn("terminate called", said)
            codes.add(code)
        return codes

    def test_run(self):
        for engine in ("jit", "circuit", "interp"):
            run = ["run", "net.da", "--input", "x.npy", "--engine", engine, "-o", "y.npy"]
            self.never_aborts(range(120, 520, 40), *run, "--threads", "4")
        # Two hundred threads have no room for their stacks: fewer do the work.
        for engine in ("jit", "circuit"):
            run = ["run", "net.da", "--input", "x.npy", "--engine", engine, "-o", "y.npy"]
            self.assertEqual(self.never_aborts([900], *run, "--threads", "200"), {0}, engine)

    def test_cmvm(self):
        search = ["cmvm", "w.npy", "--effort", "2", "--seconds", "0.2", "--threads", "4", "--no-cache"]
        self.never_aborts(range(120, 400, 40), *search)

    def test_check_and_build(self):
        self.never_aborts(range(120, 400, 40), "check", "net.da")
        self.never_aborts(range(120, 400, 40), "build", "net.da", "--no-verify", "-o", "out")


class Bombs(Base):
    """Archives of a megabyte that unpack to a gigabyte."""

    def check(self, *arguments, most=300 * MB, code=1):
        done, said, peak = self.dal(*arguments)
        self.assertEqual(done, code, said)
        self.assertNotIn("internal", said)
        self.assertLess(peak, most, said)
        return said

    def test_constants(self):
        self.bomb("w.npz", w=(800, 1_000_000), small=(4,))
        program = 'param w = load("w.npz")\ninput x: int(4)[4]\noutput y = x * w.'
        (self.folder / "p.da").write_text(program + "w[0]\n")
        self.assertIn("E0403", self.check("check", "p.da"))
        # What nobody names costs nothing, also where another member is written back.
        (self.folder / "q.da").write_text(program + "small\n")
        self.check("check", "q.da", code=0)

    def test_batches(self):
        (self.folder / "one.da").write_text("input x: int(4)\noutput y = x + 1\n")
        self.bomb("x.npz", a=(100_000_000,))
        self.check("run", "one.da", "--input", "x.npz", code=0)  # part by part
        for members in ({"codes": (800_000_000,), "f": ()}, {"codes": (1,), "f": (800_000_000,)},
                        {"codes": (2, 400_000_000), "f": ()}):
            with self.subTest(members):
                self.bomb("x.npz", **members)
                self.assertIn("E0403", self.check("run", "one.da", "--input", "x.npz"))
                self.check("calibrate", "one.da", "--data", "x.npz")

    def test_a_header_that_claims_more_than_there_is(self):
        (self.folder / "w.npy").write_bytes(header((1 << 40,)))
        (self.folder / "p.da").write_text('param w = load("w.npy")\ninput x: int(4)\noutput y = x * w[0]\n')
        self.check("check", "p.da")
        self.check("cmvm", "w.npy")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dal", required=True)
    options, rest = parser.parse_known_args()
    DAL = os.path.abspath(options.dal)
    unittest.main(argv=[sys.argv[0], *rest])

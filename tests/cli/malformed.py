#!/usr/bin/python3
"""Feeds dal more than a hundred malformed programs and data files. Each must give a diagnostic and exit
code 1: no crash, no hang, no output file, nothing accepted."""
import argparse
import io
import pathlib
import struct
import subprocess
import sys
import tempfile
import zipfile

import numpy as np

TIMEOUT = 60  # seconds; far above what any case takes, sanitizers included

PROGRAM = "input x: real[4]\noutput y = quantize(x, fixed(1, 3, 4))\n"
LOADER = 'param w = load("w.npz")\ninput x: fixed(1, 3, 4)[4]\noutput y = x * w.a\n'
LOADER_NPY = 'param w = load("w.npy")\ninput x: fixed(1, 3, 4)[4]\noutput y = x * w\n'


def npy(array, **kwargs):
    buffer = io.BytesIO()
    np.save(buffer, array, **kwargs)
    return buffer.getvalue()


def header(text, version=1, length=None):
    """A .npy header with any text in it, right or wrong."""
    body = text.encode("latin1")
    size = len(body) if length is None else length
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", size) + body


def npz(members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def programs():
    yield "empty", b""
    yield "only a comment", b"// nothing\n"
    yield "NUL bytes", b"input x\0: real[4]\n"
    yield "not UTF-8", b'input x: real[4]\noutput y = "\xff\xfe"\n'
    yield "truncated UTF-8", b"// \xe2\x82"
    yield "overlong UTF-8", b"// \xc0\xaf\n"
    yield "UTF-8 surrogate", b"// \xed\xa0\x80\n"
    yield "binary", bytes(range(256)) * 40
    for opening in (b"(", b"[", b"{", b"-", b"f(", b"[[1],"):
        yield f"10 MB of {opening!r}", b"input x: real[4]\noutput y = " + opening * (10_000_000 // len(opening))
    yield "10 MB of )", b"output y = " + b")" * 10_000_000
    yield "10 MB of one letter", b"output y = " + b"a" * 10_000_000
    yield "10 MB of digits", b"output y = " + b"9" * 10_000_000
    yield "balanced deep nesting", b"input x: int(4)\noutput y = " + b"(" * 5000 + b"x" + b")" * 5000
    yield "deep blocks", b"input x: int(4)\noutput y = " + b"{ let a = x; " * 5000 + b"a" + b" }" * 5000
    yield "unterminated string", b'param w = load("w.npz\ninput x: real[4]\n'
    yield "unclosed paren", b"input x: real[4]\noutput y = quantize(x, fixed(1, 3, 4)\n"
    yield "stray bracket", b"input x: real[4]]\noutput y = x\n"
    yield "half an operator", b"input x: int(4)\noutput y = x +\n"
    yield "keyword as name", b"input let: int(4)\noutput y = 1\n"
    yield "reserved keyword", b"table t(v: int(4)) = v\n"
    yield "several errors", b"input x: real[\nlet = 3\nfn f(\noutput y = \n"
    yield "cyclic definitions", b"let a = b\nlet b = a\noutput y = a\n"
    yield "self reference", b"input x: int(4)\nlet a = a + x\noutput y = a\n"
    yield "recursion", b"input x: int(4)\nfn f(a) = f(a)\noutput y = f(x)\n"
    yield "mutual recursion", b"input x: int(4)\nfn f(a) = g(a)\nfn g(a) = f(a)\noutput y = f(x)\n"
    yield "unknown name", b"output y = z\n"
    yield "unknown function", b"input x: int(4)\noutput y = rellu(x)\n"
    yield "unknown module", b"use nothing\ninput x: int(4)\noutput y = x\n"
    yield "module with a path", b"use ../../etc\ninput x: int(4)\noutput y = x\n"
    yield "duplicate", b"input x: int(4)\ninput x: int(4)\noutput y = x\n"
    yield "duplicate output", b"input x: int(4)\noutput y = x\noutput y = x\n"
    yield "no output", b"input x: int(4)\n"
    yield "real arithmetic", b"input x: real[4]\noutput y = x + 1\n"
    yield "real output", b"input x: real[4]\noutput y = x\n"
    yield "not dyadic", b"input x: int(4)\noutput y = x * 0.1\n"
    yield "division by zero", b"input x: int(4)\noutput y = x * (1 / 0)\n"
    yield "division of a variable", b"input x: int(4)\noutput y = x / 3\n"
    yield "huge exponent", b"input x: int(4)\noutput y = x * 1e999999999\n"
    yield "huge shift", b"input x: int(4)\noutput y = x << 99999999999\n"
    yield "large shift over the cap", b"input x: int(4)\noutput y = (x << 2000) + x\n"
    yield "fractional shift", b"input x: int(4)\noutput y = x << 1.5\n"
    yield "shift by a variable", b"input x: int(4)\noutput y = x << x\n"
    yield "huge format", b"input x: fixed(1, 99999999999, 0)\noutput y = x\n"
    yield "wide format", b"input x: fixed(1, 100000, 0)\noutput y = x\n"
    yield "bad k", b"input x: fixed(2, 3, 4)\noutput y = x\n"
    yield "fractional i", b"input x: fixed(1, 0.5, 4)\noutput y = x\n"
    yield "negative extent", b"input x: int(4)[-1]\noutput y = x\n"
    yield "zero extent", b"input x: int(4)[0]\noutput y = x\n"
    yield "huge extent", b"input x: int(4)[99999999999999999999]\noutput y = x\n"
    yield "huge shape", b"input x: int(4)[65536, 65536, 65536]\noutput y = x\n"
    yield "ragged array", b"input x: int(4)[2]\noutput y = x * [[1, 2], [3]]\n"
    yield "shapes that disagree", b"input x: int(4)[3]\noutput y = x + [1, 2]\n"
    yield "wrong letter", b'input x: int(4)[3]\noutput y = einsum("i,oi->o", x, [[1], [2], [3]])\n'
    yield "no arrow", b'input x: int(4)[3]\noutput y = einsum("i,i", x, [1, 2, 3])\n'
    yield "unknown result letter", b'input x: int(4)[3]\noutput y = einsum("i,i->z", x, [1, 2, 3])\n'
    yield "einsum of too many", b'input x: int(4)[3]\noutput y = einsum("i,i,i->i", x, [1, 2, 3])\n'
    yield "unknown rounding", b"input x: real\noutput y = quantize(x, fixed(1, 3, 4, round: up))\n"
    yield "overflow as rounding", b"input x: real\noutput y = quantize(x, fixed(1, 3, 4, round: sat))\n"
    yield "too few arguments", b"input x: real\noutput y = quantize(x)\n"
    yield "too many arguments", b"input x: int(4)\noutput y = relu(x, x)\n"
    yield "format as value", b"input x: int(4)\noutput y = x + int(4)\n"
    yield "value as format", b"input x: real\noutput y = quantize(x, 3)\n"
    yield "format shape", b"input x: real[4]\noutput y = quantize(x, fixed(1, [1, 2, 3], 4))\n"
    yield "declared type too small", b"input x: int(8)\nlet y: int(4) = x\noutput z = y\n"
    yield "calls a number", b"input x: int(4)\noutput y = 3(x)\n"
    yield "member of a number", b"input x: int(4)\noutput y = x.a\n"
    yield "load a missing file", b'param w = load("missing.npz")\noutput y = w.a\n'
    yield "load a folder", b'param w = load(".")\noutput y = w.a\n'
    yield "load a program", b'param w = load("net.da")\noutput y = w.a\n'
    yield "shape variable conflict", b"input x: int(4)[3]\nfn f(a: _[i], b: _[i]) = a + b\noutput y = f(x, [1, 2])\n"


def weight_files():
    """(name, program, file name, bytes) where the program loads the file."""
    good = npy(np.arange(4, dtype=np.int8))
    archive = npz({"a.npy": good})
    for cut in (0, 1, 5, 6, 8, 9, 10, 20, 60, len(good) - 1):
        yield f".npy cut at {cut}", LOADER_NPY, "w.npy", good[:cut]
    for cut in (0, 3, 4, 20, 30, 60, len(archive) // 2, len(archive) - 22, len(archive) - 1):
        yield f".npz cut at {cut}", LOADER, "w.npz", archive[:cut]
    for text in ("", "{}", "{'descr': '<i4'}", "not a dictionary", "{'descr': '<i4', 'fortran_order': False, 'shape': (4,)",
                 "{'descr': '<i4', 'fortran_order': False, 'shape': (-4,), }", "{'descr': '<q9', 'fortran_order': False, 'shape': (4,), }",
                 "{'descr': '<i4', 'fortran_order': Maybe, 'shape': (4,), }",
                 "{'descr': '<i4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
                 "{'descr': '<i4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296), }",
                 "{'descr': '<i4', 'fortran_order': False, 'shape': (1000000000,), }",
                 "{'descr': '<i4', 'fortran_order': False, 'shape': (" + "1," * 1000 + "), }",
                 "{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (4,), }", "((((" * 1000):
        yield f".npy header {text[:60]!r}", LOADER_NPY, "w.npy", header(text) + bytes(16)
    yield ".npy header longer than the file", LOADER_NPY, "w.npy", header("{}", length=60000)
    yield ".npy 4 GB header", LOADER_NPY, "w.npy", header("{}", version=2, length=0xFFFFFFFF)
    yield ".npy version 9", LOADER_NPY, "w.npy", header("{'descr': '<i4', 'fortran_order': False, 'shape': (4,), }", version=9) + bytes(16)
    yield ".npy trailing bytes", LOADER_NPY, "w.npy", good + b"more"
    yield ".npy objects", LOADER_NPY, "w.npy", npy(np.array([1, "a", None, 2], dtype=object), allow_pickle=True)
    yield ".npy strings", LOADER_NPY, "w.npy", npy(np.array(["a", "b"]))
    yield ".npy complex", LOADER_NPY, "w.npy", npy(np.zeros(4, dtype=complex))
    yield ".npy NaN", LOADER_NPY, "w.npy", npy(np.array([1.0, np.nan, 0, 0]))
    yield ".npy infinity", LOADER_NPY, "w.npy", npy(np.array([1.0, np.inf, 0, 0]))
    yield ".npy is text", LOADER_NPY, "w.npy", b"1 2 3 4\n"
    yield ".npz without the member", LOADER, "w.npz", npz({"b.npy": good})
    yield ".npz member is text", LOADER, "w.npz", npz({"a.npy": b"hello"})
    yield ".npz empty", LOADER, "w.npz", npz({})
    flipped = bytearray(archive)
    flipped[len(archive) // 3] ^= 0xFF
    yield ".npz with a flipped byte", LOADER, "w.npz", bytes(flipped)
    big = npz({"a.npy": header("{'descr': '<i1', 'fortran_order': False, 'shape': (4,), }") + bytes(50_000_000)})
    yield ".npz bomb", LOADER, "w.npz", big
    for offset, what in ((8, "flags"), (10, "method"), (20, "compressed size"), (24, "size"), (28, "name length"), (42, "offset")):
        damaged = bytearray(archive)
        at = archive.rindex(b"PK\x01\x02") + offset
        damaged[at:at + 2] = b"\xff\xff"
        yield f".npz directory with a wrong {what}", LOADER, "w.npz", bytes(damaged)


def sample_files():
    """Input data for PROGRAM, which wants [samples, 4]."""
    yield "scalar", npy(np.array(1.0))
    yield "wrong elements", npy(np.zeros((3, 5)))
    yield "wrong rank", npy(np.zeros((3, 2, 4)))
    yield "NaN", npy(np.array([[0, 0, np.nan, 0]]))
    yield "infinity", npy(np.array([[0, 0, -np.inf, 0]]))
    yield "archive that is no code file", npz({"a.npy": npy(np.zeros((3, 4)))})
    yield "codes without binary points", npz({"codes.npy": npy(np.zeros((3, 4), dtype=np.int64))})
    yield "codes with floats", npz({"codes.npy": npy(np.zeros((3, 4))), "f.npy": npy(np.zeros(4, dtype=np.int32))})
    yield "codes with wrong binary points", npz({"codes.npy": npy(np.zeros((3, 4), dtype=np.int64)), "f.npy": npy(np.zeros(5, dtype=np.int32))})
    yield "codes with huge binary points", npz({"codes.npy": npy(np.ones((3, 4), dtype=np.int64)), "f.npy": npy(np.full(4, 2**62, dtype=np.int64))})
    yield "empty file", b""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dal", required=True)
    dal = pathlib.Path(parser.parse_args().dal).resolve()
    failures = []
    count = 0

    def expect_diagnostic(name, command, folder, forbidden=None):
        nonlocal count
        count += 1
        try:
            done = subprocess.run([str(dal), *command], cwd=folder, capture_output=True, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            failures.append(f"{name}: no answer in {TIMEOUT} s")
            return
        text = done.stderr.decode("utf-8", "replace")
        if done.returncode != 1 or "error[E" not in text:
            failures.append(f"{name}: exit code {done.returncode}, expected 1 and a diagnostic\n    {text[-600:]}")
        elif len(text) > 20_000:
            failures.append(f"{name}: {len(text)} characters of messages")
        if forbidden is not None and forbidden.exists():
            failures.append(f"{name}: left {forbidden.name} behind")

    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        for name, text in programs():
            (folder / "net.da").write_bytes(text)
            expect_diagnostic(f"program, {name}", ["check", "net.da"], folder)
        for name, program, file, data in weight_files():
            (folder / "net.da").write_text(program)
            (folder / file).write_bytes(data)
            expect_diagnostic(f"weights, {name}", ["check", "net.da"], folder)
        (folder / "net.da").write_text(PROGRAM)
        for name, data in sample_files():
            (folder / "x.npy").write_bytes(data)
            for engine in ("jit", "interp", "circuit"):
                expect_diagnostic(f"samples, {name}, {engine}", ["run", "net.da", "--input", "x.npy", "--engine", engine, "-o", "y.npy"],
                                  folder, forbidden=folder / "y.npy")
    for failure in failures:
        print("FAILED", failure)
    print(f"{count} malformed inputs, {len(failures)} not handled")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

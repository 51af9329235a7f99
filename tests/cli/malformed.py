#!/usr/bin/python3
"""Feeds dal hundreds of malformed programs and data files. Each must give a diagnostic and exit code 1, with
bounded time and memory: no crash, no hang, no output file, nothing accepted."""
import argparse
import io
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import threading
import zipfile

import numpy as np

TIMEOUT = 600  # seconds; what hangs is ended, what waits for a busy machine is not
MOST_SECONDS = 10  # of processor time
MOST_BYTES = 2 << 30  # resident

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


def indices():
    for index in ("8", "-9", "0.5", "x[0]", "0, 0", ".., ..", "0:9:0", "::0", "9:", "[0, 8]", "[0.5]", "[[0], [1, 2]]",
                  "99999999999999999999", "-99999999999999999999:", "::99999999999999999999", "_, _, 0, 0", "r", '"a"',
                  "[]", ",", "",
                  "1:2:3:4", "[0], [0]", "x", "iota(2000000000)"):
        yield f"index {index}", f"x[{index}]"
    # Nothing at all is a list, and no tensor.
    for what in ("x[3:3]", "x[3:3] + 1", "x[3:3, [0]]", "[]", "[] + x", "sum([])", "repeat(x, 0)", "tile(x, 0)", "stack([])", "stack(x, [])",
                 "concat([], [])", "gather(x, [])", "quantize([], int(4))", "x * iota([0])", "x[[]]", "max(x[8:])",
                 "transpose(x, [])", "einsum(\"i->\", [])", "reshape(x, [])", "[[], []]", "shape([])", "[for i in [] => i]"):
        yield f"without elements: {what}", what
    for what in ('x == "a"', '"a" < 1', "int(4) > int(3)", "relu == relu", "x != int(4)", '[x == "a"]'):
        yield f"comparison of kinds: {what}", what
    yield "33 new axes", "x[" + "_, " * 33 + "..]"
    yield "index of a scalar", "x[0][0]"
    yield "indices without end", "x" + "[0:8]" * 200_000 + "["


def loops():
    for what, over in (("a range of 2^30", "0..1 << 30"), ("a huge range", "0..99999999999999999999"), ("a backward range", "3..0"),
                       ("an empty range", "3..3"), ("a fractional range", "0..0.5"), ("a variable range", "0..x[0]"), ("a number", "3"),
                       ("a string", '"abc"'), ("a format", "int(4)"), ("a function", "relu"), ("half a range", "0.."), ("real numbers", "r")):
        yield f"comprehension over {what}", f"[for i in {over} => x[0] + i]"
        if what not in ("an empty range", "a backward range"):
            yield f"fold over {what}", f"fold a = x[0] for i in {over} => a + i"
    yield "comprehension bomb", "[for a in 0..1000, b in 0..1000, c in 0..1000, d in 0..1000 => x[0] + a]"
    yield "nested comprehension bomb", "[for a in 0..1000 => [for b in 0..1000 => [for c in 0..1000 => [for d in 0..1000 => x[0]]]]]"
    yield "constant comprehension bomb", "x + [for a in 0..30000, b in 0..30000 => a * b][0, 0]"
    yield "fold bomb", "fold a = x for i in 0..1 << 24 => a + i"
    yield "nested fold bomb", "fold a = x for i in 0..10000 => fold b = a for j in 0..10000 => max(b, i * j)"
    yield "doubling fold", "fold a = x for i in 0..100 => concat(a, a)"
    yield "doubling constant fold", "x + fold a = 1 for i in 0..100 => a * a + a"
    yield "squaring fold", "fold a = x for i in 0..100 => a * a"
    yield "tower of constants", "x * (fold a = 2 for i in 0..40 => a * a)"
    yield "comprehension of shapes that differ", "[for i in 1..4 => x[0:i]] + 1"
    yield "comprehension without a body", "[for i in 0..4 =>]"
    yield "comprehension without a clause", "[for => x]"
    yield "comprehension of a keyword", "[for in in 0..4 => x]"
    yield "deep folds", "fold a = x for i in 0..2 => " * 3000 + "a"
    yield "deep comprehensions", "[for i in 0..1 => " * 3000 + "x" + "]" * 3000
    yield "deep ifs", "if x[0] > 0 then " * 3000 + "x" + " else x" * 3000
    yield "deep else", "if x[0] > 0 then x else " * 100_000 + "x"
    yield "long sum", " + ".join(["x"] * 300_000) + " +"
    yield "long pipe", "x" + " |> relu" * 300_000 + " |>"
    yield "long minus", "- " * 300_000
    yield "long not", "!~" * 300_000


def choices_and_operators():
    for text in ("if x > 0 then x", "if then x else x", "if x > 0 else x", "if r > 0 then x else x", "if 1 then x", "x < x < x", "x == x == x", "x <> x",
                 "x && x", "x || x", "x % 3", "x % 0", "x ** 2", "5 % 0 + x", "x / 0", "x / x", "x @ [1, 2]",
                 "x[0] @ x[1]", "x & 1 / 3", "x | r", "~r", "!r", "x >> 0.5",
                 "x << 5000", "1 << 99999 << 99999", "x .. x", "if int(4) then x else x",
                 "if \"a\" == 1 then x else y2", "select(x, x)", "select(r, x, x)"):
        yield f"`{text}`", text


def built_in_functions():
    for text in ("clip(x, 1)", "bits(x, 0, -1)", "bits(x, 0, 100000)", "bit(x, x)", "to_bits(x, 0)", "to_bits(x, 1 << 40)", "from_bits(x[0])", "sum(x, axis: 1)",
                 "sum(x, axis: [0, 0])", "sum(x, axis: 0.5)", "sum(x, axis: x)", "mean(x[0:3])", "prod(r)",
                 "argmax(x, axis: -2)", "sort(x[0])", "sort(x, axis: 3)", "max()",
                 "min(r, x)", "reshape(x, [3, 3])", "reshape(x, [-1, -1])", "reshape(x, [1 << 62, 1 << 62])",
                 "reshape(x, [0])", "transpose(x, [1])", "transpose(x, [0, 0])",
                 "concat(x, x[0])", "concat(x, axis: 7)", "stack(x, [1, 2])", "gather(x, [9])", "gather(x, x)",
                 "pad(x, -1)", "pad(x, 1 << 40)", "pad(x, [1, 2])", "pad(x, 1, value: r)",
                 "repeat(x, -1)", "repeat(x, 1 << 50)", "repeat(x, x[0])", "tile(x, -3)", "tile(x, 1 << 60)",
                 "flip(x, axis: 2)", "broadcast_to(x, [3])", "broadcast_to(x, [1 << 40, 8])",
                 "broadcast_to(x, 0)", "windows(x, 9)", "windows(x, 0)", "windows(x, 2, stride: 0)",
                 "windows(x, 1 << 62)", "windows(x, 2, dilation: 1 << 62)", "windows(x, [2, 2])",
                 "windows(x, 2, axes: 5)", "windows(broadcast_to(x, [4000, 4000, 8]), [2000, 2000])",
                 "zeros([1 << 40])[0] + x", "eye(1 << 20)[0, 0] + x", "iota(1 << 40)[0] + x",
                 "full([100000, 100000], 1)[0, 0] + x", "x + ones(-1)", "len(3) + x", "shape(int(4)) + x",
                 "quantize(x)", "quantize(x, data)", "quantize(x, weight)", "quantize(x, relu)",
                 "x + load(x)", 'x + load("a" + "b")', "einsum(\"i->\", x, x)", "einsum(\"ij->\", x)",
                 "einsum(\"i...i->\", x)", "einsum(x, x)", "einsum(\"\", x)",
                 "einsum(\"i,j,k,l,m,n,o,p,q,r,s,t->\", x, x, x, x, x, x, x, x, x, x, x, x)", "relu(x, y: 3)",
                 "relu(y: x)", "relu(x: x, x: x)", "clip(x, hi: 3, 1)",
                 "thresholds(x, r)", "thresholds(x, [])"):
        yield f"`{text[:80]}`", text


def real_constants():
    for text in ("x * exp(1)", "x * pi", "x + sqrt(2)", "x * quantize(log(0), int(4))", "x * quantize(log(-1), int(4))", "x * quantize(sqrt(-1), int(4))", "x * quantize(asin(2), int(4))",
                 "x * quantize(pow(-2, 0.5), int(4))", "x * quantize(pow(0, -1), int(4))",
                 "x * quantize(1 / sin(0), int(4))", "x * quantize(1 / (exp(1) - e), int(4))",
                 "x * quantize(1 / (pow(2, 0.5) * pow(2, 0.5) - 2), int(4))",
                 "if pow(sqrt(2) + sqrt(3), 2) == 5 + 2 * sqrt(6) then x else x", "x * quantize(floor(sin(x)), int(4))",
                 "x * quantize(exp(exp(exp(exp(10)))), int(4))", "x * quantize(exp(x), int(4))", "sin(r)",
                 "x * quantize(exp(1 << 4000), int(4))",
                 "x * quantize(sin(1 << 4090), fixed(1, 1, 4000)) * 1.1", "x[floor(exp(1))..]", "x[exp(1)]",
                 "x << exp(1)", "x * pow(1.5, 1 << 40)", "x * pow(3, 1 << 60)", "x * tan(e)"):
        yield f"real constant `{text}`", text
    yield "undecidable order", "if exp(sqrt(2)) * exp(-sqrt(2)) > 1 then x else x + exp(1)"


def tables():
    for text in ("lookup(x, [1, 2, 3], int(4))", "lookup(x, 3, int(4))", "lookup(x, x, int(4))", "lookup(x, r, int(4))", "lookup(x, iota(16), uint(4))", "lookup(x, iota(4), int(2))",
                 "lookup(r, iota(16), int(4))", "lookup(x, iota(16))", "lookup(x, iota(16), 4)",
                 "lookup(x, zeros([3, 16]), int(4))", "lookup(x, iota(16) / 3, int(4))",
                 "lookup(x, zeros(1 << 40), int(40))", "lookup(x, iota(16), int(4), care: 2 * r)",
                 "lookup(x, iota(16), int(4), care: [1, 0])",
                 "lookup(x, iota(16), fixed(1, [3, 4, 3, 3, 3, 3, 3, 3], 0))"):
        yield f"`{text}`", text


def expressions():
    """Values of `y` that are wrong where x is `int(4)[8]` and r is `real[8]`."""
    for kind in (indices, loops, choices_and_operators, built_in_functions, real_constants, tables):
        yield from kind()


def declarations():
    """Declarations that are wrong, before `output y = x` where x is `int(4)[8]`."""
    yield from {
        "table of 2^40 entries": "table t(v: int(40)) = v",
        "table of 2^40 entries of two parameters": "table t(a: int(20), b: int(20)) = a + b",
        "table of 2^4000 entries": "table t(v: int(4000)) = v",
        "table of -2^3 bits": "table t(v: fixed(1, -9, 1)) = v\noutput z = t(x)",
        "table without parameters": "table t() = 3\noutput z = t(x)",
        "table of a real": "table t(v: real) = v",
        "table of anything": "table t(v) = v",
        "table with a shape": "table t(v: int(4)[3]) = v",
        "table with a format per element": "table t(v: fixed(1, [1, 2], 0)) = v",
        "table that divides by zero": "table t(v: int(4)) -> int(8) = 1 / v",
        "table modulo zero": "table t(v: int(4)) -> int(8) = 1 % v",
        "table of a logarithm of zero": "table t(v: uint(4)) -> int(8) = log(v)",
        "table of a root of a negative": "table t(v: int(4)) -> int(8) = sqrt(v)",
        "table of thirds": "table t(v: int(4)) = v / 3\noutput z = t(x)",
        "table of real numbers without a format": "table t(v: int(4)) = exp(v)\noutput z = t(x)",
        "table of a variable": "table t(v: int(4)) = v + x",
        "table of itself": "table t(v: int(4)) = t(v)",
        "table of too few": "table t(v: int(4)) = [1, 2, 3]",
        "table of too many": "table t(v: int(2)) = [1, 2, 3, 4, 5]",
        "table of a string": 'table t(v: int(2)) = "abc"',
        "table of a format": "table t(v: int(2)) = int(4)",
        "table to a real": "table t(v: int(2)) -> real = v",
        "table to a shape": "table t(v: int(2)) -> int(4)[4] = v",
        "table with a default": "table t(v: int(2) = 3) = v",
        "table without a body": "table t(v: int(2)) =",
        "table called with nothing": "table t(v: int(4)) = v\noutput z = t()",
        "table called with too much": "table t(v: int(4)) = v\noutput z = t(x, x)",
        "table called with wider": "table t(v: int(4)) = v\noutput z = t(x + 1)",
        "table called between its steps": "table t(v: int(4)) = v\noutput z = t(x >> 1)",
        "table called with a string": 'table t(v: int(4)) = v\noutput z = t("a")',
        "table as a value": "table t(v: int(4)) = v\noutput z = t + 1",
        "with an unknown place": "with colour: int(4) { }",
        "with the same place twice": "with data: int(4), data: int(5) { let a = quantize(x) }",
        "with no places": "with { let a = x }",
        "with a number": "with data: 3 { let a = quantize(x) }",
        "with a tensor": "with data: x { let a = quantize(x) }",
        "with an input inside": "with data: int(4) { input z: real }\noutput w = z",
        "with itself": "with data: data { let a = quantize(x) }",
        "with not closed": "with data: int(4) { let a = quantize(x)",
        "deep with": "with data: int(4) { " * 2000 + "let a = quantize(x) " + "}" * 2000,
        "place that is not there": "with data: int(4) { let a = quantize(x, bias) }",
        "place after its scope": "with data: int(4) { let a = quantize(x) }\nlet b = quantize(x)",
        "test without a name": "test { expect 1 }",
        "test without a body": 'test "a"',
        "test with parameters": 'test "a" (b: int(4)) { expect 1 }',
        "test that is not closed": 'test "a" { expect 1',
        "test with an output": 'test "a" { output z = 1 }',
        "test without end": 'test "a" { ' + "let b = 1; " * 100_000,
        "property without parameters": 'property "a" { expect 1 }',
        "expect outside": "expect x == x",
        "function of itself": "fn f(a) = if a == 0 then 0 else f(a - 1)\noutput z = f(3)",
        "function passed to itself": "fn f(g, n) = g(g, n)\noutput z = f(f, x)",
        "functions that double": "fn f0(a) = a + 1\n" + "".join(f"fn f{j}(a) = f{j - 1}(f{j - 1}(a))\n" for j in range(1, 60)) + "output z = f59(x)",
        "constant functions that double": "fn f0(a) = a + 1\n" + "".join(f"fn f{j}(a) = f{j - 1}(f{j - 1}(a))\n" for j in range(1, 60)) + "output z = x + f59(1)",
        "widths that double": "".join(f"let a{j} = {f'a{j - 1}' if j else 'x'} * {f'a{j - 1}' if j else 'x'}\n" for j in range(60)) + "output z = a59",
        "shapes that double": "".join(f"let a{j} = concat({f'a{j - 1}' if j else 'x'}, {f'a{j - 1}' if j else 'x'})\n" for j in range(60)) + "output z = a59",
        "function with the same parameter twice": "fn f(a, a) = a\noutput z = f(x, x)",
        "function with a wrong default": "fn f(a = nothing) = a\noutput z = f()",
        "named argument that is not there": "fn f(a) = a\noutput z = f(b: x)",
        "argument given twice": "fn f(a) = a\noutput z = f(x, a: x)",
        "shape that does not agree": "fn f(a: _[n, n]) = a\noutput z = f(broadcast_to(x, [2, 8]))",
        "result of another shape": "fn f(a) -> _[3] = a\noutput z = f(x)",
        "output of a list": "output z = [x, x[0]]",
        "output of a function": "output z = relu",
        "output of a format": "output z = int(4)",
        "output of a range": "output z = 3..3",
        "param of a variable": "param w = x + 1\noutput z = w",
        "import": "import nn",
    }.items()


def weight_files():
    """(name, program, file name, bytes) where the program loads the file."""
    good = npy(np.arange(4, dtype=np.int8))
    archive = npz({"a.npy": good})
    for cut in (0, 1, 5, 6, 8, 9, 10, 20, 60, len(good) - 1):
        yield f".npy cut at {cut}", LOADER_NPY, "w.npy", good[:cut]
    for cut in (0, 3, 4, 20, 30, 60, len(archive) // 2, len(archive) - 22, len(archive) - 1):
        yield f".npz cut at {cut}", LOADER, "w.npz", archive[:cut]
    for text in ("", "{}", "{'descr': '<i4'}", "not a dictionary", "{'descr': '<i4', 'fortran_order': False, 'shape': (4,)",
                 "{'descr': '<i4', 'fortran_order': False, 'shape': (-4,), }",
                 "{'descr': '<q9', 'fortran_order': False, 'shape': (4,), }",
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
    yield "archive that is no code file", npz({"a.npy": npy(np.zeros((3, 4))), "b.npy": npy(np.zeros((3, 4)))})
    yield "codes without binary points", npz({"codes.npy": npy(np.zeros((3, 4), dtype=np.int64))})
    yield "codes with floats", npz({"codes.npy": npy(np.zeros((3, 4))), "f.npy": npy(np.zeros(4, dtype=np.int32))})
    yield "codes with wrong binary points", npz({"codes.npy": npy(np.zeros((3, 4), dtype=np.int64)), "f.npy": npy(np.zeros(5, dtype=np.int32))})
    yield "codes with huge binary points", npz({"codes.npy": npy(np.ones((3, 4), dtype=np.int64)), "f.npy": npy(np.full(4, 2**62, dtype=np.int64))})
    yield "empty file", b""


def measured(command, folder):
    """The finished process, its processor time and its largest size in bytes."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=err)
        timer = threading.Timer(TIMEOUT, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if not timer.is_alive():
            raise subprocess.TimeoutExpired(command, TIMEOUT)
        timer.cancel()
        err.seek(0)
        done = subprocess.CompletedProcess(command, process.returncode, b"", err.read())
    return done, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dal", required=True)
    parser.add_argument("--seconds", type=float, default=MOST_SECONDS, help="processor time that each may take")
    arguments = parser.parse_args()
    dal, most_seconds = pathlib.Path(arguments.dal).resolve(), arguments.seconds
    failures = []
    count = 0

    def expect_diagnostic(name, command, folder, forbidden=None):
        nonlocal count
        count += 1
        try:
            done, seconds, size = measured([str(dal), *command], folder)
        except subprocess.TimeoutExpired:
            failures.append(f"{name}: no answer in {TIMEOUT} s")
            return
        text = done.stderr.decode("utf-8", "replace")
        if done.returncode != 1 or "error[E" not in text:
            failures.append(f"{name}: exit code {done.returncode}, expected 1 and a diagnostic\n    {text[-600:]}")
        elif seconds > most_seconds or size > MOST_BYTES:
            failures.append(f"{name}: {seconds:.1f} s, {size >> 20} MB")
        elif len(text) > 20_000:
            failures.append(f"{name}: {len(text)} characters of messages")
        if forbidden is not None and forbidden.exists():
            failures.append(f"{name}: left {forbidden.name} behind")

    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        for name, text in programs():
            (folder / "net.da").write_bytes(text)
            expect_diagnostic(f"program, {name}", ["check", "net.da"], folder)
        for name, expression in expressions():
            (folder / "net.da").write_text(f"input x: int(4)[8]\ninput r: real[8]\noutput y = {expression}\n")
            expect_diagnostic(f"expression, {name}", ["check", "net.da"], folder)
        for name, text in declarations():
            (folder / "net.da").write_text(f"input x: int(4)[8]\n{text}\noutput y = x\n")
            expect_diagnostic(f"declaration, {name}", ["check", "net.da"], folder)
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

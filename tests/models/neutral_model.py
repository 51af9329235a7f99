"""Reads one folder of the neutral model form: model.json (a list of operations), weights.npz, and 1,024 recorded
vectors as integer codes. Everything is validated here, so that whoever uses a Model need not look twice. It does
not evaluate anything."""
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROUNDINGS = {"TRN": "trn", "RND": "rnd", "RND_CONV": "rnd_conv", "TRN_ZERO": "trn_zero", "RND_ZERO": "rnd_zero",
             "RND_INF": "rnd_inf", "RND_MIN_INF": "rnd_min_inf"}
OVERFLOWS = {"WRAP": "wrap", "SAT": "sat", "SAT_SYM": "sat_sym", "SAT_ZERO": "sat_zero"}
SUPPORTED = ("quantize", "einsum", "add_const", "mul_const", "add", "relu")
EXACT = 2**53  # integers below this are exact in float64


class ModelError(Exception):
    """The folder is not a valid model, or uses what the language does not have yet. The text is for the user."""


@dataclass(frozen=True)
class Op:
    """One operation. `arrays` holds what it refers to in weights.npz: k, i, f; weight; or const."""

    kind: str
    name: str
    inputs: tuple
    output: str
    shape: tuple
    arrays: dict
    equation: str = ""
    round: str = "trn"
    overflow: str = "wrap"


@dataclass(frozen=True)
class Model:
    name: str
    origin: list   # lines for people: where the network comes from, and notes
    input: str
    input_shape: tuple
    ops: list
    output: str
    output_shape: tuple
    x: np.ndarray  # float64, exact; one row per vector
    y: np.ndarray


def read_model(folder):
    """The model in `folder`; ModelError for anything that is missing, malformed or not supported."""
    return _Reader(Path(folder)).read()


class _Reader:
    def __init__(self, folder):
        self.folder = folder
        self.name = folder.resolve().name
        self.shapes = {}

    def fail(self, text):
        raise ModelError(f"model `{self.name}`: {text}")

    def read(self):
        if not self.folder.is_dir():
            self.fail(f"`{self.folder}` is not a folder")
        for file in ("model.json", "weights.npz", "x_codes.npy", "y_codes.npy"):
            if not (self.folder / file).is_file():
                self.fail(f"`{file}` is missing in `{self.folder}`")
        try:
            doc = json.loads((self.folder / "model.json").read_text(encoding="utf-8"))
        except (ValueError, OSError, RecursionError) as error:
            self.fail(f"`model.json` cannot be read: {error}")
        self.check(isinstance(doc, dict) and doc.get("format") == 1, "`model.json` is not of format 1")
        self.name = str(doc.get("name", self.name))
        self.weights = self.load("weights.npz")
        self.check(isinstance(self.weights, dict), "`weights.npz` is not an archive")

        inputs, outputs = self.field(doc, "inputs", list), self.field(doc, "outputs", list)
        self.check(len(inputs) == 1, f"has {len(inputs)} inputs; only models with one are supported yet")
        self.check(len(outputs) == 1, f"has {len(outputs)} outputs; only models with one are supported yet")
        name, shape = self.field(inputs[0], "name", str), self.field(inputs[0], "shape", list)
        self.check(all(type(n) is int and n > 0 for n in shape), f"input `{name}` has the shape {shape}")
        self.shapes[name] = tuple(shape)

        ops = self.field(doc, "ops", list)
        self.reject_unsupported(ops)
        ops = [self.op(op) for op in ops]
        self.check(outputs[0] in self.shapes, f"output `{outputs[0]}` is made by no operation")
        vectors = self.field(doc, "vectors", dict)
        x = self.values("x_codes.npy", vectors, "x_exp", self.shapes[name])
        y = self.values("y_codes.npy", vectors, "y_exp", self.shapes[outputs[0]])
        self.check(len(x) == len(y), f"has {len(x)} inputs but {len(y)} results")
        return Model(self.name, self.origin(doc), name, self.shapes[name], ops, outputs[0],
                     self.shapes[outputs[0]], x, y)

    def check(self, condition, text):
        if not condition:
            self.fail(text)

    def field(self, doc, key, kind):
        self.check(isinstance(doc, dict) and isinstance(doc.get(key), kind),
                   f"`model.json` has no valid `{key}` (a {kind.__name__} is expected)")
        return doc[key]

    def load(self, file):
        try:
            data = np.load(self.folder / file, allow_pickle=False)
            return {key: data[key] for key in data.files} if isinstance(data, np.lib.npyio.NpzFile) else data
        except Exception as error:  # NumPy raises nearly anything on a broken file
            self.fail(f"`{file}` cannot be read: {error}")

    def reject_unsupported(self, ops):
        """Before anything else, so that one message names all operations that are missing."""
        missing = {}
        for op in ops:
            kind = self.field(op, "op", str)
            if kind == "einsum" and "weight" not in op:
                kind = "einsum of two variables"
            if kind not in SUPPORTED and kind != "einsum":
                missing.setdefault(kind, op.get("name", "?"))
        if missing:
            self.fail("not supported yet: " + ", ".join(f"`{kind}` (first at `{at}`)" for kind, at in missing.items())
                      + "; supported: " + ", ".join(SUPPORTED))

    def op(self, doc):
        kind, out, operands = doc["op"], self.field(doc, "out", str), self.field(doc, "in", list)
        name = str(doc.get("name", out))
        self.check(len(operands) == (2 if kind == "add" else 1), f"`{name}` has {len(operands)} operands")
        for operand in operands:
            self.check(operand in self.shapes, f"`{name}` uses `{operand}`, which is made by no earlier operation")
        self.check(out not in self.shapes, f"`{out}` is made twice")
        shapes, arrays, extra = [self.shapes[operand] for operand in operands], {}, {}
        if kind == "quantize":
            arrays = {key: self.widths(doc, key, name) for key in "kif"}
            self.check(np.isin(arrays["k"], (0, 1)).all(), f"`{name}` has a k that is neither 0 nor 1")
            shape = self.broadcast(name, shapes[0], *(array.shape for array in arrays.values()))
            self.check(shape == shapes[0], f"`{name}`: formats of shape {list(shape)} for values of {list(shapes[0])}")
            extra = {"round": self.mode(doc, "round", ROUNDINGS, name),
                     "overflow": self.mode(doc, "overflow", OVERFLOWS, name)}
        elif kind == "einsum":
            arrays = {"weight": self.numbers(doc, "weight", name)}
            extra = {"equation": self.field(doc, "eq", str)}
            shape = self.einsum_shape(name, extra["equation"], shapes[0], arrays["weight"].shape)
        elif kind in ("add_const", "mul_const"):
            arrays = {"const": self.numbers(doc, "const", name)}
            shape = self.broadcast(name, shapes[0], arrays["const"].shape)
        else:
            shape = self.broadcast(name, *shapes)
        self.shapes[out] = shape
        return Op(kind, name, tuple(operands), out, shape, arrays, **extra)

    def array(self, doc, key, name):
        member = self.field(doc, key, str)
        self.check(member in self.weights, f"`{name}` refers to `{member}`, which `weights.npz` does not have")
        return self.weights[member]

    def widths(self, doc, key, name):
        array = self.array(doc, key, name)
        self.check(array.dtype.kind in "iu", f"`{name}`: {key} is {array.dtype}, not integers")
        return array

    def numbers(self, doc, key, name):
        """float64, exactly. Any finite float is a dyadic number; -0 becomes 0."""
        array = self.array(doc, key, name)
        self.check(array.dtype.kind in "iuf", f"`{name}`: {key} is {array.dtype}, not numbers")
        with np.errstate(all="ignore"):
            exact = array.astype(np.float64)
        same = exact == array if array.dtype.kind == "f" else np.abs(exact) < EXACT
        self.check(np.isfinite(exact).all() and same.all(), f"`{name}`: {key} is not exact in float64")
        return exact + 0.0

    def mode(self, doc, key, names, name):
        mode = str(doc.get(key)).upper()
        self.check(mode in names, f"`{name}`: {key} mode `{doc.get(key)}` is unknown")
        return names[mode]

    def broadcast(self, name, *shapes):
        try:
            return tuple(np.broadcast_shapes(*shapes))
        except ValueError:
            self.fail(f"`{name}`: the shapes " + ", ".join(str(list(shape)) for shape in shapes) + " do not broadcast")

    def einsum_shape(self, name, equation, data, weight):
        match = re.fullmatch(r"([A-Za-z]*),([A-Za-z]*)->([A-Za-z]*)", equation)
        self.check(match, f"`{name}`: `{equation}` is not an equation of two operands")
        left, right, out = match.groups()
        self.check(len(left) == len(data) and len(right) == len(weight),
                   f"`{name}`: `{equation}` does not fit the shapes {list(data)} and {list(weight)}")
        extents = {}
        for letter, extent in zip(left + right, data + weight):
            self.check(extents.setdefault(letter, extent) == extent,
                       f"`{name}`: `{letter}` in `{equation}` is both {extents[letter]} and {extent}")
        self.check(len(set(out)) == len(out) and set(out) <= set(extents),
                   f"`{name}`: the result of `{equation}` repeats a letter or has one that no operand has")
        return tuple(extents[letter] for letter in out)

    def values(self, file, vectors, exponent, shape):
        codes, exp = self.load(file), self.field(vectors, exponent, int)
        self.check(isinstance(codes, np.ndarray) and codes.dtype.kind in "iu", f"`{file}` does not hold integers")
        self.check(codes.shape[1:] == shape, f"`{file}` has rows of {list(codes.shape[1:])}, not {list(shape)}")
        self.check(abs(exp) <= 900 and (codes.size == 0 or -EXACT <= int(codes.min()) and int(codes.max()) <= EXACT),
                   f"the values of `{file}` are not exact in float64")
        return np.ldexp(codes.astype(np.float64), -exp)

    def origin(self, doc):
        sources = doc.get("source", [])
        sources = sources if isinstance(sources, list) else [sources]
        lines = [f"{s['file']} (sha256 {str(s.get('sha256', '?'))[:12]})" for s in sources
                 if isinstance(s, dict) and "file" in s]
        notes = doc.get("notes", [])
        return [" ".join(str(line).split()) for line in lines + (notes if isinstance(notes, list) else [])]

"""Reads one folder of the neutral model form: model.json (a list of operations), weights.npz, and 1,024 recorded
vectors as integer codes. Everything is validated here, so that whoever uses a Model need not look twice. It does
not evaluate anything."""
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from trained_formats import FormatError, Formats, trained_formats

ROUNDINGS = {"TRN": "trn", "RND": "rnd", "RND_CONV": "rnd_conv", "TRN_ZERO": "trn_zero", "RND_ZERO": "rnd_zero",
             "RND_INF": "rnd_inf", "RND_MIN_INF": "rnd_min_inf"}
OVERFLOWS = {"WRAP": "wrap", "SAT": "sat", "SAT_SYM": "sat_sym", "SAT_ZERO": "sat_zero"}
# Operands of each operation; nothing: one or more.
OPERANDS = {"quantize": 1, "einsum": None, "add_const": 1, "mul_const": 1, "add": 2, "sub": 2, "mul": 2, "relu": 1,
            "reshape": 1, "transpose": 1, "concat": None, "max_reduce": 1, "sum_reduce": 1, "lookup": 1, "threshold": 1,
            "maxpool2d": 1, "conv2d_valid": 1}
EXACT = 2**53  # integers below this are exact in float64


class ModelError(Exception):
    """The folder is not a valid model, or uses what the language does not have yet. The text is for the user."""


@dataclass(frozen=True)
class Op:
    """One operation. `arrays` holds what it refers to in weights.npz: k, i, f; weight; const; table; thresholds and
    direction. `integers` holds its other parameters."""

    kind: str
    name: str
    inputs: tuple
    output: str
    shape: tuple
    arrays: dict
    equation: str = ""
    round: str = "trn"
    overflow: str = "wrap"
    integers: dict = field(default_factory=dict)
    trained: Formats | None = None  # of `weight` or `const`, if the original file tells


@dataclass(frozen=True)
class Model:
    name: str
    origin: list   # lines for people: where the network comes from, and notes
    input: str
    input_shape: tuple
    ops: list
    outputs: list       # values that are results
    output_shapes: list
    x: np.ndarray       # float64, exact; one row per vector
    y: list             # the same for each output whose results are recorded, in order; the first always is


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

        self.trained = self.original_formats()

        inputs, outputs = self.field(doc, "inputs", list), self.field(doc, "outputs", list)
        self.check(len(inputs) == 1, f"has {len(inputs)} inputs; only models with one are supported yet")
        self.check(len(outputs) > 0, "has no outputs")
        name, shape = self.field(inputs[0], "name", str), self.field(inputs[0], "shape", list)
        self.check(all(type(n) is int and n > 0 for n in shape), f"input `{name}` has the shape {shape}")
        self.shapes[name] = tuple(shape)

        ops = self.field(doc, "ops", list)
        self.reject_unsupported(ops)
        ops = [self.op(op) for op in ops]
        for output in outputs:
            self.check(output in self.shapes, f"output `{output}` is made by no operation")
        self.check(len(set(outputs)) == len(outputs), "has an output twice")
        vectors = self.field(doc, "vectors", dict)
        shapes = [self.shapes[output] for output in outputs]
        x = self.values("x_codes.npy", vectors, "x_exp", self.shapes[name])
        y = [self.values("y_codes.npy", vectors, "y_exp", shapes[0])]
        while len(y) < len(outputs) and (self.folder / f"y{len(y)}.npy").is_file():
            y.append(self.recorded(f"y{len(y)}.npy", shapes[len(y)]))
        for results in y:
            self.check(len(x) == len(results), f"has {len(x)} inputs but {len(results)} results")
        return Model(self.name, self.origin(doc), name, self.shapes[name], ops, outputs, shapes, x, y)

    def original_formats(self):
        """Of the arrays of weights.npz, as far as there is an original file that tells, and they hold the values."""
        found = {}
        for file in sorted(self.folder.glob("raw/*")):
            try:
                found.update(trained_formats(file))
            except FormatError:
                continue
        return {name: formats for name, formats in found.items()
                if name in self.weights and formats.hold(self.weights[name])}

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
            if self.field(op, "op", str) not in OPERANDS:
                missing.setdefault(op["op"], op.get("name", "?"))
        if missing:
            self.fail("not supported yet: " + ", ".join(f"`{kind}` (first at `{at}`)" for kind, at in missing.items())
                      + "; supported: " + ", ".join(OPERANDS))

    def op(self, doc):
        kind, out, operands = doc["op"], self.field(doc, "out", str), self.field(doc, "in", list)
        name = str(doc.get("name", out))
        count = OPERANDS[kind]
        self.check(len(operands) == count if count else len(operands) > 0, f"`{name}` has {len(operands)} operands")
        for operand in operands:
            self.check(operand in self.shapes, f"`{name}` uses `{operand}`, which is made by no earlier operation")
        self.check(out not in self.shapes, f"`{out}` is made twice")
        shapes = [self.shapes[operand] for operand in operands]
        shape, extra = getattr(self, "op_" + kind, self.elementwise)(doc, name, shapes)
        self.shapes[out] = shape
        trained = [self.trained[doc[key]] for key in ("weight", "const")
                   if isinstance(doc.get(key), str) and doc[key] in self.trained]
        return Op(kind, name, tuple(operands), out, shape, extra.pop("arrays", {}),
                  trained=trained[0] if trained else None, **extra)

    # --- what each operation needs: its result's shape, and fields of Op

    def elementwise(self, doc, name, shapes):
        return self.broadcast(name, *shapes), {}

    def op_quantize(self, doc, name, shapes):
        arrays = {key: self.widths(doc, key, name) for key in "kif"}
        self.check(np.isin(arrays["k"], (0, 1)).all(), f"`{name}` has a k that is neither 0 nor 1")
        shape = self.broadcast(name, shapes[0], *(array.shape for array in arrays.values()))
        self.check(shape == shapes[0], f"`{name}`: formats of shape {list(shape)} for values of {list(shapes[0])}")
        return shape, {"arrays": arrays, "round": self.mode(doc, "round", ROUNDINGS, name),
                       "overflow": self.mode(doc, "overflow", OVERFLOWS, name)}

    def op_einsum(self, doc, name, shapes):
        equation = self.field(doc, "eq", str)
        arrays = {"weight": self.numbers(doc, "weight", name)} if "weight" in doc else {}
        operands = shapes + [array.shape for array in arrays.values()]
        return self.einsum_shape(name, equation, operands), {"arrays": arrays, "equation": equation}

    def op_add_const(self, doc, name, shapes):
        array = self.numbers(doc, "const", name)
        return self.broadcast(name, shapes[0], array.shape), {"arrays": {"const": array}}

    op_mul_const = op_add_const

    def op_reshape(self, doc, name, shapes):
        to = self.integers(doc, "shape", name)
        self.check(all(n > 0 for n in to) and np.prod(to, dtype=int) == np.prod(shapes[0], dtype=int),
                   f"`{name}`: a reshape of {list(shapes[0])} to {to}")
        return tuple(to), {"integers": {"shape": to}}

    def op_transpose(self, doc, name, shapes):
        axes = self.integers(doc, "perm", name)
        self.check(sorted(axes) == list(range(len(shapes[0]))), f"`{name}`: axes {axes} of {list(shapes[0])}")
        return tuple(shapes[0][axis] for axis in axes), {"integers": {"axes": axes}}

    def op_concat(self, doc, name, shapes):
        axis, rank = self.field(doc, "axis", int), len(shapes[0])
        self.check(-rank <= axis < rank, f"`{name}`: axis {axis} of {list(shapes[0])}")
        axis %= rank
        rest = {(len(shape), shape[:axis] + shape[axis + 1:]) for shape in shapes}
        self.check(len(rest) == 1, f"`{name}`: a concat of " + ", ".join(str(list(shape)) for shape in shapes))
        shape = list(shapes[0])
        shape[axis] = sum(s[axis] for s in shapes)
        return tuple(shape), {"integers": {"axis": axis}}

    def op_max_reduce(self, doc, name, shapes):
        rank = len(shapes[0])
        axes = self.integers(doc, "axes", name)
        self.check(axes and all(-rank <= axis < rank for axis in axes), f"`{name}`: axes {axes} of {list(shapes[0])}")
        axes, keep = sorted({axis % rank for axis in axes}), bool(doc.get("keepdims", False))
        shape = [1 if axis in axes else n for axis, n in enumerate(shapes[0]) if keep or axis not in axes]
        return tuple(shape), {"integers": {"axes": axes, "keep": keep}}

    op_sum_reduce = op_max_reduce

    def op_lookup(self, doc, name, shapes):
        table = self.numbers(doc, "table", name)
        self.check(table.size > 0 and (table.ndim == 1 or table.ndim == 2 and shapes[0][-1:] == table.shape[:1]),
                   f"`{name}`: a table of shape {list(table.shape)} for values of {list(shapes[0])}")
        where = {key: self.field(doc, key, int) for key in ("f", "lo")}
        return shapes[0], {"arrays": {"table": table}, "integers": where}

    def op_threshold(self, doc, name, shapes):
        arrays = {key: self.numbers(doc, key, name) for key in ("thresholds", "direction")}
        levels, direction = arrays["thresholds"], arrays["direction"]
        self.check(levels.ndim == 2 and levels.shape[0] in (1, *shapes[0][-1:]),
                   f"`{name}`: thresholds of shape {list(levels.shape)} for values of {list(shapes[0])}")
        self.check(direction.shape in ((1,), levels.shape[:1]) and np.isin(direction, (-1, 1)).all(),
                   f"`{name}`: directions that are not -1 or 1 for each channel")
        numbers = {}
        for key in ("base", "step"):
            self.check(type(doc.get(key)) in (int, float), f"`{name}`: {key} is no number")
            numbers[key] = float(doc[key])
        return shapes[0], {"arrays": arrays, "integers": numbers}

    def op_maxpool2d(self, doc, name, shapes):
        pool = self.integers(doc, "pool", name)
        self.check(len(shapes[0]) == 3 and len(pool) == 2 and all(0 < p <= n for p, n in zip(pool, shapes[0])),
                   f"`{name}`: pools of {pool} over {list(shapes[0])}")
        height, width, channels = shapes[0]
        return (height // pool[0], width // pool[1], channels), {"integers": {"pool": pool}}

    def op_conv2d_valid(self, doc, name, shapes):
        kernel = self.numbers(doc, "weight", name)
        fits = (len(shapes[0]) == 3 and kernel.ndim == 4 and kernel.shape[2] == shapes[0][2]
                and all(k <= n for k, n in zip(kernel.shape, shapes[0][:2])))
        self.check(fits, f"`{name}`: a kernel of shape {list(kernel.shape)} over {list(shapes[0])}")
        height, width = (n - k + 1 for n, k in zip(shapes[0][:2], kernel.shape[:2]))
        return (height, width, kernel.shape[3]), {"arrays": {"weight": kernel}}

    def integers(self, doc, key, name):
        values = self.field(doc, key, list)
        self.check(all(type(value) is int for value in values), f"`{name}`: {key} is not a list of integers")
        return values

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

    def einsum_shape(self, name, equation, operands):
        match = re.fullmatch(r"([A-Za-z]*(?:,[A-Za-z]*)*)->([A-Za-z]*)", equation)
        parts = match[1].split(",") if match else []
        self.check(len(parts) == len(operands), f"`{name}`: `{equation}` is not an equation of {len(operands)} operands")
        extents = {}
        for part, shape in zip(parts, operands):
            self.check(len(part) == len(shape),
                       f"`{name}`: `{equation}` does not fit the shapes " + ", ".join(str(list(s)) for s in operands))
            for letter, extent in zip(part, shape):
                self.check(extents.setdefault(letter, extent) == extent,
                           f"`{name}`: `{letter}` in `{equation}` is both {extents[letter]} and {extent}")
        out = match[2]
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

    def recorded(self, file, shape):
        """Results as numbers rather than codes: those of further outputs."""
        values = self.load(file)
        self.check(isinstance(values, np.ndarray) and values.dtype.kind in "iuf", f"`{file}` does not hold numbers")
        self.check(values.shape[1:] == shape, f"`{file}` has rows of {list(values.shape[1:])}, not {list(shape)}")
        return values.astype(np.float64)

    def origin(self, doc):
        sources = doc.get("source", [])
        sources = sources if isinstance(sources, list) else [sources]
        lines = [f"{s['file']} (sha256 {str(s.get('sha256', '?'))[:12]})" for s in sources
                 if isinstance(s, dict) and "file" in s]
        notes = doc.get("notes", [])
        return [" ".join(str(line).split()) for line in lines + (notes if isinstance(notes, list) else [])]

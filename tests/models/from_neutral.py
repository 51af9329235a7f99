#!/usr/bin/python3
"""Turns a network of the neutral form into a program: from_neutral.py MODEL_DIR OUT_DIR writes net.da, net.npz
(kernels, biases and formats), x.npy and y.npy (recorded inputs and exact outputs, float64). What the language cannot
express yet is an error, and then nothing is written."""
import argparse
import os
import re
import sys
import tempfile
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np

from neutral_model import ModelError, read_model

LIBRARY = {"i,io->o": "nn.dense", "ni,io->no": "nn.dense_each"}
LINE = 100  # a longer pipeline is broken before each |>


class Expression:
    """Program text together with what may be done to it without parentheses: a `name`, a `call`, a `product`,
    a `sum`, or a `pipe` of several steps."""

    def __init__(self, form, *steps):
        self.form, self.steps = form, list(steps)

    def __str__(self):
        return " |> ".join(self.steps)

    def pipe(self, step):
        return Expression("pipe", *self.steps, step)


class Program:
    """The program under construction: declarations so far, and the arrays that they take from net.npz."""

    def __init__(self, model):
        self.model = model
        self.arrays, self.helpers, self.lines = {}, {}, []
        self.values = {model.input: Expression("name", "x")}
        self.uses = Counter(operand for op in model.ops for operand in op.inputs)
        self.consumer = {operand: op for op in model.ops for operand in op.inputs}
        self.producer = {op.output: op for op in model.ops}
        self.counts = Counter()
        self.patterns = Counter(op.equation for op in model.ops if op.kind == "einsum" and self.is_dense(op))
        self.uses_nn = False

    # --- which operations become one call

    def only_consumer(self, value, kind):
        """The one operation that uses `value`, if it is of that kind and nobody else sees the value."""
        op = self.consumer.get(value)
        alone = self.uses[value] == 1 and value != self.model.output
        return op if alone and op.kind == kind else None

    def is_dense(self, einsum):
        """quantize, einsum, add_const with nothing between: a dense layer."""
        before = self.producer.get(einsum.inputs[0])
        return (before is not None and before.kind == "quantize" and self.uses[before.output] == 1
                and before.output != self.model.output and self.only_consumer(einsum.output, "add_const") is not None
                and self.consumer[einsum.output].shape == einsum.shape)

    # --- pieces of text

    def number(self, name):
        self.counts[name] += 1
        return self.counts[name] - 1

    def member(self, name, array):
        self.arrays[name] = array
        return f"w.{name}"

    def format(self, op):
        index = self.number("format")
        parts = [str(int(array.flat[0])) if array.size and (array == array.flat[0]).all()
                 else self.member(f"{key}{index}", array) for key, array in op.arrays.items()]
        parts += [f"round: {op.round}"] if op.round != "trn" else []
        parts += [f"overflow: {op.overflow}"] if op.overflow != "wrap" else []
        return f"fixed({', '.join(parts)})"

    def constant(self, array):
        """A literal where every element is the same short number, else an array of net.npz."""
        if array.size and (array == array.flat[0]).all():
            text = np.format_float_positional(array.flat[0], trim="-")
            if len(text) <= 12 and Fraction(text) == Fraction(float(array.flat[0])):
                return text
        return self.member(f"c{self.number('constant')}", array)

    def declare(self, value):
        """Gives a value a name of its own, unless it has one."""
        if self.values[value].form != "name":
            name = f"h{self.number('let') + 1}"
            self.lines.append(self.wrapped(f"let {name} = ", self.values[value]))
            self.values[value] = Expression("name", name)
        return str(self.values[value])

    def wrapped(self, head, expression):
        line = head + str(expression)
        return line if len(line) <= LINE else head + "\n  |> ".join(expression.steps)

    def operand(self, value, forms):
        """The text of a value inside a larger expression: inline in one of these forms, else by its name."""
        inline = self.values[value].form in forms
        return str(self.values[value]) if inline else self.declare(value)

    # --- operations

    def write(self):
        for op in self.model.ops:
            expression = self.expression(op)
            if expression is None:
                continue
            self.values[op.output] = expression
            if self.uses[op.output] > 1 or op.output == self.model.output and self.uses[op.output]:
                self.declare(op.output)
        self.lines.append(self.wrapped("output y = ", self.values[self.model.output]))
        return "\n".join(self.header() + self.lines) + "\n"

    def expression(self, op):
        """The text of one operation; nothing for one that a later operation absorbs."""
        if op.kind == "quantize":
            if self.only_consumer(op.output, "einsum"):
                return None
            source = self.values[op.inputs[0]]
            step = self.format(op)
            if source.form == "name":
                return Expression("call", f"quantize({source}, {step})")
            return source.pipe(f"quantize({step})")
        if op.kind == "relu":
            source = self.values[op.inputs[0]]
            return Expression("call", f"relu({source})") if source.form == "name" else source.pipe("relu")
        if op.kind == "einsum":
            return None if self.is_dense(op) else self.einsum(op)
        if op.kind == "add_const":
            before = self.producer.get(op.inputs[0])
            if before is not None and before.kind == "einsum" and self.is_dense(before):
                return self.dense(before, op)
            left = self.operand(op.inputs[0], ("name", "call", "product", "sum"))
            right = self.constant(op.arrays["const"])
            return Expression("sum", f"{left} - {right[1:]}" if right.startswith("-") else f"{left} + {right}")
        if op.kind == "mul_const":
            left = self.operand(op.inputs[0], ("name", "call", "product"))
            return Expression("product", f"{left} * {self.constant(op.arrays['const'])}")
        assert op.kind == "add", op.kind
        left, right = (self.operand(value, ("name", "call", "product")) for value in op.inputs)
        return Expression("sum", f"{left} + {right}")

    def einsum(self, op):
        before, kernel = self.producer.get(op.inputs[0]), f"kernel{self.number('layer')}"
        if before is not None and before.kind == "quantize" and self.only_consumer(before.output, "einsum"):
            source, fmt = self.declare(before.inputs[0]), self.format(before)
            if lower_case(op.equation) == "i,io->o":
                self.uses_nn = True
                return Expression("pipe", source, f"nn.linear({fmt}, {self.member(kernel, op.arrays['weight'])})")
            data = f"quantize({source}, {fmt})"
        else:
            data = self.operand(op.inputs[0], ("name", "call"))
        kernel = self.member(kernel, op.arrays["weight"])
        return Expression("call", f'einsum("{lower_case(op.equation)}", {data}, {kernel})')

    def dense(self, einsum, add):
        """One layer as a call: of nn.dense, or of a helper function where a pattern on more axes is repeated."""
        quantize = self.producer[einsum.inputs[0]]
        source, fmt, layer = self.declare(quantize.inputs[0]), self.format(quantize), self.number("layer")
        kernel = self.member(f"kernel{layer}", einsum.arrays["weight"])
        bias = self.member(f"bias{layer}", add.arrays["const"])
        equation = lower_case(einsum.equation)
        if equation in LIBRARY and add.arrays["const"].shape == einsum.shape[-1:]:
            self.uses_nn = True
            return Expression("pipe", source, f"{LIBRARY[equation]}({fmt}, {kernel}, {bias})")
        if self.patterns[einsum.equation] == 1:
            return Expression("sum", f'einsum("{equation}", quantize({source}, {fmt}), {kernel}) + {bias}')
        name = "dense_" + equation.split("->")[0].replace(",", "_")
        self.helpers[name] = (f"fn {name}(x, fmt, kernel, bias) =\n"
                              f'  einsum("{equation}", quantize(x, fmt), kernel) + bias\n')
        return Expression("pipe", source, f"{name}({fmt}, {kernel}, {bias})")

    def header(self):
        model = self.model
        shapes = [" x ".join(map(str, shape)) or "one value" for shape in (model.input_shape, model.output_shape)]
        lines = [f"// {model.name}: {shapes[0]} in, {shapes[1]} out"] + [f"// {line}" for line in model.origin]
        lines += ["// written by tests/models/from_neutral.py"]
        lines += ["use nn\n"] if self.uses_nn else [""]
        lines += ['param w = load("net.npz")\n'] if self.arrays else []
        extents = ", ".join(map(str, model.input_shape))
        return lines + [f"input x: real[{extents}]\n" if extents else "input x: real\n"] + list(self.helpers.values())


def lower_case(equation):
    """The same equation in lower-case letters: nc,nC->Cc becomes nc,no->oc. Vector or rows times matrix becomes i,io->o
    or ni,io->no."""
    dense = re.fullmatch(r"(\w?)(\w),(\w)(\w)->(\w?)(\w)", equation)
    if dense and dense[2] == dense[3] and dense[4] == dense[6] and dense[1] == dense[5] and dense[4] != dense[2]:
        return "ni,io->no" if dense[1] else "i,io->o"
    letters = {c: c for c in equation if c.islower()}
    for upper in (c for c in equation if c.isupper()):
        if upper not in letters:
            free = [c for c in upper.lower() + "oijkabcdefghlmnpqrstuvwxyz" if c not in letters.values()]
            if not free:
                return equation
            letters[upper] = free[0]
    return "".join(letters.get(c, c) for c in equation)


def write_folder(out, text, arrays, x, y):
    """All four files or none: they are completed in a temporary folder beside the target first."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as temporary:
        made = Path(temporary)
        (made / "net.da").write_text(text, encoding="utf-8")
        np.savez_compressed(made / "net.npz", **arrays)
        np.save(made / "x.npy", x)
        np.save(made / "y.npy", y)
        out.mkdir(exist_ok=True)
        for file in ("net.da", "net.npz", "x.npy", "y.npy"):
            os.replace(made / file, out / file)


def convert(model_dir, out_dir):
    model = read_model(model_dir)
    program = Program(model)
    text = program.write()
    write_folder(Path(out_dir), text, program.arrays, model.x, model.y)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model_dir", metavar="MODEL_DIR", help="a folder with model.json, weights.npz and vectors")
    parser.add_argument("out_dir", metavar="OUT_DIR", help="gets net.da, net.npz, x.npy and y.npy")
    arguments = parser.parse_args()
    try:
        convert(arguments.model_dir, arguments.out_dir)
    except (ModelError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

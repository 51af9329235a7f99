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

    def __init__(self, model, every_value=False):
        self.model = model
        self.every_value = every_value  # each operation is a `let` of its own, named in `values`
        self.arrays, self.lines = {}, []
        self.values = {model.input: Expression("name", "x")}
        self.uses = Counter(operand for op in model.ops for operand in op.inputs)
        self.consumer = {operand: op for op in model.ops for operand in op.inputs}
        self.producer = {op.output: op for op in model.ops}
        self.counts = Counter()
        self.uses_nn = False
        self.softmaxes = {op.output: parts for op in model.ops if op.kind == "mul" and (parts := self.softmax_parts(op))}
        if every_value:
            self.softmaxes = {}
        self.absorbed = {part.output for parts in self.softmaxes.values() for part in parts}

    # --- which operations become one call

    def only_consumer(self, value, kind):
        """The one operation that uses `value`, if it is of that kind and nobody else sees the value."""
        op = self.consumer.get(value)
        alone = self.uses[value] == 1 and value not in self.model.outputs
        return op if alone and op.kind == kind else None

    def is_dense(self, einsum):
        """quantize, einsum, add_const with nothing between: a dense layer."""
        before = self.producer.get(einsum.inputs[0])
        return (not self.every_value and before is not None and before.kind == "quantize" and self.uses[before.output] == 1
                and before.output not in self.model.outputs and self.only_consumer(einsum.output, "add_const") is not None
                and self.consumer[einsum.output].shape == einsum.shape)

    def chain(self, value, *kinds):
        """The operations of these kinds that made a value, each from the first operand of the one before."""
        ops = []
        for kind in kinds:
            op = self.producer.get(value)
            if op is None or op.kind != kind or value in self.model.outputs:
                return None
            ops.append(op)
            value = op.inputs[0]
        return ops

    def softmax_parts(self, product):
        """Difference, exponentials, total, reciprocals: what nn.softmax_tables does, if nothing else sees a value inside."""
        reciprocals = self.chain(product.inputs[1], "lookup", "quantize", "sum_reduce")
        exponentials = self.chain(product.inputs[0], "lookup", "quantize", "sub", "max_reduce")
        if not reciprocals or not exponentials or reciprocals[-1].inputs[0] != product.inputs[0]:
            return None
        difference, largest = exponentials[2:]
        axes = [(op.integers["axes"], op.integers["keep"]) for op in (reciprocals[-1], largest)]
        uses = [self.uses[op.output] for op in (*exponentials, *reciprocals)]
        fits = all(self.plain_format(ops[1]) == whole_table(ops[0].arrays["table"], ops[0].integers["lo"],
                                                            ops[0].integers["f"])[1] for ops in (exponentials, reciprocals))
        same = difference.inputs[1] == largest.inputs[0] and axes[0] == axes[1] and axes[0][1] and len(axes[0][0]) == 1
        return (*exponentials, *reciprocals) if same and fits and uses == [2] + [1] * 6 else None

    def plain_format(self, op):
        """The text of a format that is the same for all elements, without modes; else nothing."""
        values = [set(map(int, array.flat)) for array in op.arrays.values()]
        return f"fixed({', '.join(str(*value) for value in values)})" if all(len(v) == 1 for v in values) else None

    # --- pieces of text

    def number(self, name):
        self.counts[name] += 1
        return self.counts[name] - 1

    def member(self, name, array):
        self.arrays[name] = array
        return f"w.{name}"

    def format(self, op):
        index = self.number("format")
        parts = [self.part(f"{key}{index}", array) for key, array in op.arrays.items()]
        parts += [f"round: {op.round}"] if op.round != "trn" else []
        parts += [f"overflow: {op.overflow}"] if op.overflow != "wrap" else []
        return f"fixed({', '.join(parts)})"

    def part(self, name, array):
        """A number where all are the same, else an array of net.npz."""
        same = array.size and (array == array.flat[0]).all()
        return str(int(array.flat[0])) if same else self.member(name, array)

    def weights(self, name, array, trained):
        """A kernel or a bias: from net.npz, with the formats that training gave it if they are known. These change no
        value; EBOPs count them."""
        source = self.member(name, array)
        if trained is None:
            return source
        parts = [self.part(f"{name}_{key}", getattr(trained, key)) for key in "kif"]
        parts += ["overflow: sat"] if trained.saturates else []
        self.lines.append(f"let {name} = quantize({source}, fixed({', '.join(parts)}))")
        return name

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
            expression = None if op.output in self.absorbed else self.expression(op)
            if expression is None:
                continue
            self.values[op.output] = expression
            if self.every_value:
                self.declare(op.output)
            elif self.uses[op.output] > 1 or op.output in self.model.outputs and self.uses[op.output]:
                self.declare(op.output)
        for name, output in zip(output_names(self.model), self.model.outputs):
            self.lines.append(self.wrapped(f"output {name} = ", self.values[output]))
        return "\n".join(self.header() + self.lines) + "\n"

    def expression(self, op):
        """The text of one operation; nothing for one that a later operation absorbs."""
        return getattr(self, "op_" + op.kind)(op)

    def step(self, op, function, *arguments):
        """A call of a function on the first operand: a step of its pipe, if it has one."""
        source = self.values[op.inputs[0]]
        if source.form == "name":
            return Expression("call", f"{function}({', '.join([str(source), *arguments])})")
        return source.pipe(f"{function}({', '.join(arguments)})" if arguments else function)

    def infix(self, form, operator, left, right, closer):
        """`left operator right`; operands in the forms `closer` need no name of their own."""
        tighter = tuple(f for f in closer if f != form)
        return Expression(form, f"{self.operand(left, closer)} {operator} {self.operand(right, tighter)}")

    def op_quantize(self, op):
        follower = self.only_consumer(op.output, "einsum")
        if follower and follower.arrays and not self.every_value:
            return None
        return self.step(op, "quantize", self.format(op))

    def op_relu(self, op):
        return self.step(op, "relu")

    def op_einsum(self, op):
        return None if self.is_dense(op) else self.einsum(op)

    def op_add_const(self, op):
        before = self.producer.get(op.inputs[0])
        if before is not None and before.kind == "einsum" and self.is_dense(before):
            return self.dense(before, op)
        left = self.operand(op.inputs[0], ("name", "call", "product", "sum"))
        right = self.constant(op.arrays["const"])
        return Expression("sum", f"{left} - {right[1:]}" if right.startswith("-") else f"{left} + {right}")

    def op_mul_const(self, op):
        left = self.operand(op.inputs[0], ("name", "call", "product"))
        return Expression("product", f"{left} * {self.constant(op.arrays['const'])}")

    def op_add(self, op):
        return self.infix("sum", "+", *op.inputs, ("name", "call", "product"))

    def op_sub(self, op):
        return self.infix("sum", "-", *op.inputs, ("name", "call", "product"))

    def softmax(self, parts):
        exponentials, difference, _, largest, reciprocals, total, _ = parts
        self.uses_nn = True
        arguments = []
        for quantize, lookup in ((difference, exponentials), (total, reciprocals)):
            table, _ = whole_table(lookup.arrays["table"], lookup.integers["lo"], lookup.integers["f"])
            arguments += [self.format(quantize), self.member(f"table{self.number('table')}", table)]
        axis = largest.integers["axes"][0]
        return self.step(largest, "nn.softmax_tables", *arguments, f"axis: {axis}")

    def op_mul(self, op):
        if op.output in self.softmaxes:
            return self.softmax(self.softmaxes[op.output])
        return self.infix("product", "*", *op.inputs, ("name", "call"))

    def op_reshape(self, op):
        return self.step(op, "reshape", str(op.integers["shape"]))

    def op_transpose(self, op):
        return self.step(op, "transpose", str(op.integers["axes"]))

    def op_concat(self, op):
        operands = ", ".join(self.operand(value, ("name", "call")) for value in op.inputs)
        return Expression("call", f"concat([{operands}], axis: {op.integers['axis']})")

    def reduce(self, op, function):
        axes = op.integers["axes"]
        arguments = [f"axis: {axes[0] if len(axes) == 1 else axes}"] + ["keep: true"] * op.integers["keep"]
        return self.step(op, function, *arguments)

    def op_max_reduce(self, op):
        return self.reduce(op, "max")

    def op_sum_reduce(self, op):
        return self.reduce(op, "sum")

    def op_lookup(self, op):
        table, fmt = whole_table(op.arrays["table"], op.integers["lo"], op.integers["f"])
        return self.step(op, "lookup", self.member(f"table{self.number('table')}", table), fmt)

    def op_threshold(self, op):
        """Where only some channels count their levels from above, these are negated, value and levels: -x >= -t."""
        levels, direction = op.arrays["thresholds"], op.arrays["direction"]
        index, below = self.number("threshold"), (direction < 0).all()
        mixed = (direction < 0).any() and not below
        if mixed:
            levels = levels * direction.reshape(-1, 1).astype(np.float64) + 0.0  # no -0
        arguments = [self.member(f"levels{index}", levels[0] if len(levels) == 1 else levels)]
        arguments += [f"{key}: {number_text(op.integers[key])}" for key, default in (("base", 0), ("step", 1))
                      if op.integers[key] != default]
        if not mixed:
            return self.step(op, "thresholds", *arguments, *["below: true"] * int(below))
        left = self.operand(op.inputs[0], ("name", "call", "product"))
        sign = self.member(f"sign{index}", direction.astype(np.float64))
        return Expression("pipe", f"{left} * {sign}", f"thresholds({', '.join(arguments)})")

    def op_maxpool2d(self, op):
        self.uses_nn = True
        return self.step(op, "nn.max_pool2d", str(op.integers["pool"]))

    def op_conv2d_valid(self, op):
        self.uses_nn = True
        return self.step(op, "nn.correlate2d", self.member(f"kernel{self.number('layer')}", op.arrays["weight"]))

    def einsum(self, op):
        if not op.arrays:
            operands = ", ".join(self.operand(value, ("name", "call")) for value in op.inputs)
            return Expression("call", f'einsum("{lower_case(op.equation)}", {operands})')
        before, kernel = self.producer.get(op.inputs[0]), f"kernel{self.number('layer')}"
        if (not self.every_value and before is not None and before.kind == "quantize"
                and self.only_consumer(before.output, "einsum")):
            source, fmt = self.declare(before.inputs[0]), self.format(before)
            if lower_case(op.equation) == "i,io->o":
                self.uses_nn = True
                return Expression("pipe", source, f"nn.linear({fmt}, {self.weights(kernel, op.arrays['weight'], op.trained)})")
            data = f"quantize({source}, {fmt})"
        else:
            data = self.operand(op.inputs[0], ("name", "call"))
        kernel = self.weights(kernel, op.arrays["weight"], op.trained)
        return Expression("call", f'einsum("{lower_case(op.equation)}", {data}, {kernel})')

    def dense(self, einsum, add):
        """One layer as a call of the library, which has shorter names for the common equations."""
        quantize = self.producer[einsum.inputs[0]]
        source, fmt, layer = self.declare(quantize.inputs[0]), self.format(quantize), self.number("layer")
        kernel = self.weights(f"kernel{layer}", einsum.arrays["weight"], einsum.trained)
        bias = self.weights(f"bias{layer}", add.arrays["const"], add.trained)
        equation = lower_case(einsum.equation)
        if equation in LIBRARY and add.arrays["const"].shape == einsum.shape[-1:]:
            self.uses_nn = True
            return Expression("pipe", source, f"{LIBRARY[equation]}({fmt}, {kernel}, {bias})")
        self.uses_nn = True
        return Expression("pipe", source, f'nn.einsum_dense({fmt}, "{equation}", {kernel}, {bias})')

    def header(self):
        model = self.model
        shapes = [" x ".join(map(str, shape)) or "one value" for shape in (model.input_shape, model.output_shapes[0])]
        lines = [f"// {model.name}: {shapes[0]} in, {shapes[1]} out"] + [f"// {line}" for line in model.origin]
        lines += ["// written by tests/models/from_neutral.py"]
        lines += ["use nn\n"] if self.uses_nn else [""]
        lines += ['param w = load("net.npz")\n'] if self.arrays else []
        extents = ", ".join(map(str, model.input_shape))
        return lines + [f"input x: real[{extents}]\n" if extents else "input x: real\n"]


def output_names(model):
    """y, and for further outputs y1, y2, …"""
    return ["y"] + [f"y{j}" for j in range(1, len(model.outputs))]


def number_text(value):
    return np.format_float_positional(value, trim="-")


def whole_table(table, low, f):
    """The entries for all values of the smallest format that has the codes low, low + 1, …, and that format. What
    is added is never looked up."""
    high, k = low + table.shape[-1] - 1, int(low < 0)
    bits = max(high.bit_length(), (-low - 1).bit_length() if k else 0)
    first, last = -k << bits, (1 << bits) - 1
    padding = [(0, 0)] * (table.ndim - 1) + [(low - first, last - high)]
    return np.pad(table, padding), f"fixed({k}, {bits - f}, {f})"


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


def write_folder(out, text, arrays, x, results):
    """All files or none: they are completed in a temporary folder beside the target first."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as temporary:
        made = Path(temporary)
        (made / "net.da").write_text(text, encoding="utf-8")
        np.savez_compressed(made / "net.npz", **arrays)
        np.save(made / "x.npy", x)
        for name, values in results.items():
            np.save(made / f"{name}.npy", values)
        out.mkdir(exist_ok=True)
        for file in sorted(made.iterdir()):
            os.replace(file, out / file.name)


def convert(model_dir, out_dir, every_value=False):
    """The name of each value of the model in the program, as far as it has one there."""
    model = read_model(model_dir)
    program = Program(model, every_value)
    text = program.write()
    write_folder(Path(out_dir), text, program.arrays, model.x, dict(zip(output_names(model), model.y)))
    return {value: str(text) for value, text in program.values.items() if text.form == "name"}


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

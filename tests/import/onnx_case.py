"""What the tests of ONNX share: graphs that can be written and evaluated, and runs of `dal import` in a folder."""
import argparse
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

import onnx_reference
import onnx_writer as w

GENERAL, LAST = "qonnx.custom_op.general", "qonnx.custom_op.channels_last"


def f32(*values):
    return np.array(values[0] if len(values) == 1 else values, np.float32)


def i64(*values):
    return np.array(values, np.int64)


class Net:
    """A graph under construction that can be written and evaluated."""

    def __init__(self, shape, seed=0):
        self.rng = np.random.default_rng(seed)
        self.shape, self.nodes, self.constants, self.count = shape, [], {}, 0

    def constant(self, value):
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(value)
        return name

    def node(self, kind, *operands, domain="", **attributes):
        """Operands are names of values, or arrays; the name of the result."""
        names = [each if isinstance(each, str) else self.constant(each) for each in operands]
        self.count += 1
        result = f"v{self.count}"
        self.nodes.append((kind, names, result, domain, attributes))
        return result

    def quant(self, value, scale=0.125, bits=6, zero=0.0, **attributes):
        attributes = {"signed": 1, "narrow": 0, "rounding_mode": "ROUND", **attributes}
        return self.node("Quant", value, f32(scale), f32(zero), f32(float(bits)), domain=GENERAL, **attributes)

    def weights(self, *shape, bits=4, step=0.125):
        """Multiples of a power of two."""
        return f32((self.rng.integers(-(1 << (bits - 1)), 1 << (bits - 1), shape) * step).astype(np.float32))

    def bytes(self, output, batch="N"):
        nodes = [w.node(kind, names, [result], f"{kind}_{j}", domain, **attributes)
                 for j, (kind, names, result, domain, attributes) in enumerate(self.nodes)]
        initializers = [w.tensor(name, value) for name, value in self.constants.items()]
        return w.model(nodes, initializers, [w.value_info("x", [batch, *self.shape])], [w.value_info(output, [batch])])

    def evaluate(self, output, x):
        values = {"x": x.astype(np.float64)}
        for name, value in self.constants.items():
            values[name] = value.astype(np.float64) if value.dtype == np.float32 else value
        for kind, names, result, domain, attributes in self.nodes:
            operands = [values[name] for name in names]
            if domain == LAST:
                values[result] = onnx_reference.channels_last(kind, attributes, operands)
            else:
                values[result] = onnx_reference.OPERATORS[kind](attributes, *operands)
        return values[output]

    def samples(self, count=40):
        """Multiples of 1/16 in [-5, 5), ties of the first quantizer among them."""
        return f32((self.rng.integers(-80, 80, (count, *self.shape)) / 16).astype(np.float32))


class Case(unittest.TestCase):
    dal = Path("build/dal")

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="dal-onnx-")
        self.folder = Path(self.temporary.name)
        self.addCleanup(self.temporary.cleanup)

    def run_dal(self, *arguments):
        return subprocess.run([str(Case.dal), *map(str, arguments)], cwd=self.folder, capture_output=True, text=True, timeout=120,
                              check=False)

    def import_bytes(self, model, *options, name="model.onnx"):
        (self.folder / name).write_bytes(model)
        return self.run_dal("import", name, "-o", "out", *options)

    def exact(self, net, output, *options, x=None, tolerance=None):
        x = net.samples() if x is None else x
        np.save(self.folder / "x.npy", x)
        np.save(self.folder / "y.npy", net.evaluate(output, x))
        extra = ["--tolerance", str(tolerance)] if tolerance else []
        done = self.import_bytes(net.bytes(output), *options, "--check", "x.npy", "y.npy", *extra)
        program = self.folder / "out" / "net.da"
        text = program.read_text() if program.exists() else ""
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + text)
        return text

    def refused(self, model, *words, options=(), name="model.onnx"):
        done = self.import_bytes(model, *options, name=name)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertFalse((self.folder / "out").exists())


def quantized(nodes, constants=(), shape=(4,), output="y"):
    first = w.node("Quant", ["x", "scale", "zp", "bits"], ["q"], "first", GENERAL, signed=1, narrow=0, rounding_mode="ROUND")
    numbers = [w.tensor("scale", f32(0.5)), w.tensor("zp", f32(0.0)), w.tensor("bits", f32(4.0))]
    return w.model([first, *nodes], [*numbers, *constants], [w.value_info("x", ["N", *shape])], [w.value_info(output, ["N"])])


def main(documentation):
    parser = argparse.ArgumentParser(description=documentation)
    parser.add_argument("--dal", required=True, type=Path)
    arguments, rest = parser.parse_known_args()
    Case.dal = arguments.dal.resolve()
    unittest.main(module="__main__", argv=[sys.argv[0], *rest])

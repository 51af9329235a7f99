#!/usr/bin/python3
"""ONNX models that cannot be imported, and hostile files: each with its diagnostic.

    onnx_hostile.py --dal build/dal"""
import os

import numpy as np

import onnx_writer as w
from onnx_case import GENERAL, Case, f32, i64, main, quantized


class Refusals(Case):
    def test_unknown_operator(self):
        self.refused(quantized([w.node("Relo", ["q"], ["y"], "act")]), "E0703", "`act`", "`Relo`", "`Relu`", "--define")
        self.refused(quantized([w.node("Relu", ["q"], ["y"], "act", "my.domain")]), "E0703")

    def test_definition(self):
        (self.folder / "layers.da").write_text("fn twice(x) = x + x\n")
        done = self.import_bytes(quantized([w.node("Twice", ["q"], ["y"], "act")]), "--define", "Twice=layers.twice")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("layers.twice(", (self.folder / "out" / "net.da").read_text())

    def test_no_input_format(self):
        model = w.model([w.node("Relu", ["x"], ["y"])], [], [w.value_info("x", ["N", 4])], [w.value_info("y", ["N", 4])])
        self.refused(model, "--input")
        done = self.import_bytes(model, "--input", "fixed(1, 3, 4)")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_inexact(self):
        numbers = [w.tensor(f"b{j}", f32([1.5, 2.5, 3.5, 4.5])) for j in range(4)]
        normal = [w.node("BatchNormalization", ["q", "b0", "b1", "b2", "b3"], ["y"])]
        self.refused(quantized(normal, numbers), "--bit-exact auto", options=["--bit-exact", "on"])
        done = self.import_bytes(quantized(normal, numbers))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("float32", done.stderr)

    def test_by_name(self):
        for kind, words in (("DynamicQuantizeLinear", "sample"), ("Softmax", "last"), ("Tanh", "quantizer")):
            with self.subTest(kind):
                self.refused(quantized([w.node(kind, ["q"], ["h"], "it"), w.node("Abs", ["h"], ["y"])]), words)


class Hostile(Case):
    def test_bytes(self):
        good = quantized([w.node("Relu", ["q"], ["y"])])
        for cut in range(1, len(good), 3):
            done = self.import_bytes(good[:cut])
            self.assertIn(done.returncode, (0, 1), f"cut at {cut}: {done.stderr}")
        self.refused(b"", "model.onnx")
        self.refused(b"\x08\x08" + b"\xff" * 40, "model.onnx")

    def test_names_and_order(self):
        relu = w.node("Relu", ["q"], ["y"])
        self.refused(quantized([w.node("Relu", ["b"], ["a"]), w.node("Relu", ["a"], ["b"]), w.node("Add", ["a", "q"], ["y"])]),
                     "circle")
        self.refused(quantized([relu, w.node("Abs", ["q"], ["y"])]), "already")
        self.refused(quantized([w.node("Relu", ["nobody"], ["y"])]), "nothing computes")
        self.refused(quantized([relu], output="z"), "nothing computes")
        self.refused(quantized([relu], [w.tensor("scale", f32(1.0))]), "twice")
        self.refused(quantized([w.node("Relu", ["q"], ["q"])]), "already")

    def test_tensors(self):
        product = [w.node("MatMul", ["q", "W"], ["y"])]
        huge = w.number(1, 1 << 40) + w.number(1, 1 << 40) + w.number(2, w.FLOAT) + w.data(8, "W")
        cases = {
            "too many": huge,
            "below 0": w.number(1, (1 << 64) - 4) + w.number(2, w.FLOAT) + w.data(8, "W") + w.data(9, b""),
            "bytes": w.tensor("W", f32(np.ones((4, 2))))[:-33] + w.data(9, b"\0" * 28),
            "finite": w.tensor("W", f32(np.full((4, 2), np.nan))),
            "infinite": w.tensor("W", f32(np.full((4, 2), np.inf))),
            "type": w.tensor("W", np.ones((4, 2)), 8, fields=b""),
            "no data": w.tensor("W", np.ones((4, 2)), w.FLOAT, fields=b""),
            "segment": w.tensor("W", f32(np.ones((4, 2)))) + w.data(3, w.number(1, 0)),
            "shape": w.tensor("W", f32(np.ones((3, 2)))),
        }
        for name, written in cases.items():
            with self.subTest(name):
                self.refused(quantized(product, [written]), "error")

    def test_external_data(self):
        product = [w.node("MatMul", ["q", "W"], ["y"])]
        array = f32(np.ones((4, 2)))
        outside = self.folder.parent / (self.folder.name + ".secret")
        outside.write_bytes(array.tobytes())
        self.addCleanup(outside.unlink)
        (self.folder / "short.bin").write_bytes(b"\0" * 8)
        os.symlink(outside, self.folder / "link.bin")
        for external in ((f"../{outside.name}", 0, 32), (str(outside), 0, 32), ("link.bin", 0, 32), ("short.bin", 0, 32),
                         ("short.bin", 1 << 63, 32), ("short.bin", 0, 1 << 40), ("missing.bin", 0, 32), ("short.bin", -1, 32),
                         ("", 0, 32)):
            with self.subTest(external):
                self.refused(quantized(product, [w.tensor("W", array, external=external)]), "error")

    def test_large_constants(self):
        fill = [w.node("ConstantOfShape", ["s"], [f"f{j}"]) for j in range(40)]
        add = w.node("Add", ["f0", "f1"], ["g"])
        every = w.node("Concat", [f"f{j}" for j in range(40)], ["h"], axis=0)
        tail = w.node("MatMul", ["q", "h"], ["y"])
        self.refused(quantized([*fill, add, every, tail], [w.tensor("s", i64(2000, 1000))]), "too many")
        self.refused(quantized([fill[0], w.node("MatMul", ["q", "f0"], ["y"])], [w.tensor("s", i64(1 << 40, 1 << 40))]), "error")

    def test_quantizers(self):
        for scale, bits in ((0.0, 4.0), (-1.0, 4.0), (0.5, 0.0), (0.5, 64.0), (0.5, 2.5)):
            with self.subTest((scale, bits)):
                quant = w.node("Quant", ["q", "s", "zp", "b"], ["y"], "second", GENERAL, signed=1)
                self.refused(quantized([quant], [w.tensor("s", f32(scale)), w.tensor("b", f32(bits))]), "`second`")

    def test_shapes(self):
        cases = [w.node("Reshape", ["q", "s"], ["y"]), w.node("Transpose", ["q"], ["y"], perm=[1, 0]),
                 w.node("Transpose", ["q"], ["y"], perm=[0, 7]), w.node("Gather", ["q", "s"], ["y"], axis=1),
                 w.node("Gather", ["q", "s"], ["y"], axis=0), w.node("Concat", ["q", "q"], ["y"], axis=9),
                 w.node("Squeeze", ["q", "s"], ["y"]), w.node("Conv", ["q", "s"], ["y"]), w.node("Split", ["q"], ["y"], axis=5),
                 w.node("MaxPool", ["q"], ["y"], kernel_shape=[2, 2]), w.node("Pad", ["q", "s"], ["y"]),
                 w.node("Add", ["q", "s"], ["y"]), w.node("Relu", [], ["y"]), w.node("Gemm", ["q"], ["y"]),
                 w.node("If", ["q"], ["y"])]
        for written in cases:
            with self.subTest(written):
                self.refused(quantized([written], [w.tensor("s", i64(99, 98, 97))]), "error")

    def test_deep_chains(self):
        nodes = [w.node("Mul", [f"m{j}", "third"], [f"m{j + 1}"]) for j in range(3000)]
        first = w.node("Identity", ["q"], ["m0"])
        last = w.node("Identity", ["m3000"], ["y"])
        done = self.import_bytes(quantized([first, *nodes, last], [w.tensor("third", f32(1 / 3))]))
        self.assertEqual(done.returncode, 1, done.stderr[:300])


if __name__ == "__main__":
    main(__doc__)

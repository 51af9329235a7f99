#!/usr/bin/python3
"""Imports ONNX models that it writes itself, operator by operator, and compares with NumPy. With ../shared/data beside the
checkout (or DAL_SHARED_DATA), trained models too.

    onnx.py --dal build/dal"""
import json
import unittest

import numpy as np

import onnx_reference
import onnx_writer as w
from import_case import SHARED
from onnx_case import GENERAL, LAST, Case, Net, f32, i64, main


class Layers(Case):
    def test_gemm(self):
        for attributes in ({"transB": 1}, {"transB": 0}, {"transB": 1, "alpha": 0.5, "beta": 2.0}, {"transB": 1, "alpha": 3.0}):
            net = Net([7])
            kernel = net.weights(5, 7) if attributes["transB"] else net.weights(7, 5)
            with self.subTest(attributes):
                self.exact(net, net.node("Gemm", net.quant("x"), kernel, net.weights(5), **attributes))

    def test_matmul(self):
        for shape in ([6], [3, 6], [2, 3, 6]):
            with self.subTest(shape):
                net = Net(shape)
                h = net.node("MatMul", net.quant("x"), net.quant(net.weights(6, 4), 0.25, 3))
                h = net.node("Relu", net.node("Add", h, net.weights(4)))
                self.exact(net, net.node("MatMul", net.quant(h, 0.5, 5, signed=0), net.weights(4, 2)))

    def test_products_of_variables(self):
        net = Net([3, 4])
        a = net.quant("x")
        b = net.node("Transpose", a, perm=[0, 2, 1])
        self.exact(net, net.node("MatMul", a, b))

    def test_convolutions(self):
        for space, size, attributes in (
                ([9], [3], {}), ([9], [2], {"strides": [2], "pads": [1, 0]}), ([6, 5], [3, 3], {"pads": [1, 1, 1, 1]}),
                ([6, 6], [3, 2], {"auto_pad": "SAME_UPPER", "strides": [2, 2]}), ([6, 6], [2, 2], {"auto_pad": "SAME_LOWER"}),
                ([6, 6], [3, 3], {"dilations": [2, 1], "pads": [2, 0, 1, 1]}), ([6, 6], [3, 3], {"group": 2}),
                ([6, 6], [3, 3], {"group": 4}), ([4, 4, 3], [2, 2, 2], {"strides": [2, 1, 1]})):
            with self.subTest((space, attributes)):
                net = Net([4, *space])
                kernel = net.weights(8, 4 // attributes.get("group", 1), *size)
                y = net.node("Conv", net.quant("x"), kernel, net.weights(8), **attributes)
                self.exact(net, net.node("Relu", y), x=net.samples(8))

    def test_convolutions_then_dense(self):
        """Flatten has the order of channels first."""
        net = Net([2, 6, 6])
        h = net.node("Conv", net.quant("x"), net.quant(net.weights(3, 2, 3, 3), 0.125, 4))
        h = net.node("MaxPool", net.quant(net.node("Relu", h), 0.5, 4, signed=0), kernel_shape=[2, 2], strides=[2, 2])
        h = net.node("Conv", h, net.weights(4, 3, 2, 2), pads=[0, 0, 1, 1])
        h = net.node("Flatten", net.quant(h, 0.5, 5))
        self.exact(net, net.node("Gemm", h, net.weights(3, 16), transB=1), x=net.samples(8))

    def test_channels_last(self):
        net = Net([6, 6, 2])
        h = net.node("Conv", net.quant("x"), net.weights(3, 3, 3, 2), domain=LAST, kernel_shape=[3, 3])
        h = net.node("MaxPool", net.quant(h, 0.25, 6), domain=LAST, kernel_shape=[2, 2], strides=[2, 2])
        self.exact(net, net.node("Flatten", h), x=net.samples(8))

    def test_transposed_convolutions(self):
        for space, attributes in (([5], {}), ([5], {"strides": [2], "pads": [1, 0], "output_padding": [1]}),
                                  ([3, 4], {"strides": [2, 2]}), ([3, 3], {"group": 2, "pads": [1, 1, 1, 1]})):
            with self.subTest((space, attributes)):
                net = Net([4, *space])
                kernel = net.weights(4, 3, *[3] * len(space))
                self.exact(net, net.node("ConvTranspose", net.quant("x"), kernel, **attributes), x=net.samples(8))

    def test_pooling(self):
        for kind, attributes in (
                ("MaxPool", {"kernel_shape": [2, 2], "strides": [2, 2]}), ("MaxPool", {"kernel_shape": [3, 3], "pads": [1] * 4}),
                ("MaxPool", {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1}),
                ("AveragePool", {"kernel_shape": [2, 2], "strides": [2, 2]}),
                ("AveragePool", {"kernel_shape": [2, 2], "pads": [1] * 4, "count_include_pad": 1}), ("GlobalAveragePool", {}),
                ("GlobalMaxPool", {})):
            with self.subTest((kind, attributes)):
                net = Net([3, 4, 8])
                self.exact(net, net.node(kind, net.quant("x"), **attributes), x=net.samples(8))

    def test_averages_that_are_no_power_of_two(self):
        for kind, attributes in (("AveragePool", {"kernel_shape": [3, 3], "strides": [3, 3]}), ("GlobalAveragePool", {})):
            with self.subTest(kind):
                net = Net([2, 6, 6])
                h = net.node(kind, net.quant("x"), **attributes)
                self.exact(net, net.node("Flatten", net.quant(h, 0.0625, 6)), x=net.samples(20))


class Elements(Case):
    def test_each(self):
        cases = [("Relu",), ("LeakyRelu",), ("Neg",), ("Abs",), ("Sign",), ("Floor",), ("Ceil",), ("Round",), ("Identity",),
                 ("Clip", f32(-1.0), f32(2.0)), ("Add", f32([0.5, 1, 2, -3])), ("Sub", f32([0.5, 1, 2, -3])), ("Mul", f32(0.1)),
                 ("Div", f32(4.0)), ("Pow", f32(2.0)), ("Min", f32(0.5)), ("Max", f32(-0.25)),
                 ("PRelu", f32([0.25, 0.5, -1, 0.1])), ("Greater", f32(0.5)), ("LessOrEqual", f32(0.0))]
        for kind, *operands in cases:
            with self.subTest(kind):
                net = Net([4])
                self.exact(net, net.node(kind, net.quant("x"), *operands))

    def test_constants_on_the_left(self):
        for kind in ("Add", "Sub", "Mul"):
            with self.subTest(kind):
                net = Net([4])
                self.exact(net, net.node(kind, f32([0.5, 1, 2, -3]), net.quant("x")))

    def test_two_variables(self):
        for kind in ("Add", "Sub", "Mul", "Min", "Max"):
            with self.subTest(kind):
                net = Net([4])
                a = net.node("MatMul", net.quant("x"), net.weights(4, 4))
                self.exact(net, net.node(kind, net.quant(a, 0.5, 5), net.quant("x", 0.25, 4)))

    def test_residual_with_float_scales(self):
        net = Net([2, 5, 5])
        x = net.quant("x", 0.1, 6)
        h = net.node("Conv", x, net.quant(net.weights(2, 2, 3, 3), 0.11, 4, narrow=1), pads=[1] * 4)
        h = net.quant(net.node("Relu", h), 0.1, 4, signed=0)
        self.exact(net, net.node("Add", h, x), x=net.samples(8), tolerance=1e-12)

    def test_choice(self):
        net = Net([4])
        x = net.quant("x")
        self.exact(net, net.node("Where", net.node("Greater", x, f32(0.5)), x, f32([0.5, 1, 2, -3])))

    def test_functions(self):
        for kind in ("Tanh", "Sigmoid", "Exp", "Elu", "Softplus", "Softsign", "HardSigmoid", "HardSwish", "Mish", "Erf", "Gelu"):
            for bits, scale in ((6, 0.0625), (5, 0.07)):
                with self.subTest((kind, scale)):
                    net = Net([4])
                    h = net.node(kind, net.node("MatMul", net.quant("x", 0.25, 4), net.weights(4, 3, bits=3, step=0.25)))
                    y = net.quant(h, scale, bits)
                    self.exact(net, y, tolerance=1e-9 if scale == 0.07 else None)

    def test_function_of_many_bits(self):
        net = Net([8])
        h = net.node("Tanh", net.node("MatMul", net.quant("x", 0.0078125, 12), net.weights(8, 3, bits=8, step=0.0078125)))
        text = self.exact(net, net.quant(h, 0.0625, 5))
        self.assertIn("thresholds", text)


class Quantizers(Case):
    def test_rounding_modes(self):
        for mode in onnx_reference.ROUNDINGS:
            for scale, zero in ((0.125, 0), (0.1, 0), (0.25, 3), (0.1, -2)):
                with self.subTest((mode, scale, zero)):
                    net = Net([4])
                    h = net.node("MatMul", net.quant("x"), net.weights(4, 3))
                    y = net.quant(h, scale, 5, float(zero), rounding_mode=mode)
                    self.exact(net, y, tolerance=1e-12)

    def test_inputs(self):
        for scale, zero, attributes in ((0.25, 0, {}), (0.1, 0, {}), (0.1, 3, {}), (0.25, 3, {}), (0.25, 2, {"signed": 0}),
                                        (0.3, 0, {"narrow": 1}), (0.25, 0, {"narrow": 1}), (0.25, 0, {"signed": 0, "narrow": 1})):
            with self.subTest((scale, zero, attributes)):
                net = Net([4])
                self.exact(net, net.quant("x", scale, 4, float(zero), **attributes), tolerance=1e-12)

    def test_ranges(self):
        for attributes in ({"signed": 1}, {"signed": 1, "narrow": 1}, {"signed": 0}, {"signed": 0, "narrow": 1}):
            for bits in (1, 2, 4, 8):
                if bits == 1 and attributes.get("narrow") and not attributes["signed"]:
                    continue  # one code only
                for scale in (0.125, 0.11):
                    with self.subTest((attributes, bits, scale)):
                        net = Net([4])
                        h = net.node("MatMul", net.quant("x"), net.weights(4, 3))
                        self.exact(net, net.quant(h, scale, bits, **attributes), tolerance=1e-12)

    def test_channels(self):
        for scales in (f32([0.125, 0.5, 0.25]), f32([0.1, 0.3, 0.17])):
            with self.subTest(scales):
                net = Net([2, 5, 5])
                kernel = net.quant(net.weights(3, 2, 3, 3), scales.reshape(3, 1, 1, 1), 4, narrow=1)
                h = net.node("Conv", net.quant("x"), kernel, f32([0.3, -0.2, 0.1]))
                h = net.quant(net.node("Relu", h), scales.reshape(1, 3, 1, 1), 5, signed=0)
                h = net.node("Flatten", net.node("MaxPool", h, kernel_shape=[3, 3]))
                self.exact(net, net.node("Gemm", h, net.weights(2, 3), transB=1), x=net.samples(10), tolerance=1e-12)

    def test_batch_normalization(self):
        for shape, bits in (([4], 2), ([4], 5), ([3, 4, 4], 2), ([3, 4, 4], 8)):
            with self.subTest((shape, bits)):
                net = Net(shape)
                c = shape[0]
                if len(shape) == 1:
                    h = net.node("Gemm", net.quant("x"), net.weights(c, c), transB=1)
                else:
                    h = net.node("Conv", net.quant("x"), net.weights(c, c, 1, 1))
                h = net.node("BatchNormalization", h, f32(net.rng.normal(size=c)), f32(net.rng.normal(size=c)),
                             f32(net.rng.normal(size=c)), f32(net.rng.random(c) + 0.5))
                self.exact(net, net.quant(net.node("Relu", h), 0.25, bits, signed=0), x=net.samples(10))

    def test_bipolar(self):
        for scale in (1.0, 0.5, 0.3):
            with self.subTest(scale):
                net = Net([6])
                h = net.node("BipolarQuant", "x", f32(scale), domain=GENERAL)
                kernel = net.node("BipolarQuant", net.weights(6, 3), f32(0.7), domain="onnx.brevitas")
                h = net.node("MatMul", h, kernel)
                self.exact(net, net.node("BipolarQuant", h, f32(scale), domain="finn.custom_op.general"), tolerance=1e-12)

    def test_thresholds(self):
        net = Net([3, 4, 4])
        levels = f32([[-1, 0, 1], [-2, 0.5, 3], [0, 0, 1]])
        h = net.node("MultiThreshold", net.quant("x"), levels, domain=GENERAL, out_scale=0.5, out_bias=-1.0, out_dtype="INT2")
        self.exact(net, h, x=net.samples(10))

    def test_linear(self):
        for zero, scale in ((np.uint8(128), 0.1), (np.int8(0), 0.0625), (np.int8(-3), 0.07), (np.uint8(0), 0.125)):
            with self.subTest((zero, scale)):
                net = Net([6])
                point = np.array(zero)
                x = net.node("QuantizeLinear", "x", f32(scale), point)
                x = net.node("DequantizeLinear", x, f32(scale), point)
                codes = net.rng.integers(-127, 128, (4, 6)).astype(np.int8)
                kernel = net.node("DequantizeLinear", net.constant(codes), f32([0.01, 0.02, 0.03, 0.04]),
                                  np.zeros(4, np.int8), axis=0)
                bias = net.node("DequantizeLinear", net.constant(np.array([100, -200, 300, 0], np.int32)), f32(0.001),
                                np.array(0, np.int32))
                h = net.node("Relu", net.node("Gemm", x, kernel, bias, transB=1))
                h = net.node("QuantizeLinear", h, f32(0.05), np.array(0, np.uint8))
                h = net.node("DequantizeLinear", h, f32(0.05), np.array(0, np.uint8))
                self.exact(net, h, tolerance=1e-12)

    def test_linear_with_limits(self):
        """Fewer bits than a type has, as Brevitas writes them; and weights that the file has as real numbers."""
        for zero, low, high in ((np.int8(0), -8, 7), (np.uint8(3), 0, 15)):
            with self.subTest(zero):
                net = Net([6])
                kind = type(zero)

                def pair(value, scale, point, low, high, axis=1):
                    h = net.node("QuantizeLinear", value, f32(scale), point, axis=axis)
                    h = net.node("Clip", h, np.array(low, point.dtype), np.array(high, point.dtype))
                    return net.node("DequantizeLinear", h, f32(scale), point, axis=axis)

                x = pair("x", 0.25, np.array(zero), low, high)
                kernel = f32(net.rng.normal(size=(4, 6)))
                kernel = pair(net.constant(kernel), [0.1, 0.2, 0.3, 0.4], np.array([0, 1, 2, 3], np.int8), -7, 7, axis=0)
                h = net.node("Gemm", x, kernel, transB=1)
                self.exact(net, pair(h, 0.3, np.array(zero, kind), low, high), tolerance=1e-12)

    def test_constants_of_linear(self):
        for axis in (0, 1):
            with self.subTest(axis):
                net = Net([6])
                scales, zeros = f32(np.arange(1, 7 if axis == 0 else 5) / 8), np.zeros(6 if axis == 0 else 4, np.int8)
                kernel = net.node("QuantizeLinear", net.constant(f32(net.rng.normal(size=(6, 4)))), scales, zeros, axis=axis)
                kernel = net.node("DequantizeLinear", kernel, scales, zeros, axis=axis)
                self.exact(net, net.node("MatMul", net.quant("x"), kernel))

    def test_one_layer_is_one_line(self):
        net = Net([8])
        h = net.node("Relu", net.node("Gemm", net.quant("x"), net.quant(net.weights(6, 8), 0.125, 4), transB=1))
        text = self.exact(net, net.node("Gemm", net.quant(h, 0.5, 4, signed=0), net.weights(2, 6), transB=1))
        self.assertIn("nn.linear(x, fixed(1, 2, 3, round: rnd_conv, overflow: sat), Gemm_2_kernel) |> relu", text)
        decisions = json.loads((self.folder / "out" / "import.json").read_text())
        self.assertIn({"layer": "Gemm_2", "name": "Gemm_2"}, decisions["layers"])


class Movement(Case):
    def test_each(self):
        cases = [("Flatten", [], {}), ("Reshape", [i64(0, 6, 2)], {}), ("Reshape", [i64(-1, 12)], {}),
                 ("Reshape", [i64(1, -1)], {}), ("Transpose", [], {"perm": [0, 2, 1]}), ("Unsqueeze", [i64(1)], {}),
                 ("Unsqueeze", [i64(-1)], {}), ("Gather", [i64(2, 0, 0)], {"axis": 1}), ("Gather", [np.array(1, np.int64)], {"axis": 2}),
                 ("Slice", [i64(1), i64(9223372036854775807), i64(2), i64(2)], {}),
                 ("Slice", [i64(0, 1), i64(2, -1), i64(1, 2), i64(1, 1)], {}),
                 ("Pad", [i64(0, 1, 0, 0, 0, 2), f32(0.5)], {}), ("ReduceSum", [i64(1)], {}), ("ReduceSum", [i64(2)], {"keepdims": 0}),
                 ("ReduceMean", [i64(2)], {}), ("ReduceMax", [i64(1, 2)], {}), ("ReduceMin", [i64(2)], {"keepdims": 0}),
                 ("ArgMax", [], {"axis": 2}), ("ArgMax", [], {"axis": 1, "keepdims": 0})]
        for kind, operands, attributes in cases:
            with self.subTest((kind, operands, attributes)):
                net = Net([3, 4])
                self.exact(net, net.node(kind, net.quant("x"), *operands, **attributes))

    def test_before_the_quantizer(self):
        net = Net([3, 4])
        h = net.node("Flatten", net.node("Transpose", "x", perm=[0, 2, 1]))
        self.exact(net, net.node("MatMul", net.quant(h), net.weights(12, 2)))

    def test_concat(self):
        net = Net([3, 4])
        x = net.quant("x")
        h = net.node("Concat", x, net.node("Mul", x, f32(0.5)), f32(np.ones((1, 2, 4))), axis=1)
        self.exact(net, h)

    def test_shape_arithmetic(self):
        """Reshape to [Shape(x)[0], -1], as exporters write it."""
        nodes = [w.node("Shape", ["x"], ["s"]), w.node("Constant", [], ["zero"], value=np.array(0, np.int64)),
                 w.node("Gather", ["s", "zero"], ["n"], axis=0), w.node("Unsqueeze", ["n", "axes"], ["n1"]),
                 w.node("Concat", ["n1", "rest"], ["shape"], axis=0), w.node("Reshape", ["q", "shape"], ["y"]),
                 w.node("Quant", ["x", "scale", "zp", "bits"], ["q"], domain=GENERAL, signed=1, narrow=0, rounding_mode="ROUND")]
        constants = [w.tensor("axes", i64(0)), w.tensor("rest", i64(-1)), w.tensor("scale", f32(0.5)), w.tensor("zp", f32(0.0)),
                     w.tensor("bits", f32(4.0))]
        for batch in (1, 5, "N"):
            with self.subTest(batch):
                done = self.import_bytes(w.model(nodes, constants, [w.value_info("x", [batch, 2, 3])], [w.value_info("y", [batch, 6])]))
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("flatten", (self.folder / "out" / "net.da").read_text())


class Numbers(Case):
    """Tensors in all their forms."""

    def kernel_of(self, written):
        nodes = [w.node("MatMul", ["x", "W"], ["y"])]
        model = w.model(nodes, [written], [w.value_info("x", ["N", 2])], [w.value_info("y", ["N", 2])])
        np.save(self.folder / "x.npy", np.eye(2))
        done = self.import_bytes(model, "--input", "fixed(1, 3, 4)")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.run_dal("run", "out/net.da", "--input", "x.npy", "-o", "y=y.npy")
        self.assertEqual(done.returncode, 0, done.stderr)
        return np.load(self.folder / "y.npy").tolist()

    def test_types(self):
        wanted = [[1.0, -2.0], [3.0, 0.0]]
        array = np.array(wanted)
        half = array.astype(np.float16)
        brain = (array.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
        cases = {
            "float32": w.tensor("W", array.astype(np.float32)),
            "float64": w.tensor("W", array),
            "float16": w.tensor("W", half),
            "bfloat16": w.tensor("W", brain, w.BFLOAT16),
            "int8": w.tensor("W", array.astype(np.int8)),
            "int4": w.tensor("W", array, w.INT4, fields=w.data(9, bytes([0xE1, 0x03]))),
            "float_data": w.tensor("W", array, w.FLOAT, fields=b"".join(w.real(4, v) for v in array.flat)),
            "packed": w.tensor("W", array, w.FLOAT, fields=w.data(4, array.astype(np.float32).tobytes())),
            "int32_data": w.tensor("W", array, w.INT8, fields=b"".join(w.number(5, int(v)) for v in array.flat)),
            "float16 in int32_data": w.tensor("W", array, w.FLOAT16,
                                              fields=w.data(5, b"".join(w.varint(int(v)) for v in half.view(np.uint16).flat))),
            "int64_data": w.tensor("W", array, w.INT64, fields=w.data(7, b"".join(w.varint(int(v)) for v in array.flat))),
        }
        for name, written in cases.items():
            with self.subTest(name):
                self.assertEqual(self.kernel_of(written), wanted)

    def test_external(self):
        array = f32([[1, -2], [3, 0]])
        (self.folder / "data.bin").write_bytes(b"head" + array.tobytes())
        self.assertEqual(self.kernel_of(w.tensor("W", array, external=("data.bin", 4, 16))), array.tolist())


@unittest.skipUnless((SHARED / "import").is_dir(), f"skipped: no models at {SHARED}")
class Trained(Case):
    def check(self, name, *options, tolerance=None):
        folder = SHARED / "import" / name
        extra = ["--tolerance", tolerance] if tolerance else []
        done = self.run_dal("import", folder / "model.onnx", "-o", "out", *options, "--check", folder / "x.npy", folder / "y.npy", *extra)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_small(self):
        self.check("qonnx_channels_last")
        self.check("qonnx_fc_pow2")
        self.check("qonnx_tanh_sigmoid")
        self.check("qonnx_fc_float_scale", tolerance="1e-9")
        self.check("onnx_external_data", "--input", "fixed(1, 7, 12)")
        self.check("torch_plain", "--input", "fixed(1, 7, 16)", tolerance="1e-6")

    def test_networks(self):
        for name, file, options, reference in (("qonnx_jettag", "qkeras_jettagging", "fixed(1, 5, 10)", "y_codes.npy"),
                                               ("qonnx_tfc_1w2a", "TFC_1W2A", "fixed(0, 0, 8, overflow: sat)", "y_codes.npy"),
                                               ("qonnx_unsw", "unsw_nb15-mlp-w2a2", "fixed(1, 1, 0)", "y1.npy")):
            with self.subTest(name):
                folder = SHARED / "models" / name
                vectors = json.loads((folder / "model.json").read_text())["vectors"]
                x = np.load(folder / "x_codes.npy") * 2.0 ** -vectors["x_exp"]
                y = np.load(folder / reference).astype(float)
                if reference == "y_codes.npy":
                    y *= 2.0 ** -vectors["y_exp"]
                np.save(self.folder / "x.npy", x.reshape(-1, 1, 28, 28) if "tfc" in name else x)
                np.save(self.folder / "y.npy", y)
                done = self.run_dal("import", folder / "raw" / f"{file}.onnx", "-o", name, "--input", options, "--check", "x.npy",
                                    "y.npy")
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    main(__doc__)

#!/usr/bin/python3
"""Programs that PyTorch exports (`.pt2`), in files that the test writes itself, against NumPy; and pickles, which are
refused.

    torch.py --dal build/dal"""
import io
import json
import sys
import zipfile

import numpy as np

sys.dont_write_bytecode = True

from import_case import SHARED, ImportCase, main  # noqa: E402

INPUT = ("--input", "fixed(1, 3, 4)")
BATCH = 2
DTYPES = {np.dtype("float32"): 7, np.dtype("float64"): 8, np.dtype("int8"): 2, np.dtype("int64"): 5}


def argument(value):
    """An operand as the export schema has it. Strings name tensors; ("text", s) is a string."""
    if value is None:
        return {"as_none": True}
    if isinstance(value, bool):
        return {"as_bool": value}
    if isinstance(value, int):
        return {"as_int": value}
    if isinstance(value, float):
        return {"as_float": value}
    if isinstance(value, str):
        return {"as_tensor": {"name": value}}
    if isinstance(value, tuple):
        return {"as_string": value[1]}
    if value and isinstance(value[0], str):
        return {"as_tensors": [{"name": name} for name in value]}
    return {"as_ints": list(value)}


class Export:
    """A graph under construction, and its file."""

    def __init__(self, shape, batch=BATCH):
        self.batch = batch
        self.nodes, self.weights, self.values = [], {}, {}
        self.describe("x", shape)

    def describe(self, name, shape):
        sizes = [{"as_int": self.batch} if self.batch else {"as_expr": {"expr_str": "s0"}}, *({"as_int": n} for n in shape)]
        self.values[name] = {"dtype": 7, "sizes": sizes, "strides": [], "storage_offset": {"as_int": 0}}

    def weight(self, name, array, strides=None):
        array = np.ascontiguousarray(array)
        step = strides or [n // array.itemsize for n in array.strides]
        self.weights[name] = (array, {"dtype": DTYPES[array.dtype], "sizes": [{"as_int": n} for n in array.shape],
                                      "strides": [{"as_int": n} for n in step], "storage_offset": {"as_int": 0}})
        return "p_" + name

    def node(self, target, name, shape, module="", /, **operands):
        self.describe(name, shape)
        inputs = [{"name": key.rstrip("_"), "arg": argument(value), "kind": 1} for key, value in operands.items()]
        self.nodes.append({"target": f"torch.ops.{target}", "inputs": inputs, "outputs": [{"as_tensor": {"name": name}}],
                           "metadata": {"nn_module_stack": f"L__self__,,M;L__self__{module},{module},M"}})
        return name

    def model(self, *outputs):
        specs = [{"parameter": {"arg": {"name": "p_" + name}, "parameter_name": name}} for name in self.weights]
        specs.append({"user_input": {"arg": {"as_tensor": {"name": "x"}}}})
        return {"graph_module": {
            "graph": {"inputs": [], "outputs": [], "nodes": self.nodes, "tensor_values": self.values},
            "signature": {"input_specs": specs,
                          "output_specs": [{"user_output": {"arg": {"as_tensor": {"name": name}}}} for name in outputs]}},
            "schema_version": {"major": 8, "minor": 20}, "torch_version": "2.9.0"}

    def file(self, *outputs, model=None, compression=zipfile.ZIP_STORED, **changed):
        out = io.BytesIO()
        config = {}
        members = {"m/byteorder": b"little", "m/models/model.json": json.dumps(model or self.model(*outputs)).encode()}
        for j, (name, (array, meta)) in enumerate(self.weights.items()):
            members[f"m/data/weights/weight_{j}"] = array.tobytes()
            config[name] = {"path_name": f"weight_{j}", "is_param": True, "use_pickle": False, "tensor_meta": meta}
        members["m/data/weights/model_weights_config.json"] = json.dumps({"config": config}).encode()
        members |= {f"m/{name.replace('__', '/')}": content for name, content in changed.items()}
        with zipfile.ZipFile(out, "w", compression) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return out.getvalue()


def convolve(x, kernel, stride=1, padding=0, dilation=1, groups=1):
    """[n, c, h, w] with [o, c / groups, kh, kw]."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    o, c, kh, kw = kernel.shape
    h = (x.shape[2] - dilation * (kh - 1) - 1) // stride + 1
    w = (x.shape[3] - dilation * (kw - 1) - 1) // stride + 1
    y = np.zeros((len(x), o, h, w))
    for out in range(o):
        first = out // (o // groups) * c
        for i in range(kh):
            for j in range(kw):
                part = x[:, first:first + c, dilation * i:, dilation * j:][:, :, ::stride, ::stride][:, :, :h, :w]
                y[:, out] += np.einsum("nchw,c->nhw", part, kernel[out, :, i, j])
    return y


def pool(x, size, stride, function):
    h, w = (x.shape[2] - size) // stride + 1, (x.shape[3] - size) // stride + 1
    return np.stack([[function(x[:, :, stride * i:stride * i + size, stride * j:stride * j + size], axis=(2, 3))
                      for j in range(w)] for i in range(h)]).transpose(2, 3, 0, 1)


class Torch(ImportCase):
    def setUp(self):
        super().setUp()
        self.random = np.random.default_rng(3)

    def numbers(self, *shape):
        return (self.random.integers(-32, 32, shape) / 16).astype(np.float32)

    def samples(self, *shape):
        return self.random.integers(-100, 100, (20, *shape)) / 16

    def test_dense_layers(self):
        first, bias, second = self.numbers(5, 4), self.numbers(5), self.numbers(5, 3)
        export = Export([4])
        a, b, c = export.weight("0.weight", first), export.weight("0.bias", bias), export.weight("w", second)
        h = export.node("aten.linear.default", "linear", [5], "0", input=export.node("aten.clone.default", "same", [4], self="x"),
                        weight=a, bias=b)
        h = export.node("aten.relu.default", "relu", [5], "1", self=h)
        t = export.node("aten.t.default", "t", [5, 3], self=export.weight("v", second.T))
        m = export.node("aten.mm.default", "mm", [3], self=h, mat2=t)
        y = export.node("aten.addmm.default", "addmm", [3], self=export.weight("d", bias[:3]), mat1=h, mat2=c)
        y = export.node("aten.add.Tensor", "add", [3], self=y, other=m)
        x = self.samples(4)
        hidden = np.maximum(x @ first.T.astype(float) + bias, 0)
        done, program = self.compares("m.pt2", export.file(y), x, 2 * hidden @ second + bias[:3], *INPUT)
        self.assertIn("linear (0): 4 × 5", program)
        self.assertIn("E0705", done.stderr)
        self.refuses("m.pt2", export.file(y), "E0706", "node `linear`", "--input x=")
        self.compares("m.pt2", export.file(y, compression=zipfile.ZIP_DEFLATED), x, 2 * hidden @ second + bias[:3], *INPUT)

    def test_a_free_batch_and_strides(self):
        kernel = self.numbers(4, 3)
        export = Export([4], batch=None)
        name = export.weight("w", kernel)
        array, meta = export.weights["w"]
        meta["sizes"], meta["strides"] = [{"as_int": 3}, {"as_int": 4}], [{"as_int": 1}, {"as_int": 3}]
        export.weights["w"] = (array, meta)
        y = export.node("aten.linear.default", "linear", [3], input="x", weight=name, bias=None)
        x = self.samples(4)
        self.compares("m.pt2", export.file(y), x, x @ kernel.astype(float), *INPUT)

    def test_batch_normalization(self):
        gamma, beta, mean = self.numbers(3), self.numbers(3), self.numbers(3)
        variance = np.abs(self.numbers(3)) + np.float32(0.5)
        for shape in ([3], [3, 2, 2]):
            export = Export(shape)
            names = [export.weight(n, v) for n, v in (("g", gamma), ("b", beta), ("m", mean), ("v", variance))]
            y = export.node("aten.batch_norm.default", "bn", shape, input="x", weight=names[0], bias=names[1], running_mean=names[2],
                            running_var=names[3], training=False, momentum=0.1, eps=1e-5)
            x = self.samples(*shape)
            each = [v.reshape(-1, *[1] * (len(shape) - 1)).astype(float) for v in (gamma, beta, mean, variance)]
            expected = (x - each[2]) / np.sqrt(each[3] + 1e-5) * each[0] + each[1]
            self.compares("m.pt2", export.file(y), x, expected, *INPUT, tolerance="1e-5")
            self.refuses("m.pt2", export.file(y), "E0705", "rounded", options=(*INPUT, "--bit-exact", "on"))
        export.nodes[0]["inputs"][5]["arg"] = {"as_bool": True}
        self.refuses("m.pt2", export.file(y), "E0704", "eval()", options=INPUT)

    def test_convolutions_and_pooling(self):
        x = self.samples(4, 7, 7)
        k1, k2, bias = self.numbers(6, 2, 3, 3), self.numbers(2, 6, 2, 2), self.numbers(6)
        export = Export([4, 7, 7])
        a, b, c = export.weight("a", k1), export.weight("b", bias), export.weight("c", k2)
        h = export.node("aten.conv2d.default", "conv2d", [6, 7, 7], "0", input="x", weight=a, bias=b, stride=[1, 1], padding=[1, 1],
                        dilation=[1, 1], groups=2)
        h = export.node("aten.leaky_relu.default", "leaky", [6, 7, 7], self=h, negative_slope=0.25)
        h = export.node("aten.max_pool2d.default", "pool", [6, 3, 3], self=h, kernel_size=[2, 2], stride=[2, 2])
        h = export.node("aten.dropout.default", "drop", [6, 3, 3], input=h, p=0.5, train=False)
        h = export.node("aten.convolution.default", "conv", [2, 2, 2], input=h, weight=c, bias=None, stride=[1, 1], padding=[0, 0],
                        dilation=[1, 1], transposed=False, output_padding=[0, 0], groups=1)
        g = export.node("aten.avg_pool2d.default", "avg", [2, 1, 1], self=h, kernel_size=[2, 2])
        f = export.node("aten.view.default", "view", [8], self=h, size=[BATCH, 8])
        g = export.node("aten.flatten.using_ints", "flat", [2], self=g, start_dim=1)
        y = export.node("aten.cat.default", "cat", [10], tensors=[f, g], dim=-1)
        h = convolve(x, k1.astype(float), padding=1, groups=2) + bias[:, None, None]
        h = np.where(h < 0, h / 4, h)
        h = convolve(pool(h, 2, 2, np.max), k2.astype(float))
        expected = np.concatenate([h.reshape(len(x), -1), h.mean((2, 3))], 1)
        _, program = self.compares("m.pt2", export.file(y), x, expected, *INPUT)
        self.assertEqual(program.count("transpose("), 3, program)  # in, and where the order of channels matters again
        export = Export([4, 7, 7])
        y = export.node("aten.conv2d.padding", "conv2d", [6, 2, 2], input="x", weight=export.weight("w", self.numbers(6, 4, 3, 3)),
                        bias=None, stride=[2, 2], padding=("text", "valid"), dilation=[2, 2], groups=1)
        kernel = export.weights["w"][0].astype(float)
        self.compares("m.pt2", export.file(y), x, convolve(x, kernel, stride=2, dilation=2), *INPUT)

    def test_element_operators_and_movement(self):
        x = self.samples(2, 3, 4)
        export = Export([2, 3, 4])
        p = export.node("aten.permute.default", "permute", [4, 2, 3], self="x", dims=[0, 3, 1, 2])
        h = export.node("aten.mul.Tensor", "mul", [4, 2, 3], self=p, other=export.weight("c", self.numbers(1, 4, 1, 3)))
        h = export.node("aten.sub.Tensor", "sub", [4, 2, 3], self=h, other=0.5)
        h = export.node("aten.hardtanh.default", "hard", [4, 2, 3], self=h, min_val=-2.0, max_val=3.0)
        h = export.node("aten.transpose.int", "transpose", [4, 3, 2], self=h, dim0=2, dim1=-1)
        s = export.node("aten.slice.Tensor", "slice", [2, 3, 2], self=h, dim=1, start=1, end=-1)
        t = export.node("aten.select.int", "select", [3, 2], self=h, dim=1, index=-1)
        u = export.node("aten.unsqueeze.default", "unsqueeze", [1, 3, 2], self=t, dim=1)
        n = export.node("aten.neg.default", "neg", [1, 3, 2], self=u)
        y = export.node("aten.cat.default", "cat", [3, 3, 2], tensors=[s, n], dim=1)
        y = export.node("aten.clamp.default", "clamp", [3, 3, 2], self=y, min=-1.5, max=None)
        y = export.node("aten.div.Tensor", "div", [3, 3, 2], self=y, other=4)
        y = export.node("aten.sum.dim_IntList", "sum", [3, 2], self=y, dim=[2])
        z = export.node("aten.maximum.default", "maximum", [3, 2], self=y, other=t)
        h = np.clip(x.transpose(0, 3, 1, 2) * export.weights["c"][0] - 0.5, -2, 3).transpose(0, 1, 3, 2)
        parts = np.maximum(np.concatenate([h[:, 1:-1], -h[:, -1:]], 1), -1.5) / 4
        self.compares("m.pt2", export.file(z), x, np.maximum(parts.sum(2), h[:, -1]), *INPUT)

    def test_quantizers(self):
        kernel = self.random.integers(-100, 100, (3, 4)).astype(np.int8)
        export = Export([4])
        q = export.node("quantized_decomposed.quantize_per_tensor.default", "q", [4], input="x", scale=0.25, zero_point=3, quant_min=-8,
                        quant_max=7, dtype=1)
        d = export.node("quantized_decomposed.dequantize_per_tensor.default", "d", [4], input=q, scale=0.25, zero_point=3, quant_min=-8,
                        quant_max=7, dtype=1)
        w = export.node("quantized_decomposed.dequantize_per_tensor.default", "w", [3, 4], input=export.weight("k", kernel), scale=0.0625,
                        zero_point=-2, quant_min=-128, quant_max=127, dtype=1)
        h = export.node("aten.linear.default", "linear", [3], input=d, weight=w, bias=None)
        y = export.node("aten.fake_quantize_per_tensor_affine.default", "fake", [3], self=h, scale=0.5, zero_point=0, quant_min=0,
                        quant_max=63)
        x = self.random.integers(-100, 100, (50, 4)) / 32
        inner = (np.clip(np.rint(x * 4) + 3, -8, 7) - 3) / 4
        expected = np.clip(np.rint(inner @ ((kernel.T + 2.0) / 16) * 2), 0, 63) / 2
        self.compares("m.pt2", export.file(y), x, expected)
        export.nodes[0]["inputs"][1]["arg"] = {"as_float": 0.3}
        self.refuses("m.pt2", export.file(y), "E0704", "power of two", "ONNX")

    def test_a_last_softmax_is_left_out(self):
        export = Export([4])
        h = export.node("aten.neg.default", "neg", [4], self="x")
        y = export.node("aten.softmax.int", "softmax", [4], self=h, dim=-1)
        x = self.samples(4)
        done, _ = self.compares("m.pt2", export.file(y), x, -x, *INPUT)
        self.assertIn("softmax is left out", done.stderr)

    def test_what_cannot_be_imported_is_named(self):
        for target, code, word in (("aten.tanh.default", "E0705", "node `n`"), ("aten.linaer.default", "E0703", "`linear`"),
                                   ("mine.own.default", "E0703", "--define own=")):
            export = Export([4])
            self.refuses("m.pt2", export.file(export.node(target, "n", [4], self="x")), code, word, options=INPUT)
        export = Export([4])
        y = export.node("mine.own.default", "n", [4], self="x", power=2)
        (self.folder / "layers.da").write_text("fn own(x, power) = x << power\n")
        x = self.samples(4)
        self.compares("m.pt2", export.file(y), x, 4 * x, *INPUT, "--define", "own=layers.own")
        mixed = Export([4])
        y = mixed.node("aten.view.default", "view", [2], self="x", size=[4, 2])
        self.refuses("m.pt2", mixed.file(y), "E0704", "batch", options=INPUT)
        for name, content, word in (("m.pt", b"\x80\x02}q\x00.", "torch.export"), ("m.pth", b"anything", "torch.export"),
                                    ("m.joblib", b"\x80\x04csklearn", "conifer"), ("m.pkl", b"\x80\x04clightgbm", "save_model")):
            self.refuses(name, content, "E0702", word, "program")
        saved = io.BytesIO()
        with zipfile.ZipFile(saved, "w") as archive:
            archive.writestr("model/data.pkl", b"\x80\x02.")
        self.refuses("m.pt", saved.getvalue(), "E0702", "torch.export")
        with zipfile.ZipFile(saved, "w") as archive:
            archive.writestr("serialized_exported_program.json", b"{}")
        self.refuses("m.pt2", saved.getvalue(), "E0702", "2.8")

    def test_hostile_files(self):
        def export_of():
            export = Export([4])
            export.node("aten.linear.default", "linear", [3], input="x", weight=export.weight("w", self.numbers(3, 4)), bias=None)
            return export
        def meta(name, value):
            export = export_of()
            export.weights["w"][1][name] = value
            return export.file("linear")
        big = {"as_int": 2**62}
        for content in (meta("sizes", [big, big]), meta("sizes", [{"as_int": 0}, {"as_int": 4}]), meta("sizes", [{"as_int": -3}, {"as_int": 4}]),
                        meta("strides", [{"as_int": 4}]), meta("strides", [big, big]), meta("strides", [{"as_int": -1}, {"as_int": 1}]),
                        meta("storage_offset", big), meta("storage_offset", {"as_int": 5}), meta("dtype", 99), meta("dtype", "x")):
            self.refuses("m.pt2", content, "E0701", options=INPUT)
        export = export_of()
        for changed in ({"byteorder": b"big"}, {"models__model.json": b"{"}, {"models__model.json": b"[" * 10**5},
                        {"data__weights__weight_0": b"12"}, {"data__weights__model_weights_config.json": b"[]"},
                        {"models__other.json": b"{}"}):
            self.refuses("m.pt2", export.file("linear", **changed), "E0701", options=INPUT)
        config = json.dumps({"config": {"w": {"path_name": "weight_0", "use_pickle": True}}}).encode()
        self.refuses("m.pt2", export.file("linear", **{"data__weights__model_weights_config.json": config}), "E0704", "pickle")
        self.refuses("m.pt2", export.file("linear", compression=zipfile.ZIP_DEFLATED,
                                          **{"data__weights__weight_0": bytes(10**7)}), "E0701", "100 times")
        self.refuses("m.pt2", export.file("linear")[:-30], "E0701")
        for change in (lambda g: g["nodes"].append(g["nodes"][0]), lambda g: g["nodes"][0]["inputs"].clear(),
                       lambda g: g["nodes"][0].update(outputs=[]), lambda g: g["tensor_values"]["x"].update(sizes=[{"as_int": 2}, big]),
                       lambda g: g["tensor_values"].clear(), lambda g: g.update(nodes=[]),
                       lambda g: g["nodes"][0]["inputs"][0].update(arg=argument("linear"))):
            model = json.loads(json.dumps(export.model("linear")))
            change(model["graph_module"]["graph"])
            done = self.refuses("m.pt2", export.file(model=model), "error[E070", options=INPUT)
            self.assertNotIn("internal", done.stderr)

    def test_shared_files(self):
        place = SHARED / "import" / "torch_plain"
        if not place.exists():
            self.skipTest(f"{place} is not there")
        content = (place / "model.pt2").read_bytes()
        self.refuses("model.pt2", content, "E0706", "--input x=")
        self.compares("model.pt2", content, np.load(place / "x.npy"), np.load(place / "y.npy"), "--input", "fixed(1, 5, 20)",
                      tolerance="1e-6")
        self.refuses("state_dict.pt", (place / "state_dict.pt").read_bytes(), "E0702", "torch.export")


if __name__ == "__main__":
    main(sys.modules["__main__"])

#!/usr/bin/python3
"""Tests of from_neutral.py on small models made here, and on the shared networks where they are there."""
import json
import os
import sys
import tempfile
import unittest
import warnings
from pathlib import Path
from unittest import mock

import numpy as np

import from_neutral
from neutral_model import ModelError, read_model
from trained_formats import FormatError, Formats, positional, trained_formats

SHARED = Path(os.environ.get("DAL_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")) / "models"


def quantize(name, source, **modes):
    return {"op": "quantize", "name": name, "in": [source], "out": name, "round": modes.get("round", "TRN"),
            "overflow": modes.get("overflow", "WRAP"), "k": f"{name}.k", "i": f"{name}.i", "f": f"{name}.f"}


def einsum(name, source, eq="c,cC->C"):
    return {"op": "einsum", "name": name, "in": [source], "out": name, "eq": eq, "weight": f"{name}.w"}


def simple(kind, name, *sources):
    return {"op": kind, "name": name, "in": list(sources), "out": name}


def constant(kind, name, source):
    return {**simple(kind, name, source), "const": f"{name}.c"}


def formats(name, k, i, f):
    return {f"{name}.{key}": np.array(value, np.int8) for key, value in zip("kif", (k, i, f))}


class Conversion(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = Path(temporary.name)
        self.model, self.out = self.root / "tiny", self.root / "out"

    def make(self, ops, weights, inputs=(2,), outputs=(2,), names=None, **changes):
        self.model.mkdir(exist_ok=True)
        doc = {"format": 1, "name": "tiny", "inputs": [{"name": "in", "shape": list(inputs)}], "ops": ops,
               "outputs": names or [ops[-1]["out"]], "source": {"file": "tiny.h5", "sha256": "0123456789abcdef"},
               "vectors": {"x_exp": 2, "y_exp": 3}, **changes}
        (self.model / "model.json").write_text(json.dumps(doc))
        np.savez(self.model / "weights.npz", **weights)
        np.save(self.model / "x_codes.npy", np.arange(3 * np.prod(inputs, dtype=int)).reshape(3, *inputs))
        np.save(self.model / "y_codes.npy", -np.arange(3 * np.prod(outputs, dtype=int)).reshape(3, *outputs))

    def program(self):
        from_neutral.convert(self.model, self.out)
        with np.load(self.out / "net.npz") as arrays:
            self.arrays = dict(arrays)
        text = (self.out / "net.da").read_text()
        return text[text.index("input x"):]

    def fails(self, *words):
        with self.assertRaises(ModelError) as caught:
            from_neutral.convert(self.model, self.out)
        for word in words:
            self.assertIn(word, str(caught.exception))
        self.assertEqual([p.name for p in self.root.iterdir() if p != self.model], [], "something was written")

    def two_layers(self):
        ops = [quantize("q0", "in", round="RND", overflow="SAT_SYM"), einsum("d0", "q0"),
               constant("add_const", "b0", "d0"), simple("relu", "r0", "b0"), quantize("q1", "r0"),
               einsum("d1", "q1"), constant("add_const", "b1", "d1")]
        weights = {**formats("q0", [1, 1], [2, 0], [3, 3]), **formats("q1", [0, 0, 0], [1, 1, 0], [2, 2, 0]),
                   "d0.w": np.array([[1.5, 0, -2], [0.25, -0.0, 1]]), "b0.c": np.array([0.5, 0, -1]),
                   "d1.w": np.ones((3, 2)), "b1.c": np.zeros(2)}
        return ops, weights

    def with_trained_formats(self, kernel, bias):
        """The text of two layers whose original file tells these formats of the first one; both have one k, i and f."""
        ops, weights = self.two_layers()
        self.make(ops, weights)
        (self.model / "raw").mkdir(exist_ok=True)
        (self.model / "raw" / "tiny.h5").write_bytes(b"")
        arrays = [Formats(*(np.full(shape, part, np.int8) for part in parts), saturates)
                  for shape, (*parts, saturates) in (((2, 3), kernel), ((3,), bias))]
        with mock.patch("neutral_model.trained_formats", lambda file: {"d0.w": arrays[0], "b0.c": arrays[1]}):
            return self.program()

    def test_formats_of_training_are_kept(self):
        text = self.with_trained_formats((1, 1, 2, False), (1, 0, 1, True))
        self.assertIn("let kernel0 = quantize(w.kernel0, fixed(1, 1, 2))\n", text)
        self.assertIn("let bias0 = quantize(w.bias0, fixed(1, 0, 1, overflow: sat))\n", text)
        self.assertIn("kernel0, bias0)", text)
        self.assertIn("w.kernel1, w.bias1)", text)

    def test_formats_that_would_change_values_are_not(self):
        text = self.with_trained_formats((1, 0, 2, False), (1, 0, 0, False))  # -2 and 0.5 do not fit
        self.assertNotIn("quantize(w.", text)
        self.assertIn("w.kernel0, w.bias0)", text)

    def test_files_that_are_not_understood_tell_no_formats(self):
        for content in (b"", b"not HDF5", b"\x89HDF\r\n\x1a\n\x02" + bytes(90),
                        b"\x89HDF\r\n\x1a\n\0" + bytes([60]) * 300, b"PK\3\4"):
            path = self.root / "original.h5"
            path.write_bytes(content)
            with self.assertRaises(FormatError):
                trained_formats(path)

    def test_formats_inside_of_attention_are_found(self):
        quantizer = {"config": {"q_type": "kbi", "overflow_mode": "SAT"}}
        config = {"name": "mha1", "qkvo_kq_conf": quantizer, "qkvo_bq_conf": quantizer}
        folder = "layers/q_linformer_attention_1"
        arrays = {f"{folder}/{inside}/quantizer/vars/{at}": np.array([value], dtype)
                  for inside, values in (("key_dense/kq", (5.5, 2.4, 1)), ("_lin_k_proj/kq", (3.2, 1, 0)),
                                         ("output_dense/bq", (1, 1, 0)))
                  for at, (value, dtype) in enumerate(zip(values, (np.float32, np.float32, np.uint8)))}
        layers = [{"class_name": "QLinformerAttention", "config": {"name": name}} for name in ("mha0", "mha1")]
        layers[1]["config"] = config
        found = positional(arrays, layers)
        self.assertEqual({name: (int(f.k[0]), int(f.i[0]), int(f.f[0]), f.saturates) for name, f in found.items()},
                         {"mha1.key.kernel": (1, 2, 4, True), "mha1.lin_k.kernel": (0, 1, 2, True),
                          "mha1.out.bias": (0, 1, 0, True)})

    def test_every_value_can_have_a_name(self):
        self.make(*self.two_layers())
        names = from_neutral.convert(self.model, self.out, every_value=True)
        self.assertEqual(sorted(names), sorted(["in", "q0", "d0", "b0", "r0", "q1", "d1", "b1"]))
        self.assertEqual(len(set(names.values())), 8)

    def test_dense_layers(self):
        self.make(*self.two_layers())
        self.assertEqual(self.program(), """input x: real[2]

let h1 = x |> nn.dense(fixed(1, w.i0, 3, round: rnd, overflow: sat_sym), w.kernel0, w.bias0) |> relu
output y = h1 |> nn.dense(fixed(0, w.i1, w.f1), w.kernel1, w.bias1)
""")
        self.assertEqual(sorted(self.arrays), ["bias0", "bias1", "f1", "i0", "i1", "kernel0", "kernel1"])
        np.testing.assert_array_equal(self.arrays["kernel0"], [[1.5, 0, -2], [0.25, 0, 1]])
        self.assertFalse(np.signbit(self.arrays["kernel0"][1, 1]), "-0 stays -0")
        np.testing.assert_array_equal(self.arrays["i0"], [2, 0])

    def test_header_names_the_origin(self):
        self.make(*self.two_layers(), notes=["two\nlines"])
        self.program()
        head = (self.out / "net.da").read_text().split("\n")[:5]
        self.assertEqual(head, ["// tiny: 2 in, 2 out", "// tiny.h5 (sha256 0123456789ab)", "// two lines",
                                "// written by tests/models/from_neutral.py", "use nn"])

    def test_vectors_are_scaled_exactly(self):
        self.make(*self.two_layers())
        self.program()
        np.testing.assert_array_equal(np.load(self.out / "x.npy"), [[0, 0.25], [0.5, 0.75], [1, 1.25]])
        np.testing.assert_array_equal(np.load(self.out / "y.npy"), [[0, -0.125], [-0.25, -0.375], [-0.5, -0.625]])
        self.assertEqual(np.load(self.out / "x.npy").dtype, np.float64)

    def test_without_bias(self):
        self.make([quantize("q", "in"), einsum("d", "q")], {**formats("q", [1, 1], [2, 2], [0, 0]), "d.w": np.eye(2)})
        self.assertEqual(self.program(), "input x: real[2]\n\noutput y = x |> nn.linear(fixed(1, 2, 0), w.kernel0)\n")

    def test_values_used_twice_get_names(self):
        ops = [quantize("q", "in"), constant("mul_const", "m", "q"), constant("add_const", "a", "m"),
               simple("add", "s", "a", "q"), simple("relu", "r", "s")]
        weights = {**formats("q", [1, 1], [2, 2], [0, 0]), "m.c": np.array([2.0, 2]), "a.c": np.array([-1.0, -1])}
        self.make(ops, weights)
        self.assertEqual(self.program(), """input x: real[2]

let h1 = quantize(x, fixed(1, 2, 0))
let h2 = h1 * 2 - 1
output y = h2 + h1 |> relu
""")

    def test_only_exact_numbers_become_literals(self):
        for value, expected in ((0.1, "w.c0"), (0.125, "0.125"), (-3.0, "-3"), (2.0**-60, "w.c0")):
            with self.subTest(value=value):
                self.make([quantize("q", "in"), constant("mul_const", "m", "q")],
                          {**formats("q", [1, 1], [2, 2], [0, 0]), "m.c": np.array([value, value])})
                self.assertIn(f"quantize(x, fixed(1, 2, 0)) * {expected}\n", self.program())

    def layers_on_rows(self, eq, kernel, bias):
        ops = [quantize("q0", "in"), einsum("d0", "q0", eq), constant("add_const", "b0", "d0"),
               quantize("q1", "b0"), einsum("d1", "q1", eq), constant("add_const", "b1", "d1")]
        weights = {**formats("q0", [[1]], [[2]], [[0]]), **formats("q1", [[1]], [[2]], [[0]]), "d0.w": kernel,
                   "d1.w": kernel, "b0.c": bias, "b1.c": bias}
        self.make(ops, weights, inputs=(3, 2), outputs=(3, 2))
        return self.program()

    def test_layers_on_rows(self):
        self.assertEqual(self.layers_on_rows("nc,cC->nC", np.eye(2), np.ones(2)), """input x: real[3, 2]

let h1 = x |> nn.dense_each(fixed(1, 2, 0), w.kernel0, w.bias0)
output y = h1 |> nn.dense_each(fixed(1, 2, 0), w.kernel1, w.bias1)
""")

    def test_layers_over_other_axes(self):
        for eq, kernel, bias, text in (("nc,cC->nC", np.eye(2), np.ones((3, 2)), "ni,io->no"),
                                       ("nc,nN->Nc", np.eye(3), np.ones((3, 1)), "nc,no->oc")):
            with self.subTest(eq):
                self.assertEqual(self.layers_on_rows(eq, kernel, bias), f"""input x: real[3, 2]

let h1 = x |> nn.einsum_dense(fixed(1, 2, 0), "{text}", w.kernel0, w.bias0)
output y = h1 |> nn.einsum_dense(fixed(1, 2, 0), "{text}", w.kernel1, w.bias1)
""")

    def test_converting_again_replaces(self):
        self.make(*self.two_layers())
        first = self.program()
        self.assertEqual(self.program(), first)
        self.assertEqual(sorted(os.listdir(self.out)), ["net.da", "net.npz", "x.npy", "y.npy"])

    def test_unsupported_operations_are_all_named(self):
        ops, weights = self.two_layers()
        ops += [simple("scan", "s0", "b1"), simple("gru", "g0", "s0"), simple("scan", "s1", "g0")]
        self.make(ops, weights)
        self.fails("`tiny`", "`scan` (first at `s0`)", "`gru` (first at `g0`)")

    def test_movement_reductions_and_products_of_variables(self):
        ops = [quantize("q", "in"), {**simple("reshape", "r", "q"), "shape": [2, 3]},
               {**simple("transpose", "t", "r"), "perm": [1, 0]},
               {**simple("max_reduce", "m", "t"), "axes": [0], "keepdims": True}, simple("sub", "d", "t", "m"),
               {**simple("einsum", "e", "d", "d"), "eq": "ab,cb->ac"},
               {**simple("concat", "c", "e", "t"), "axis": -1}, simple("mul", "p", "c", "c"),
               {**simple("sum_reduce", "s", "p"), "axes": [0, 1]}]
        self.make(ops, formats("q", [1] * 6, [2] * 6, [0] * 6), inputs=(6,), outputs=())
        self.assertEqual(self.program(), """input x: real[6]

let h1 = quantize(x, fixed(1, 2, 0)) |> reshape([2, 3]) |> transpose([1, 0])
let h2 = h1 - max(h1, axis: 0, keep: true)
let h3 = concat([einsum("ab,cb->ac", h2, h2), h1], axis: 1)
output y = h3 * h3 |> sum(axis: [0, 1])
""")

    def test_tables_are_completed_to_a_format(self):
        ops = [quantize("q", "in"), {**simple("lookup", "l", "q"), "table": "l.t", "f": 1, "lo": -3}]
        self.make(ops, {**formats("q", [1, 1], [1, 1], [1, 1]), "l.t": np.array([5.0, 6, 7, 8])})
        self.assertEqual(self.program(), """input x: real[2]

output y = quantize(x, fixed(1, 1, 1)) |> lookup(w.table0, fixed(1, 1, 1))
""")
        np.testing.assert_array_equal(self.arrays["table0"], [0, 5, 6, 7, 8, 0, 0, 0])

    def softmax(self, **changes):
        ops = [quantize("q", "in"), {**simple("max_reduce", "m", "q"), "axes": [0], "keepdims": True},
               simple("sub", "d", "m", "q"), quantize("dq", "d"),
               {**simple("lookup", "e", "dq"), "table": "e.t", "f": 0, "lo": 0},
               {**simple("sum_reduce", "s", "e"), "axes": [0], "keepdims": True}, quantize("sq", "s"),
               {**simple("lookup", "r", "sq"), "table": "r.t", "f": 0, "lo": 0}, simple("mul", "p", "e", "r")]
        every = [{f"{name}.{key}": np.full(3 if name == "q" else 1, bits) for key, bits in zip("kif", kif)}
                 for name, kif in (("q", (1, 2, 0)), ("dq", (0, 3, 0)), ("sq", (0, 2, 0)))]
        tables = {"e.t": np.arange(8.0), "r.t": np.arange(4.0)}
        self.make(ops, every[0] | every[1] | every[2] | tables, inputs=(3,), outputs=(3,), **changes)
        return self.program()

    def test_softmax_is_one_call(self):
        self.assertEqual(self.softmax(), """input x: real[3]

let h1 = quantize(x, fixed(1, 2, 0))
output y = nn.softmax_tables(h1, fixed(0, 3, 0), w.table0, fixed(0, 2, 0), w.table1, axis: 0)
""")

    def test_softmax_whose_inside_is_an_output_is_not(self):
        self.assertNotIn("softmax", self.softmax(names=["p", "s"]))

    def test_thresholds_and_convolution(self):
        ops = [quantize("q", "in"), {**simple("conv2d_valid", "c", "q"), "weight": "c.w"},
               {**simple("maxpool2d", "m", "c"), "pool": [2, 1]},
               {**simple("threshold", "t", "m"), "thresholds": "t.t", "direction": "t.d", "base": -1, "step": 0.5}]
        weights = {**formats("q", 1, 2, 0), "c.w": np.ones((2, 3, 1, 2)), "t.t": np.array([[0.0, 1], [2, 1]]),
                   "t.d": np.array([1, -1], np.int8)}
        weights = {key: np.broadcast_to(value, (5, 3, 1)) if key[:2] == "q." else value for key, value in weights.items()}
        self.make(ops, weights, inputs=(5, 3, 1), outputs=(2, 1, 2))
        text = " ".join(self.program().split())
        self.assertIn("quantize(x, fixed(1, 2, 0)) |> nn.correlate2d(w.kernel0) |> nn.max_pool2d([2, 1])", text)
        self.assertIn("output y = h1 * w.sign0 |> thresholds(w.levels0, base: -1, step: 0.5)", text)
        np.testing.assert_array_equal(self.arrays["sign0"], [1, -1])
        np.testing.assert_array_equal(self.arrays["levels0"], [[0, 1], [-2, -1]])

    def test_malformed_models(self):
        ops, weights = self.two_layers()

        def broken(*words, op=None, weight=None, **changes):
            with self.subTest(words):
                changed = [{**ops[i], **op[i]} if op and i in op else ops[i] for i in range(len(ops))]
                self.make(changed, {**weights, **(weight or {})}, **changes)
                self.fails(*words)

        broken("`q0` refers to `nothing`", op={0: {"k": "nothing"}})
        broken("round mode `UP`", op={0: {"round": "UP"}})
        broken("`c,c` is not an equation", op={1: {"eq": "c,c"}})
        broken("`c` in `c,cC->C` is both 2 and 5", weight={"d0.w": np.ones((5, 3))})
        broken("do not broadcast", weight={"b0.c": np.ones(2)})
        broken("formats of shape [4, 2]", weight=formats("q0", np.ones((4, 2)), [1, 1], [1, 1]))
        broken("k that is neither", weight=formats("q0", [2, 1], [1, 1], [1, 1]))
        broken("not integers", weight={"q0.i": np.array([1.5, 1])})
        broken("not exact in float64", weight={"d0.w": np.full((2, 3), np.inf)})
        broken("not exact in float64", weight={"d0.w": np.full((2, 3), 2**53 + 1)})
        broken("uses `later`", op={1: {"in": ["later"]}})
        broken("made twice", op={4: {"out": "q0"}})
        broken("not of format 1", format=2)
        broken("no valid `vectors`", vectors=[])
        broken("`nowhere` is made by no operation", names=["nowhere"])
        broken("an output twice", names=["b1", "b1"])

    def test_missing_and_broken_files(self):
        self.fails("is not a folder")
        for file in ("model.json", "weights.npz", "x_codes.npy", "y_codes.npy"):
            self.make(*self.two_layers())
            (self.model / file).write_bytes(b"{nonsense")
            self.fails(f"`{file}` cannot be read")
            (self.model / file).unlink()
            self.fails(f"`{file}` is missing")
        self.make(*self.two_layers())
        np.save(self.model / "x_codes.npy", np.zeros((3, 5), int))
        self.fails("`x_codes.npy` has rows of [5], not [2]")
        np.save(self.model / "x_codes.npy", np.full((3, 2), 2**60))
        self.fails("not exact in float64")


@unittest.skipUnless(SHARED.is_dir(), f"no shared data at {SHARED}")
class SharedNetworks(unittest.TestCase):
    def test_recorded_outputs_are_those_of_the_reference_evaluator(self):
        sys.path.insert(0, str(SHARED))
        import neutral_eval
        warnings.simplefilter("ignore", ResourceWarning)  # the evaluator leaves files to the garbage collector
        converted = 0
        for folder in sorted(path for path in SHARED.iterdir() if (path / "model.json").exists()):
            with self.subTest(folder.name):
                try:
                    model = read_model(folder)
                except ModelError as error:
                    self.assertRegex(str(error), "supported")
                    continue
                result = neutral_eval.Model(str(folder)).run(model.x)
                for values, expected in zip(result if isinstance(result, list) else [result], model.y):
                    np.testing.assert_array_equal(values, expected)
                from_neutral.Program(model).write()
                converted += 1
        self.assertGreaterEqual(converted, 13)


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/python3
"""The advanced layers of HGQ 2: softmax, attention, tables of functions and of small networks, recurrent layers. Small models
that the test writes itself are compared with their definition in NumPy's float32; those of ../shared/data, where that is,
with the outputs of the library.

    hgq2.py --dal build/dal"""
import json
import sys
import unittest

import numpy as np

sys.dont_write_bytecode = True

import import_case  # noqa: E402
from keras_writer import group, keras_file  # noqa: E402

SHARED = import_case.SHARED


class Quantizer:
    """One quantizer as HGQ 2 stores it: widths with the axis of the batch for data, without for parameters."""

    def __init__(self, k, i, f, overflow="WRAP", rounding="RND", kind="kif", **more):
        self.k, self.i, self.f = (np.array(v, np.float32) for v in np.broadcast_arrays(k, i, f))
        self.overflow, self.rounding, self.kind, self.more = overflow, rounding, kind, more

    def config(self):
        keys = {"q_type": self.kind, "place": "datalane", "scaler": None, "affine": None, "round_mode": self.rounding,
                "overflow_mode": self.overflow, "trainable": True, "bw_mapper": None, "is_weight": False, **self.more}
        return {"module": "hgq.quantizer.config", "class_name": "QuantizerConfig", "config": keys,
                "registered_name": "hgq>QuantizerConfig"}

    def short(self, name):
        """The config of `HardTanhConfig` and `HardSigmoidConfig`, which leave out what they fix."""
        config = self.config()
        for key in ("overflow_mode", "affine"):
            del config["config"][key]
        return {**config, "class_name": name, "registered_name": f"hgq>{name}"}

    def group(self):
        signs = self.k.astype(np.uint8)
        widths = {"kif": [self.i, self.f], "kbi": [self.i + self.f, self.i]}[self.kind]
        if self.overflow == "WRAP":
            stored = [widths[1], signs, widths[0]] if self.kind == "kif" else [widths[0], signs, widths[1]]
            stored.append(np.float32(0.01))
        else:
            stored = [*widths, signs]
        return {"quantizer": group(stored)}

    def __call__(self, x):
        n = np.asarray(x, float) * 2.0**self.f
        n = {"TRN": np.floor, "RND": lambda v: np.floor(v + 0.5), "RND_CONV": np.rint}[self.rounding](n)
        low, high = -self.k * 2.0**(self.i + self.f), 2.0**(self.i + self.f) - 1
        if self.overflow == "WRAP":
            n = (n - low) % 2.0**(self.k + self.i + self.f) + low
        else:
            n = np.clip(n, -high * self.k if self.overflow.endswith("SYM") else low, high)
        return np.where(self.k + self.i + self.f > 0, n * 2.0**-self.f, 0)


def hgq_layer(class_name, name, package="hgq", **config):
    return {"module": "hgq.layers", "class_name": class_name, "registered_name": f"{package}>{class_name}",
            "config": {"name": name, "trainable": True, "enable_iq": True, "enable_oq": False, "oq_conf": None, **config}}


def data(shape, k=1, i=2, f=3, overflow="SAT"):
    """A quantizer of data, with other widths for other elements."""
    n = np.arange(int(np.prod(shape))).reshape(1, *shape)
    return Quantizer(k, i + n % 2, f - n % 3, overflow)


def weight(shape, f=4):
    n = np.arange(int(np.prod(shape))).reshape(shape)
    return Quantizer(1, 1, f - n % 3, "SAT_SYM", kind="kbi", is_weight=True)


def table(i, f, k=0):
    return Quantizer(np.full((1, 1), k), i, f, "SAT", "RND_CONV", "kbi")


def f32(x):
    return np.asarray(x, np.float32)


def soft(scores, scaler, inner, oq):
    """Softmax over the last axis."""
    difference, exponential, total, reciprocal = inner
    x = f32(difference(scores.max(-1, keepdims=True) - scores))
    e = exponential(np.exp(f32(-x * np.float32(scaler))).astype(float))
    s = f32(total(e.sum(-1, keepdims=True)))
    return oq(e * reciprocal(np.float32(1) / (s + np.float32(1e-7))))


def softmax_parts(rank):
    ones = (1,) * (rank + 1)
    difference = Quantizer(np.full(ones, 0), 3, 3, "SAT", "RND")
    exponential = Quantizer(np.full(ones, 0), 1, 6, "SAT", "RND_CONV", "kbi")
    total = Quantizer(np.full(ones, 0), 3, 3, "SAT", "RND")
    reciprocal = Quantizer(np.full(ones, 0), 1, 5, "SAT", "RND_CONV", "kbi")
    groups = {"exp_table": {"iq": difference.group(), "oq": exponential.group()},
              "inv_table": {"iq": total.group(), "oq": reciprocal.group()}}
    return (difference, exponential, total, reciprocal), groups


def softmax_configs(inner, prefix=""):
    return {f"{prefix}{key}_conf": each.config()
            for key, each in zip(("exp_iq", "exp_oq", "inv_iq", "inv_oq"), inner)}


class Layers(import_case.CommandCase):
    def setUp(self):
        super().setUp()
        self.random = np.random.default_rng(3)

    def trained(self, shape, size=0.7):
        return f32(self.random.normal(0, size, shape))

    def write(self, shape, layers, groups):
        (self.folder / "net.keras").write_bytes(keras_file(shape, layers, groups))

    def agrees(self, shape, layers, groups, reference, count=60, size=2.0):
        """The program of the model gives what `reference` makes of each sample."""
        self.write(shape, layers, groups)
        x = np.round(self.random.normal(0, size, (count, *shape)) * 64) / 64
        y = np.array([reference(sample) for sample in x])
        np.save(self.folder / "x.npy", x)
        np.save(self.folder / "y.npy", y)
        self.dal("import", "net.keras", "-o", "out", "--check", "x.npy", "y.npy")
        self.assertEqual(self.dal("fmt", "--check", "out/net.da"), "")
        return (self.folder / "out/net.da").read_text()

    def refuses(self, shape, layers, groups, says):
        self.write(shape, layers, groups)
        self.dal("import", "net.keras", "-o", "refused", code=1, says=says)
        self.assertFalse((self.folder / "refused").exists())


class Tables(Layers):
    def function(self, name, iq, oq, class_name="QUnaryFunctionLUT"):
        layers = [hgq_layer(class_name, "curve", activation=name, enable_oq=True, iq_conf=iq.config(), oq_conf=oq.config())]
        return layers, {"iq": iq.group(), "oq": oq.group()}

    def test_a_function_of_each_channel(self):
        iq = data((6,))
        for name, oq, function in (
                ("tanh", Quantizer([[1]], 0, 6, "SAT"), np.tanh),
                ("sigmoid", Quantizer(np.zeros((1, 6)), 1, np.arange(3, 9), "SAT", "RND_CONV"),
                 lambda v: np.float32(1) / (np.float32(1) + np.exp(-v))),
                ("softsign", Quantizer([[1]], 0, 5, "SAT", "TRN"), lambda v: v / (1 + np.abs(v)))):
            layers, groups = self.function(name, iq, oq)
            text = self.agrees((6,), layers, {"q_unary_function_lut": groups}, lambda x: oq(function(f32(iq(x[None]))))[0])
            self.assertIn("// curve: " + name, text)
            self.assertIn("lookup(w.curve_table, fixed(1, 3, 3))", text)

    def test_factor_and_offset_come_before_the_function(self):
        iq, oq = data((4,)), Quantizer([[1]], 2, 5, "SAT_SYM", kind="kbi")
        layers, groups = self.function({"class_name": "function", "config": "tanh"}, iq, oq, "QAffinedUnaryFunctionLUT")
        groups |= group([f32([0.75]), f32([-0.5])])
        self.agrees((4,), layers, {"q_affined_unary_function_lut": groups},
                    lambda x: oq(np.tanh(f32(iq(x[None])) * np.float32(0.75) - np.float32(0.5)))[0])

    def test_refusals(self):
        oq = Quantizer([[1]], 0, 6, "SAT")
        layers, groups = self.function("tanh", Quantizer(np.ones((1, 4)), 4, 13, "SAT"), oq)
        self.refuses((4,), layers, {"q_unary_function_lut": groups},
                     ["E0704", "`curve` (QUnaryFunctionLUT)", "a table of 18 bits", "2^16"])
        layers, groups = self.function("my_function", data((4,)), oq)
        self.refuses((4,), layers, {"q_unary_function_lut": groups}, ["`my_function`", "those that are: linear"])
        layers, groups = self.function("tanh", Quantizer(np.ones((1, 4)), 2, 3, "SAT", affine=[0.5, 1]), oq)
        self.refuses((4,), layers, {"q_unary_function_lut": groups}, ["E0704", "affine"])
        layers, groups = self.function("exponential", Quantizer(np.ones((1, 4)), 8, 2, "SAT"), Quantizer([[1]], 3, 4))
        self.refuses((4,), layers, {"q_unary_function_lut": groups}, ["E0705", "no finite number"])

    def networks(self, wires, hidden):
        kernels = [self.trained((*wires, 1, hidden)), self.trained((*wires, hidden))]
        biases = [self.trained((*wires, hidden)), self.trained(wires)]
        module = {"layers": {"einsum_dense": group([kernels[0], biases[0]]), "einsum_dense_1": group([kernels[1], biases[1]])}}
        return module, lambda v: ((np.tanh(v[..., None] * kernels[0][..., 0, :] + biases[0]) * kernels[1]).sum(-1) + biases[1])

    def test_a_network_for_each_wire(self):
        iq, toq = data((4, 3)), Quantizer(np.ones((1, 1, 1)), 2, 4, "SAT_SYM", kind="kbi")
        module, evaluate = self.networks((4, 3), 5)
        config = {"n_out": 3, "n_hl": 1, "d_hl": 5, "subnn_activation": "tanh", "activation": "relu", "use_bias": True,
                  "batch_norm": False, "iq_conf": iq.config(), "toq_conf": toq.config()}
        groups = {"iq": iq.group(), "toq": toq.group(), "module": module}

        def reference(x):
            wires = f32(iq(np.broadcast_to(x[:, None], (4, 3))[None])[0])
            return np.maximum(toq(evaluate(wires))[0].sum(0), 0)

        text = self.agrees((4,), [hgq_layer("QDenseT", "wires", **config)], {"q_dense_t": groups}, reference)
        self.assertIn("lut.dense(", text)
        config["n_hl"] = 2
        self.refuses((4,), [hgq_layer("QDenseT", "wires", **config)], {"q_dense_t": groups}, ["E0701", "wires"])

    def test_windows_of_a_sequence(self):
        iq, toq = data((3, 4, 2)), Quantizer(np.ones((1, 1, 1, 1)), 2, 4, "SAT_SYM", kind="kbi")
        module, evaluate = self.networks((4, 2), 3)
        config = {"filters": 2, "kernel_size": [2], "strides": [2], "dilation_rate": [1], "padding": "same", "groups": 1,
                  "data_format": "channels_last", "n_hl": 1, "subnn_activation": "tanh", "activation": "linear",
                  "use_bias": True, "iq_conf": iq.config(), "toq_conf": toq.config()}

        def reference(x):
            padded = np.concatenate([x, np.zeros((1, 2))])
            windows = np.array([padded[2 * at:2 * at + 2].ravel() for at in range(3)])
            wires = f32(iq(np.broadcast_to(windows[..., None], (3, 4, 2))[None])[0])
            return toq(evaluate(wires))[0].sum(-2)

        text = self.agrees((5, 2), [hgq_layer("QConvT1D", "sliding", package="hgq2", **config)],
                           {"q_conv_t1d": {"iq": iq.group(), "toq": toq.group(), "module": module}}, reference)
        self.assertIn("padding: \"same\"", text)

    def test_tables_of_an_equation(self):
        iq, toq = data((4, 3, 2)), Quantizer(np.ones((1, 1, 1, 1)), 2, 4, "SAT_SYM", kind="kbi")
        module, evaluate = self.networks((4, 2), 3)
        config = {"equation": "bnc,nm->bmc", "output_shape": [2, 3], "n_hl": 1, "subnn_activation": "tanh",
                  "activation": "linear", "bias_axes": "c", "iq_conf": iq.config(), "toq_conf": toq.config()}

        def reference(x):
            products = f32(iq(np.broadcast_to(x[..., None], (4, 3, 2))[None])[0])
            return toq(evaluate(products.transpose(1, 0, 2)).transpose(1, 0, 2))[0].sum(0).T

        self.agrees((4, 3), [hgq_layer("QEinsumDenseT", "mixed", **config)],
                    {"q_einsum_dense_t": {"iq": iq.group(), "toq": toq.group(), "module": module}}, reference)


class Attention(Layers):
    def test_softmax(self):
        inner, groups = softmax_parts(2)
        iq, oq = data((3, 5)), data((3, 5), k=0, i=0, f=7)
        config = {"axes": [2], "stable": True, "input_scaler": 0.5, "enable_oq": True, "iq_conf": iq.config(),
                  "oq_conf": oq.config(), **softmax_configs(inner)}
        groups |= {"iq": iq.group(), "oq": oq.group()}
        text = self.agrees((3, 5), [hgq_layer("QSoftmax", "probabilities", **config)], {"q_softmax": groups},
                           lambda x: soft(iq(x[None]), 0.5, inner, oq)[0])
        self.assertIn("nn.softmax_tables(", text)

    def projection(self, inputs, kernel, heads, oq_shape):
        iq, kq, bq = data(inputs), weight(kernel), weight(heads)
        arrays = [self.trained(kernel), self.trained(heads)]
        groups = group(arrays) | {"iq": iq.group(), "kq": kq.group(), "bq": bq.group()}
        oq = data(oq_shape) if oq_shape else None
        if oq:
            groups["oq"] = oq.group()
        return groups, (iq, kq(arrays[0]), bq(arrays[1]), oq)

    def attention(self, class_name, **more):
        n, c, h, d, m = 4, 3, 2, 3, more.get("lin_kv_proj_dim", [4])[0]
        inner, tables = softmax_parts(3)
        oq = data((h, n, m), k=0, i=0, f=7)
        query, q = self.projection((n, c), (c, h, d), (h, d), (n, h, d))
        key, k = self.projection((m, c), (c, h, d), (h, d), (m, h, d))
        value, v = self.projection((m, c), (c, h, d), (h, d), (m, h, d))
        output, o = self.projection((n, h, d), (h, d, c), (c,), None)
        del key["vars"]["1"], key["bq"]
        groups = {"query_dense": query, "key_dense": key, "value_dense": value, "output_dense": output,
                  "_softmax": {**tables, "oq": oq.group()}}
        config = {"num_heads": h, "key_dim": d, "value_dim": d, "use_bias": True, "output_shape": None, "fuse": "none",
                  "attention_axes": [1], "stable_softmax": True, "dropout": 0.1, "softmax_oq_conf": oq.config(),
                  "qkvo_iq_conf": data((1,)).config(), "qkvo_oq_conf": data((1,)).config(),
                  "qkvo_kq_conf": weight((1,)).config(), "qkvo_bq_conf": weight((1,)).config(),
                  **softmax_configs(inner, "softmax_"), **more}
        shorten = lambda x: (x, x)
        if class_name == "QLinformerAttention":
            parts = []
            for name in ("_lin_k_proj", "_lin_v_proj"):
                iq, kq, array = data((n, c)), weight((n, m)), self.trained((n, m))
                groups[name] = group([array]) | {"iq": iq.group(), "kq": kq.group()}
                parts.append((iq, kq(array)))
            shorten = lambda x: [np.einsum("nc,nm->mc", iq(x[None])[0], kernel) for iq, kernel in parts]

        def project(x, part, bias=True):
            return part[3](np.einsum("nc,chd->nhd", part[0](x[None])[0], part[1]) + (part[2] if bias else 0))[0]

        def reference(x):
            to_key, to_value = shorten(x)
            scores = np.einsum("nhd,mhd->hnm", project(x, q), project(to_key, k, bias=False))
            weights = soft(scores[None], 1 / np.sqrt(d), inner, oq)[0]
            sums = np.einsum("hnm,mhe->nhe", weights, project(to_value, v))
            return np.einsum("nhd,hdc->nc", o[0](sums[None])[0], o[1]) + o[2]

        return (n, c), [hgq_layer(class_name, "attention", **config)], groups, reference

    def test_multi_head(self):
        shape, layers, groups, reference = self.attention("QMultiHeadAttention")
        text = self.agrees(shape, layers, {"q_multi_head_attention": groups}, reference)
        for part in ("nn.heads(", "nn.scores(attention_query, attention_key)", "nn.weighted(", "nn.join_heads("):
            self.assertIn(part, text)
        layers[0]["config"]["attention_axes"] = [2]
        self.refuses(shape, layers, {"q_multi_head_attention": groups}, ["E0704", "runs over other axes"])
        layers[0]["config"] |= {"attention_axes": [1], "use_gate": True}
        self.refuses(shape, layers, {"q_multi_head_attention": groups}, ["E0704", "a gate"])
        del groups["query_dense"]["oq"]
        layers[0]["config"]["use_gate"] = False
        self.refuses(shape, layers, {"q_multi_head_attention": groups}, ["E0701", "query_dense/oq"])

    def test_linformer(self):
        shape, layers, groups, reference = self.attention("QLinformerAttention", lin_kv_proj_dim=[2], share_kv_proj=False,
                                                          lin_kv_proj_mode="dense")
        self.assertIn("nn.shorten(", self.agrees(shape, layers, {"q_linformer_attention": groups}, reference))


class Recurrent(Layers):
    T, I, U = 4, 3, 2

    def cell(self, gates, biases):
        quantizers = {"iq": data((self.I,)), "sq": data((self.U,), i=1), "kq": weight((self.I, gates * self.U)),
                      "rkq": weight((self.U, gates * self.U)), "bq": weight(biases)}
        arrays = [self.trained((self.I, gates * self.U)), self.trained((self.U, gates * self.U)), self.trained(biases)]
        return quantizers, arrays

    def gru(self, after=True, **more):
        quantizers, (kernel, recurrent, bias) = self.cell(3, (2, 3 * self.U) if after else (3 * self.U,))
        quantizers |= {"paq": Quantizer(np.ones((1, self.U)), 0, [4, 5], "SAT"),
                       "praq": Quantizer(np.ones((1, 2 * self.U)), 1, [3, 4, 5, 2], "SAT"), "rhq": data((self.U,))}
        q = quantizers
        groups = {"cell": group([kernel, recurrent, bias]) | {name: each.group() for name, each in q.items()}}
        config = {"units": self.U, "activation": "linear", "recurrent_activation": "linear", "use_bias": True,
                  "reset_after": after, "return_sequences": False, "return_state": False, "go_backwards": False,
                  "stateful": False, **{f"{name}_conf": each.config() for name, each in q.items()},
                  "paq_conf": q["paq"].short("HardTanhConfig"), "praq_conf": q["praq"].short("HardSigmoidConfig"), **more}
        w, r, b, u = q["kq"](kernel), q["rkq"](recurrent), q["bq"](bias), self.U

        def reference(x):
            h, states = np.zeros(u), []
            for step in x[::-1] if config["go_backwards"] else x:
                s = q["sq"](h)[0]
                given = q["iq"](step)[0] @ w + (b[0] if after else b)
                inner = s @ r + (b[1] if after else 0)
                z, reset = np.split(q["praq"](given[:2 * u] + inner[:2 * u])[0] * 0.25 + 0.5, 2)
                last = reset * q["rhq"](inner[2 * u:])[0] if after else q["rhq"](reset * s)[0] @ r[:, 2 * u:]
                h = z * s + (1 - z) * q["paq"](given[2 * u:] + last)[0]
                states.append(h)
            return np.array(states) if config["return_sequences"] else h

        return [hgq_layer("QGRU", "gru", **config)], groups, reference

    def test_gru(self):
        for more in ({}, {"after": False}, {"return_sequences": True}, {"go_backwards": True, "return_sequences": True}):
            layers, groups, reference = self.gru(**more)
            text = self.agrees((self.T, self.I), layers, {"qgru": groups}, reference)
            self.assertIn("nn.gru_with(", text)
            self.assertIn("* 0.25 + 0.5", text)
        layers[0]["config"]["stateful"] = True
        self.refuses((self.T, self.I), layers, {"qgru": groups}, ["E0704", "keeps its state", "stateful=False"])

    def test_simple(self):
        quantizers, arrays = self.cell(1, (self.U,))
        q = quantizers | {"paq": Quantizer(np.ones((1, self.U)), 0, [4, 5], "SAT")}
        del q["sq"]
        groups = {"cell": group(arrays) | {name: each.group() for name, each in q.items()}}
        config = {"units": self.U, "activation": "relu", "use_bias": True, "return_sequences": True, "stateful": False,
                  "sq_conf": None, **{f"{name}_conf": each.config() for name, each in q.items()}}
        kernel, recurrent, bias = (q[name](array) for name, array in zip(("kq", "rkq", "bq"), arrays))

        def reference(x):
            h, states = np.zeros(self.U), []
            for step in x:
                h = np.maximum(q["paq"](q["iq"](step)[0] @ kernel + h @ recurrent + bias)[0], 0)
                states.append(h)
            return np.array(states)

        text = self.agrees((self.T, self.I), [hgq_layer("QSimpleRNN", "rnn", **config)], {"q_simple_rnn": groups}, reference)
        self.assertIn("nn.rnn_with(", text)
        config["activation"] = "tanh"
        self.refuses((self.T, self.I), [hgq_layer("QSimpleRNN", "rnn", **config)], {"q_simple_rnn": groups},
                     ["E0704", "`tanh`", "does not round"])


@unittest.skipUnless(SHARED.is_dir(), "skipped: there are no models beside the checkout")
class Originals(Layers):
    def test_small_models(self):
        for name in ("hgq2_linformer", "hgq2_lut", "hgq2_denset", "hgq2_gru"):
            folder = SHARED / "import" / name
            self.dal("import", folder / "model.keras", "-o", name, "--check", folder / "x.npy", folder / "y.npy")

    def test_networks_with_attention(self):
        for name in ("ml4ps_lin8", "ml4ps_lin32", "ml4ps_mha16"):
            folder = SHARED / "models" / name
            vectors = json.loads((folder / "model.json").read_text())["vectors"]
            for key in "xy":
                np.save(self.folder / f"{key}.npy", np.load(folder / f"{key}_codes.npy") * 2.0**-vectors[f"{key}_exp"])
            model = next((folder / "raw").glob("*.keras"))
            self.dal("import", model, "-o", name, "--check", "x.npy", "y.npy")


if __name__ == "__main__":
    import_case.main(sys.modules["__main__"])

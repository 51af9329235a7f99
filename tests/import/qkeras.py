#!/usr/bin/python3
"""Models of QKeras and HGQ 1: small ones that the test writes, against NumPy, and those of the shared data (DAL_SHARED_DATA,
else ../shared/data beside the checkout) against their recorded outputs, where they are there.

    qkeras.py --dal build/dal"""
import json
import os
import pathlib
import subprocess
import sys
import unittest

import numpy as np

sys.dont_write_bytecode = True

import import_case  # noqa: E402
import qkeras_reference as q  # noqa: E402
from hdf5_writer import write_hdf5  # noqa: E402

SHARED = import_case.SHARED

# The projections of interaction networks, which no library has: for --define.
INTERACTION = (pathlib.Path(__file__).parent / "interaction.da").read_text()


def layer(class_name, name, **config):
    return {"class_name": class_name, "config": {"name": name, **config}}


def model(shape, layers):
    first = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, *shape], "name": "x"}}
    return {"class_name": "Sequential", "config": {"name": "net", "layers": [first, *layers]}}


def weights_tree(arrays):
    """`arrays`: by layer, by name; a dictionary in it is the group of a layer inside."""
    return {name: {name: {each if isinstance(value, dict) else f"{each}:0":
                          {f"{n}:0": v for n, v in value.items()} if isinstance(value, dict) else value
                          for each, value in own.items()}} for name, own in arrays.items()}


def round_input(bits=6, integer=2):
    return layer("QActivation", "q_in", activation=f"quantized_bits({bits},{integer},alpha=1)")


def dense(name, units, kernel="quantized_bits(4,0,alpha=1)", bias=None, **config):
    return layer("QDense", name, units=units, use_bias=bias is not None, kernel_quantizer=kernel, bias_quantizer=bias,
                 **config)


class Models(import_case.CommandCase):
    def setUp(self):
        super().setUp()
        self.random = np.random.default_rng(11)

    def write(self, shape, layers, arrays, name="net.h5"):
        text = json.dumps(model(shape, layers))
        attributes = {"": {"model_config": text}}
        (self.folder / name).write_bytes(write_hdf5({"model_weights": weights_tree(arrays)}, attributes))

    def normal(self, *shape, scale=0.4):
        return self.random.normal(0, scale, shape).astype(np.float32)

    def samples(self, *shape):
        x = self.random.normal(0, 2, (40, *shape))
        np.save(self.folder / "x.npy", x)
        return np.float64(q.quantized_bits(x, 6, 2))

    def check(self, y, *arguments):
        """That the model gives this, in the interpreter and the JIT."""
        np.save(self.folder / "y.npy", np.float64(y))
        self.dal("import", "net.h5", "-o", "out", "--check", "x.npy", "y.npy", *arguments, says="equal to their references")
        self.assertEqual(self.dal("fmt", "--check", "out/net.da"), "")
        return (self.folder / "out/net.da").read_text()

    def check_kernel(self, quantizer, expected, kernel=None):
        """A dense layer whose kernel is rounded to this."""
        kernel = self.normal(5, 4) if kernel is None else kernel
        self.write((5,), [round_input(), dense("d", 4, quantizer)], {"d": {"kernel": kernel}})
        x = self.samples(5)
        self.check(x @ np.float64(expected(kernel)))

    def test_kernels(self):
        po2 = "auto_po2"
        for quantizer, expected in {
                "quantized_bits(4,0,alpha=1)": lambda w: q.quantized_bits(w, 4),
                "quantized_bits(6, 1, 1, alpha=1.0)": lambda w: q.quantized_bits(w, 6, 1, 1),
                "quantized_bits(4,0,keep_negative=False,alpha=1)": lambda w: q.quantized_bits(w, 4, keep_negative=False),
                "quantized_bits(4,0,alpha=0.5)": lambda w: q.quantized_bits(w, 4, alpha=0.5),
                "quantized_bits(4,0,alpha=0.3)": lambda w: q.quantized_bits(w, 4, alpha=0.3),
                "quantized_bits(1,0,alpha=1)": lambda w: q.quantized_bits(w, 1),
                "quantized_bits(4,0,alpha='auto_po2')": lambda w: q.quantized_bits(w, 4, alpha=po2),
                "quantized_bits(5,1)": lambda w: q.quantized_bits(w, 5, 1, alpha=po2),
                "quantized_bits(5,0,alpha='auto')": lambda w: q.quantized_bits(w, 5, alpha="auto"),
                "ternary(alpha=1)": q.ternary,
                "ternary(alpha=0.25, threshold=0.5)": lambda w: q.ternary(w, 0.25, 0.5),
                "ternary": lambda w: q.ternary(w, po2),
                "stochastic_ternary(alpha='auto_po2')": lambda w: q.ternary(w, po2),
                "binary(alpha=1)": q.binary,
                "binary()": lambda w: q.binary(w, po2),
                "stochastic_binary(alpha=0.5)": lambda w: q.binary(w, 0.5),
                "quantized_po2(4)": lambda w: q.quantized_po2(w, 4),
                "quantized_po2(4, 1)": lambda w: q.quantized_po2(w, 4, 1),
                "quantized_po2(4, 2, quadratic_approximation=True)": lambda w: q.quantized_po2(w, 4, 2, True),
                "quantized_relu_po2(3, 4)": lambda w: q.quantized_relu_po2(w, 3, 4),
        }.items():
            with self.subTest(quantizer):
                self.check_kernel(quantizer, expected)

    def test_kernels_of_zeros(self):
        kernel = np.zeros((5, 4), np.float32)
        kernel[2, 1] = 0.75
        self.check_kernel("quantized_bits(4,0)", lambda w: q.quantized_bits(w, 4, alpha="auto_po2"), kernel)
        self.check_kernel("quantized_bits(1,0,alpha=1)", lambda w: q.quantized_bits(w, 1), kernel)

    def test_quantizers_as_objects(self):
        config = {"bits": 5, "integer": 1, "symmetric": 0, "alpha": None, "keep_negative": True, "qnoise_factor": 1.0,
                  "use_stochastic_rounding": False, "post_training_scale": None}
        kernel, bias = self.normal(5, 4), self.normal(4)
        for shared in ({"class_name": "quantized_bits", "config": config},
                       {"module": "qkeras.quantizers", "class_name": "quantized_bits", "config": config,
                        "registered_name": "quantized_bits", "shared_object_id": 3}):
            self.write((5,), [round_input(), dense("d", 4, shared, shared)], {"d": {"kernel": kernel, "bias": bias}})
            x = self.samples(5)
            # On a kernel null is "auto_po2", on a bias 1.
            self.check(x @ np.float64(q.quantized_bits(kernel, 5, 1, alpha="auto_po2")) +
                       q.quantized_bits(bias, 5, 1))

    def test_activations(self):
        for activation, expected in {
                "quantized_relu(5,2)": lambda v: q.quantized_relu(v, 5, 2),
                "quantized_relu(5,2,0,0.25)": lambda v: q.quantized_relu(v, 5, 2, 0.25),
                "quantized_relu(5,2,relu_upper_bound=1.5,is_quantized_clip=False)":
                    lambda v: np.minimum(q.quantized_relu(v, 5, 2), 1.5),
                "quantized_bits(5,2,1,alpha=2)": lambda v: q.quantized_bits(v, 5, 2, 1, alpha=2),
                "quantized_tanh(5)": lambda v: np.clip(np.rint(np.clip(v, -1, 1) * 16), -16, 15) / 16,
                "binary": q.binary,
                "ternary(threshold=0.5)": lambda v: q.ternary(v, threshold=0.5),
                "relu": lambda v: np.maximum(v, 0),
                "linear": lambda v: v,
        }.items():
            with self.subTest(activation):
                kernel = self.normal(5, 4)
                self.write((5,), [round_input(), dense("d", 4), layer("QActivation", "a", activation=activation)],
                           {"d": {"kernel": kernel}})
                x = self.samples(5)
                self.check(expected(x @ np.float64(q.quantized_bits(kernel, 4))))

    def test_convolutions(self):
        kernel, bias, deep, point = self.normal(3, 2, 2, 4), self.normal(4), self.normal(2, 2, 2, 1), self.normal(1, 1, 2, 3)
        common = {"strides": [1, 1], "padding": "valid", "dilation_rate": [1, 1], "data_format": "channels_last"}
        self.write((6, 5, 2), [round_input(), layer("QConv2D", "c", filters=4, kernel_size=[3, 2], use_bias=True,
                                                    kernel_quantizer="quantized_bits(5,0)", activation="quantized_relu(5,1)",
                                                    bias_quantizer="quantized_bits(5,1)", **common)],
                   {"c": {"kernel": kernel, "bias": bias}})
        x = self.samples(6, 5, 2)
        windows = np.lib.stride_tricks.sliding_window_view(x, (3, 2), axis=(1, 2))
        sums = np.einsum("nhwcij,ijco->nhwo", windows, np.float64(q.quantized_bits(kernel, 5, alpha="auto_po2")))
        self.check(q.quantized_relu(sums + q.quantized_bits(bias, 5, 1), 5, 1))
        self.write((6, 5, 2), [round_input(), layer("QSeparableConv2D", "s", filters=3, kernel_size=[2, 2], use_bias=False,
                                                    depthwise_quantizer="ternary(alpha=1)",
                                                    pointwise_quantizer="quantized_bits(4,0,alpha=1)", **common)],
                   {"s": {"depthwise_kernel": deep, "pointwise_kernel": point}})
        x = self.samples(6, 5, 2)
        windows = np.lib.stride_tricks.sliding_window_view(x, (2, 2), axis=(1, 2))
        each = np.einsum("nhwcij,ijcm->nhwcm", windows, np.float64(q.ternary(deep)))[..., 0]
        self.check(each @ np.float64(q.quantized_bits(point, 4)[0, 0]))

    def normalization(self, channels):
        return {"gamma": self.normal(channels) + 1, "beta": self.normal(channels), "moving_mean": self.normal(channels),
                "moving_variance": np.abs(self.normal(channels)) + 0.5}

    def test_a_folded_normalization(self):
        kernel, bias = self.normal(2, 2, 2, 3), self.normal(3)
        inside = self.normalization(3)
        self.write((4, 4, 2), [round_input(), layer("QConv2DBatchnorm", "c", filters=3, kernel_size=[2, 2], strides=[1, 1],
                                                    padding="valid", use_bias=True, epsilon=0.001, folding_mode="ema_stats_folding",
                                                    kernel_quantizer="quantized_bits(5,1,alpha=1)",
                                                    bias_quantizer="quantized_bits(6,2,alpha=1)")],
                   {"c": {"kernel": kernel, "bias": bias, "iteration": np.int64(3), "batch_normalization": inside}})
        x = self.samples(4, 4, 2)
        factor = np.float32(1 / np.sqrt(np.float64(inside["moving_variance"] + np.float32(0.001)))) * inside["gamma"]
        windows = np.lib.stride_tricks.sliding_window_view(x, (2, 2), axis=(1, 2))
        offset = factor * (bias - inside["moving_mean"]) + inside["beta"]
        self.check(np.einsum("nhwcij,ijco->nhwo", windows, np.float64(q.quantized_bits(factor * kernel, 5, 1))) +
                   q.quantized_bits(offset, 6, 2))

    def test_a_normalization_of_powers_of_two(self):
        own = self.normalization(5)
        self.write((5,), [round_input(), layer("QBatchNormalization", "b", axis=[1], epsilon=0.001, center=True, scale=True,
                                               gamma_quantizer="quantized_relu_po2(6, 2048)", beta_quantizer="quantized_po2(5)",
                                               mean_quantizer="quantized_po2(5)",
                                               variance_quantizer="quantized_relu_po2(6, quadratic_approximation=True)"),
                          layer("QActivation", "a", activation="quantized_bits(8,3,alpha=1)")], {"b": own})
        x = self.samples(5)
        variance = np.float32(q.quantized_relu_po2(own["moving_variance"], 6, None, True))
        gamma = np.float32(q.quantized_relu_po2(own["gamma"], 6, 2048))
        factor = np.float32(1 / np.sqrt(np.float64(variance + np.float32(0.001)))) * gamma
        offset = np.float32(q.quantized_po2(own["beta"], 5)) - np.float32(q.quantized_po2(own["moving_mean"], 5)) * factor
        self.check(q.quantized_bits(x * np.float64(factor) + offset, 8, 3))

    def test_pooling(self):
        self.write((4, 6, 2), [round_input(), layer("QAveragePooling2D", "p", pool_size=[2, 3], strides=[2, 3], padding="valid",
                                                    average_quantizer="quantized_bits(6,0,alpha=1)", activation="quantized_relu(6,2)"),
                               layer("QGlobalAveragePooling2D", "g", average_quantizer="quantized_bits(5,0,alpha=1)")], {})
        x = self.samples(4, 6, 2)
        sums = x.reshape(-1, 2, 2, 2, 3, 2).sum(axis=(2, 4))
        pooled = q.quantized_relu(sums * float(q.quantized_bits(1 / 6, 6)), 6, 2)
        self.check(pooled.sum(axis=(1, 2)) * float(q.quantized_bits(1 / 4, 5)))

    def test_pruned_layers(self):
        kernel = self.normal(5, 4)
        text = json.dumps(model((5,), [round_input(), layer("PruneLowMagnitude", "prune_d", layer=dense("d", 4))]))
        group = {"d": {"kernel:0": kernel}, "prune_d": {"mask:0": np.ones_like(kernel), "threshold:0": np.float32(0)}}
        tree = {"model_weights": {"prune_d": group}}
        (self.folder / "net.h5").write_bytes(write_hdf5(tree, {"": {"model_config": text}}))
        self.check(self.samples(5) @ np.float64(q.quantized_bits(kernel, 4)))

    def test_quantizers_of_hgq_1(self):
        widths = {"keep_negative": np.array([[1, 0, 1, 0]], np.int8), "bits": np.array([[5, 4, 0, 3]], np.int8),
                  "integers": np.array([[3, 2, 1, 4]], np.int8)}
        self.write((4,), [layer("FixedPointQuantizer", "fixed", RND="RND", SAT="SAT", shape=[1, 4], overrides={"layers": {}})],
                   {"fixed": widths})
        x = self.random.normal(0, 3, (40, 4))
        np.save(self.folder / "x.npy", x)
        low, high, step = np.array([-4, 0, 0, 0]), np.array([3.75, 3.75, 0, 14]), np.array([0.25, 0.25, 1, 2])
        self.check(np.clip(np.floor(x / step + 0.5) * step, low, high))

    def test_a_configuration_with_weights_beside_it(self):
        kernel = self.normal(5, 4)
        (self.folder / "net.json").write_text(json.dumps(model((5,), [round_input(), dense("d", 4)])))
        attributes = {"": {"layer_names": np.array(["q_in", "d"])}}
        (self.folder / "net_weights.h5").write_bytes(write_hdf5(weights_tree({"d": {"kernel": kernel}}), attributes))
        np.save(self.folder / "y.npy", self.samples(5) @ np.float64(q.quantized_bits(kernel, 4)))
        self.dal("import", "net.json", "-o", "out", "--check", "x.npy", "y.npy", says="equal to their references")
        (self.folder / "net_weights.h5").unlink()
        self.dal("import", "net.json", "-o", "other", code=1, says=["no weights beside it", "net.weights.h5"])

    def test_what_is_left_out(self):
        kernel = self.normal(5, 4)
        self.write((5,), [round_input(), dense("d", 4), layer("Activation", "end", activation="softmax")], {"d": {"kernel": kernel}})
        text = self.check(self.samples(5) @ np.float64(q.quantized_bits(kernel, 4)))
        self.assertIn("softmax at the end", text)
        self.assertIn("softmax", (self.folder / "out/import.json").read_text())

    def refused(self, layers, *says, arrays=None):
        self.write((5,), layers, arrays if arrays is not None else {"d": {"kernel": self.normal(5, 4)}})
        self.dal("import", "net.h5", "-o", "out", code=1, says=says)
        self.assertFalse((self.folder / "out").exists())

    def test_refusals(self):
        def activation(text):
            return [round_input(), layer("QActivation", "a", activation=text)]

        self.refused([dense("d", 4)], "layer `d` (QDense)", "--input")
        self.refused(activation("bernoulli"), "draws random numbers")
        self.refused(activation("quantized_bits(4,0,alpha='auto_po2')"), "depends on the other samples", "alpha=1")
        self.refused(activation("quantized_bits(4,0,alpha=0.3)"), "no power of two")
        self.refused(activation("quantized_tanh(6,use_real_tanh=True)"), "use_real_tanh")
        self.refused(activation("quantized_hswish(6)"), "in floating point")
        self.refused(activation("quantized_relu(6"), "cannot be read")
        self.refused(activation("quantized_relu(6,x=)"), "cannot be read")
        self.refused(activation("quantized_relu(600)"), "`bits`")
        self.refused(activation("quantized_bits(4,qnoise_factor=0.5)"), "qnoise_factor")
        self.refused(activation("tanh"), "tanh")
        self.refused([round_input(), dense("d", 4, "quantized_tanh(4)")], "`quantized_tanh`")
        self.refused([round_input(), dense("d", 4, "ternary(alpha='auto')")], "float32 numbers are added", "auto_po2")
        self.refused([round_input(), dense("d", 4, {"class_name": "quantized_bits", "config": {"bitz": 4}})], "`bitz`")
        self.refused([round_input(), dense("d", 4, {"class_name": "my_bits", "config": {}})], "`my_bits`")
        self.refused([round_input(), dense("d", 4)], "kernel", arrays={})
        self.refused([round_input(), dense("d", 4)], "[4, 4]", arrays={"d": {"kernel": self.normal(4, 4)}})
        self.refused([layer("HQuantize", "h")], "HGQ 1", "to_proxy_model")
        self.refused([round_input(), layer("QDenses", "d")], "`QDenses`", "nearest", "--define")
        self.refused([round_input(), dense("d", 4)], "finite", arrays={"d": {"kernel": np.full((5, 4), np.nan, np.float32)}})


@unittest.skipUnless((SHARED / "import").is_dir(), "the shared data are not there")
class Shared(import_case.FolderCase):
    """Real networks, and small ones of the library itself."""

    def check(self, path, x, y, *arguments):
        np.save(self.folder / "x.npy", x)
        np.save(self.folder / "y.npy", y)
        done = subprocess.run([import_case.DAL, "import", path, "-o", "out", "--check", "x.npy", "y.npy", *arguments], cwd=self.folder,
                              capture_output=True, text=True, timeout=300, env=dict(os.environ, DAL_CACHE="0"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("equal to their references", done.stdout + done.stderr)

    def test_small_models(self):
        for name in ("qkeras_conv_bn", "qkeras_dense_alpha1", "qkeras_tanh_sigmoid"):
            folder = SHARED / "import" / name
            for file in folder.glob("model.*"):
                with self.subTest(file):
                    self.check(file, np.load(folder / "x.npy"), np.load(folder / "y.npy"))

    def test_networks(self):
        (self.folder / "interaction.da").write_text(INTERACTION)
        define = ("--define", "NodeEdgeProjection=interaction.node_edge_projection")
        for name, options in {"hgq1_jet": (), "hgq1_mnist_homo": (), "qkeras_3layer": (), "qkeras_mnist_cnn": (),
                              "jedi_8": define, "jedi_32": define}.items():
            with self.subTest(name):
                folder = SHARED / "models" / name
                neutral = json.loads((folder / "model.json").read_text())
                first = next(op for op in neutral["ops"] if op["op"] == "quantize")
                if any("chosen" in note for note in neutral["notes"]):
                    stored = np.load(folder / "weights.npz")
                    k, i, f = (int(stored[first[part]].ravel()[0]) for part in "kif")
                    modes = f"round: {first['round'].lower()}, overflow: {first['overflow'].lower()}"
                    options = (*options, "--input", f"fixed({k}, {i}, {f}, {modes})")
                vectors = neutral["vectors"]
                x = np.load(folder / "x_codes.npy") * 2.0 ** -vectors["x_exp"]
                y = np.load(folder / "y_codes.npy") * 2.0 ** -vectors["y_exp"]
                path = next(iter([*folder.glob("raw/*.json"), *folder.glob("raw/*.h5")]))
                self.check(path, x, y, *options)

    def test_a_layer_of_nobody_is_refused_by_name(self):
        path = next((SHARED / "models/jedi_8/raw").glob("*.h5"))
        done = subprocess.run([import_case.DAL, "import", path, "-o", "out", "--input", "fixed(1, 3, 8)"], cwd=self.folder,
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("NodeEdgeProjection", done.stderr)
        self.assertIn("--define", done.stderr)


if __name__ == "__main__":
    import_case.main(sys.modules["__main__"])

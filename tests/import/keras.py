#!/usr/bin/python3
"""`dal import` of Keras files: real and small models of ../shared/data where it is there, and models that the test writes
itself with NumPy, in each container, compared with what NumPy computes; and files that must be refused.

    keras.py --dal build/dal"""
import io
import json
import sys
import zipfile
from fractions import Fraction

import numpy as np

sys.dont_write_bytecode = True

import import_case  # noqa: E402
from hdf5_writer import write_hdf5  # noqa: E402
from keras_writer import dense, group, keras_file, layer  # noqa: E402

SHARED = import_case.SHARED
SMALL = ["hgq2_bn_einsum", "hgq2_conv2d", "hgq2_dense_kif", "hgq2_merge", "keras_plain"]
NETWORKS = ["alkaid_openml_e530", "alkaid_openml_e2571", "alkaid_openml_e13285", "da4ml_cernbox_7498", "da4ml_openml_7599",
            "da4ml_openml_7647", "da4ml_openml_7686", "mixer_7726", "mixer_8026", "randmat_n08_w4", "randmat_n16_w8",
            "randmat_n32_w4", "randmat_n64_w8"]
ROUNDINGS = {"TRN": np.floor, "RND": lambda n: np.floor(n + 0.5), "RND_CONV": np.rint, "TRN_ZERO": np.trunc}


def quantized(x, k, i, f, rounding="RND", overflow="WRAP", only_rounds=False):
    """A quantizer of HGQ 2 at inference."""
    k, i, f = (np.rint(np.asarray(part, float)) for part in (k, i, f))
    x = np.asarray(x, float)
    n = ROUNDINGS[rounding.removeprefix("S_")](x * 2.0**f)
    if only_rounds:
        return n * 2.0**-f
    high = 2.0**(i + f) - 1
    low = -k * (high if "SYM" in overflow else high + 1)
    n = (n + k * 2.0**(i + f)) % 2.0**(i + f + k) - k * 2.0**(i + f) if overflow == "WRAP" else np.clip(n, low, high)
    return np.where(k + i + f > 0, n * 2.0**-f, 0)


def conf(q_type="kif", place="datalane", **more):
    config = {"q_type": q_type, "place": place, "scaler": None, "affine": None, "round_mode": "RND", "overflow_mode": "WRAP",
              "heterogeneous_axis": None, "homogeneous_axis": [0], "bw_mapper": None, "trainable": True,
              "is_weight": place == "weight", **more}
    return {"class_name": "QuantizerConfig", "config": config, "registered_name": "hgq>QuantizerConfig"}


def hgq(class_name, name, **config):
    return {"module": "hgq.layers", "class_name": class_name, "registered_name": f"hgq>{class_name}",
            "config": {"name": name, "trainable": True, "enable_ebops": True, "enable_iq": True, "enable_oq": False,
                       "oq_conf": None, **config}}


class Widths:
    """Random widths of a quantizer, and the variables that a file has of them."""

    def __init__(self, random, shape, config, batch=False):
        self.config = config["config"]
        self.k = random.integers(0, 2, shape).astype(np.uint8)
        self.i = random.uniform(-0.4, 2.4, shape).astype(np.float32)
        self.f = random.uniform(0.6, 4.4, shape).astype(np.float32)
        self.b = random.uniform(-0.4, 6.4, shape).astype(np.float32)
        self.batch = batch

    def arrays(self):
        wraps = self.config["overflow_mode"].upper() == "WRAP"
        order = {"kif": "fki" if wraps else "ifk", "kbi": "bki" if wraps else "bik"}[self.config["q_type"]]
        found = [getattr(self, letter) for letter in order]
        return [array[None] if self.batch else array for array in found] + [np.float32(0.01)] * wraps

    def group(self):
        return {"quantizer": group(self.arrays())}

    def __call__(self, x, only_rounds=False):
        f = self.f if self.config["q_type"] == "kif" else np.rint(self.b.astype(float)) - np.rint(self.i.astype(float))
        return quantized(x, self.k, self.i, f, self.config["round_mode"].upper(), self.config["overflow_mode"].upper(), only_rounds)


class QDense:
    """A dense layer of HGQ 2: configuration, variables and what it computes."""

    def __init__(self, random, name, inputs, units, iq=None, kq=None, bq=None, activation="relu"):
        iq, kq, bq = iq or conf(), kq or conf("kbi", "weight", overflow_mode="SAT_SYM"), bq or conf("kbi", "bias")
        self.layer = hgq("QDense", name, units=units, activation=activation, use_bias=True, iq_conf=iq, kq_conf=kq, bq_conf=bq)
        self.kernel = random.normal(0, 1, (inputs, units)).astype(np.float32)
        self.bias = random.normal(0, 1, units).astype(np.float32)
        self.iq, self.kq = Widths(random, inputs, iq, batch=True), Widths(random, (inputs, units), kq)
        self.bq, self.activation = Widths(random, units, bq), activation
        weights = kq["config"]
        self.only_rounds = (weights["overflow_mode"].upper() == "WRAP" and weights["trainable"]
                            and (weights["q_type"] == "kif" or weights["round_mode"].upper().removeprefix("S_") == "RND"))

    def variables(self):
        own = group([self.kernel, self.bias, np.float32(0), np.uint32(0)])
        return {**own, "iq": self.iq.group(), "kq": self.kq.group(), "bq": self.bq.group()}

    def __call__(self, x):
        y = self.iq(x) @ self.kq(self.kernel, self.only_rounds) + self.bq(self.bias)
        return np.maximum(y, 0) if self.activation == "relu" else y


def tensor(name, *shape, call=0):
    return {"class_name": "__keras_tensor__",
            "config": {"shape": [None, *shape], "dtype": "float32", "keras_history": [name, call, 0]}}


def called(entry, *arguments, **keywords):
    """The layer with one more call."""
    calls = [*entry.get("inbound_nodes", []), {"args": list(arguments), "kwargs": keywords}]
    return {**entry, "name": entry["config"]["name"], "inbound_nodes": calls}


def start(name, *shape):
    return {"class_name": "InputLayer", "config": {"batch_shape": [None, *shape], "name": name}, "name": name,
            "inbound_nodes": []}


def functional(name, layers, inputs, outputs):
    return {"class_name": "Functional", "registered_name": "Functional",
            "config": {"name": name, "layers": layers, "input_layers": inputs, "output_layers": outputs}}


def archive(config, tree, compression=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as file:
        file.writestr("config.json", config if isinstance(config, str) else json.dumps(config))
        file.writestr("model.weights.h5", write_hdf5(tree))
    return out.getvalue()


class Case(import_case.CommandCase):
    def setUp(self):
        super().setUp()
        self.random = np.random.default_rng(11)
        self.x = np.round(self.random.normal(0, 3, (200, 5)) * 64) / 64

    def exact(self, data, inputs, outputs, name="net.keras"):
        """Imports the bytes of a model, and compares all outputs."""
        if data is not None:
            (self.folder / name).write_bytes(data)
        names = []
        for kind, arrays in (("x", inputs), ("y", outputs)):
            for j, array in enumerate(arrays):
                names.append(f"{kind}{j}.npy")
                np.save(self.folder / names[-1], np.asarray(array, float))
        self.dal("import", name, "-o", "out", "--check", *names)
        text = (self.folder / "out" / "net.da").read_text()
        self.dal("fmt", "--check", "out/net.da")
        return text

    def refused(self, data, *says, name="net.keras", options=()):
        (self.folder / name).write_bytes(data)
        return self.dal("import", name, "-o", "out", *options, code=1, says=says)


class Hgq(Case):
    def test_modes(self):
        for rounding in ("TRN", "rnd", "RND_CONV", "S_RND", "TRN_ZERO"):
            for overflow in ("WRAP", "sat", "SAT_SYM", "SYM"):
                for q_type, trainable in (("kif", True), ("kbi", True), ("kif", False)):
                    modes = {"round_mode": rounding, "overflow_mode": overflow}
                    parts = [conf(q_type, "datalane", **modes), conf(q_type, "weight", trainable=trainable, **modes),
                             conf(q_type, "bias", **modes)]
                    first = QDense(self.random, "first", 5, 4, *parts)
                    with self.subTest(rounding=rounding, overflow=overflow, q_type=q_type, trainable=trainable):
                        self.exact(keras_file((5,), [first.layer], {"q_dense": first.variables()}), [self.x], [first(self.x)])

    def test_names_of_older_files(self):
        first = QDense(self.random, "first", 5, 4)
        model = {"class_name": "Sequential", "config": {"name": "net", "layers": [start("x", 5), first.layer]}}

        def named(widths, number):
            order = "fki" if widths.config["q_type"] == "kif" else "bki" if widths.config["overflow_mode"] == "WRAP" else "bik"
            return {f"fixed_point_quantizer_{widths.config['q_type']}_{number}": dict(zip(order, widths.arrays()))}

        own = {"kernel": first.kernel, "bias": first.bias, "first_iq": named(first.iq, 1), "first_kq": named(first.kq, 2),
               "first_bq": named(first.bq, 3)}
        weights = {"first": {"net": {"first": own}}}
        attributes = {"": {"model_config": json.dumps(model), "keras_version": "3.10.0"}}
        self.exact(write_hdf5({"model_weights": weights}, attributes), [self.x], [first(self.x)], name="net.h5")
        (self.folder / "pair.json").write_text(json.dumps(model))
        (self.folder / "pair_weights.h5").write_bytes(write_hdf5(weights, {"": {"layer_names": np.array([b"first"])}}))
        self.exact(None, [self.x], [first(self.x)], name="pair.json")

    def test_shared_and_nested(self):
        twice, inside = QDense(self.random, "twice", 5, 5), QDense(self.random, "inside", 5, 5)
        last = QDense(self.random, "last", 5, 3, activation="linear")
        inner = functional("inner", [start("i", 5), called(inside.layer, tensor("i", 5))], [["i", 0, 0]], ["inside", 0, 0])
        layers = [start("a", 5), start("b", 5), called(called(twice.layer, tensor("a", 5)), tensor("twice", 5)),
                  called(inner, tensor("twice", 5, call=1)), called(last.layer, tensor("inner", 5)),
                  called(layer("Concatenate", "both", axis=-1), [tensor("twice", 5), tensor("inner", 5)])]
        model = functional("net", layers, [["a", 0, 0], ["b", 0, 0]], [["last", 0, 0], ["both", 0, 0]])
        tree = {"layers": {"q_dense": twice.variables(), "functional": {"layers": {"q_dense": inside.variables()}},
                           "q_dense_1": last.variables()}}
        one = twice(self.x)
        nested = inside(twice(one))
        text = self.exact(archive(model, tree, zipfile.ZIP_DEFLATED), [self.x, self.x],
                          [last(nested), np.concatenate([one, nested], axis=1)])
        self.assertEqual(text.count("let twice_kernel"), 1)
        self.assertIn("input b: real[5]", text)

    def test_folded_normalization(self):
        normal, config = self.random.normal, {"kq_conf": conf("kbi", "weight", overflow_mode="SAT"), "bq_conf": conf("kbi", "bias")}
        layers = [hgq("QBatchNormDense", "first", units=4, activation="relu", use_bias=True, scale=True, epsilon=1e-3,
                      iq_conf=conf(), **config)]
        f32 = lambda v: np.asarray(v, np.float32)  # noqa: E731
        kernel, bias, gamma = f32(normal(0, 1, (5, 4))), f32(normal(0, 1, 4)), f32(normal(1, 0.2, 5))
        mean, variance = f32(np.round(normal(0, 1, 5) * 4) / 4), f32(self.random.uniform(0.5, 2, 5))
        kernel = f32(np.round(kernel * 64) / 64)  # so that no order of the sum matters
        iq, kq = Widths(self.random, 5, conf(), batch=True), Widths(self.random, (5, 4), config["kq_conf"])
        bq = Widths(self.random, 4, config["bq_conf"])
        tree = {**group([kernel, bias, gamma, f32(0), np.uint32(0), mean, variance]), "iq": iq.group(), "kq": kq.group(),
                "bq": bq.group()}
        factor = gamma / np.sqrt(variance + f32(1e-3))
        y = iq(self.x) @ kq(factor[:, None] * kernel) + bq(bias - f32(mean @ kernel))
        self.exact(keras_file((5,), layers, {"q_batch_norm_dense": tree}), [self.x], [np.maximum(y, 0)])

    def test_mean_of_nine(self):
        x = np.round(self.random.normal(0, 2, (100, 6, 6, 2)) * 16) / 16
        for rounding in ("RND", "RND_CONV"):
            config = conf(round_mode=rounding, overflow_mode="SAT")
            pool = hgq("QAveragePooling2D", "pool", pool_size=[3, 3], strides=[3, 3], padding="valid",
                       data_format="channels_last", iq_conf=conf())
            iq = Widths(self.random, (6, 6, 2), conf(), batch=True)
            last = hgq("Quantizer", "last", config=config)
            q = Widths(self.random, (2, 2, 2), config, batch=True)
            sums = iq(x).reshape(100, 2, 3, 2, 3, 2).sum(axis=(2, 4))
            y = q(np.where(np.abs(sums * 1e6) > 0, sums / 9, 0))
            data = keras_file((6, 6, 2), [pool, last], {"q_average_pooling2d": {"iq": iq.group()}, "quantizer": q.group()})
            self.assertIn("nn.quotient", self.exact(data, [x], [y]))

    def test_scaler(self):
        for scaler, affine in ((0.5, None), (3.0, [0.5, -1.25])):
            config = conf(scaler=scaler, affine=affine, overflow_mode="SAT")
            q = Widths(self.random, 5, config, batch=True)
            y = q(self.x / scaler) * scaler
            y = y if affine is None else y * affine[0] + affine[1]
            self.exact(keras_file((5,), [hgq("Quantizer", "q", config=config)], {"quantizer": q.group()}), [self.x], [y])

    def test_refusals(self):
        first = QDense(self.random, "first", 5, 4)
        for change, says in (({"iq_conf": conf("float")}, "floating-point"), ({"activation": "tanh"}, "`tanh`"),
                             ({"iq_conf": conf(round_mode="ODD")}, "`ODD`"), ({"units": 7}, "has shape [5, 4]"),
                             ({"units": -1}, "`units`"), ({"iq_conf": conf(scaler=-1)}, "not positive"),
                             ({"iq_conf": conf(bw_mapper={"class_name": "Mine"})}, "`bw_mapper`"),
                             ({"enable_iq": False}, "--input")):
            changed = {**first.layer, "config": {**first.layer["config"], **change}}
            self.refused(keras_file((5,), [changed], {"q_dense": first.variables()}), says, "`first`" if "units" not in change else "")
        wide = first.variables()
        wide["kq"] = {"quantizer": group([np.full((5, 4), 100, np.float32)] * 2 + [np.ones((5, 4), np.uint8)])}
        self.refused(keras_file((5,), [first.layer], {"q_dense": wide}), "more than 50 bits")
        wide["kq"] = {"quantizer": group([np.full((5, 3), 2, np.float32)] * 2 + [np.ones((5, 3), np.uint8)])}
        self.refused(keras_file((5,), [first.layer], {"q_dense": wide}), "formats of shape [5, 3]")
        unfinished = first.variables()
        unfinished["vars"]["1"] = np.full(4, np.nan, np.float32)
        self.refused(keras_file((5,), [first.layer], {"q_dense": unfinished}), "not finite")
        lone = hgq("QBatchNormalization", "bn", center=False)
        self.refused(keras_file((5,), [lone], {}), "center=False")


class Plain(Case):
    def test_layers(self):
        x = self.random.integers(-8, 8, (50, 6, 6, 2)) / 4
        pattern = lambda *shape: (self.random.integers(-8, 8, shape) / 4).astype(np.float32)  # noqa: E731
        kernel, bias, deep, matrix = pattern(3, 3, 2, 3), pattern(3), pattern(2, 2, 3, 1), pattern(48, 2)
        layers = [layer("Conv2D", "conv", filters=3, kernel_size=[3, 3], strides=[1, 1], padding="same", activation="relu"),
                  layer("DepthwiseConv2D", "deep", kernel_size=[2, 2], depth_multiplier=1, use_bias=False),
                  layer("Cropping2D", "cut", cropping=[[1, 0], [0, 1]]), layer("Dropout", "off", rate=0.5),
                  layer("LeakyReLU", "leaky", negative_slope=0.25), layer("Flatten", "flat"),
                  layer("Reshape", "shaped", target_shape=[-1]), dense("last", 2, "softmax")]
        padded = np.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)])
        h = sum(padded[:, a:a + 6, b:b + 6] @ kernel[a, b] for a in range(3) for b in range(3)) + bias
        h = np.maximum(h, 0)
        h = sum(h[:, a:a + 5, b:b + 5] * deep[a, b, :, 0] for a in range(2) for b in range(2))[:, 1:, :-1]
        h = np.where(h > 0, h, h / 4).reshape(50, -1)
        data = keras_file((6, 6, 2), layers, {"conv2d": [kernel, bias], "depthwise_conv2d": [deep], "dense": [matrix, bias[:2]]})
        (self.folder / "net.keras").write_bytes(data)
        np.save(self.folder / "x.npy", x)
        np.save(self.folder / "y.npy", h @ matrix + bias[:2])
        self.dal("import", "net.keras", "-o", "out", "--input", "fixed(1, 3, 2)", "--check", "x.npy", "y.npy")
        self.assertIn("softmax", (self.folder / "out" / "net.da").read_text())
        self.assertIn("softmax", (self.folder / "out" / "import.json").read_text())

    def test_refusals(self):
        weights = {"dense": [np.ones((5, 2), np.float32), np.ones(2, np.float32)]}
        given = ("--input", "fixed(1, 3, 2)")
        self.refused(keras_file((5,), [dense("d", 2)], weights), "E0706", "--input")
        self.refused(keras_file((5,), [layer("Densee", "d", units=2)], weights), "E0703", "`Dense`", "--define", options=given)
        self.refused(keras_file((5,), [dense("d", 2, "softmax"), dense("e", 2)], weights), "softmax", options=given)
        self.refused(keras_file((5,), [layer("Softmax", "s"), layer("Flatten", "f"), layer("ReLU", "r")], {}), "softmax", options=given)
        self.refused(keras_file((8, 8), [layer("ZeroPadding1D", "z", padding=[9_000_000, 9_000_000])], {}), "1,048,576", options=given)
        self.refused(keras_file((None,), [dense("d", 2)], weights), "not fixed")
        self.refused(keras_file((1 << 40,), [dense("d", 2)], weights), "not fixed")
        self.refused(keras_file((6,), [layer("AveragePooling1D", "p", pool_size=3), dense("d", 2)], weights), "another rank", options=given)

    def test_hostile_graphs(self):
        a, b = layer("ReLU", "a"), layer("ReLU", "b")
        entry = start("x", 4)
        net = lambda layers, outputs: archive(functional("n", layers, [["x", 0, 0]], outputs), {"layers": {}})  # noqa: E731
        self.refused(net([entry, called(a, tensor("b", 4)), called(b, tensor("a", 4))], [["b", 0, 0]]), "reads what it computes itself")
        self.refused(net([entry, called(a, tensor("c", 4))], [["a", 0, 0]]), "no such layer")
        self.refused(net([entry, called(a, tensor("x", 4))], [["a", 3, 0]]), "call number 3")
        self.refused(net([entry, called(a, tensor("x", 4, call=9))], [["a", 0, 0]]), "call number 9")
        self.refused(net([entry, called(a, tensor("x", 4)), called(a, tensor("x", 4))], [["a", 0, 0]]), "two layers")
        self.refused(net([entry, called(a)], [["a", 0, 0]]), "is no input")
        self.refused(net([entry], []), "no outputs")
        self.refused(archive({"class_name": "Mine", "config": {}}, {"layers": {}}), "no graph of layers")
        self.refused(archive("[" * 5000, {"layers": {}}), "E07")
        # Each model calls the one inside of it twice.
        model = functional("m0", [start("x", 4), called(a, tensor("x", 4))], [["x", 0, 0]], [["a", 0, 0]])
        for depth in range(1, 24):
            name = f"m{depth - 1}"
            layers = [start("x", 4), called(called(model, tensor("x", 4)), tensor(name, 4))]
            model = functional(f"m{depth}", layers, [["x", 0, 0]], [[name, 1, 0]])
        self.refused(archive(model, {"layers": {}}), "10,000", options=("--input", "fixed(1, 3, 2)"))

    def test_hostile_containers(self):
        self.refused(b"PK\x03\x04" + bytes(100), "E07")
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("config.json", "[" + "0," * 20_000_000 + "0]")
            file.writestr("model.weights.h5", b"")
        self.refused(out.getvalue(), "too much for this file")
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as file:
            file.writestr("config.json", "{}")
        self.refused(out.getvalue(), "model.weights.h5")
        self.refused(write_hdf5({"layers": {}}), "has weights, and no model", name="net.h5")
        self.refused(json.dumps({"class_name": "Sequential", "config": {"layers": []}}).encode(), "has no weights beside it",
                     name="alone.json")


class Files(Case):
    """Those of the shared data."""

    def setUp(self):
        super().setUp()
        if not (SHARED / "import").is_dir():
            self.skipTest(f"{SHARED} is not there")

    def test_small_models(self):
        for name in SMALL:
            folder = SHARED / "import" / name
            references = [*sorted(folder.glob("x*.npy")), *sorted(folder.glob("y*.npy"))]
            with self.subTest(name):
                self.dal("import", folder / "model.keras", "-o", name, "--check", *references)
                self.dal("fmt", "--check", f"{name}/net.da")

    def values(self, folder, kind):
        exponents = json.loads((folder / "model.json").read_text())["vectors"][f"{kind}_exp"]
        return np.load(folder / f"{kind}_codes.npy").astype(float) * 2.0**-np.array(exponents, float)

    def test_networks(self):
        for name in NETWORKS:
            folder = SHARED / "models" / name
            np.save(self.folder / "x.npy", self.values(folder, "x"))
            np.save(self.folder / "y.npy", self.values(folder, "y"))
            with self.subTest(name):
                self.dal("import", next((folder / "raw").iterdir()), "-o", name, "--check", "x.npy", "y.npy")
                lines = (self.folder / name / "net.da").read_text().splitlines()
                if name == "da4ml_openml_7686":
                    self.assertLessEqual(len(lines), 30)
                if "randmat" not in name:
                    self.ebops(folder, name)

    def ebops(self, folder, name):
        """By layer as they were computed from the file."""
        layers = json.loads((folder / "report.json").read_text())
        for term, key in (("outputs", "ebops"), ("inputs", "ebops_old")):
            found = json.loads(self.dal("check", f"{name}/net.da", f"--ebops={term}", "--json"))["ebops"]["layers"]
            ours = [float(Fraction(each["ebops"])) for each in found]
            np.testing.assert_allclose(ours, [each[key] for each in layers], rtol=1e-6)


if __name__ == "__main__":
    import_case.main(sys.modules["__main__"])

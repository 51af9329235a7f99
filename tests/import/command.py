#!/usr/bin/python3
"""`dal import` as its users meet it: options, refusals, references, formats from data and from a configuration. The
models are small Keras files that the test writes itself.

    command.py --dal build/dal"""
import json
import shutil
import sys
import zipfile

import numpy as np

sys.dont_write_bytecode = True

import import_case  # noqa: E402
from keras_writer import dense, keras_file, layer  # noqa: E402


class Import(import_case.CommandCase):
    def setUp(self):
        super().setUp()
        random = np.random.default_rng(7)
        self.kernel = random.integers(-40, 40, (4, 3)).astype(np.float32) / 32
        self.bias = random.integers(-9, 9, 3).astype(np.float32) / 16
        self.second = random.integers(-40, 40, (3, 2)).astype(np.float32) / 32
        self.x = random.integers(-100, 100, (50, 4)) / 32
        np.save(self.folder / "x.npy", self.x)
        self.hidden = np.maximum(self.x @ self.kernel + self.bias, 0)
        self.y = self.hidden @ self.second + 0.5
        np.save(self.folder / "y.npy", self.y)
        self.model("net.keras", [dense("first", 3, "relu"), dense("second", 2)],
                   {"dense": [self.kernel, self.bias], "dense_1": [self.second, np.full(2, 0.5, np.float32)]})

    def model(self, name, layers, variables, inputs=(4,)):
        (self.folder / name).write_bytes(keras_file(inputs, layers, variables))

    def refused(self, *arguments, says):
        """Nothing is written."""
        self.dal("import", *arguments, "-o", "out", code=1, says=says)
        self.assertFalse((self.folder / "out").exists())

    FORMAT = ("--input", "fixed(1, 3, 5)")

    def test_a_float_model_stays_exact(self):
        text = self.dal("import", "net.keras", "-o", "out", *self.FORMAT, "--check", "x.npy", "y.npy",
                        says=["warning", "first (kernel)", "jit: 100 values", "equal to their references"])
        self.assertNotIn("error", text)
        self.assertNotIn("warning", self.dal("import", "net.keras", "-o", "out", *self.FORMAT, "--bit-exact", "on"))
        program = (self.folder / "out/net.da").read_text()
        self.assertIn("let first = ", program)
        self.assertEqual(self.dal("fmt", "--check", "out/net.da"), "")
        noted = json.loads((self.folder / "out/import.json").read_text())
        self.assertEqual([layer["layer"] for layer in noted["layers"]], ["first", "second"])
        self.dal("run", "out/net.da", "--input", "x.npy", "-o", "ours.npy")
        np.testing.assert_array_equal(np.load(self.folder / "ours.npy"), self.y)

    def test_the_folder_of_somebody_else_stays(self):
        (self.folder / "out").mkdir()
        (self.folder / "out/net.da").write_text("mine")
        self.dal("import", "net.keras", "-o", "out", *self.FORMAT, code=1, says=["E0707", "no import made it"])
        self.assertEqual((self.folder / "out/net.da").read_text(), "mine")

    def test_formats_from_data(self):
        text = self.dal("import", "net.keras", "-o", "out", "--calibrate", "x.npy", "--bits", "14",
                        says=["x: fixed(1, 2, 11", "first: fixed(0, ", "from the model as it was"])
        self.assertNotIn("warning", text)
        self.dal("run", "out/net.da", "--input", "x.npy", "-o", "ours.npy")
        ours = np.load(self.folder / "ours.npy")
        self.assertFalse(np.array_equal(ours, self.y))
        np.testing.assert_allclose(ours, self.y, atol=0.01)

    def test_formats_from_data_keep_those_that_are_said(self):
        self.dal("import", "net.keras", "-o", "out", *self.FORMAT, "--calibrate", "x.npy", "--bits", "14")
        self.assertIn("quantize(x, fixed(1, 3, 5))", (self.folder / "out/net.da").read_text())

    def test_formats_from_a_configuration(self):
        config = {"Model": {"Precision": "fixed<16,6>"},
                  "LayerName": {"first": {"Precision": {"weight": "fixed<6,2>", "result": "ufixed<8,3,RND,SAT>"}}}}
        (self.folder / "config.json").write_text(json.dumps(config))
        self.dal("import", "net.keras", "-o", "out", *self.FORMAT, "--bit-exact", "off", "--config", "config.json")
        self.dal("run", "out/net.da", "--input", "x.npy", "-o", "ours.npy")
        shutil.rmtree(self.folder / "out")
        kernel = (np.floor(self.kernel * 16) + 32) % 64 / 16 - 2
        wide = self.x @ kernel + np.floor(self.bias * 1024) / 1024
        hidden = np.clip(np.floor(np.maximum(wide, 0) * 32 + 0.5), 0, 255) / 32
        expected = np.floor((hidden @ self.second + 0.5) * 1024) / 1024
        np.testing.assert_array_equal(np.load(self.folder / "ours.npy"), expected)
        (self.folder / "config.yml").write_text("Model:\n  Precision: fixed<16,6>\nLayerName:\n  third:\n    Precision: int<4>\n")
        self.refused("net.keras", *self.FORMAT, "--bit-exact", "off", "--config", "config.yml", says=["E0707", "third"])
        (self.folder / "config.yml").write_text("Model:\n  Precision: float<16>\n")
        self.refused("net.keras", *self.FORMAT, "--bit-exact", "off", "--config", "config.yml",
                     says=["E0707", "line 2", "float<16>"])

    def test_functions_of_the_user(self):
        self.model("scaled.keras", [layer("Scale", "twice", factor=2), dense("second", 2)],
                   {"scale": [np.arange(4, dtype=np.float32)],
                    "dense": [np.ones((4, 2), np.float32), np.zeros(2, np.float32)]})
        self.refused("scaled.keras", *self.FORMAT, says=["E0703", "`Scale`", "twice", "--define Scale="])
        (self.folder / "layers.da").write_text("fn scale(x, factor) = x * factor\n")
        self.dal("import", "scaled.keras", "-o", "out", *self.FORMAT, "--define", "Scale=layers.scale")
        self.dal("run", "out/net.da", "--input", "x.npy", "-o", "ours.npy")
        sums = 2 * self.x.sum(axis=1, keepdims=True)
        np.testing.assert_array_equal(np.load(self.folder / "ours.npy"), np.repeat(sums, 2, axis=1))
        for definition, says in (("Scale=layers.none", "has no function `none`"), ("Scale=nowhere.f", "nowhere.da")):
            self.dal("import", "scaled.keras", "-o", "other", *self.FORMAT, "--define", definition, code=1, says=says)
        (self.folder / "layers.da").write_text("fn scale(x, gain) = x * gain\n")
        self.dal("import", "scaled.keras", "-o", "other", *self.FORMAT, "--define", "Scale=layers.scale", code=1,
                 says=["E0707", "`gain`", "`factor`"])

    def test_references(self):
        wrong = self.y.copy()
        wrong[7, 1] += 0.25
        np.save(self.folder / "wrong.npy", wrong)
        check = (*self.FORMAT, "--check", "x.npy")
        self.refused("net.keras", *check, "wrong.npy", says=["E0708", "1 of 100 values", "sample 7, [1]", "0.25"])
        self.dal("import", "net.keras", "-o", "out", *check, "wrong.npy", "--tolerance", "0.25")
        shutil.rmtree(self.folder / "out")
        hidden = self.hidden.copy()
        hidden[3, 2] += 1
        np.savez(self.folder / "layers.npz", first=hidden, second=wrong)
        self.refused("net.keras", *check, "wrong.npy", "--layers", "layers.npz",
                     says=["E0708", "the first layer that differs is `first`", "[2] in sample 3"])
        np.savez(self.folder / "layers.npz", first=self.hidden)
        self.refused("net.keras", *check, "wrong.npy", "--layers", "layers.npz", says="none of the 1 layers")
        self.refused("net.keras", *check, says=["E0707", "`y`"])
        np.save(self.folder / "short.npy", self.y[:5])
        self.refused("net.keras", *check, "short.npy", says="E0503")

    def test_refusals(self):
        whole = (self.folder / "net.keras").read_bytes()
        (self.folder / "cut.keras").write_bytes(whole[:len(whole) // 2])
        self.refused("cut.keras", says="E0701")
        self.model("shape.keras", [dense("first", 3)], {"dense": [self.kernel.T, self.bias]})
        self.refused("shape.keras", *self.FORMAT, says=["E0701", "layers/dense/vars/0", "[3, 4]"])
        (self.folder / "text.keras").write_text("hello")
        self.refused("text.keras", says="E0702")
        (self.folder / "model.pkl").write_bytes(b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00.")
        self.refused("model.pkl", says=["E0702", "pickle"])
        self.refused("missing.keras", says="E0401")
        self.refused("net.keras", says=["E0706", "`input_layer`", "first", "--input"])
        self.refused("net.keras", "--input", "other=fixed(1, 3, 5)", says=["E0706", "`input_layer`"])
        self.refused("net.keras", *self.FORMAT, "--input", "other=fixed(1, 3, 5)", says=["E0707", "`other`"])
        self.refused("net.keras", "--bit-exact", "off", *self.FORMAT, says="E0707")
        for wrong in ("fixed(1,3", 'fixed(1,3,4)); let z = load("a"', "fixed(1, 3, 4)\nlet z = 1"):
            self.refused("net.keras", "--input", wrong, says=["E0707", "is no format"])
        np.save(self.folder / "nan.npy", np.full((5, 4), np.nan))
        np.save(self.folder / "narrow.npy", np.zeros((5, 3)))
        np.save(self.folder / "none.npy", np.zeros((0, 4)))
        for data in ("nan.npy", "narrow.npy"):
            self.refused("net.keras", *self.FORMAT, "--calibrate", data, says="E05")
        self.refused("net.keras", *self.FORMAT, "--check", "none.npy", "none.npy", says=["E0707", "no samples"])
        self.model("twice.keras", [dense("same", 4), dense("same", 4)], {})
        self.refused("twice.keras", *self.FORMAT, says=["E0701", "`same`", "two layers"])
        for module in ("net", "nn", "../layers"):
            self.model("scale.keras", [layer("Scale", "s")], {})
            self.refused("scale.keras", *self.FORMAT, "--define", f"Scale={module}.f", says="E0707")
        self.model("tanh.keras", [dense("first", 3, "tanh")], {"dense": [self.kernel, self.bias]})
        self.refused("tanh.keras", *self.FORMAT, says=["E0705", "first", "tanh"])
        with zipfile.ZipFile(self.folder / "bare.keras", "w") as archive:
            archive.writestr("config.json", zipfile.ZipFile(self.folder / "net.keras").read("config.json"))
        self.refused("bare.keras", *self.FORMAT, says=["E0704", "model.weights.h5"])


if __name__ == "__main__":
    import_case.main(sys.modules["__main__"])

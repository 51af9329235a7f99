#!/usr/bin/python3
"""What users of other languages type: each phrase is an error that says what it is here, and the code that the help shows,
put in the place of the phrase, is a program.

    phrases.py --dal PATH_OF_DAL
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import numpy as np

DAL = None

#: Of HLS and of quantized layers.
FORMATS = """
quantize(x, ap_fixed<8, 4>)
quantize(x, ap_fixed<8,4>)
quantize(x, ap_ufixed<8, 4>)
quantize(x, ap_fixed<16, 6, AP_RND>)
quantize(x, ap_fixed<16, 6, AP_RND_CONV, AP_SAT>)
quantize(x, ap_fixed<16, 6, AP_TRN_ZERO, AP_SAT_SYM>)
quantize(x, ap_int<8>)
quantize(x, ap_uint<8>)
quantize(x, ac_fixed<8, 4>)
quantize(x, ac_fixed<8, 4, true>)
quantize(x, ac_fixed<8, 4, false, AC_RND, AC_SAT>)
quantize(x, ac_int<8>)
ap_fixed<8, 4>(x)
ap_fixed<8, 4, AP_RND, AP_SAT>(x[0])
quantize(x, ap_fixed(8, 4))
quantize(x, fixed<1, 3, 4>)
quantize(x, fixed<1,3,4>)
quantize(x, int<8>)
quantize(x, fixed(8, 4))
quantize(x, ufixed(8, 4))
quantize(x, sfixed(8, 4))
quantize(x, fixed(1, 3, 4, RND))
quantize(x, fixed(1, 3, 4, RND, SAT))
quantize(x, fixed(1, 3, 4, AP_RND, AP_SAT))
quantize(x, fixed(1, 3, 4, round: RND))
quantize(x, fixed(1, 3, 4, round: AP_RND_INF))
quantize(x, fixed(1, 3, 4, round: AP_RND_ZERO))
quantize(x, fixed(1, 3, 4, round: AP_RND_MIN_INF))
quantize(x, fixed(1, 3, 4, round: nearest))
quantize(x, fixed(1, 3, 4, round: round_half_even))
quantize(x, fixed(1, 3, 4, round: round_half_up))
quantize(x, fixed(1, 3, 4, round: truncate))
quantize(x, fixed(1, 3, 4, round: convergent))
quantize(x, fixed(1, 3, 4, overflow: saturate))
quantize(x, fixed(1, 3, 4, overflow: SAT_SYM))
quantize(x, fixed(1, 3, 4, overflow: AP_WRAP))
quantize(x, fixed(1, 3, 4, overflow: AP_SAT_ZERO))
quantize(x, fixed(1, 3, 4, overflow=sat))
quantized_bits(8, 0)(x)
quantized_bits(8, 3, alpha=1)(x)
quantized_relu(6, 2)(x)
"""

#: Of NumPy, PyTorch, Keras and TensorFlow.
ARRAYS = """
np.sum(x)
np.maximum(x, 0)
np.minimum(x, 3)
np.abs(x)
np.argmax(x)
np.clip(x, 0, 1)
np.where(x > 0, x, 0)
np.concatenate([x, y])
np.concatenate((x, y))
np.hstack([x, y])
np.stack([x, y])
np.matmul(x, m)
np.dot(x, m)
numpy.transpose(m)
np.zeros((8,))
np.ones((2, 4))
np.square(x)
np.var(x)
np.count_nonzero(x)
np.logical_and(b, b)
np.logical_or(b, b)
np.logical_not(b)
np.bitwise_and(n, 3)
np.expand_dims(x, 0)
np.squeeze(m[:1], 0)
np.greater(x, 0)
np.add(x, y)
np.multiply(x, y)
np.array([1, 2])
np.reshape(x, (2, 4))
np.load("w.npy")
torch.relu(x)
torch.cat([x, y])
torch.mm(m, [[1], [2]])
torch.unsqueeze(x, 0)
torch.clamp(x, 0, 1)
torch.amax(x)
F.relu(x)
F.relu6(x)
nn.functional.relu(x)
F.dropout(x, 0.5)
tf.nn.relu(x)
tf.reduce_sum(x)
tf.reduce_max(x)
tf.math.abs(x)
keras.activations.relu(x)
K.sum(x)
K.clip(x, 0, 1)
maximum(x, 0)
minimum(x, 0)
matmul(x, m)
dot(x, m)
where(x > 0, x, -x)
concatenate([x, y])
cat([x, y])
one_hot(n, 4)
arange(8)
absolute(x)
ReLU(x)
dropout(x)
sum(x, axis=0)
max(x, axis=0)
x.sum()
x.mean(axis=0)
x.max()
x.T
m.transpose()
x.flatten()
x.reshape(2, 4)
x.reshape((4, 2))
x.view(2, 4)
x.dot(m)
x.shape
x.clip(0, 1)
x.abs()
x[None, :]
x[np.newaxis]
m[..., 0]
einsum('i,io->o', x, m)
leaky_relu(x, shift: 3)
relu6(x)
popcount(to_bits(n, 4))
"""

#: Of Python, C++ and Verilog.
OPERATORS = """
x ** 2
x ** 3
b && b
b || b
x > 0 && x < 2
b and b
b or b
x > 0 and x < 2
not b
x[0] > 0 ? x : y
x if x > 0 else y
max(x if x > 0 else 0, y)
(abs(x) if x > 0 else x)
if (x[0] > 0) x else y
if x[0] > 0 { x } else { y }
[x[i] for i in range(8)]
[x[i] * 2 for i in 0..8]
[i for i in range(1, 8)]
for i in range(8): x[i]
[for i in range(8) => x[i]]
x === y
x !== y
x <> y
x >>> 2
x × 2
x · y
x ≥ 0
x ≤ 0
x ≠ 0
|x|
return x
x;
x += 1
x++
True
False
0xFF
0b1010
8'hFF
4'b1010
8'd255
1.5f
(int)x
(float) x
static_cast<int>(x)
std::max(x, 0)
std::abs(x)
math.pi > 3
$signed(x)
x.astype(int)
x.to(float)
{x, y}
n[0 +: 2]
reg(x)
RegNext(x)
mux(b, x, y)
x[0] / x[1]
x << x[0]
x >> n
sqrt(x)
log(x)
acos(x)
exp(x[0])
sigmoid(x)
pow(x, 2)
self.m
load('w.npy')
"""

PROGRAM = """\
use nn
use lut
input x: fixed(1, 3, 4)[8]
input y: fixed(1, 3, 4)[8]
input b: uint(1)
input n: uint(4)
let m = [[1, 2], [3, 4], [1, 1], [2, 2], [1, 0], [0, 1], [1, 1], [2, 3]]
let phrase = PHRASE
"""


class Phrases(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        np.save(self.folder / "w.npy", np.array([1.5, 2]))

    def check(self, phrase, above=()):
        text = "".join(f"{line}\n" for line in above if line.startswith("use "))
        text += PROGRAM.replace("let phrase", "".join(f"{line}\n" for line in above if not line.startswith("use ")) + "let phrase")
        # A format has no value of its own, and a constant is no output unless it meets a variable.
        text = text.replace("PHRASE", phrase) + "output z = x\n"
        (self.folder / "p.da").write_text(text)
        return subprocess.run([DAL, "check", "p.da"], cwd=self.folder, capture_output=True, text=True, timeout=60)

    def try_all(self, phrases):
        wrong = []
        for phrase in filter(None, phrases.splitlines()):
            with self.subTest(phrase=phrase):
                done = self.check(phrase)
                self.assertEqual(done.returncode, 1, f"{phrase} is a program")
                helps = [line.split("= help: ")[1] for line in done.stderr.splitlines() if "= help: " in line]
                above = [code for text in helps if text.startswith("above") for code in re.findall("`([^`]*)`", text)]
                here = [re.findall("`([^`]*)`", text)[0] for text in helps if not text.startswith("above") and "`" in text]
                self.assertTrue(here, f"no help:\n{done.stderr}")
                self.assertIn("= rule: ", done.stderr)
                repaired = self.check(here[0], above)
                self.assertEqual(repaired.returncode, 0, f"{phrase} is repaired to {here[0]}, which is wrong:\n{repaired.stderr}")
        return wrong

    def test_formats(self):
        self.try_all(FORMATS)

    def test_arrays(self):
        self.try_all(ARRAYS)

    def test_operators(self):
        self.try_all(OPERATORS)

    def test_there_are_many(self):
        self.assertGreaterEqual(sum(len(set(filter(None, text.splitlines()))) for text in (FORMATS, ARRAYS, OPERATORS)), 120)

    def test_values_are_those_of_the_phrase(self):
        """Repairs of what Python or C++ compute, against Python."""
        random = np.random.default_rng(1)
        x = random.integers(-128, 128, (50, 8)) / 16
        y = random.integers(-128, 128, (50, 8)) / 16
        for phrase, expected in {
            "x if x > 0 else y": np.where(x > 0, x, y),
            "x > 0 && y < 2": (x > 0) & (y < 2),
            "x ** 3": x * x * x,
            "not (x > 0)": ~(x > 0),
            "[x[7 - i] for i in range(8)]": x[:, ::-1],
            "np.where(x > y, x, 2)": np.where(x > y, x, 2),
            "np.var(x)": np.var(x, axis=1),
            "|x - y|": np.abs(x - y),
            "x.reshape(2, 4)": x.reshape(-1, 2, 4),
            "floor(x) + ceil(y) + round(x)": np.floor(x) + np.ceil(y) + np.round(x),
        }.items():
            with self.subTest(phrase=phrase):
                done = self.check(phrase)
                code = phrase if done.returncode == 0 else re.findall("= help: `([^`]*)`", done.stderr)[0]
                (self.folder / "p.da").write_text(
                    f"input x: fixed(1, 3, 4)[8]\ninput y: fixed(1, 3, 4)[8]\noutput z = {code}\noutput w = y\n")
                np.save(self.folder / "x.npy", x)
                np.save(self.folder / "y.npy", y)
                run = subprocess.run([DAL, "run", "p.da", "-i", "x=x.npy", "-i", "y=y.npy", "-o", "z=z.npy", "-q"], cwd=self.folder,
                                     capture_output=True, text=True, timeout=60)
                self.assertEqual(run.returncode, 0, run.stderr)
                np.testing.assert_array_equal(np.load(self.folder / "z.npy"), expected.astype(float))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dal", required=True, type=lambda path: pathlib.Path(path).resolve())
    options, rest = parser.parse_known_args()
    DAL = options.dal
    unittest.main(argv=[sys.argv[0], *rest])

#!/usr/bin/python3
"""ALIR and DAIS, the circuits of alkaid and da4ml: read from files that the test writes, and written by `dal build`, both
against an evaluation of the instructions here. Where alkaid is installed, against its own interpreter too.

    alir.py --dal build/dal"""
import gzip
import json
import math
import pathlib
import sys
from fractions import Fraction

import numpy as np

sys.dont_write_bytecode = True

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "models"))

import import_case  # noqa: E402
from import_case import SHARED, ImportCase, main  # noqa: E402
from imported import ImportFailure, import_model  # noqa: E402

try:
    from alkaid.types import CombLogic
except ImportError:
    CombLogic = None


def kif(interval):
    """The smallest format around [low, high, step]."""
    low, high, step = map(Fraction, interval)
    if low == high == 0:
        return 0, 0, 0
    magnitude = max(-low / step if low < 0 else 0, high / step + 1)
    bits = max(math.ceil(magnitude) - 1, 0).bit_length()
    f = -(Fraction(step).numerator.bit_length() - Fraction(step).denominator.bit_length())
    return int(low < 0), bits - f, f


def quantize(value, k, i, f):
    width = k + i + f
    if width <= 0:
        return Fraction(0)
    code = math.floor(value * Fraction(2)**f)
    low = -(1 << width - 1) if k else 0
    return ((code - low) % (1 << width) + low) / Fraction(2)**f


def evaluate(model, x):
    """One sample through an ALIR 4 model, exactly."""
    _, _, outputs, shifts, negatives, instructions, *_, tables = model if len(model) == 9 else (*model, None)
    two, values = Fraction(2), []
    for operands, opcode, data, interval, _, _ in instructions:
        v = [values[j] for j in operands]
        k, i, f = kif(interval)
        own = [kif(instructions[j][3]) for j in operands]
        if opcode == -2:
            r = -v[0]
        elif opcode == -1:
            r = quantize(Fraction(float(x[data[0]])), k, i, f)
        elif opcode in (0, 1):
            r = v[0] + (1 - 2 * opcode) * v[1] * two**data[0]
        elif opcode == 2:
            r = quantize(max(v[0], 0), 0, i, f)
        elif opcode == 3:
            r = quantize(v[0] * two**data[0], k, i, f)
        elif opcode == 4:
            r = v[0] + data[0] * two**-data[1]
        elif opcode == 5:
            r = data[0] * Fraction(interval[2])
        elif opcode == 6:
            c = own[2]
            is_set = v[2] < 0 if c[0] else v[2] >= two**(c[1] - 1)
            r = quantize(v[0] if is_set else v[1] * two**data[0], k, i, f)
        elif opcode == 7:
            r = v[0] * v[1]
        elif opcode == 8:
            low, _, step = map(Fraction, instructions[operands[0]][3])
            table = tables[data[0]]
            r = table["table"][int((v[0] - low) / step)] * Fraction(table["spec"]["out_qint"]["step"])
        elif opcode == 9:
            code = int(v[0] * two**own[0][2])
            ones = -1 if own[0][0] else (1 << sum(own[0])) - 1
            r = [ones - code, int(code != 0), int(code == ones)][data[0]] * (two**-f if data[0] == 0 else 1)
        elif opcode == 10:
            finest = max(own[0][2], own[1][2] - data[0], 0)
            a, b = int(v[0] * two**finest), int(v[1] * two**(data[0] + finest))
            r = [a & b, a | b, a ^ b][data[1]] / two**finest
        else:
            r = sum((1 if data[2 * j] else -1) * each * two**data[2 * j + 1] for j, each in enumerate(v))
        values.append(Fraction(r))
    return [(-1 if negative else 1) * (values[item] if item >= 0 else 0) * two**shift
            for item, shift, negative in zip(outputs, shifts, negatives)]


def interval_of(k, i, f):
    step = 2.0**-f
    return [-k * 2.0**i, 2.0**i - step, step]


class Maker:
    """A random circuit, with each kind of instruction."""

    def __init__(self, random, inputs=4):
        self.random = random
        self.instructions, self.tables = [], []
        for j in range(inputs):
            self.add([], -1, [j], interval_of(int(random.integers(0, 2)), int(random.integers(1, 3)), int(random.integers(0, 3))))
        self.inputs = inputs

    def add(self, operands, opcode, data, interval):
        self.instructions.append([operands, opcode, data, [float(v) for v in interval], 0.0, 0.0])
        return len(self.instructions) - 1

    def pick(self, most=6):
        narrow = [j for j, each in enumerate(self.instructions) if 0 < sum(kif(each[3])) <= most]
        return int(self.random.choice(narrow))

    def interval(self, item):
        return [Fraction(v) for v in self.instructions[item][3]]

    def grow(self):
        a, b, c = self.pick(), self.pick(), self.pick()
        (al, ah, step), (bl, bh, other) = self.interval(a), self.interval(b)
        shift = int(self.random.integers(-2, 3))
        scale = Fraction(2)**shift
        k, i, f = kif([al, ah, step])
        kind = int(self.random.integers(0, 13))
        target = interval_of(int(self.random.integers(0, 2)), int(self.random.integers(1, 3)), int(self.random.integers(0, 3)))
        fine = min(step, other * scale)
        if kind == 0:
            self.add([a], -2, [], [-ah, -al, step])
        elif kind == 1:
            self.add([a, b], 0, [shift], [al + bl * scale, ah + bh * scale, fine])
        elif kind == 2:
            self.add([a, b], 1, [shift], [al - bh * scale, ah - bl * scale, fine])
        elif kind == 3:
            self.add([a], 2, [], interval_of(0, 2, 1))
        elif kind == 4:
            self.add([a], 3, [shift], target)
        elif kind == 5:
            constant = int(self.random.integers(-9, 9))
            self.add([a], 4, [constant, 1], [al + Fraction(constant, 2), ah + Fraction(constant, 2), min(step, Fraction(1, 2))])
        elif kind == 6:
            self.add([], 5, [5], [1.25, 1.25, 0.25])
        elif kind == 7:
            low, high = min(al, bl * scale), max(ah, bh * scale)
            self.add([a, b, c], 6, [shift], [low, high, fine])
        elif kind == 8:
            ends = [p * q for p in (al, ah) for q in (bl, bh)]
            self.add([a, b], 7, [], [min(ends), max(ends), step * other])
        elif kind == 9:
            codes = self.random.integers(-20, 20, int((ah - al) / step) + 1).tolist()
            self.tables.append({"spec": {"hash": "", "inp_width": sum(kif([al, ah, step])),
                                         "out_qint": {"min": min(codes) / 8, "max": max(codes) / 8, "step": 0.125}},
                                "table": codes})
            self.add([a], 8, [len(self.tables) - 1], [min(codes) / 8, max(codes) / 8, 0.125])
        elif kind == 10:
            sub = int(self.random.integers(0, 3))
            self.add([a], 9, [sub], interval_of(k, i, f) if sub == 0 else [0, 1, 1])
        elif kind == 11:
            ok, oi, of = kif([bl, bh, other])
            self.add([a, b], 10, [shift, int(self.random.integers(0, 3))],
                     interval_of(k | ok, max(i, oi + shift), max(f, of - shift)))
        else:
            cl, ch, third = self.interval(c)
            self.add([a, b, c], 11, [1, 0, 0, shift, 1, 0],
                     [al - bh * scale + cl, ah - bl * scale + ch, min(fine, third)])

    def model(self, outputs=6):
        count = len(self.instructions)
        items = [-1, *(int(v) for v in self.random.integers(0, count, outputs - 2)), count - 1]
        return [[self.inputs, outputs], [0] * self.inputs, items, self.random.integers(-2, 3, outputs).tolist(),
                self.random.integers(0, 2, outputs).astype(bool).tolist(), self.instructions, 1, 1, self.tables or None]


def file_of(model, version=4):
    return json.dumps({"model": model, "meta": "ALIRModel", "spec_version": version}, separators=(",", ":"))


def old_record(record, dais):
    """A record of ALIR 2 or of DAIS, for the instructions that these have."""
    operands, opcode, data, interval, *times = record
    first, second = [*operands, -1, -1][:2]
    packed = 0
    if opcode == -1:
        first = data[0]
    elif opcode in (0, 1, 5, 8, 9):
        packed = data[0]
    elif opcode == 4:
        packed = int(data[0] * Fraction(2)**-data[1] / Fraction(interval[2])) if dais else (data[1] << 32) + (data[0] & 0xffffffff)
    elif opcode == 6:
        packed = (data[0] << 32) + operands[2]
    elif opcode == 10:
        packed = (data[0] & 0xffffffff) + (data[1] << 56)
    return [first, second, opcode, packed, interval, *times]


class Alir(ImportCase):
    def setUp(self):
        super().setUp()
        self.random = np.random.default_rng(5)

    def made(self, count=40, without=()):
        maker = Maker(self.random)
        while len(maker.instructions) < count:
            before = len(maker.instructions)
            maker.grow()
            if len(maker.instructions) > before and maker.instructions[-1][1] in without:
                maker.instructions.pop()
        return maker.model()

    def samples(self, inputs=4):
        return self.random.integers(-80, 80, (60, inputs)) / 16

    def test_every_instruction(self):
        seen = set()
        for _ in range(8):
            model = self.made()
            seen |= {record[1] for record in model[5]}
            x = self.samples()
            y = np.array([evaluate(model, row) for row in x], float)
            content = file_of(model)
            self.compares("m.json", content, x, y)
            self.compares("m.json.gz", gzip.compress(content.encode()), x, y)
        self.assertEqual(seen, set(range(-2, 12)))

    def test_older_versions(self):
        for _ in range(4):
            model = self.made(without=(11,))
            for record in model[5]:
                if record[1] == 3:
                    record[2] = [0]
            x = self.samples()
            y = np.array([evaluate(model, row) for row in x], float)
            third = [*model[:5], [[*r[:2], [] if r[1] == 3 else r[2], *r[3:]] for r in model[5]], *model[6:]]
            self.compares("m.json", file_of(third, 3), x, y)
            second = [*model[:5], [old_record(record, False) for record in model[5]], *model[6:]]
            self.compares("m.json", file_of(second, 2), x, y)
            if any(record[1] == -2 for record in model[5]):
                continue
            dais = [*model[:5], [old_record(record, True) for record in model[5]], *model[6:]]
            self.compares("m.json", json.dumps(dais, separators=(",", ":")), x, y)

    def test_negated_operands_of_dais(self):
        records = [[0, -1, -1, 0, [-4.0, 3.5, 0.5], 0, 0], [1, -1, -1, 0, [-4.0, 3.5, 0.5], 0, 0],
                   [0, -1, -2, 0, [0.0, 4.0, 0.5], 0, 0], [0, -1, -3, 0, [-2.0, 1.5, 0.5], 0, 0],
                   [0, 1, -6, (1 << 32) + 1, [-8.0, 8.0, 0.5], 0, 0],
                   [0, 1, 10, (3 << 32) + (2 << 56), [-8.0, 7.5, 0.5], 0, 0]]
        model = [[2, 4], [0, 0], [2, 3, 4, 5], [0] * 4, [False] * 4, records, 1, 1]
        x = self.random.integers(-8, 8, (50, 2)) / 2
        a, b = x.T
        codes = (2 * x).astype(int)
        y = np.stack([np.maximum(-a, 0), (-a + 2) % 4 - 2, np.where(b < 0, a, -2 * b), (-codes[:, 0] ^ -codes[:, 1]) / 2], 1)
        self.compares("m.json", json.dumps(model, separators=(",", ":")), x, y)
        pipeline = [[model, [[4, 1], [0] * 4, [1], [1], [True], [[0, -1, -1, 0, [-8.0, 8.0, 0.5], 0, 0],
                                                              [3, -1, -1, 0, [-8.0, 8.0, 0.5], 0, 0]], 1, 1]]]
        self.compares("m.json", json.dumps(pipeline, separators=(",", ":")), x, -2 * y[:, 3:])

    def test_what_cannot_be_imported_is_named(self):
        model = self.made()
        self.refuses("m.json", file_of(model, 5), "E0704", "version 5")
        self.refuses("m.json", file_of(model, 1), "E0704", "version 1")
        self.refuses("m.json", json.dumps({"meta": "ALIRFSM", "spec_version": 4, "fsm": {}}), "E0704", "state machine")
        shifted = json.loads(json.dumps(model))
        shifted[1][0] = 1
        self.refuses("m.json", file_of(shifted), "E0704", "shifted")

    def test_hostile_files(self):
        def changed(change):
            model = [[1, 1], [0], [1], [0], [False], [[[], -1, [0], [-4.0, 3.0, 1.0], 0, 0], [[0], 2, [], [0.0, 3.0, 1.0], 0, 0]], 1, 1, None]
            change(model)
            return file_of(model)
        def at(*path):
            def change(model):
                for step in path[:-2]:
                    model = model[step]
                model[path[-2]] = path[-1]
            return change
        for change in (at(5, 1, 0, [1]), at(5, 1, 0, [-1]), at(5, 1, 0, [10**30]), at(5, 1, 0, "0"), at(5, 1, 1, 99), at(5, 1, 1, None),
                       at(5, 1, 3, [0, 1]), at(5, 1, 3, [5.0, 1.0, 1.0]), at(5, 1, 3, [0.0, 1.0, 0.3]), at(5, 1, 3, [0.0, 1e300, 1.0]),
                       at(5, 1, 3, [0.0, 1.0, 0.0]), at(5, 1, 3, [0.0, 1.0, -1.0]), at(2, [7]), at(2, []), at(3, [10**9]), at(0, [10**12, 1]),
                       at(0, [0, 1]), at(0, {}), at(5, 0, 2, [5]), at(5, 0, 2, [0.5]), at(5, 1, [[0], 8, [0], [0.0, 1.0, 1.0], 0, 0]),
                       at(5, 1, [[0, 0], 10, [0, 7], [0.0, 1.0, 1.0], 0, 0]), at(5, 1, [[0, 0], 0, [10**9], [0.0, 1.0, 1.0], 0, 0]),
                       at(5, 1, [[0, 0], 11, [1, 0, 1], [0.0, 1.0, 1.0], 0, 0])):
            self.refuses("m.json", changed(change), "E0701")
        self.refuses("m.json", changed(at(1, [3])), "E0704")
        self.refuses("m.json", '{"meta":"ALIRModel","model":' + "[" * 10**5, "E0701", "200")
        bomb = gzip.compress(b"[" + b" " * 10**7)
        self.refuses("m.json.gz", bomb, "E0701", "100 times")
        self.refuses("m.json.gz", gzip.compress(changed(at(3, [0])).encode())[:-20], "E0701")
        self.refuses("m.json.gz", b"\x1f\x8b\x08\xff" + bytes(20), "E0701")
        self.refuses("m.json.gz", gzip.compress(b"hello"), "E0702")

    def built(self, program, *options):
        (self.folder / "net.da").write_text(program)
        done = self.dal("build", "net.da", "--target", "alir", "-o", "built", *options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("verified: imported again", done.stdout)
        return json.loads((self.folder / "built" / "model.json").read_text())

    def test_what_is_built_computes_the_program(self):
        program = """
input x: fixed(1, 2, 3)[6]
input u: fixed(0, 2, 1)
table curve(v: fixed(0, 3, 2)) -> fixed(1, 0, 7, round: rnd, overflow: sat) = tanh(v - 3)
let a = x @ [[1, 2, -3], [0.5, 3, 1], [2, 2, 2], [-1, 5, 7], [0, 0.25, 1], [3, -1, 1]]
let r = quantize(relu(a), fixed(0, 3, 2, round: rnd_conv, overflow: sat))
output y = curve(r)
output z = x * u + r[0]
output s = sort(x)
output b = (x[:2] & u) == 0.5
output c = quantize(a, fixed(1, 1, 1))
output m = argmax(a)
output k = quantize(x[0] * x[1], fixed(1, 1, 2))
output zero = x[0] * 0
"""
        built = self.built(program)
        self.assertEqual((built["meta"], built["spec_version"]), ("ALIRModel", 4))
        x, u = self.random.integers(-32, 32, (80, 6)) / 8, self.random.integers(0, 8, 80) / 2
        np.save(self.folder / "x.npy", x)
        np.save(self.folder / "u.npy", u)
        done = self.dal("run", "net.da", "--input", "x=x.npy", "--input", "u=u.npy", "--output", "y.npz")
        self.assertEqual(done.returncode, 0, done.stderr)
        results = np.load(self.folder / "y.npz")
        expected = np.concatenate([results[name].reshape(80, -1) for name in "yzsbcmk"] + [np.zeros((80, 1))], 1)
        inputs = np.concatenate([x, u[:, None]], 1)
        computed = np.array([evaluate(built["model"], row) for row in inputs], float)
        self.assertEqual(np.abs(computed - expected).max(), 0)
        if CombLogic is not None:
            circuit = CombLogic.load(self.folder / "built" / "model.json")
            self.assertEqual(np.abs(circuit.predict(inputs) - expected).max(), 0)
        content = (self.folder / "built" / "model.json").read_bytes()
        self.compares("m.json", content, inputs, expected)

    def test_inputs_that_are_rounded_in_two_ways(self):
        built = self.built("input x: real[2]\noutput y = quantize(x, fixed(1, 1, 1, overflow: sat))\n"
                           "output z = quantize(x, fixed(1, 2, 0))\noutput v = quantize(x[0], fixed(1, 3, 2))\n")
        self.assertEqual(built["model"][0], [5, 5])
        built = self.built("input x: real[2]\noutput z = quantize(x, fixed(1, 2, 0))\noutput v = quantize(x[0], fixed(1, 3, 2))\n")
        self.assertEqual(built["model"][0], [2, 3])

    def test_what_cannot_be_built_is_named(self):
        (self.folder / "net.da").write_text("input x: fixed(1, 40, 20)[2]\noutput y = x[0] + x[1]\n")
        done = self.dal("build", "net.da", "--target", "alir", "-o", "built")
        self.assertEqual(done.returncode, 1)
        self.assertIn("E0606", done.stderr)
        self.assertFalse((self.folder / "built").exists())
        done = self.dal("build", "net.da", "--target", "alir", "-o", "built", "--stages", "2")
        self.assertEqual(done.returncode, 2)

    def test_shared_files(self):
        place = SHARED / "import" / "alkaid_alir"
        if not place.exists():
            self.skipTest(f"{place} is not there")
        self.compares("m.json", (place / "model.json").read_bytes(), np.load(place / "x.npy"), np.load(place / "y.npy"))
        for network in ("randmat_n08_w4", "alkaid_openml_e530", "hgq1_jet", "mixer_7726"):
            with self.subTest(network):
                (self.folder / network).mkdir()
                try:
                    import_model(import_case.DAL, SHARED / "models" / network, self.folder / network)
                except ImportFailure as failure:
                    self.fail(str(failure))
                done = self.dal("build", f"{network}/net.da", "--target", "alir", "-o", "built", "--effort", "0", "--random", "100",
                                "--vectors", f"{network}/x.npy")
                self.assertEqual(done.returncode, 0, network + done.stdout + done.stderr)
                self.assertIn("verified: imported again", done.stdout)


if __name__ == "__main__":
    main(sys.modules["__main__"])

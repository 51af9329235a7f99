#!/usr/bin/python3
"""dal cmvm from outside: file formats, options, the graph that it writes, the cache, and Ctrl-C."""
import argparse
import fractions
import hashlib
import json
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import numpy as np

DAL = None


def dyadic(shift):
    return fractions.Fraction(2) ** shift


def evaluate(graph, values):
    """The outputs of a written graph, exactly; also checks that every node stays in its interval."""
    nodes = list(values)
    for table in graph["tables"]:
        lowest = [int(values[i] * dyadic(graph["inputs"][i]["f"])) & 1 for i in table["inputs"]]
        code = int(table["entries"][sum(bit << j for j, bit in enumerate(lowest))])
        nodes.append(code * dyadic(-table["f"]))
    for adder in graph["adders"]:
        a = nodes[adder["a"]] * dyadic(adder["shift_a"])
        b = nodes[adder["b"]] * dyadic(adder["shift_b"])
        nodes.append(a - b if adder["subtract"] else a + b)
    for node, entry in zip(nodes, graph["inputs"] + graph["tables"] + graph["adders"]):
        code = node * dyadic(entry["f"])
        assert code.denominator == 1 and int(entry["lo"]) <= code <= int(entry["hi"]), entry
    outputs = []
    for tap in graph["outputs"]:
        value = fractions.Fraction(0) if tap["node"] is None else nodes[tap["node"]] * dyadic(tap["shift"])
        outputs.append(-value if tap["negate"] else value)
    return outputs


class Cmvm(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.environment = {k: v for k, v in os.environ.items() if k != "DAL_CACHE"}
        self.environment["XDG_CACHE_HOME"] = str(self.folder / "cache")

    def dal(self, *arguments, code=0):
        done = subprocess.run([DAL, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True, timeout=300,
                              env=self.environment)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}\n{done.stderr}")
        return done

    def cmvm(self, *arguments):
        return json.loads(self.dal("cmvm", *arguments, "--json").stdout)

    def random(self, rows, columns, seed=1, high=128):
        return np.random.default_rng(seed).integers(-high, high, (rows, columns))

    def cached(self):
        return sorted((self.folder / "cache").rglob("*.cmvm"))

    def test_bias(self):
        # Seven terms leave room for a constant within three levels, eight do not.
        for rows, depth, with_constant in ((7, 3, 3), (8, 3, 4)):
            np.save(self.folder / "w.npy", np.ones((rows, 1), int))
            self.assertEqual(self.cmvm("w.npy")["depth"], depth)
            self.assertEqual(self.cmvm("w.npy", "--bias")["depth"], with_constant)
            self.assertIn(f"depth      {with_constant}, at least {with_constant}, with a constant at each output",
                          self.dal("cmvm", "w.npy", "--bias").stdout)
        self.assertIn("3 is less than the minimum of this matrix, 4",
                      self.dal("cmvm", "w.npy", "--bias", "--depth", "3", code=2).stderr)
        self.dal("cmvm", "w.npy", "--bias", "--area", code=2)

    def test_builds_use_what_was_found_for_biases(self):
        matrix = self.random(8, 8)
        np.savez(self.folder / "w.npz", w=matrix)
        np.save(self.folder / "w.npy", matrix)
        (self.folder / "net.da").write_text(
            'param w = load("w.npz")\ninput x: int(8)[8]\noutput y = einsum("i,io->o", x, w.w) + [1, 2, 3, 4, 5, 6, 7, 8]\n')
        build = ["build", "net.da", "--no-verify", "--target", "verilog", "-o", "out"]
        found = self.cmvm("w.npy", "--bias", "--objective", "bits", "--effort", "2")
        self.dal(*build, "--cache", "best")
        block = json.loads((self.folder / "out" / "manifest.json").read_text())["blocks"][0]
        self.assertIs(block["from_best"], True)
        self.assertEqual((block["adders"], block["bits"]), (found["adders"], found["bits"]))

    def test_graph_computes_the_matrix(self):
        big = np.array([[2.0**200, 3 * 2.0**-300], [-5 * 2.0**100, 0.0]])
        cases = [(self.random(5, 7), "1,7,0"), (self.random(3, 3).astype(np.float32) / 64, "fixed(0, 4, 3)"),
                 (big, "int(12)"), (np.zeros((2, 2)), "uint(4)"), (np.asfortranarray(self.random(4, 2)).astype(">i4"), "int(70)"),
                 (np.array([[1, -1, 4, 0]]), "fixed(1, 2, 3)"), (self.random(6, 4).astype(np.float64) * 1024, "int(8)")]
        rng = np.random.default_rng(5)
        for matrix, fmt in cases:
            np.save(self.folder / "w.npy", matrix)
            for depth in ("min", "each", "free"):
                for objective in ("adders", "bits"):
                    summary = self.cmvm("w.npy", "--input-format", fmt, "--depth", depth, "--objective", objective, "-o", "g.json")
                    graph = json.loads((self.folder / "g.json").read_text())
                    self.assertEqual(len(graph["inputs"]), matrix.shape[0])
                    self.assertLessEqual(len(graph["adders"]), summary["adders"])
                    self.assertLessEqual(summary["lower_bound"], summary["adders"])
                    for _ in range(5):
                        x = []
                        for entry in graph["inputs"]:
                            low, high = int(entry["lo"]), int(entry["hi"])
                            code = low + int.from_bytes(rng.bytes(16), "little") % (high - low + 1)
                            x.append(fractions.Fraction(code) * dyadic(-entry["f"]))
                        y = [sum(x[i] * fractions.Fraction(matrix[i, o].item()) for i in range(len(x)))
                             for o in range(matrix.shape[1])]
                        self.assertEqual(evaluate(graph, x), y, (matrix, fmt, depth, objective))

    def test_single_bits_are_packed_into_tables(self):
        for weights, fmt in ((np.random.default_rng(2).choice([-1, 1], (18, 6)), "uint(1)"), (self.random(12, 4), "fixed(1, 0, 0)"),
                             (self.random(9, 3, high=4), "fixed(0, -2, 3)")):
            np.save(self.folder / "w.npy", weights)
            packed = self.cmvm("w.npy", "--input-format", fmt, "-o", "g.json")
            graph = json.loads((self.folder / "g.json").read_text())
            self.assertGreater(packed["tables"], 0)
            self.assertEqual(packed["tables"], len(graph["tables"]))
            self.assertLessEqual(max(len(table["inputs"]) for table in graph["tables"]), 6)
            rng = np.random.default_rng(3)
            for _ in range(20):
                x = [int(rng.integers(int(e["lo"]), int(e["hi"]) + 1)) * dyadic(-e["f"]) for e in graph["inputs"]]
                y = [sum(x[i] * int(weights[i, o]) for i in range(len(x))) for o in range(weights.shape[1])]
                self.assertEqual(evaluate(graph, x), y)
            self.assertIn("of single-bit inputs", self.dal("cmvm", "w.npy", "--input-format", fmt).stdout)
        np.save(self.folder / "w.npy", self.random(6, 6))
        self.assertEqual(self.cmvm("w.npy")["tables"], 0)

    def test_area(self):
        matrix = self.random(8, 8)
        np.save(self.folder / "w.npy", matrix)
        two = self.cmvm("w.npy")
        three = self.cmvm("w.npy", "--area", "-o", "g.json")
        self.assertLess(three["adders"], 0.8 * two["adders"])
        self.assertLess(three["bits"], two["bits"])
        self.assertLessEqual(three["depth"], two["depth"])
        graph = json.loads((self.folder / "g.json").read_text())
        merged = sum(adder["merged"] for adder in graph["adders"])
        self.assertEqual(merged, three["three_operands"])
        self.assertLessEqual(len(graph["adders"]) - merged, three["adders"])
        x = [fractions.Fraction(v) for v in (-128, 127, 3, -7, 0, 1, 99, -100)]
        self.assertEqual(evaluate(graph, x), [sum(x[i] * int(matrix[i, o]) for i in range(8)) for o in range(8)])
        self.assertIs(self.cmvm("w.npy", "--area")["cached"], True)
        self.assertEqual(self.cmvm("w.npy")["three_operands"], 0)
        self.assertIn("of three operands", self.dal("cmvm", "w.npy", "--area").stdout)

    def test_json_object(self):
        np.save(self.folder / "w.npy", self.random(4, 6))
        text = self.dal("cmvm", "w.npy", "--json").stdout
        self.assertEqual(text.count("\n"), 1)
        result = json.loads(text)
        self.assertIs(result["certified"], True)
        self.assertEqual((result["inputs"], result["outputs"], result["effort"]), (4, 6, 1))
        for key in ("adders", "bits", "depth", "lower_bound"):
            self.assertIs(type(result[key]), int)
        self.assertGreater(result["seconds"], 0)

    def test_text_and_npy_agree(self):
        matrix = self.random(6, 5)
        np.save(self.folder / "w.npy", matrix)
        np.savetxt(self.folder / "w.txt", matrix, fmt="%d")
        (self.folder / "w.csv").write_text("\n".join(", ".join(map(str, row)) for row in matrix))
        results = [self.cmvm(name, "--no-cache") for name in ("w.npy", "w.txt", "w.csv")]
        for result in results[1:]:
            self.assertEqual([result[k] for k in ("adders", "bits", "depth")], [results[0][k] for k in ("adders", "bits", "depth")])

    def test_summary(self):
        np.save(self.folder / "w.npy", self.random(4, 4))
        text = self.dal("cmvm", "w.npy").stdout
        for word in ("adders", "bits", "depth", "at least", "time", "certified"):
            self.assertIn(word, text)

    def test_bad_files(self):
        np.save(self.folder / "vector.npy", np.arange(3))
        np.save(self.folder / "nan.npy", np.array([[1.0, np.nan]]))
        (self.folder / "empty.txt").write_text("\n")
        (self.folder / "ragged.txt").write_text("1 2\n3\n")
        (self.folder / "words.txt").write_text("1 two\n")
        (self.folder / "fraction.txt").write_text("0.5\n")
        (self.folder / "not.npy").write_text("1 2\n")
        for name in ("vector.npy", "nan.npy", "empty.txt", "ragged.txt", "words.txt", "fraction.txt", "not.npy"):
            self.assertIn("error[E0403]", self.dal("cmvm", name, code=1).stderr, name)
        self.assertIn("error[E0401]", self.dal("cmvm", "missing.npy", code=1).stderr)
        np.save(self.folder / "w.npy", self.random(2, 2))
        self.assertIn("error[E0402]", self.dal("cmvm", "w.npy", "-o", "no/g.json", code=1).stderr)

    def test_usage_errors(self):
        np.save(self.folder / "w.npy", self.random(8, 8))
        for arguments in ([], ["w.npy", "--effort", "4"], ["w.npy", "--objective", "area"], ["w.npy", "--depth", "deep"],
                          ["w.npy", "--depth", "-1"], ["w.npy", "--input-format", "float"], ["w.npy", "--input-format", "2,3,4"],
                          ["w.npy", "--input-format", "1,2"], ["w.npy", "--seconds", "-1"], ["w.npy", "--seconds", "nan"],
                          ["w.npy", "--seed", "99999999999999999999"]):
            self.assertNotEqual(self.dal("cmvm", *arguments, code=2).stderr, "", arguments)

    def test_depth_bounds(self):
        np.save(self.folder / "w.npy", self.random(8, 8))
        least = self.cmvm("w.npy")["depth"]
        message = self.dal("cmvm", "w.npy", "--depth", least - 1, code=2).stderr
        self.assertIn(f"the minimum of this matrix, {least}", message)
        for depth in (least, least + 2):
            self.assertLessEqual(self.cmvm("w.npy", "--depth", depth)["depth"], depth)

    def test_cache(self):
        matrix = self.random(12, 12)
        np.save(self.folder / "w.npy", matrix)
        np.save(self.folder / "reversed.npy", matrix[::-1, ::-1] * 4)
        plain = self.cmvm("w.npy", "--no-cache")
        self.assertEqual(self.cached(), [])
        self.environment["DAL_CACHE"] = "0"
        self.cmvm("w.npy")
        self.assertEqual(self.cached(), [])
        del self.environment["DAL_CACHE"]
        self.assertIs(self.cmvm("w.npy")["cached"], False)
        self.assertEqual(len(self.cached()), 1)
        self.assertIs(self.cmvm("w.npy")["cached"], True)
        self.assertIs(self.cmvm("w.npy", "--seed", "3")["cached"], False)
        # The best of all searches, in any order of the lines, for those who ask.
        found = self.cmvm("w.npy", "--effort", "2")
        self.assertEqual((found["repeatable"], found["from_best"]), (True, False))
        self.assertLess(found["adders"], plain["adders"])
        for name in ("w.npy", "reversed.npy"):
            best = self.cmvm(name, "--effort", "0", "--cache", "best")
            self.assertEqual((best["adders"], best["from_best"], best["repeatable"]), (found["adders"], True, False))
        same = self.cmvm("w.npy")
        self.assertEqual((same["digest"], same["repeatable"], same["from_best"]), (plain["digest"], True, False))
        for file in self.cached():
            file.write_bytes(b"garbage")
        again = self.cmvm("w.npy")
        self.assertEqual((again["cached"], again["digest"]), (False, plain["digest"]))

    def test_a_short_search_is_no_long_one(self):
        np.save(self.folder / "w.npy", self.random(6, 6, seed=4))
        short = self.cmvm("w.npy", "--effort", "3", "--seconds", "0.001")
        for _ in range(2):
            long = self.cmvm("w.npy", "--effort", "2", "--cache", "best")
            self.assertLess(long["adders"], short["adders"])

    def test_threads_change_nothing(self):
        np.save(self.folder / "w.npy", self.random(3, 3, high=8))
        digests = {self.cmvm("w.npy", "--effort", "2", "--threads", n, "--no-cache")["digest"] for n in (1, 2, 5)}
        self.assertEqual(len(digests), 1)
        self.assertIn("another run may find another graph", self.dal("cmvm", "w.npy", "--seconds", "0.1").stdout)
        self.assertNotIn("another run", self.dal("cmvm", "w.npy").stdout)

    def program(self, matrix):
        np.save(self.folder / "w.npy", matrix)
        (self.folder / "net.da").write_text('param w = load("w.npy")\ninput x: int(8)[%d]\noutput y = einsum("i,io->o", x, w)\n'
                                            % len(matrix))

    def files(self, directory):
        return {path.name: path.read_text() for path in (self.folder / directory).iterdir()}

    def test_builds_do_not_depend_on_the_cache(self):
        self.program(self.random(12, 12))
        build = ["build", "net.da", "--no-verify", "-o"]
        self.dal(*build, "alone", "--no-cache")
        self.assertEqual(self.cached(), [])
        self.dal(*build, "cold")
        self.assertEqual(len(self.cached()), 1)
        self.cmvm("w.npy", "--objective", "bits", "--effort", "2")
        self.dal(*build, "other", "--effort", "0")
        self.dal(*build, "warm")
        for name in ("cold", "warm"):
            self.assertEqual(self.files(name), self.files("alone"))  # the manifest as well
        self.dal(*build, "best", "--cache", "best")
        manifest = json.loads(self.files("best")["manifest.json"])
        self.assertIs(manifest["blocks"][0]["from_best"], True)
        self.assertLess(manifest["blocks"][0]["bits"], json.loads(self.files("alone")["manifest.json"])["blocks"][0]["bits"])
        shutil.rmtree(self.folder / "cache")
        np.save(self.folder / "x.npy", np.zeros((3, 12)))
        self.dal("run", "net.da", "--input", "x.npy", "--engine", "circuit")
        self.assertEqual(self.cached(), [])

    def test_locked(self):
        self.program(self.random(8, 8))
        self.dal("build", "net.da", "--no-verify", "-o", "out")
        manifest = json.loads(self.files("out")["manifest.json"])
        listed = "".join(f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n"
                         for name, text in sorted(self.files("out").items()) if name != "manifest.json")
        self.assertEqual(manifest["digest"], hashlib.sha256(listed.encode()).hexdigest())
        block = manifest["blocks"][0]
        self.assertEqual([block[key] for key in ("count", "inputs", "outputs", "effort", "seed", "from_best")], [1, 8, 8, 1, 0, False])
        locked = ["build", "net.da", "--no-verify", "-o", "again", "--locked", "out/manifest.json"]
        self.dal(*locked)
        self.assertEqual(self.files("again"), self.files("out"))
        shutil.rmtree(self.folder / "again")

        def refused(*options):
            message = self.dal(*locked, *options, code=1).stderr
            self.assertIn("E0605", message)
            self.assertFalse((self.folder / "again").exists())
            return message
        self.assertIn("the option effort was 1, and is 0", refused("--effort", "0"))
        self.assertIn("the option stages was null, and is 2", refused("--stages", "2"))
        self.assertIn("the text of its files", refused("--top", "other"))
        # Another matrix, and the same one from a solver that finds something else.
        matrix = self.random(8, 8)
        matrix[3, 4] += 16
        self.program(matrix)
        message = refused()
        self.assertIn("the program, or what it loads, computes something else", message)
        self.assertIn("constant product 0 was 8 to 8", message)
        self.program(self.random(8, 8))
        self.cmvm("w.npy", "--objective", "bits", "--effort", "2")
        self.assertIn("the best of the cache", refused("--cache", "best"))
        (self.folder / "out" / "manifest.json").write_text("{}")
        self.assertIn("no manifest with a digest", self.dal(*locked, code=1).stderr)
        self.dal(*locked[:-1], "missing.json", code=1)

    def interrupted(self, signal_number, *arguments):
        """Starts a search that would take 1000 s, and ends it once it says on its terminal how far it is."""
        np.save(self.folder / "w.npy", self.random(16, 16))
        terminal, other_end = pty.openpty()
        command = [DAL, "cmvm", "w.npy", "--effort", "3", "--seconds", "1000", "--no-cache", *arguments]
        search = subprocess.Popen(command, cwd=self.folder, env={**self.environment, "TERM": "vt100"},
                                  stdout=subprocess.PIPE, stderr=other_end, text=True)
        os.close(other_end)
        self.addCleanup(os.close, terminal)
        shown = b""
        while b"Ctrl-C ends the search" not in shown:
            shown += os.read(terminal, 4096)
        search.send_signal(signal_number)
        output, _ = search.communicate()
        return search.returncode, output

    def test_interrupt_gives_the_best_so_far(self):
        code, output = self.interrupted(signal.SIGINT, "--json")
        self.assertEqual(code, 0)
        result = json.loads(output)
        self.assertIs(result["interrupted"], True)
        self.assertLess(result["seconds"], 1000)

    def test_termination_ends_at_once(self):
        self.assertEqual(self.interrupted(signal.SIGTERM, "-o", "g.json"), (143, ""))
        self.assertFalse((self.folder / "g.json").exists())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dal", required=True)
    arguments, rest = parser.parse_known_args()
    DAL = str(pathlib.Path(arguments.dal).resolve())
    unittest.main(argv=[sys.argv[0], *rest])

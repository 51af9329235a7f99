#!/usr/bin/python3
"""`dal check --ebops`, `--types --json` and `--widths` from outside, against figures worked out by hand and by NumPy."""
import argparse
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml
import zlib

import numpy as np

DAL = None
SVG = "{http://www.w3.org/2000/svg}"

NET = """\
input x: real[3]
let kernel = quantize([[1, 0], [3, 0.5], [-1, 1]], fixed(1, [[2, 1], [3, 1], [1, 1]], [[0, 1], [0, 1], [1, -1]]))
let bias = quantize([0.25, 0], fixed(1, [0, -1], [2, 0]))
let q = quantize(x, fixed(1, [2, 3, -1], [3, 0, 0]))
let s = einsum("i,io->o", q, kernel) + bias
output y = relu(s) |> quantize(fixed(0, 4, 2, overflow: sat))
"""
RESIDUAL = """\
let r = quantize(x, fixed(0, [2, 0, 3], [2, 0, 0]))
let t = q + r
output z = t[0] - r[0]
"""
# i + f: q 5, 3, 0; kernel [[2, 2], [3, 2], [2, 0]]; bias 2, 0; r 4, 0, 3; t[0] 6.
PRODUCTS = 5 * (2 + 2) + 3 * (3 + 2)


class Check(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "net.da").write_text(NET)

    def dal(self, *arguments, code=0):
        done = subprocess.run([DAL, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}\n{done.stderr}")
        return done

    def check_json(self, *options):
        return json.loads(self.dal("check", "net.da", "--json", *options).stdout)

    # --- EBOPs

    def test_ebops_count_formats_and_not_values(self):
        rows = self.dal("check", "net.da", "--ebops").stdout.splitlines()
        self.assertEqual(rows[1].split(), ["einsum", str(PRODUCTS), "2", "0", str(PRODUCTS + 2), "net.da:5:9"])
        self.assertEqual(rows[2].split(), ["total", str(PRODUCTS), "2", "0", str(PRODUCTS + 2)])

    def test_ebops_of_sums_and_differences(self):
        (self.folder / "net.da").write_text(NET + RESIDUAL)
        rows = [row.split() for row in self.dal("check", "net.da", "--ebops").stdout.splitlines()]
        self.assertEqual(rows[0], ["operation", "products", "bias", "additions", "EBOPs", "where"])
        self.assertEqual(rows[2:], [["add", "0", "0", "7.15", "7.15", "net.da:8:9"],
                                    ["sub", "0", "0", "6", "6", "net.da:9:12"],
                                    ["total", str(PRODUCTS), "2", "13.15", f"{PRODUCTS + 15}.15"]])
        found = self.check_json("--ebops")["ebops"]
        self.assertEqual([layer["additions"] for layer in found["layers"]], ["0", "7.15", "6"])
        self.assertEqual([layer["ebops"] for layer in found["layers"]], [str(PRODUCTS + 2), "7.15", "6"])
        self.assertEqual(found["total"], f"{PRODUCTS + 15}.15")
        self.assertIn("  7.15 EBOPs\n", self.dal("explain", "net.da", "t[0]").stdout)

    def test_the_older_term_for_biases(self):
        ebops = self.check_json("--ebops=inputs")["ebops"]
        self.assertEqual(ebops["total"], str(PRODUCTS + 3))
        self.assertEqual(ebops["bias_term"], "inputs")
        self.assertEqual(ebops["layers"][0]["where"], {"file": "net.da", "line": 5, "column": 9})
        self.assertEqual(self.check_json("--ebops")["ebops"]["total"], str(PRODUCTS + 2))
        self.dal("check", "net.da", "--ebops=mean", code=2)

    def test_explain_shows_them(self):
        self.assertIn(f"{PRODUCTS + 2} EBOPs", self.dal("explain", "net.da", "s[0]").stdout)

    # --- JSON

    def test_types_of_every_value(self):
        values = {value["name"]: value for value in self.check_json("--types")["values"]}
        self.assertEqual(list(values), ["x", "kernel", "bias", "q", "s", "y"])
        self.assertEqual({name: value["where"]["line"] for name, value in values.items()},
                         {"x": 1, "kernel": 2, "bias": 3, "q": 4, "s": 5, "y": 6})
        q = values["q"]
        self.assertEqual((q["shape"], q["k"], q["i"], q["f"]), ([3], [1, 1, 0], [2, 3, 0], [3, 0, 0]))
        self.assertEqual((q["min"], q["max"]), (["-4", "-8", "0"], ["3.875", "7", "0"]))
        self.assertEqual(values["kernel"]["values"], ["1", "0", "3", "0.5", "-1", "0"])
        self.assertNotIn("k", values["x"])
        for name in ("q", "s", "y"):
            bits = np.add(np.add(values[name]["k"], values[name]["i"]), values[name]["f"])
            self.assertTrue((np.array(values[name]["bits_seen"]) <= bits).all(), name)

    def test_json_alone_is_the_types(self):
        self.assertEqual(list(self.check_json()), ["values"])
        self.assertEqual(list(self.check_json("--ebops", "--widths")), ["ebops", "widths"])

    def test_numbers_beyond_64_bits_are_exact(self):
        (self.folder / "net.da").write_text("input x: fixed(1, 99, 1)\noutput y = x * x\n")
        values = {value["name"]: value for value in self.check_json()["values"]}
        self.assertEqual(values["x"]["min"], [str(-2**99)])
        self.assertEqual(values["x"]["max"], [f"{2**99 - 1}.5"])

    # --- widths

    def test_histograms_as_text(self):
        text = self.dal("check", "net.da", "--widths").stdout
        self.assertIn("q  fixed(1, 3, 3)[3], 0 to 6 bits  net.da:4:5\n  3 elements, 10 bits, median 4\n"
                      f"  0 bits  1  {'#' * 40}\n  4 bits  1  {'#' * 40}\n  6 bits  1  {'#' * 40}\n", text)
        widths = {value["name"]: value for value in self.check_json("--widths")["widths"]}
        total = sum(value["bits"] for value in self.check_json("--widths")["widths"])
        self.assertIn(f"total  {total} bits in ", text)
        self.assertEqual(widths["q"]["elements_of_width"], [1, 0, 0, 0, 1, 0, 1])

    def picture(self, text):
        """(x, y, right, bottom) of each text of an SVG, wide enough for any font, and of the page."""
        root = xml.fromstring(text)
        boxes = []
        for label in root.iter(SVG + "text"):
            x, y, length = float(label.get("x")), float(label.get("y")), len(label.text)
            size = 18 if "title" in label.get("class") else 13 if "name" in label.get("class") else 11
            width = length * size * 0.62
            x -= width / 2 if label.get("text-anchor") == "middle" else 0
            boxes.append((x, y - size * 0.75, x + width, y + size * 0.2, label.text))
        return root, boxes, (float(root.get("width")), float(root.get("height")))

    def test_nothing_in_the_picture_overlaps(self):
        rng = np.random.default_rng(3)
        np.savez(self.folder / "w.npz", i=rng.integers(-4, 30, 600), w=rng.integers(-2000, 2000, (600, 40)))
        (self.folder / "net.da").write_text(
            'param w = load("w.npz")\ninput a_rather_long_name_of_an_input_of_this_program: real[600]\n'
            'let h = quantize(a_rather_long_name_of_an_input_of_this_program, fixed(1, w.i, 4)) |> relu\n'
            'output y = einsum("i,io->o", h, w.w)\noutput wide = y[0] * y[1] * y[2] * y[3]\n')
        self.dal("check", "net.da", "--widths=w.svg")
        root, boxes, (width, height) = self.picture((self.folder / "w.svg").read_text())
        self.assertGreater(len(boxes), 20)
        for j, (left, top, right, bottom, text) in enumerate(boxes):
            self.assertTrue(0 <= left and right <= width and 0 <= top and bottom <= height, f"`{text}` is outside")
            for other in boxes[j + 1:]:
                apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
                self.assertTrue(apart, f"`{text}` and `{other[4]}` overlap")
        bars = [r for r in root.iter(SVG + "rect") if r.get("class") in ("bar", "none")]
        self.assertGreater(len(bars), 20)
        for bar in bars:
            self.assertGreater(float(bar.get("width")), 0)
            self.assertGreater(float(bar.get("height")), 0)

    def test_bars_have_the_height_of_their_counts(self):
        self.dal("check", "net.da", "--widths=w.svg")
        root, _, _ = self.picture((self.folder / "w.svg").read_text())
        counts = [(bar.find(SVG + "title").text, float(bar.get("height"))) for bar in root.iter(SVG + "rect") if len(bar)]
        self.assertEqual([text for text, _ in counts[:3]], ["0 bits: 1 element", "4 bits: 1 element", "6 bits: 1 element"])
        self.assertEqual(len({height for _, height in counts[:3]}), 1)

    def test_pictures_need_nothing_else(self):
        for name in ("w.svg", "w.html"):
            self.dal("check", "net.da", f"--widths={name}")
            text = (self.folder / name).read_text()
            self.assertIn("prefers-color-scheme: dark", text)
            links = set(re.findall(r"https?://[^\"' )]*", text)) - {"http://www.w3.org/2000/svg"}
            self.assertFalse(links, name)
            for word in ("<script", "<link", "@import", "url(", "<image", "<img"):
                self.assertNotIn(word, text, name)
        page = (self.folder / "w.html").read_text()
        self.assertIn("<td>q</td>", page)
        self.assertIn("<title>Widths of net.da</title>", page)

    def test_colours_need_no_style_sheet(self):
        for name in ("w.svg", "w.html"):
            self.dal("check", "net.da", f"--widths={name}")
            text = (self.folder / name).read_text()
            self.assertNotIn("var(", text)
            root, _, _ = self.picture(re.search(r"<svg.*</svg>", text, re.DOTALL)[0])
            for element in root.iter():
                tag = element.tag.removeprefix(SVG)
                if tag in ("rect", "text", "line"):
                    self.assertRegex(element.get("stroke" if tag == "line" else "fill") or "", "^#[0-9a-f]{6}$", tag)
        for bar in root.iter(SVG + "rect"):
            colour = {"paper": "#ffffff", "bar": "#2a6fb0", "none": "#b4bcc6"}[bar.get("class")]
            self.assertEqual(bar.get("fill"), colour)

    def test_a_second_renderer_shows_the_colours(self):
        renderer = shutil.which("rsvg-convert")
        if renderer is None:
            self.skipTest("no rsvg-convert (librsvg2-bin): the picture was not rendered")
        self.dal("check", "net.da", "--widths=w.svg")
        subprocess.run([renderer, "w.svg", "-o", "w.png"], cwd=self.folder, check=True, timeout=300)
        pixels = png_pixels((self.folder / "w.png").read_bytes())
        for colour in ((0xff, 0xff, 0xff), (0x2a, 0x6f, 0xb0), (0xb4, 0xbc, 0xc6)):
            self.assertGreater((pixels == colour).all(axis=-1).sum(), 100, colour)

    def test_names_are_escaped(self):
        shutil.copy(self.folder / "net.da", self.folder / "a<b>&.da")
        self.dal("check", "a<b>&.da", "--widths=w.svg")
        self.assertEqual(xml.parse(self.folder / "w.svg").getroot().find(SVG + "title").text, "Widths of a<b>&.da")

    def test_no_partial_file(self):
        self.dal("check", "net.da", "--widths=missing/w.svg", code=1)
        (self.folder / "w.svg").write_text("before")
        (self.folder / "bad.da").write_text("input x: real\noutput y = x + 1\n")
        self.dal("check", "bad.da", "--widths=w.svg", code=1)
        self.assertEqual((self.folder / "w.svg").read_text(), "before")
        self.dal("check", "net.da", "--widths=w.svg")
        self.assertEqual(sorted(os.listdir(self.folder)), ["bad.da", "net.da", "w.svg"])
        self.dal("check", "net.da", "--widths=w.png", code=2)


def png_pixels(data):
    """The red, green and blue of a PNG with 8 bits for each, with or without opacity, [height, width, 3]."""
    header, body, at = None, b"", 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        content = data[at + 8:at + 8 + length]
        header = struct.unpack(">IIBBBBB", content) if kind == b"IHDR" else header
        body += content if kind == b"IDAT" else b""
        at += length + 12
    width, height, depth, color_type, _, _, interlaced = header
    assert depth == 8 and color_type in (2, 6) and not interlaced, header
    channels = 3 if color_type == 2 else 4
    rows = np.frombuffer(zlib.decompress(body), np.uint8).reshape(height, 1 + channels * width)
    result = np.zeros((height + 1, width + 1, channels), int)  # with a row above and a column to the left
    for y, (method, *bytes_of_row) in enumerate(rows.tolist(), 1):
        raw = np.array(bytes_of_row).reshape(width, channels)
        if method in (0, 2):
            result[y, 1:] = raw + (result[y - 1, 1:] if method == 2 else 0) & 255
            continue
        for x in range(1, width + 1):
            left, up, corner = result[y, x - 1], result[y - 1, x], result[y - 1, x - 1]
            if method == 1:
                guess = left
            elif method == 3:
                guess = (left + up) // 2
            else:
                costs = np.abs([up - corner, left - corner, left + up - 2 * corner])
                guess = np.choose(np.argmin(costs, axis=0), [left, up, corner])
            result[y, x] = raw[x - 1] + guess & 255
    return result[1:, 1:, :3]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dal", type=pathlib.Path, required=True)
    arguments, rest = parser.parse_known_args()
    DAL = arguments.dal.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)

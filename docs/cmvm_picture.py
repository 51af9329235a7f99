#!/usr/bin/env python3
"""Draws an adder graph as SVG: dal cmvm W.txt --depth min -o graph.json && docs/cmvm_picture.py graph.json > graph.svg

Columns are depths, inputs on the left and outputs on the right; a label on an edge is its shift, a dashed edge is
subtracted."""
import json
import sys


def main():
    graph = json.load(open(sys.argv[1], encoding="utf-8"))
    inputs, adders, outputs = graph["inputs"], graph["adders"], graph["outputs"]
    depth = [0] * len(inputs) + [adder["depth"] for adder in adders]
    deepest = max(depth)
    rows = {}
    place = []
    for node, level in enumerate(depth):
        row = rows.get(level, 0)
        rows[level] = row + 1
        place.append((60 + 130 * level, row))
    tallest = max(list(rows.values()) + [len(outputs)])
    y_of = lambda level, row, count: 30 + 46 * (row + (tallest - count) / 2)
    at = [(x, y_of(level, row, rows[level])) for (x, row), level in zip(place, depth)]
    ends = [(60 + 130 * (deepest + 1), y_of(0, o, len(outputs))) for o in range(len(outputs))]
    svg = []

    def edge(a, b, shift, subtract, offset=0):
        (x1, y1), (x2, y2) = a, b
        dash = ' stroke-dasharray="4 3"' if subtract else ""
        svg.append(f'<path d="M{x1 + 17} {y1} L{x2 - 17} {y2 + offset}" stroke="#778"{dash} fill="none"/>')
        if shift:
            svg.append(f'<text x="{x2 - 32}" y="{y2 + offset * 2 - 3}" font-size="10" fill="#a30">{shift:+d}</text>')

    for n, adder in enumerate(adders):
        to = at[len(inputs) + n]
        edge(at[adder["a"]], to, adder["shift_a"], False, -6)
        edge(at[adder["b"]], to, adder["shift_b"], adder["subtract"], 6)
    for end, tap in zip(ends, outputs):
        if tap["node"] is not None:
            edge(at[tap["node"]], end, tap["shift"], tap["negate"])
    circles = [(point, f"x{i}" if i < len(inputs) else "+") for i, point in enumerate(at)]
    circles += [(point, f"y{o}") for o, point in enumerate(ends)]
    for (x, y), label in circles:
        fill = "#eef" if label == "+" else "#efe"
        svg.append(f'<circle cx="{x}" cy="{y}" r="16" fill="{fill}" stroke="#334"/>')
        svg.append(f'<text x="{x}" y="{y + 4}" font-size="12" text-anchor="middle">{label}</text>')
    width, height = 120 + 130 * (deepest + 1), 60 + 46 * (tallest - 1)
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
          f'font-family="sans-serif"><rect width="100%" height="100%" fill="#fff"/>')
    print("\n".join(svg))
    print("</svg>")


main()

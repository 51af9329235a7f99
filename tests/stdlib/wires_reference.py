"""Layers of tables, one wire after the other."""
import numpy as np

from fixed_point import integers, quantize


def inputs(random):
    return {"x": integers(random, 1, 3, (30, 2, 3), f=3), "s": integers(random, 1, 3, (30, 7, 2), f=3),
            "p": integers(random, 1, 3, (30, 4, 5, 2), f=3)}


def pattern(shape):
    return (np.arange(int(np.prod(shape))) * 7 % 23 - 11).reshape(shape) / 4


def dense(row, tables, rounded):
    """`rounded(value, input, output)`: what the wire reads."""
    return np.array([sum(tables[i, o, int(2 * rounded(row[i], i, o)) + 8] for i in range(len(row)))
                     for o in range(tables.shape[1])])


def narrow(value, i, o):
    return quantize(value, 1, (2 * i + o + 1) % 3, 1, "sat", "rnd")


def line(s):
    padded, tables = np.concatenate([np.zeros((1, 2)), s, np.zeros((1, 2))]), pattern((6, 2, 16))
    return [dense(padded[2 * at:2 * at + 3].ravel(), tables, lambda v, i, o: quantize(v, 1, 2, 1)) for at in range(4)]


def image(p):
    tables = pattern((12, 3, 16))
    return [[dense(p[y:y + 2, x:x + 3].ravel(), tables, lambda v, i, o: quantize(v, 1, 1, 1, "sat")) for x in (0, 2)]
            for y in range(3)]


def outputs(x, s, p):
    return {
        "all": [dense(row, pattern((3, 2, 16)), narrow) for row in x],
        "one": dense(x[1], pattern((3, 2, 16)), narrow),
        "places": [dense(x[n], pattern((2, 3, 2, 16))[n], lambda v, i, o, n=n: quantize(v, 1, 1 + n, 1, "sat"))
                   for n in range(2)],
        "line": line(s),
        "image": image(p),
    }

"""Bit by bit: tables, trees and codes as their definitions say."""
import operator

import numpy as np

from fixed_point import integers


def inputs(random):
    return {"x": integers(random, 1, 4, (60, 4)), "b": integers(random, 0, 1, (60, 12)), "c": integers(random, 0, 2, (60, 6))}


def walk(x, features, thresholds, leaves, left=operator.le):
    """One complete tree from the root."""
    node = 0
    while node < len(features):
        node = 2 * node + (1 if left(x[features[node]], thresholds[node]) else 2)
    return leaves[node - len(features)]


def one_tree(x, left=operator.le):
    if left(x[0], 1):
        return 10 if left(x[2], -3) else 20
    return 30 if left(x[1], 4) else 40


def forest(x, left=operator.le):
    inner = 10 if left(x[2], -3) else 20
    first = inner if left(x[0], 1) else 30
    return [first, first if left(x[1], 4) else 40, 30]


def crc(bits, width, polynomial, start=0, final=0, reflected=False):
    register = start
    for b in bits:
        top = register >> (width - 1) & 1 ^ int(b)
        register = (register << 1 & (1 << width) - 1) ^ (polynomial if top else 0)
    if reflected:
        register = int(format(register, f"0{width}b")[::-1], 2)
    return register ^ final


def syndrome(word):
    wrong = 0
    for position, value in enumerate(word, 1):
        wrong ^= position if value else 0
    return wrong


def is_power(p):
    return p & (p - 1) == 0


def encode(data):
    word, rest, position = [], list(data), 1
    while rest:
        word.append(0 if is_power(position) else rest.pop(0))
        position += 1
    wrong = syndrome(word)
    for i in range(wrong.bit_length()):
        word[(1 << i) - 1] = wrong >> i & 1
    return word


def decode(word):
    word, wrong = list(word), syndrome(word)
    if 0 < wrong <= len(word):
        word[wrong - 1] = 1 - word[wrong - 1]
    return [value for position, value in enumerate(word, 1) if not is_power(position)]


def from_gray(code):
    value = 0
    while code:
        value, code = value ^ code, code >> 1
    return value


def outputs(x, b, c):
    wires = (np.arange(48).reshape(8, 6) * 5 + 3) % 12
    tables = np.arange(512).reshape(8, 64)**2 * 3 % 7 % 2
    neuron_wires, neuron_tables = (np.arange(15).reshape(5, 3) * 4 + 1) % 6, np.arange(320).reshape(5, 64) * 11 % 13 - 6
    code = [[value >= level for level in (-8, -3, 0, 5, 9)] for value in x]
    features, thresholds = np.arange(21).reshape(3, 7) * 3 % 4, np.arange(21).reshape(3, 7) * 5 % 13 - 6
    leaf = lambda leaves, left=operator.le: np.array([walk(x, features[t], thresholds[t], leaves[t], left) for t in range(3)])
    decimal = lambda left: [walk(10 * x / 4, features[t], thresholds[t], (np.arange(24).reshape(3, 8) * 7 % 17)[t], left)
                            for t in range(3)]
    signs = np.arange(60).reshape(12, 5) * 7 % 11 % 2
    votes = leaf(np.arange(24).reshape(3, 8) * 7 % 5)
    return {
        "code": code,
        "count": np.sum(code, axis=1),
        "first": [tables[t, sum(int(b[wires[t, j]]) << j for j in range(6))] for t in range(8)],
        "score": [sum(b[4 * g:4 * g + 4]) for g in range(3)],
        "neurons": [neuron_tables[t, sum(int(c[neuron_wires[t, j]]) * 4**j for j in range(3))] for t in range(5)],
        "trees3": leaf(np.arange(24).reshape(3, 8) * 7 % 17),
        "scores": leaf(np.arange(48).reshape(3, 8, 2) * 7 % 17 / 4).sum(axis=0) + [0.5, -1],
        "vote": np.argmax(np.bincount(votes, minlength=5)),
        "one": one_tree(x),
        "strict3": leaf(np.arange(24).reshape(3, 8) * 7 % 17, operator.lt),
        "strict_one": one_tree(x, operator.lt),
        "forest3": forest(x),
        "forest_vectors": [[v, -v] for v in forest(x, operator.lt)],
        "decimal3": decimal(operator.le),
        "decimal_strict3": decimal(operator.lt),
        "agreement": [2 * np.sum(b == signs[:, n]) - 12 for n in range(5)],
        "odd": sum(b) % 2,
        "crc8": crc(b, 8, 7),
        "crc5": crc(b, 5, 5, 31, 31, True),
        "sent4": encode(b[:4]),
        "sent12": encode(b),
        "got4": decode(b[:7]),
        "got8": decode(b),
        "gray": [[0, 1, 3, 2][int(v)] for v in c],
        "back": from_gray(sum(int(v) << i for i, v in enumerate(b))),
    }

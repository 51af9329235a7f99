"""Recurrent layers by their equations, one unit after the other, and neurons one after the other."""
import math

import numpy as np

from fixed_point import integers, nearest, quantize


def inputs(random):
    return {"x": integers(random, 1, 3, (20, 7, 3), f=4), "n": integers(random, 1, 3, (20, 9, 5))}


def pattern(shape, offset):
    n = np.arange(int(np.prod(shape))) + offset
    return ((n * 7 % 13 - 6) / 8).reshape(shape)


def state(v):
    return quantize(v, 1, 0, 6, "sat", "rnd")


def cell(v):
    return quantize(v, 1, 2, 5, "sat", "rnd")


def sigmoid(v):
    return min(float(nearest(1 / (1 + math.exp(-float(quantize(v, 1, 3, 4, "sat")))), 6)), 1 - 2**-6)


def tanh(v):
    return min(float(nearest(math.tanh(float(quantize(v, 1, 3, 4, "sat"))), 6)), 1 - 2**-6)


def blocks(array, names, order):
    """The blocks of the last axis by their names: names[j] is block order[j]."""
    parts = np.split(array, len(names), axis=-1)
    return {name: parts[at] for name, at in zip(names, order)}


def simple(x):
    kernel, recurrent, h, states = pattern((3, 4), 0), pattern((4, 4), 3), np.zeros(4), []
    for step in x:
        sums = [step @ kernel[:, u] + h @ recurrent[:, u] + (1, 0, -1, 0.5)[u] for u in range(4)]
        h = np.array([state(tanh(v)) for v in sums])
        states.append(h)
    return np.array(states)


def gru(x, order, after):
    """z: update gate, r: reset gate, n: candidate."""
    w, u = (blocks(p, "zrn", order) for p in (pattern((3, 12), 1), pattern((4, 12), 5)))
    b = blocks(pattern((2, 12), 2) if after else pattern(12, 2), "zrn", order)
    h, states = np.zeros(4), []
    for step in x:
        given = {g: step @ w[g] + (b[g][0] if after else b[g]) for g in "zrn"}
        inner = {g: h @ u[g] + (b[g][1] if after else 0) for g in "zrn"}
        z, r = ([sigmoid(given[g][j] + inner[g][j]) for j in range(4)] for g in "zr")
        if after:
            n = [tanh(given["n"][j] + r[j] * inner["n"][j]) for j in range(4)]
        else:
            kept = quantize(r * h, 1, 0, 6, "sat", "rnd")
            n = [tanh(given["n"][j] + kept @ u["n"][:, j]) for j in range(4)]
        h = np.array([state((1 - z[j]) * n[j] + z[j] * h[j]) for j in range(4)])
        states.append(h)
    return np.array(states)


def lstm(x, order):
    """i: input gate, f: forget gate, g: candidate, o: output gate."""
    w, u, b = (blocks(p, "ifgo", order) for p in (pattern((3, 20), 4), pattern((5, 20), 1), pattern(20, 6)))
    h, c, states = np.zeros(5), np.zeros(5), []
    for step in x:
        sums = {g: step @ w[g] + h @ u[g] + b[g] for g in "ifgo"}
        i, f, o = ([sigmoid(v) for v in sums[g]] for g in "ifo")
        c = np.array([cell(f[j] * c[j] + i[j] * tanh(sums["g"][j])) for j in range(5)])
        h = np.array([state(o[j] * tanh(c[j])) for j in range(5)])
        states.append(h)
    return np.array(states)


def lif(n, decay, threshold, zero):
    decay, threshold = np.broadcast_to(decay, n.shape[1]), np.broadcast_to(threshold, n.shape[1])
    spikes = np.zeros(n.shape)
    for j in range(n.shape[1]):
        v = 0.0
        for t in range(n.shape[0]):
            v = float(quantize(v * decay[j] + n[t, j], 1, 4, 4, "sat"))
            if v >= threshold[j]:
                spikes[t, j] = 1
                v = 0.0 if zero else v - threshold[j]
    return spikes


def outputs(x, n):
    q = quantize(x, 1, 2, 3, "sat")
    keras, memory = gru(q, (0, 1, 2), True), lstm(q, (0, 1, 2, 3))
    back = gru(q[::-1], (0, 1, 2), True)
    assert len(np.unique(memory)) > 15 and len(np.unique(keras)) > 10
    return {
        "simple": simple(q)[-1],
        "simple_all": simple(q),
        "gru": gru(q, (1, 0, 2), False),
        "gru_keras": keras[-1],
        "gru_keras_all": keras,
        "gru_pytorch": gru(q, (1, 0, 2), True),
        "lstm_last": memory[-1],
        "lstm_all": memory,
        "lstm_onnx": lstm(q, (0, 2, 3, 1)),
        "both": np.concatenate([memory[-1], back[-1]]),
        "both_all": np.concatenate([memory, back[::-1]], axis=1),
        "spikes": lif(n, 0.75, 5, False),
        "spikes_zero": lif(n, [0.5, 0.75, 0.875, 1, 0.9375], [3, 4, 5, 6, 4.5], True),
    }

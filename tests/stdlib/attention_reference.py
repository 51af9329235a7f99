"""Softmax, attention and recurrent layers, one row and one head at a time."""
import numpy as np

from fixed_point import integers, nearest, number_pattern, quantize


def inputs(random):
    return {"x": integers(random, 1, 2, (24, 4, 6), f=5), "t": integers(random, 1, 2, (24, 5, 3), f=5)}


def k(shape):
    return number_pattern(shape) / 8


def data(v):
    return quantize(v, 1, 1, 3, "sat", "rnd")


def head(v):
    return quantize(v, 1, 1, 3, "sat")


def score(v):
    return quantize(v, 1, 2, 2, "sat")


def soft(row):
    e = nearest(np.exp(-quantize(max(row) - row, 0, 3, 2, "sat")), 6)
    total = quantize(sum(e), 0, 2, 3, "sat")
    return e * np.minimum(nearest(1 / max(total, 1 / 8), 6), 2 - 2**-6)


def soft_down(column):
    e = np.floor(np.exp(-quantize(max(column) - column, 0, 3, 1, "sat")) * 32) / 32
    total = quantize(sum(e), 0, 2, 2, "sat")
    return e * min(np.floor(32 / max(total, 1 / 4)) / 32, 2 - 2**-5)


def project(rows, kernel, bias):
    """[n, c] to [h][n, d]."""
    return [head(rows @ kernel[:, h] + bias) for h in range(kernel.shape[1])]


def attention(queries, keys, values, kernel, bias):
    joined = 0
    for h, (q, key, v) in enumerate(zip(queries, keys, values)):
        weights = np.array([soft(row) for row in score(q @ key.T)])
        joined = joined + data(weights @ v) @ kernel[h]
    return joined + bias


def rnn(t):
    h = np.zeros(2)
    for x in data(t):
        h = state(np.clip(x @ k((3, 2)) + h @ k((2, 2)) + [0.5, -0.5], -1, 1))
    return h


def gru(t):
    h, w, u, b = np.zeros(2), k((3, 6)), k((2, 6)), k((6,))
    gate = lambda v: np.clip(v / 4 + 0.5, 0, 1)
    for x in data(t):
        z = gate(x @ w[:, :2] + h @ u[:, :2] + b[:2])
        r = gate(x @ w[:, 2:4] + h @ u[:, 2:4] + b[2:4])
        candidate = np.clip(x @ w[:, 4:] + state(r * h) @ u[:, 4:] + b[4:], -1, 1)
        h = state(z * h + (1 - z) * candidate)
    return h


def state(v):
    return quantize(v, 1, 0, 5, "sat", "rnd")


def outputs(x, t):
    kernel, rows = k((6, 2, 3)), data(x)
    short_k, short_v = (data(k((4, 2)).T * factor @ rows) for factor in (1, 2))
    return {
        "probability": [soft(row) for row in score(x)],
        "down": np.transpose([soft_down(column) for column in score(x).T]),
        "many": attention(project(rows, kernel, 0.5), project(rows, kernel * 2, 0), project(rows, kernel, -0.25),
                          k((2, 3, 4)), [1, 0, 0, -1]),
        "short": attention(project(rows, kernel, 0.5), project(short_k, kernel, 0), project(short_v, kernel, 0),
                           k((2, 3, 4)), 0),
        "simple": rnn(t),
        "gated": gru(t),
    }

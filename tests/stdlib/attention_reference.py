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


def hidden(rows):
    """Softmax of the elements that count: m <= n + 1 in row n."""
    result = np.zeros(rows.shape)
    for n, row in enumerate(rows):
        counted = range(min(n + 2, 6))
        e = np.zeros(6)
        for m in counted:
            difference = quantize(max(row[j] for j in counted) - row[m], 0, [3, 2, 3, 3, 2, 3][m], [2, 1, 1, 0, 2, 2][m], "sat")
            e[m] = nearest(np.exp(-difference), 6)
        total = quantize(sum(e), 0, [2, 3, 3, 2][n], [3, 2, 1, 2][n], "sat")
        result[n] = e * min(nearest(1 / (total + 0.125), 5), 2 - 2**-5)
    return result


def known(v):
    return quantize(v, 1, 1, 4, "sat", "rnd")


def weak(v):
    return quantize(v, 1, np.array([0, 1]), 3, "sat")


def rnn_with(t, bias, start):
    h, states = np.array(start, float), []
    for x in data(t):
        h = known(x @ k((3, 2)) + weak(h) @ k((2, 2)) + bias)
        states.append(h)
    return np.array(states)


def gru_with(t, after):
    h, w, u, b, states = np.array([0.5, 0]), k((3, 6)), k((2, 6)), k((6,)), []
    gate = lambda v: known(v) / 4 + 0.5
    for x in data(t):
        s = weak(h)
        given, product = x @ w + b, s @ u + b / 2
        z, r = gate(given[:2] + product[:2]), gate(given[2:4] + product[2:4])
        reset = r * known(product[4:]) if after else known(r * s) @ u[:, 4:]
        h = z * s + (1 - z) * known(given[4:] + reset)
        states.append(h)
    return np.array(states)


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
        "hidden": hidden(score(x)),
        "simple_with": rnn_with(t, [0.5, -0.5], [1, -0.5]),
        "last_with": rnn_with(t, 0, [0, 0])[-1],
        "gated_after": gru_with(t, True)[-1],
        "gated_before": gru_with(t, False),
    }

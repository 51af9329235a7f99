"""Layers computed with loops and NumPy's products."""
import numpy as np

from fixed_point import integers, number_pattern, quantize

k = number_pattern


def inputs(random):
    return {"r": integers(random, 1, 3, (24, 5), f=4), "x": integers(random, 1, 3, (24, 5, 6, 3)),
            "m": integers(random, 1, 3, (24, 4, 3), f=3)}


def rounded(v):
    return quantize(v, 1, 2, 2, "sat", "rnd")


def integer(v, n):
    return quantize(v, 1, n - 1, 0)


def relu(v):
    return np.maximum(v, 0)


def pool(x, size, stride, same=False, how=np.max):
    """Windows that may reach over the edge; only the elements inside count."""
    starts = []
    for n, p, s in zip(x.shape, size, stride):
        count = -(-n // s) if same else (n - p) // s + 1
        before = max((count - 1) * s + p - n, 0) // 2 if same else 0
        starts.append([slice(max(i * s - before, 0), i * s - before + p) for i in range(count)])
    if len(size) == 1:
        return np.array([how(x[rows], axis=0) for rows in starts[0]])
    return np.array([[how(x[rows, columns], axis=(0, 1)) for columns in starts[1]] for rows in starts[0]])


def interaction(m):
    q, n = rounded(m), len(m)
    rows = []
    for receiver in range(n):
        got = np.zeros(2)
        for sender in range(n):
            if sender != receiver:
                got += relu(integer(np.concatenate([q[receiver], q[sender]]), 4) @ k((6, 2)) + [1, 2])
        rows.append(integer(np.concatenate([q[receiver], got]), 6) @ k((5, 3)))
    return rows


def mixer(m):
    mixed = rounded(m) + relu(k((4, 4)).T @ rounded(m) + np.array([[0], [1], [0], [1]]))
    return rounded(mixed) + integer(mixed, 5) @ k((3, 3)) + 1


def outputs(r, x, m):
    gamma, variance, mean = np.array([1, 2, 4]), np.array([3, 15, 0]), np.array([0.5, 0, 2])
    factor = gamma / np.sqrt(variance + 1)  # 1/2, 1/2, 4: exact
    features = relu(rounded(m) @ k((3, 4)) + [1, 0, 0, -2])
    return {
        "dense": rounded(r) @ k((5, 3)) + [1, 2, 3],
        "linear": rounded(r) @ k((5, 3)),
        "each": rounded(m) @ k((3, 2)) + [1, -1],
        "general": [rounded(m)[n] @ k((4, 3, 2))[n] + 0.5 for n in range(4)],
        "tokens": k((4, 5)).T @ rounded(m) + np.arange(1, 6)[:, None],
        "scaled": x * [2, 0.5, -1] + [1, 0, -1],
        "folded": (rounded(r) @ k((5, 3)) + [1, 2, 3] - mean) * factor + [7, 0, -3],
        "max1d": pool(x[0], [2], [2]),
        "max1d_same": pool(x[:, 0], [3], [2], same=True),
        "max2d": pool(x, [2, 3], [2, 3]),
        "max2d_same": pool(x, [2, 2], [2, 2], same=True),
        "avg1d": pool(x[0], [2], [1], how=np.mean),
        "avg2d": pool(x, [2, 2], [2, 2], how=np.mean),
        "avg3": pool(x, [1, 3], [1, 3], how=np.sum) * 85 / 256,
        "ninth": quantize(pool(x, [3, 3], [1, 1], how=np.sum) / 9, 1, 3, 2, "wrap", "rnd_conv"),
        "third": quantize(pool(r[:, None], [3], [1], how=np.sum)[:, 0] / 12, 1, 3, 3, "wrap", "rnd"),
        "peak": x.max(axis=(0, 1)),
        "average": x[:4, :4].mean(axis=(0, 1)),
        "leaky": np.where(x[0] > 0, x[0], x[0] / 8),
        "six": np.clip(x[0], 0, 6),
        "sigmoid": np.clip(x[0] / 4 + 0.5, 0, 1),
        "tanh": np.clip(x[0] / 4, -1, 1),
        "set": integer(features.sum(axis=0), 6) @ k((4, 2)),
        "graph": interaction(m),
        "mixed": mixer(m),
    }

"""Selection and order by what NumPy does."""
import numpy as np

from fixed_point import integers, number_pattern, quantize


def inputs(random):
    return {"x": integers(random, 1, 3, (60, 11), f=2), "i": random.integers(0, 6, (60, 2, 3)),
            "j": random.integers(0, 16, 60), "m": integers(random, 1, 4, (60, 6, 2)), "c": integers(random, 1, 2, (60, 13))}


def descending(v):
    return np.argsort(-v, kind="stable")


def outputs(x, i, j, m, c):
    v, coarse = quantize(x, 1, 3, 1, "sat", "rnd"), quantize(x, 0, 3, -1)
    first, largest = descending(v)[:4], descending(x)[:3]
    return {
        "element": v[j % 8],
        "rows": m[i],
        "row": m[j % 4],
        "best": [v[first], first],
        "coarse": [coarse[descending(coarse)], descending(coarse)],
        "only": v[:1].squeeze(),
        "only_best": [v[:1], [0]],
        "only_order": [0, 0],
        "only_row": [3, -4],
        "wide": [x[largest] * 2.0**90, largest],
        "order": np.argsort(v, kind="stable"),
        "down": descending(v),
        "counts": np.histogram(v, [-4, -1.5, 0, 0.5, 3, 6])[0],
        "decimal_counts": np.histogram(v, [-3.3, -0.1, 0.5, 4.7])[0],
        "occurs": [np.sum(c == n) for n in range(4)],
        "embedded": number_pattern((6, 5))[i],
        "embedded_one": (np.arange(24).reshape(8, 3) * 5 % 7)[j % 8],
    }

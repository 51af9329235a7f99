"""The instructions of ALIR, with NumPy."""
import numpy as np

from fixed_point import integers, quantize


def inputs(random):
    return {"x": integers(random, 1, 2, (80, 5), f=2)}


def outputs(x):
    def grown(*values):
        return np.concatenate([x, values])

    codes = (x * 4).astype(int)

    def bits(operation, sign=1):
        return grown(operation(sign * codes[0], 2 * codes[2]) / 4, operation(codes[1], codes[3]) / 4)

    entries = (np.arange(64).reshape(2, 32) * 7 + 3) % 19 / 2
    chosen = [x[2] if x[0] >= 0 else -x[4], x[3] if x[1] >= 1.5 else x[4] / 2]
    return {
        "sums": grown(x[0] - x[1] / 2 + 0.25, 5 * x[2] - 3),
        "quantized": grown(quantize(x[4] / 2, 1, 1, 1), quantize(-2 * x[0], 1, 0, 2)),
        "relus": grown(quantize(max(x[1], 0), 0, 2, 1), quantize(max(-x[2], 0), 0, 2, 1)),
        "choices": grown(*chosen),
        "products": grown(x[0] * x[3], x[1] * x[3], x[2] * x[2]),
        "ands": bits(np.bitwise_and),
        "ors": bits(np.bitwise_or),
        "xors": bits(np.bitwise_xor, -1),
        "equal": grown(x[0] == 0.25, x[1] == -1, x[2] == 0),
        "nonzero": grown(x[3] != 0, x[4] != 0),
        "tables": grown(entries[0, codes[1] + 16], entries[1, codes[3] + 16]),
        "few": np.concatenate([x / 4, [entries[0, codes[0] + 16]]]),
    }

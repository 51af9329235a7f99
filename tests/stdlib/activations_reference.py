"""Activation functions by their definitions, in double precision: `nearest` refuses what that cannot decide."""
import math

import numpy as np

from fixed_point import nearest, quantize


def inputs(random):
    return {"x": np.concatenate([np.arange(-576, 576) / 64, random.uniform(-20, 20, 64)]).reshape(-1, 8)}


def outputs(x):
    v = quantize(x, 1, 3, 4, "sat", "rnd")
    each = lambda f: np.array([f(float(n)) for n in v])
    wide = lambda values: np.clip(nearest(values, 6), -8, 8 - 2**-6)
    unit = lambda values: np.clip(nearest(values, 8), 0, 1 - 2**-8)
    relu6 = lambda n: np.minimum(np.maximum(n, 0), 6)
    positive = quantize(x, 0, 2, 3, "sat")
    silu = each(lambda n: n / (1 + math.exp(-n)))
    fine = quantize(x, 1, 3, 6, "sat", "rnd")
    long = lambda f, digits=7: np.clip(nearest([f(float(n)) for n in fine], digits), -8, 8 - 2.0**-digits)
    return {
        "relu6": relu6(v),
        "prelu": np.where(v < 0, v * [0.25, 0, -1, 1.5, 2, 0.125, 1, 0.375], v),
        "hard_sigmoid6": unit(relu6(v + 3) / 6),
        "hard_sigmoid5": unit(np.clip(0.2 * v + 0.5, 0, 1)),
        "hard_swish": wide(v * relu6(v + 3) / 6),
        "elu": wide(each(lambda n: n if n > 0 else math.expm1(n))),
        "elu_steep": wide(each(lambda n: n if n > 0 else 1.5 * math.expm1(n))),
        "elu_positive": positive,
        "selu": wide(each(lambda n: 1.0507009873554805 * (n if n > 0 else 1.6732632423543772 * math.expm1(n)))),
        "gelu": wide(each(lambda n: n * 0.5 * math.erfc(-n / math.sqrt(2)))),
        "gelu_approximate": wide(each(lambda n: 0.5 * n * (1 + math.tanh(math.sqrt(2 / math.pi) * (n + 0.044715 * n**3))))),
        "silu": wide(silu),
        "swish": wide(silu),
        "gelu_fine": long(lambda n: n * 0.5 * math.erfc(-n / math.sqrt(2))),
        "silu_fine": long(lambda n: n / (1 + math.exp(-n))),
        "silu_coarse": long(lambda n: n / (1 + math.exp(-n)), 3),
        "silu_positive": np.clip(long(lambda n: n / (1 + math.exp(-n))), 0, 4 - 2**-7),
        "softplus_fine": long(lambda n: math.log1p(math.exp(n))),
        "softplus": wide(each(lambda n: math.log1p(math.exp(n)))),
        "softsign": wide(v / (1 + np.abs(v))),
        "mish": wide(each(lambda n: n * math.tanh(math.log1p(math.exp(n))))),
        "sigmoid": unit(each(lambda n: 1 / (1 + math.exp(-n)))),
        "tanh": wide(each(math.tanh)),
        "cubes": np.floor(v**3 / 3),
    }

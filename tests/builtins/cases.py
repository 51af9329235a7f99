"""What every built-in name gives, computed with NumPy and fractions. `case(names, expression, function)`: `function` takes
the inputs by their names. The expression is compared with variables and with constants, `constant(…)` with constants only."""
import math

import numpy as np

import formats

#: Few values where ties matter; fractions where signs and rounding do.
INPUTS = {
    "a": ("fixed(1, 3, 2)[3, 4]", lambda random: random.integers(-32, 32, (3, 4)) / 4),
    "b": ("fixed(1, 3, 2)[3, 4]", lambda random: random.integers(-32, 32, (3, 4)) / 4),
    "t": ("int(2)[3, 4]", lambda random: random.integers(-2, 2, (3, 4)) * 1.0),
    "c": ("bool[3, 4]", lambda random: random.integers(0, 2, (3, 4)) * 1.0),
    "v": ("fixed(1, 3, 2)[4]", lambda random: random.integers(-32, 32, 4) / 4),
    "q": ("int(3)[4]", lambda random: random.integers(-4, 4, 4) * 1.0),
    "h": ("int(4)[5, 6, 2]", lambda random: random.integers(-8, 8, (5, 6, 2)) * 1.0),
    "r": ("real[16]", lambda random: np.concatenate([random.integers(-64, 64, 12) / 8, random.integers(-640, 640, 4) / 32])),
}
CASES, CONSTANTS = [], []
M = np.array([[2, -1], [0, 3], [1, 1], [-4, 5]], float)
M_TEXT = "[[2, -1], [0, 3], [1, 1], [-4, 5]]"


def case(names, expression, function):
    CASES.append((names.split(), expression, function))


def constant(names, expression, value):
    CONSTANTS.append((names.split(), expression, np.array(value, float)))


def each(function):
    return np.vectorize(function, otypes=[float])


# Formats.
for rounding in formats.ROUND:
    case(f"quantize fixed real {rounding}", f"quantize(r, fixed(1, 5, 1, round: {rounding}, overflow: sat))",
         lambda r, rounding=rounding: each(formats.quantize)(r, 1, 5, 1, rounding, "sat"))
for overflow in formats.OVERFLOW:
    for k in (0, 1):
        case(f"quantize fixed {overflow}", f"quantize(r, fixed({k}, 2, 1, round: rnd, overflow: {overflow}))",
             lambda r, k=k, overflow=overflow: each(formats.quantize)(r, k, 2, 1, "rnd", overflow))
case("quantize fixed", "quantize(v, fixed([1, 0, 1, 0], [1, 2, 3, 4], [2, 1, 0, -1]))",
     lambda v: np.array([formats.quantize(v[j], *kif) for j, kif in enumerate([(1, 1, 2), (0, 2, 1), (1, 3, 0), (0, 4, -1)])]))
case("kbi", "quantize(a, kbi(1, 3, 2))", lambda a: each(formats.quantize)(a, 1, 2, 1))
case("int", "quantize(a, int(3, round: rnd, overflow: sat))", lambda a: each(formats.quantize)(a, 1, 2, 0, "rnd", "sat"))
case("uint", "quantize(a, uint(3, round: rnd_inf))", lambda a: each(formats.quantize)(a, 0, 3, 0, "rnd_inf"))
case("bool", "quantize(a, bool)", lambda a: each(formats.quantize)(a, 0, 1, 0))
case("ternary", "quantize(a, ternary)", lambda a: each(formats.quantize)(a, 1, 1, 0, "rnd_conv", "sat_sym"))
case("_", "twice_any(a)", lambda a: 2 * a)
case("data", "by_data", lambda a: each(formats.quantize)(a, 1, 1, 1))
case("weight", "by_weight", lambda a: each(formats.quantize)(a, 1, 2, 0))
case("bias", "by_bias", lambda a: each(formats.quantize)(a, 0, 2, 1))
case("table", "by_table", lambda q: q * q % 4)
PROGRAM = """fn twice_any(x: _[m, n]) = x + x
with data: fixed(1, 1, 1), weight: int(3), bias: fixed(0, 2, 1), table: uint(2) {
  table squares(x: int(3)) = x * x
  let by_data = quantize(a)
  let by_weight = quantize(a, weight)
  let by_bias = quantize(a, bias)
  let by_table = squares(q)
}
"""

# Arithmetic.
case("einsum", f'einsum("ij,jk->ki", a, {M_TEXT})', lambda a: (a @ M).T)
case("einsum", 'einsum("ij,kj->ik", a, b)', lambda a, b: a @ b.T)
case("einsum", 'einsum("ii->i", a[:, 0..3])', lambda a: np.array([a[j, j] for j in range(3)]))
case("einsum", 'einsum("...i->...", h)', lambda h: h[:, :, 0] + h[:, :, 1])
case("relu", "relu(a)", lambda a: np.where(a > 0, a, 0))
case("abs", "abs(a)", lambda a: np.where(a < 0, -a, a))
case("sign", "sign(a)", lambda a: 1.0 * (a > 0) - (a < 0))
case("is_negative", "is_negative(t)", lambda t: 1.0 * (t < 0))
case("clip", "clip(a, -1.5, 3)", lambda a: np.where(a < -1.5, -1.5, np.where(a > 3, 3, a)))
case("select", "select(t, a, b)", lambda t, a, b: np.where(t != 0, a, b))
case("select true", "select(c == true, a, v)", lambda c, a, v: np.where(c == 1, a, v))
case("false", "c == false", lambda c: 1 - c)
POINTS, POINTS_TEXT = [-2.5, -1.75, -0.5, 0.5, 1.5, 2, 2.75], "[-2.5, -1.75, -0.5, 0.5, 1.5, 2, 2.75]"
case("floor", "floor(a)", lambda a: np.floor(a))
case("ceil", "ceil(a)", lambda a: np.ceil(a))
case("round", "round(a)", lambda a: np.round(a))  # ties to even
constant("floor", f"floor({POINTS_TEXT})", [math.floor(x) for x in POINTS])
constant("ceil", f"ceil({POINTS_TEXT})", [math.ceil(x) for x in POINTS])
constant("round", f"round({POINTS_TEXT})", [round(x) for x in POINTS])  # Python's rounds ties to even too
constant("true false", "[true, false]", [1, 0])

# Bits.
case("bits", "bits(a, -1, 3)", lambda a: np.floor(a * 2) % 8)
case("bits", "bits(a, 1, 2)", lambda a: np.floor(a / 2) % 4)
case("bit", "bit(a, 2)", lambda a: np.floor(a / 4) % 2)
case("to_bits", "to_bits(a, 4)", lambda a: np.stack([np.floor(a) // 2**j % 2 for j in range(4)], -1))
case("from_bits", "from_bits(c)", lambda c: c @ [1, 2, 4, 8])

# Reductions.
for axis, text in ((None, ""), (0, ", axis: 0"), (1, ", axis: -1"), ((0, 1), ", axis: [0, 1]")):
    for name, function in {"sum": np.sum, "max": np.max, "min": np.min, "prod": np.prod, "any": np.any, "all": np.all}.items():
        operand = {"prod": "t", "any": "c", "all": "c"}.get(name, "a")
        case(name, f"{name}({operand}{text})",
             lambda axis=axis, function=function, **x: 1.0 * np.asarray(function(next(iter(x.values())), axis=axis)))
    if not isinstance(axis, tuple):
        case("argmax", f"argmax(t{text})", lambda t, axis=axis: 1.0 * np.argmax(t, axis))
        case("argmin", f"argmin(t{text})", lambda t, axis=axis: 1.0 * np.argmin(t, axis))
case("sum", "sum(a, axis: 1, keep: true)", lambda a: np.array([[sum(row)] for row in a]))
case("mean", "mean(a, axis: 1)", lambda a: np.array([sum(row) / 4 for row in a]))
case("max", "max(a, b, 1)", lambda a, b: each(max)(a, b, 1))
case("min", "min(a, b, 1)", lambda a, b: each(min)(a, b, 1))
case("sort", "sort(a)", lambda a: np.array([sorted(row) for row in a]))
case("sort", "sort(a, axis: 0, descending: true)", lambda a: np.array([sorted(column, reverse=True) for column in a.T]).T)
case("cumsum", "cumsum(a)", lambda a: np.array([[sum(row[:j + 1]) for j in range(4)] for row in a]))
case("cumsum", "cumsum(a, axis: 0)", lambda a: np.array([a[0], a[0] + a[1], a[0] + a[1] + a[2]]))

# Data movement.
case("reshape", "reshape(a, [2, -1, 3])", lambda a: np.array([a.flat[j] for j in range(12)]).reshape(2, 2, 3))
case("flatten", "flatten(h)", lambda h: np.array([h[i, j, k] for i in range(5) for j in range(6) for k in range(2)]))
case("transpose", "transpose(h)", lambda h: np.array([[[h[i, j, k] for i in range(5)] for j in range(6)] for k in range(2)]))
case("transpose", "transpose(h, [1, 2, 0])",
     lambda h: np.array([[[h[i, j, k] for i in range(5)] for k in range(2)] for j in range(6)]))
case("gather", "gather(a, [[3, 0], [1, 1]], axis: 1)", lambda a: a[:, [[3, 0], [1, 1]]])
case("gather", "gather(a, [2, 0])", lambda a: np.array([a[2], a[0]]))
case("concat", "concat(a, b)", lambda a, b: np.array([*a, *b]))
case("concat", "concat(a, b, axis: 1)", lambda a, b: np.array([[*x, *y] for x, y in zip(a, b)]))
case("stack", "stack(a, b)", lambda a, b: np.array([a, b]))
case("stack", "stack(a, b, axis: 2)", lambda a, b: np.array([[[x, y] for x, y in zip(p, q)] for p, q in zip(a, b)]))
case("pad", "pad(v, 1, 2, value: 3)", lambda v: np.array([3, *v, 3, 3]))
case("pad", "pad(a, [1, 0])", lambda a: np.array([[0] * 4, *a, [0] * 4]))
case("repeat", "repeat(v, 2)", lambda v: np.array([x for x in v for _ in range(2)]))
case("repeat", "repeat(a, 2, axis: 1)", lambda a: np.array([[x for x in row for _ in range(2)] for row in a]))
case("tile", "tile(v, 2)", lambda v: np.array([*v, *v]))
case("tile", "tile(a, 2, axis: 1)", lambda a: np.array([[*row, *row] for row in a]))
case("flip", "flip(a)", lambda a: np.array([a[2], a[1], a[0]]))
case("flip", "flip(a, axis: 1)", lambda a: np.array([[row[3 - j] for j in range(4)] for row in a]))
case("broadcast_to", "broadcast_to(v, [2, 4])", lambda v: np.array([v, v]))
case("windows", "windows(h, [2, 3])", lambda h: np.array(
    [[[[[h[y + m, x + n, k] for n in range(3)] for m in range(2)] for k in range(2)] for x in range(4)] for y in range(4)]))
case("windows", "windows(a, 2, stride: 1, dilation: 2, axes: 1)",
     lambda a: np.array([[[row[j], row[j + 2]] for j in range(2)] for row in a]))
case("windows", "windows(v, 2, stride: 2)", lambda v: np.array([v[0:2], v[2:4]]))

# Tables.
ENTRIES = [5, -3, 0, 7, 2, -8, 1, 4]
case("lookup", f"lookup(q, {ENTRIES}, int(3))", lambda q: np.array([ENTRIES[int(x) + 4] for x in q], float))
case("thresholds", "thresholds(a, [-3, -0.5, 0, 2.25])",
     lambda a: each(lambda x: sum(x >= level for level in (-3, -0.5, 0, 2.25)))(a))
case("thresholds", "thresholds(a, [-3, -0.5, 0, 2.25], base: -2, step: 0.5, below: true)",
     lambda a: each(lambda x: -2 + 0.5 * sum(x <= level for level in (-3, -0.5, 0, 2.25)))(a))
case("thresholds", "thresholds(a, [-0.7, 1 / 3, 1.1, pi])",
     lambda a: each(lambda x: sum(x >= level for level in (-0.7, 1 / 3, 1.1, math.pi)))(a))

# Arrays and shapes.
case("shape", "v[0] * 0 + shape(h)", lambda v: np.array([5.0, 6, 2]))
case("rank size len", "v[0] * 0 + [rank(h), size(h), len(h)]", lambda v: np.array([3.0, 60, 5]))
constant("zeros", "zeros([2, 3])", [[0] * 3] * 2)
constant("ones", "ones(2)", [1, 1])
constant("full", "full([2, 1], -1.5)", [[-1.5], [-1.5]])
constant("iota", "iota([2, 3])", [[0, 1, 2], [3, 4, 5]])
constant("eye", "eye(3)", [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
LOADED = {"array.npy": np.array([[1, -2.5, 3], [0, 8, 0.25]]), "archive.npz": {"p": np.array([1, 2, 3]), "q": np.array([[-7]])}}
constant("load", 'load("array.npy")', LOADED["array.npy"])
constant("load", 'load("archive.npz").q', LOADED["archive.npz"]["q"])

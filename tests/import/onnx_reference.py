"""Operators of ONNX and QONNX in NumPy, in float64: what imported programs are compared with."""
import math

import numpy as np

FUNCTIONS = {
    "Tanh": np.tanh,
    "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "Exp": np.exp,
    "Softplus": lambda x: np.log1p(np.exp(x)),
    "Softsign": lambda x: x / (1 + np.abs(x)),
    "HardSwish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "Mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
    "Erf": np.vectorize(math.erf),
    "Gelu": lambda x: x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2))),
}
ROUNDINGS = {
    "ROUND": np.round,
    "HALF_EVEN": np.round,
    "FLOOR": np.floor,
    "CEIL": np.ceil,
    "UP": lambda x: np.sign(x) * np.ceil(np.abs(x)),
    "DOWN": np.trunc,
    "HALF_UP": lambda x: np.sign(x) * np.floor(np.abs(x) + 0.5),
    "HALF_DOWN": lambda x: np.sign(x) * np.ceil(np.abs(x) - 0.5),
}


def quant(x, scale, zero, bits, signed=1, narrow=0, rounding_mode="ROUND"):
    if signed and bits == 1:
        return np.where(x >= 0, 1.0, -1.0) * scale
    low = -(2.0 ** (bits - 1)) + narrow if signed else 0.0
    high = 2.0 ** (bits - 1) - 1 if signed else 2.0**bits - 1 - narrow
    return (ROUNDINGS[rounding_mode](np.clip(x / scale + zero, low, high)) - zero) * scale


def windows(x, size, strides, pads, dilations, value):
    """[n, c, positions…, size…] of [n, c, space…]."""
    axes = len(size)
    x = np.pad(x, [(0, 0), (0, 0)] + [(pads[j], pads[j + axes]) for j in range(axes)], constant_values=value)
    reach = [(size[j] - 1) * dilations[j] + 1 for j in range(axes)]
    view = np.lib.stride_tricks.sliding_window_view(x, reach, axis=tuple(range(2, 2 + axes)))
    view = view[(slice(None), slice(None)) + tuple(slice(None, None, s) for s in strides)]
    return view[(Ellipsis,) + tuple(slice(None, None, d) for d in dilations)]


def window_attributes(a, space, size):
    axes = len(size)
    strides = a.get("strides", [1] * axes)
    dilations = a.get("dilations", [1] * axes)
    pads = list(a.get("pads", [0] * 2 * axes))
    if a.get("auto_pad", "NOTSET").startswith("SAME"):
        for j in range(axes):
            reach = (size[j] - 1) * dilations[j] + 1
            missing = max((-(-space[j] // strides[j]) - 1) * strides[j] + reach - space[j], 0)
            less, more = missing // 2, missing - missing // 2
            pads[j], pads[j + axes] = (less, more) if a["auto_pad"] == "SAME_UPPER" else (more, less)
    if a.get("ceil_mode"):
        for j in range(axes):
            left = space[j] + pads[j] + pads[j + axes] - size[j]
            count = -(-left // strides[j]) + 1
            if (count - 1) * strides[j] >= space[j] + pads[j]:
                count -= 1
            pads[j + axes] = (count - 1) * strides[j] + size[j] - space[j] - pads[j]
    return strides, pads, dilations


def conv(a, x, w, b=None):
    size = w.shape[2:]
    strides, pads, dilations = window_attributes(a, x.shape[2:], size)
    groups = a.get("group", 1)
    patches = windows(x, size, strides, pads, dilations, 0)
    axes = len(size)
    own, outputs = x.shape[1] // groups, w.shape[0] // groups
    parts = []
    for g in range(groups):
        part = patches[:, g * own:(g + 1) * own]
        kernel = w[g * outputs:(g + 1) * outputs]
        parts.append(np.moveaxis(np.tensordot(part, kernel, ([1] + list(range(-axes, 0)), list(range(1, 2 + axes)))), -1, 1))
    y = np.concatenate(parts, 1)
    return y if b is None else y + b.reshape([-1] + [1] * axes)


def conv_transpose(a, x, w, b=None):
    size, axes, groups = w.shape[2:], w.ndim - 2, a.get("group", 1)
    strides, pads, dilations = window_attributes(a, x.shape[2:], size)
    more = a.get("output_padding", [0] * axes)
    whole = [(x.shape[2 + j] - 1) * strides[j] + (size[j] - 1) * dilations[j] + 1 for j in range(axes)]
    outputs, own = w.shape[1], x.shape[1] // groups
    y = np.zeros([x.shape[0], outputs * groups] + [whole[j] + more[j] for j in range(axes)])
    for position in np.ndindex(*x.shape[2:]):
        for place in np.ndindex(*size):
            at = tuple(position[j] * strides[j] + place[j] * dilations[j] for j in range(axes))
            for g in range(groups):
                kernel = w[(slice(g * own, (g + 1) * own), slice(None)) + place]
                value = x[(slice(None), slice(g * own, (g + 1) * own)) + position]
                y[(slice(None), slice(g * outputs, (g + 1) * outputs)) + at] += value @ kernel
    cut = tuple(slice(pads[j], whole[j] - pads[j + axes] + more[j]) for j in range(axes))
    y = y[(slice(None), slice(None)) + cut]
    return y if b is None else y + b.reshape([-1] + [1] * axes)


def pool(a, x, kind):
    size = a["kernel_shape"]
    strides, pads, dilations = window_attributes(a, x.shape[2:], size)
    axes = tuple(range(-len(size), 0))
    patches = windows(x, size, strides, pads, dilations, -np.inf if kind == "max" else 0)
    return patches.max(axes) if kind == "max" else patches.mean(axes)


def batch_normalization(a, x, scale, bias, mean, variance):
    shape = [1, -1] + [1] * (x.ndim - 2)
    root = np.sqrt(variance + float(np.float32(a.get("epsilon", 1e-5))))
    return (x - mean.reshape(shape)) / root.reshape(shape) * scale.reshape(shape) + bias.reshape(shape)


def multi_threshold(a, x, levels):
    moved = np.moveaxis(x, 1, -1)[..., None] if a.get("data_layout", "NCHW") == "NCHW" else x[..., None]
    count = (moved >= levels).sum(-1)
    count = np.moveaxis(count, -1, 1) if a.get("data_layout", "NCHW") == "NCHW" else count
    return a.get("out_scale", 1.0) * count + a.get("out_bias", 0.0)


def quantize_linear(a, x, scale, zero):
    limits = np.iinfo(zero.dtype)
    shape = [-1 if axis == a.get("axis", 1) else 1 for axis in range(x.ndim)] if scale.size > 1 else []
    points = zero.astype(float).reshape(shape)
    return np.clip(np.round(x / scale.reshape(shape)) + points, limits.min, limits.max)


def dequantize_linear(a, x, scale, zero):
    shape = [-1 if axis == a.get("axis", 1) else 1 for axis in range(x.ndim)] if scale.size > 1 else []
    return (x.astype(float) - zero.astype(float).reshape(shape)) * scale.astype(float).reshape(shape)


def sliced(x, starts, ends, axes, steps):
    index = [slice(None)] * x.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps):
        index[axis] = slice(int(start), int(end), int(step))
    return x[tuple(index)]


def padded(x, pads, value):
    return np.pad(x, [(int(pads[j]), int(pads[j + x.ndim])) for j in range(x.ndim)], constant_values=float(value))


OPERATORS = {
    "Quant": lambda a, x, s, z, b: quant(x, s, z, b, **a),
    "IntQuant": lambda a, x, s, z, b: quant(x, s, z, b, **a),
    "BipolarQuant": lambda a, x, s: np.where(x >= 0, 1.0, -1.0) * s,
    "MultiThreshold": multi_threshold,
    "QuantizeLinear": quantize_linear,
    "DequantizeLinear": dequantize_linear,
    "MatMul": lambda a, x, y: x @ y,
    "Gemm": lambda a, x, w, b=0.0: a.get("alpha", 1.0) * (x @ (w.T if a.get("transB") else w)) + a.get("beta", 1.0) * b,
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "BatchNormalization": batch_normalization,
    "MaxPool": lambda a, x: pool(a, x, "max"),
    "AveragePool": lambda a, x: pool(a, x, "mean"),
    "GlobalAveragePool": lambda a, x: x.mean(tuple(range(2, x.ndim)), keepdims=True),
    "GlobalMaxPool": lambda a, x: x.max(tuple(range(2, x.ndim)), keepdims=True),
    "Relu": lambda a, x: np.maximum(x, 0),
    "LeakyRelu": lambda a, x: np.where(x < 0, x * float(np.float32(a.get("alpha", 0.01))), x),
    "PRelu": lambda a, x, s: np.where(x < 0, x * s, x),
    "Clip": lambda a, x, low=-np.inf, high=np.inf: np.clip(x, low, high),
    "Add": lambda a, x, y: x + y,
    "Sub": lambda a, x, y: x - y,
    "Mul": lambda a, x, y: x * y,
    "Div": lambda a, x, y: x / y,
    "Neg": lambda a, x: -x,
    "Abs": lambda a, x: np.abs(x),
    "Sign": lambda a, x: np.sign(x),
    "Floor": lambda a, x: np.floor(x),
    "Ceil": lambda a, x: np.ceil(x),
    "Round": lambda a, x: np.round(x),
    "Pow": lambda a, x, y: x**y,
    "Min": lambda a, *x: np.minimum(*x),
    "Max": lambda a, *x: np.maximum(*x),
    "Elu": lambda a, x: np.where(x > 0, x, a.get("alpha", 1.0) * np.expm1(x)),
    "HardSigmoid": lambda a, x: np.clip(float(np.float32(a.get("alpha", 0.2))) * x + a.get("beta", 0.5), 0, 1),
    "Greater": lambda a, x, y: (x > y) * 1.0,
    "LessOrEqual": lambda a, x, y: (x <= y) * 1.0,
    "Equal": lambda a, x, y: (x == y) * 1.0,
    "Where": lambda a, c, x, y: np.where(c, x, y),
    "Flatten": lambda a, x: x.reshape(len(x), -1),
    "Reshape": lambda a, x, s: x.reshape([len(x)] + [int(v) for v in s[1:]]),
    "Transpose": lambda a, x: x.transpose(a.get("perm")),
    "Squeeze": lambda a, x, axes: x.squeeze(tuple(int(v) for v in axes)),
    "Unsqueeze": lambda a, x, axes: np.expand_dims(x, tuple(int(v) for v in axes)),
    "Concat": lambda a, *x: np.concatenate([np.broadcast_to(v, x[0].shape[:1] + v.shape[1:]) for v in x], a["axis"]),
    "Slice": lambda a, x, s, e, ax, st: sliced(x, s, e, ax, st),
    "Gather": lambda a, x, i: np.take(x, i.astype(int), a["axis"]),
    "Pad": lambda a, x, p, v=0.0: padded(x, p, v),
    "Identity": lambda a, x: x,
    "Dropout": lambda a, x: x,
    "ReduceSum": lambda a, x, axes: x.sum(tuple(int(v) for v in axes), keepdims=bool(a.get("keepdims", 1))),
    "ReduceMean": lambda a, x, axes: x.mean(tuple(int(v) for v in axes), keepdims=bool(a.get("keepdims", 1))),
    "ReduceMax": lambda a, x, axes: x.max(tuple(int(v) for v in axes), keepdims=bool(a.get("keepdims", 1))),
    "ReduceMin": lambda a, x, axes: x.min(tuple(int(v) for v in axes), keepdims=bool(a.get("keepdims", 1))),
    "ArgMax": lambda a, x: np.expand_dims(x.argmax(a["axis"]), a["axis"]) if a.get("keepdims", 1) else x.argmax(a["axis"]),
    **{name: (lambda f: lambda a, x: f(x))(f) for name, f in FUNCTIONS.items()},
}


def channels_last(kind, a, values):
    """The operator with channels last: moved, computed, moved back; kernels are [out, space…, in]."""
    moved = [np.moveaxis(value, -1, 1) if j < (2 if kind == "Conv" else 1) else value for j, value in enumerate(values)]
    return np.moveaxis(OPERATORS[kind](a, *moved), 1, -1)

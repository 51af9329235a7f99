"""Writes ONNX files, with the wire format of protocol buffers and nothing else: what tests need of onnx.proto."""
import struct

import numpy as np

FLOAT, UINT8, INT8, INT32, INT64, FLOAT16, BFLOAT16, UINT4, INT4 = 1, 2, 3, 6, 7, 10, 16, 21, 22
TYPES = {"float32": FLOAT, "uint8": UINT8, "int8": INT8, "int32": INT32, "int64": INT64, "float16": FLOAT16, "bool": 9,
         "float64": 11, "int16": 5, "uint16": 4}


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def data(field, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def real(field, value):
    return varint(field << 3 | 5) + struct.pack("<f", value)


def tensor(name, array, kind=None, external=None, fields=None):
    """raw_data; `external`: (location, offset, length); `fields`: the encoded typed fields in their place."""
    array = np.asarray(array)
    kind = kind or TYPES[str(array.dtype)]
    out = b"".join(number(1, extent) for extent in array.shape) + number(2, kind) + data(8, name)
    if external:
        for key, value in zip(("location", "offset", "length"), external):
            out += data(13, data(1, key) + data(2, str(value)))
        return out + number(14, 1)
    return out + (fields if fields is not None else data(9, np.ascontiguousarray(array).tobytes()))


def attribute(name, value):
    out = data(1, name)
    if isinstance(value, bool) or isinstance(value, int):
        return out + number(3, int(value)) + number(20, 2)
    if isinstance(value, float):
        return out + real(2, value) + number(20, 1)
    if isinstance(value, str):
        return out + data(4, value) + number(20, 3)
    if isinstance(value, np.ndarray):
        return out + data(5, tensor("", value)) + number(20, 4)
    if all(isinstance(item, int) for item in value):
        return out + b"".join(number(8, item) for item in value) + number(20, 7)
    return out + b"".join(real(7, item) for item in value) + number(20, 6)


def node(kind, inputs, outputs, name="", domain="", **attributes):
    out = b"".join(data(1, value) for value in inputs) + b"".join(data(2, value) for value in outputs)
    out += data(3, name) + data(4, kind) + b"".join(data(5, attribute(*item)) for item in attributes.items())
    return out + (data(7, domain) if domain else b"")


def value_info(name, shape, kind=FLOAT):
    extents = b"".join(data(1, data(2, extent) if isinstance(extent, str) else number(1, extent)) for extent in shape)
    return data(1, name) + data(2, data(1, number(1, kind) + data(2, extents)))


def model(nodes, initializers, inputs, outputs, opset=20):
    graph = b"".join(data(1, each) for each in nodes) + data(2, "graph")
    graph += b"".join(data(5, each) for each in initializers)
    graph += b"".join(data(11, each) for each in inputs) + b"".join(data(12, each) for each in outputs)
    return number(1, 10) + data(2, "test") + data(7, graph) + data(8, data(1, "") + number(2, opset))

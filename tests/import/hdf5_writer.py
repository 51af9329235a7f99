"""Writes small HDF5 files with NumPy alone, as h5py does by default: superblock 0, groups as symbol tables, contiguous
data, fixed strings in attributes. For tests and examples that need a model file.

    write_hdf5({"layers": {"dense": {"vars": {"0": kernel, "1": bias}}}}, attributes={"": {"model_config": text}})
"""
import struct

import numpy as np

UNDEFINED = 0xFFFFFFFFFFFFFFFF
LEAF = 4  # a symbol node has up to 2 · LEAF names
INTERNAL = 16  # a B-tree node has up to 2 · INTERNAL children


def pad8(data):
    return data + bytes(-len(data) % 8)


def datatype(dtype):
    """Message 3 of a NumPy type; strings are NumPy's S."""
    dtype = np.dtype(dtype)
    size = dtype.itemsize
    if dtype.kind == "S":
        return struct.pack("<BBBBI", 0x13, 0, 0, 0, size)
    if dtype.kind == "f":
        exponent, mantissa, bias = {2: (5, 10, 15), 4: (8, 23, 127), 8: (11, 52, 1023)}[size]
        properties = struct.pack("<HHBBBBI", 0, 8 * size, mantissa, exponent, 0, mantissa, bias)
        return struct.pack("<BBBBI", 0x11, 0x20, 8 * size - 1, 0, size) + properties
    signed = 0x08 if dtype.kind == "i" else 0
    return struct.pack("<BBBBIHH", 0x10, signed, 0, 0, size, 0, 8 * size)


def dataspace(shape):
    return struct.pack("<BBBB4x", 1, len(shape), 0, 0) + b"".join(struct.pack("<Q", n) for n in shape)


def message(kind, data):
    data = pad8(data)
    return struct.pack("<HHB3x", kind, len(data), 0) + data


def header(messages):
    body = b"".join(messages)
    return struct.pack("<BBHII4x", 1, 0, len(messages), 1, len(body)) + body


def attribute(name, value):
    value = np.asarray(value)
    if value.dtype.kind == "U":
        value = np.char.encode(value, "utf-8")
    kind, space, text = datatype(value.dtype), dataspace(value.shape), name.encode() + b"\0"
    fixed = struct.pack("<BBHHH", 1, 0, len(text), len(kind), len(space))
    return message(0x0C, fixed + pad8(text) + pad8(kind) + pad8(space) + value.tobytes())


class File:
    def __init__(self, attributes):
        self.attributes = attributes
        self.data = bytearray(96)  # the superblock, written last

    def append(self, data):
        at = len(self.data)
        self.data += pad8(data)
        return at

    def attribute_messages(self, path):
        return [attribute(name, value) for name, value in self.attributes.get(path, {}).items()]

    def dataset(self, array, path):
        array = np.asarray(array)
        at = self.append(array.tobytes()) if array.nbytes else UNDEFINED
        layout = struct.pack("<BBQQ", 3, 1, at, array.nbytes)
        return self.append(header([message(1, dataspace(array.shape)), message(3, datatype(array.dtype)),
                                   message(8, layout), *self.attribute_messages(path)]))

    def group(self, members, path):
        """The address of its header, of its B-tree and of its heap."""
        addresses = {name: self.member(value, f"{path}/{name}".lstrip("/")) for name, value in members.items()}
        names = sorted(addresses, key=str.encode)
        heap, offsets = bytearray(8), {}
        for name in names:
            offsets[name] = len(heap)
            heap += pad8(name.encode() + b"\0")
        segment = self.append(bytes(heap))
        heap_at = self.append(b"HEAP" + struct.pack("<B3xQQQ", 0, len(heap), 1, segment))
        nodes, keys = [], [0]
        for first in range(0, len(names), 2 * LEAF):
            some = names[first:first + 2 * LEAF]
            entries = b"".join(struct.pack("<QQI4x16x", offsets[name], addresses[name], 0) for name in some)
            nodes.append(self.append(b"SNOD" + struct.pack("<BBH", 1, 0, len(some)) + entries + bytes(40 * (2 * LEAF - len(some)))))
            keys.append(offsets[some[-1]])
        if len(nodes) > 2 * INTERNAL:
            raise ValueError("too many members")
        children = b"".join(struct.pack("<QQ", key, node) for key, node in zip(keys, nodes)) + struct.pack("<Q", keys[-1])
        tree = b"TREE" + struct.pack("<BBHQQ", 0, 0, len(nodes), UNDEFINED, UNDEFINED) + children
        tree_at = self.append(tree + bytes(24 + 16 * 2 * INTERNAL + 8 - len(tree)))
        table = message(0x11, struct.pack("<QQ", tree_at, heap_at))
        return self.append(header([table, *self.attribute_messages(path)])), tree_at, heap_at

    def member(self, value, path):
        return self.group(value, path)[0] if isinstance(value, dict) else self.dataset(value, path)


def write_hdf5(tree, attributes=None):
    """The bytes of a file. `tree`: groups are dictionaries, datasets arrays. `attributes`: by path ("" is the root)."""
    file = File(attributes or {})
    root, tree_at, heap_at = file.group(tree, "")
    start = b"\x89HDF\r\n\x1a\n" + struct.pack("<BBBBBBBBHHI", 0, 0, 0, 0, 0, 8, 8, 0, LEAF, INTERNAL, 0)
    start += struct.pack("<QQQQ", 0, UNDEFINED, len(file.data), UNDEFINED)
    start += struct.pack("<QQI4xQQ", 0, root, 1, tree_at, heap_at)
    file.data[:len(start)] = start
    return bytes(file.data)

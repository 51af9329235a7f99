"""The formats that training gave to kernels and biases, from an HGQ2 model file (.keras, or .h5 of Keras 3). The neutral
form has exact values, but a weight counts in EBOPs with the bits of its format. Reads only as much of HDF5 as such files
have: superblock 0, old-style groups, contiguous arrays without filters. Anything else is an error."""
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SIGNATURE = b"\x89HDF\r\n\x1a\n"
CONTINUATION, SYMBOL_TABLE, DATASPACE, DATATYPE, LAYOUT = 0x10, 0x11, 0x1, 0x3, 0x8
UNDEFINED = 2**64 - 1


class FormatError(Exception):
    """The file is not one that is understood. The text is for the user."""


@dataclass(frozen=True)
class Formats:
    """k, i and f per element; `saturates`: the overflow mode is `sat`, in which a sign counts as a bit."""

    k: np.ndarray
    i: np.ndarray
    f: np.ndarray
    saturates: bool

    def hold(self, values):
        """Whether quantizing changes nothing."""
        try:
            k, i, f = (np.broadcast_to(part, values.shape).astype(np.float64) for part in (self.k, self.i, self.f))
        except ValueError:
            return False
        codes = values * 2.0**f
        inside = (codes == np.rint(codes)) & (values >= -k * 2.0**i) & (values <= 2.0**i - 2.0**-f)
        return bool(np.where(k + i + f > 0, inside, values == 0).all())


class Hdf5:
    """The numeric arrays of a file, by path."""

    def __init__(self, data):
        self.data, self.arrays = data, {}
        if data[:8] != SIGNATURE or data[8] != 0:
            raise FormatError("not an HDF5 file with superblock 0")
        self.group(self.word(64), "")

    def word(self, at, size=8):
        if at + size > len(self.data):
            raise FormatError("a position beyond the end of the file")
        return int.from_bytes(self.data[at:at + size], "little")

    def messages(self, header):
        """Position of each message of an object, by its type; the last one wins."""
        found, blocks = {}, [(header + 16, self.word(header + 8, 4))]
        while blocks:
            at, size = blocks.pop(0)
            end = at + size
            while at + 8 <= end:
                kind, length = self.word(at, 2), self.word(at + 2, 2)
                if kind == CONTINUATION:
                    blocks.append((self.word(at + 8), self.word(at + 16)))
                found[kind] = at + 8
                at += 8 + length
        return found

    def group(self, header, path):
        messages = self.messages(header)
        if SYMBOL_TABLE in messages:
            at = messages[SYMBOL_TABLE]
            names = self.word(self.word(at + 8) + 24)
            for name, child in self.entries(self.word(at), names):
                self.group(child, f"{path}/{name}" if path else name)
        elif LAYOUT in messages:
            array = self.array(messages)
            if array is not None:
                self.arrays[path] = array

    def entries(self, first, names):
        """(name, header) of a group's members."""
        nodes = [first]
        while nodes:
            at = nodes.pop(0)
            count = self.word(at + 6, 2)
            if self.data[at:at + 4] == b"TREE":
                nodes += [self.word(at + 32 + 16 * j) for j in range(count)]
            elif self.data[at:at + 4] == b"SNOD":
                for entry in range(at + 8, at + 8 + 40 * count, 40):
                    start = names + self.word(entry)
                    yield self.data[start:self.data.index(b"\0", start)].decode(), self.word(entry + 8)
            else:
                raise FormatError("a group of an unknown kind")

    def array(self, messages):
        """The elements; nothing for what is no number."""
        space, kind, layout = messages[DATASPACE], messages[DATATYPE], messages[LAYOUT]
        first = space + (8 if self.data[space] == 1 else 4)
        shape = [self.word(first + 8 * axis) for axis in range(self.data[space + 1])]
        code, size = self.data[kind] & 15, self.word(kind + 4, 4)
        if code > 1:
            return None
        letter = "f" if code == 1 else "i" if self.data[kind + 1] & 8 else "u"
        if self.data[layout] != 3 or self.data[layout + 1] != 1:
            raise FormatError("an array that is not contiguous")
        at = self.word(layout + 2)
        if at == UNDEFINED:
            return np.zeros(shape, f"<{letter}{size}")
        return np.frombuffer(self.data, f"<{letter}{size}", int(np.prod(shape, dtype=int)), at).reshape(shape)


def trained_formats(path):
    """{"layer.kernel": Formats, "layer.bias": Formats} for the layers of the model itself and, in a .keras file, for those
    inside of attention: "layer.query.kernel" and so on. Others inside of layers are not looked for."""
    try:
        data = Path(path).read_bytes()
        if data[:2] != b"PK":
            return by_name(Hdf5(data).arrays)
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))  # Python reads a bare Infinity
            return positional(Hdf5(archive.read("model.weights.h5")).arrays, config["config"]["layers"])
    except (LookupError, ValueError, zipfile.BadZipFile) as error:
        raise FormatError(f"not understood: {error}") from error


PARTS = {"kq": "kernel", "bq": "bias"}
ATTENTION = {"query_dense": "query", "key_dense": "key", "value_dense": "value", "output_dense": "out",
             "_lin_k_proj": "lin_k", "_lin_v_proj": "lin_v"}


def by_name(arrays):
    """Variables with names: LAYER/…/LAYER_kq/fixed_point_quantizer_kif_3/f."""
    found = {}
    for path in arrays:
        match = re.fullmatch(r"model_weights/(\w+)/.*/\1_([kb]q)/fixed_point_quantizer_(kif|kbi)(?:_\d+)?/k", path)
        if match:
            kind = match[3]
            parts = {letter: arrays[f"{path[:-1]}{letter}"] for letter in kind}
            found[f"{match[1]}.{PARTS[match[2]]}"] = formats(kind, parts, saturates=False)
    return found


def positional(arrays, layers):
    """Variables with numbers: layers/CLASS_n/kq/quantizer/vars/j, trained ones first, in the order that README.md of the
    data describes."""
    found, seen = {}, {}
    for layer in layers:
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", layer["class_name"]).lower()
        number = seen[snake] = seen.get(snake, -1) + 1
        folder = f"layers/{snake}" + (f"_{number}" if number else "")
        config, name = layer["config"], layer["config"]["name"]
        found.update(of_layer(arrays, folder, name, config, ""))
        for inside, short in ATTENTION.items():
            found.update(of_layer(arrays, f"{folder}/{inside}", f"{name}.{short}", config, "qkvo_"))
    return found


def of_layer(arrays, folder, name, config, prefix):
    """Of a layer whose variables are in this folder; `prefix`: of the names of its settings."""
    found = {}
    for part, short in PARTS.items():
        variables = f"{folder}/{part}/quantizer/vars/"
        quantizer = (config.get(f"{prefix}{part}_conf") or {}).get("config")
        if quantizer is None or variables + "0" not in arrays:
            continue
        kind, overflow = quantizer["q_type"], quantizer["overflow_mode"].upper()
        order = {"kif": "fki", "kbi": "bki"} if overflow == "WRAP" else {"kif": "ifk", "kbi": "bik"}
        parts = {letter: arrays[f"{variables}{at}"] for at, letter in enumerate(order[kind])}
        found[f"{name}.{short}"] = formats(kind, parts, overflow == "SAT")
    return found


def formats(kind, parts, saturates):
    """Widths are stored as floats, rounded half to even. An element without bits gets a format without any."""
    k, i = (np.rint(parts[letter].astype(np.float64)) for letter in "ki")
    f = np.rint(parts["f"].astype(np.float64)) if kind == "kif" else np.rint(parts["b"].astype(np.float64)) - i
    dead = k + i + f <= 0
    i, f = np.where(dead, -k, i), np.where(dead, 0, f)
    if max(np.abs(i).max(initial=0), np.abs(f).max(initial=0)) > 127:
        raise FormatError("formats beyond 8 bits")
    return Formats(*(part.astype(np.int8) for part in (k, i, f)), saturates)

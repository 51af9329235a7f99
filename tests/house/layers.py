"""Includes point down: a file of src/dal/<layer> includes only its own layer and those above it in the list,
and a third-party header only in the layers that own it. The list is that of src/dal/CMakeLists.txt, in which each layer
is built after those that it may use; the table of docs/architecture.md must agree with it.

    layers.py SOURCE_DIR
"""

import re
import sys
from pathlib import Path

LAYER = re.compile(r"^(?:dal_layer\((\w+)|include\((\w+)/\2\.cmake\))", re.M)
ROW = re.compile(r"^\| `(\w+)` \|", re.M)

# What users meet. Each stands on the layers above it, and none knows another.
FACES = {"edsl", "cli"}

# Headers beside the folders: the layer that each belongs to.
BESIDE = {"dal/dal.hpp": "edsl", "dal/precompiled.hpp": "support"}

# Third-party headers by prefix: the layers that may include them.
THIRD_PARTY = {
    "boost/": {"support"},
    "mpfr.h": {"numeric"},
    "gmp.h": {"numeric"},
    "zlib.h": {"array"},
    "antlr4": {"syntax"},
    "Dal": {"syntax"},  # generated from the grammar: DalLexer.h, DalParser.h
    "llvm/": {"jit"},
    "nlohmann/": {"emit", "report", "import", "cli"},
    "yaml-cpp/": {"import"},
    "CLI/": {"cli"},
    "histedit.h": {"cli"},
    "tl/": None,  # all of them: Result<T> is tl::expected
}

# Interfaces of the system that are no C++ standard headers, and no library either.
SYSTEM = re.compile(r"^(sys/[a-z]+|unistd|fcntl|spawn|signal|poll|dlfcn|termios|pthread|sched|glob)\.h$")
STANDARD = re.compile(r"^[a-z_0-9]+$")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def layers_of(root):
    """In order: each may include what stands before it, and itself."""
    path = root / "src/dal/CMakeLists.txt"
    text = path.read_text() if path.exists() else ""
    return [plain or included for plain, included in LAYER.findall(text)]


def page_violations(root, layers):
    page = root / "docs/architecture.md"
    text = page.read_text() if page.exists() else ""
    start = text.find("\n## Layers\n")
    table = text[start : text.find("\n## ", start + 1)] if start >= 0 else ""
    rows = ROW.findall(table)
    if rows != layers:
        yield f"docs/architecture.md: the table of layers has {' '.join(rows)}; src/dal/CMakeLists.txt {' '.join(layers)}"


def is_allowed(prefix, layer):
    return THIRD_PARTY[prefix] is None or layer in THIRD_PARTY[prefix]


def violations_of(path, layer, text, layers):
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        quote, header = found.groups()
        where = f"{path}:{number}: "
        if header.startswith("dal/"):
            target = BESIDE.get(header, header.split("/")[1])
            if target not in layers:
                yield where + f"includes <{header}>, and `{target}` is no layer"
            elif layers.index(target) > layers.index(layer):
                yield where + f"layer `{layer}` includes `{header}` of the layer `{target}` below it"
            elif target != layer and {target, layer} <= FACES:
                yield where + f"`{layer}` includes `{header}`: no face includes another"
            continue
        prefix = next((prefix for prefix in THIRD_PARTY if header.startswith(prefix)), None)
        if prefix is not None:
            if not is_allowed(prefix, layer):
                owners = ", ".join(sorted(THIRD_PARTY[prefix]))
                yield where + f"layer `{layer}` includes {quote}{header}, which belongs to {owners}"
        elif quote == '"':
            yield where + f'includes "{header}": write the path from src, "dal/{layer}/{header}"'
        elif not STANDARD.match(header) and not SYSTEM.match(header):
            yield where + f"includes <{header}>, which no layer owns: add it to THIRD_PARTY in tests/house/layers.py"


def violations(root):
    sources = root / "src" / "dal"
    layers = layers_of(root)
    yield from page_violations(root, layers)
    count = 0
    for path in sorted(sources.rglob("*")):
        if path.suffix not in {".cpp", ".hpp", ".def"}:
            continue
        relative = path.relative_to(root)
        layer = BESIDE.get(f"dal/{path.relative_to(sources)}", path.relative_to(sources).parts[0])
        if layer not in layers:
            yield f"{relative}: `{layer}` is no layer: add it to src/dal/CMakeLists.txt and docs/architecture.md"
            continue
        count += 1
        yield from violations_of(relative, layer, path.read_text(), layers)
    if count == 0:
        yield f"{sources}: no source files"


def main():
    found = list(violations(Path(sys.argv[1])))
    print("\n".join(found) if found else "every include points down")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""Includes point down: a file of src/dal/<layer> includes only its own layer and those above it in the list,
and a third-party header only in the layers that own it.

    layers.py SOURCE_DIR
"""

import re
import sys
from pathlib import Path

# In the order of docs/architecture.md: each may include what stands before it, and itself.
LAYERS = (
    "support numeric array syntax graph sema infer interp jit circuit cmvm lower netlist emit sim driver report edsl cli"
).split()

# What users meet. Each stands on the layers above it, and none knows another.
FACES = {"edsl", "cli"}

# Headers beside the folders: the layer that each belongs to.
PUBLIC = {"dal/dal.hpp": "edsl", "dal/precompiled.hpp": "support"}

# Third-party headers by prefix: the layers that may include them.
THIRD_PARTY = {
    "boost/": {"support"},
    "mpfr.h": {"numeric"},
    "gmp.h": {"numeric"},
    "zlib.h": {"array"},
    "antlr4": {"syntax"},
    "Dal": {"syntax"},  # generated from the grammar: DalLexer.h, DalParser.h
    "llvm/": {"jit"},
    "nlohmann/": {"emit", "report", "cli"},
    "CLI/": {"cli"},
    "histedit.h": {"cli"},
    "tl/": set(LAYERS),  # Result<T> is tl::expected
}

# Interfaces of the system that are no C++ standard headers, and no library either.
SYSTEM = re.compile(r"^(sys/[a-z]+|unistd|fcntl|spawn|signal|poll|dlfcn|termios|pthread|sched|glob)\.h$")
STANDARD = re.compile(r"^[a-z_0-9]+$")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def third_party_owner(header):
    for prefix, owners in THIRD_PARTY.items():
        if header.startswith(prefix):
            return owners
    return None


def violations_of(path, layer, text):
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        quote, header = found.groups()
        where = f"{path}:{number}: "
        if header.startswith("dal/"):
            target = PUBLIC.get(header, header.split("/")[1])
            if target not in LAYERS:
                yield where + f"includes <{header}>, and `{target}` is no layer"
            elif LAYERS.index(target) > LAYERS.index(layer):
                yield where + f"layer `{layer}` includes `{header}` of the layer `{target}` below it"
            elif target != layer and {target, layer} <= FACES:
                yield where + f"`{layer}` includes `{header}`: no face includes another"
            continue
        owners = third_party_owner(header)
        if owners is not None:
            if layer not in owners:
                yield where + f"layer `{layer}` includes {quote}{header}, which belongs to {', '.join(sorted(owners))}"
        elif quote == '"':
            yield where + f'includes "{header}": write the path from src, "dal/{layer}/{header}"'
        elif not STANDARD.match(header) and not SYSTEM.match(header):
            yield where + f"includes <{header}>, which no layer owns: add it to THIRD_PARTY in tests/house/layers.py"


def violations(root):
    sources = root / "src" / "dal"
    count = 0
    for path in sorted(sources.rglob("*")):
        if path.suffix not in {".cpp", ".hpp", ".def"}:
            continue
        relative = path.relative_to(root)
        layer = PUBLIC.get(f"dal/{path.relative_to(sources)}", path.relative_to(sources).parts[0])
        if layer not in LAYERS:
            yield f"{relative}: `{layer}` is no layer: add it to LAYERS in tests/house/layers.py"
            continue
        count += 1
        yield from violations_of(relative, layer, path.read_text())
    if count == 0:
        yield f"{sources}: no source files"


def main():
    found = list(violations(Path(sys.argv[1])))
    print("\n".join(found) if found else "every include points down")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""Every diagnostic has a section in docs/diagnostics.md, under its code and title, and a test: a program in
tests/golden whose expected output shows the code, or, for those that no compilation can show, a named test that
mentions it. And a new code does not compile the world again: each header of codes is included by few files.

    diagnostics.py SOURCE_DIR
"""

import re
import sys
from pathlib import Path

# Kinds that need data, files or tools, not just a program: the test that provokes each one. It must contain the
# code (E0401) or its name (code::cannot_read).
TESTED_ELSEWHERE = {
    "E0281": "tests/unit/edsl/misuse_test.cpp",
    "E0282": "tests/unit/edsl/misuse_test.cpp",
    "E0401": "tests/cli/commands.py",
    "E0402": "tests/cli/commands.py",
    "E0403": "tests/unit/array/npy_test.cpp",
    "E0501": "tests/cli/commands.py",
    "E0502": "tests/cli/commands.py",
    "E0503": "tests/cli/commands.py",
    "E0505": "tests/cli/test.py",
    "E0506": "tests/cli/precision.py",
    "E0601": "tests/rtl/simulation_test.cpp",
    "E0602": "tests/rtl/simulation_test.cpp",
    "E0603": "tests/rtl/simulation_test.cpp",
    "E0604": "tests/rtl/verify_test.cpp",
    "E0605": "tests/cli/cmvm.py",
    "E0606": "tests/import/alir.py",
    "E0607": "tests/unit/driver/proof_test.cpp",
    **{f"E070{n}": "tests/import/command.py" for n in range(1, 9)},
}

# Kinds that nothing provokes, and why.
NEVER_SEEN = {
    "E0504": "LLVM compiles all that the JIT generates; the message is for a machine on which it would not",
}

CODES = "src/dal/support/codes"
ENTRY = re.compile(r'^ +CODE\((\w+), (\d+), "([^"]*)"\)', re.M)
MOST_READERS = 19
HEADING = re.compile(r"^## (E\d{4}) (.*)$")


def registry(root):
    """(name, code, title) of each kind, in order."""
    text = "".join(path.read_text() for path in sorted((root / CODES).glob("*_codes.hpp")))
    kinds = [(name, f"E{int(number):04}", title) for name, number, title in ENTRY.findall(text)]
    return sorted(kinds, key=lambda kind: kind[1])


def sections(root):
    """Title and body of each section of the page, by code; and codes that occur twice."""
    result, twice, code = {}, [], None
    for line in (root / "docs/diagnostics.md").read_text().splitlines():
        heading = HEADING.match(line)
        if heading:
            code = heading[1]
            if code in result:
                twice.append(code)
            result[code] = [heading[2], ""]
        elif line.startswith("# ") or (line.startswith("## ") and not heading):
            code = None
        elif code:
            result[code][1] += line + "\n"
    return result, twice


def page_violations(root, kinds):
    page = "docs/diagnostics.md"
    found, twice = sections(root)
    for code in twice:
        yield f"{page}: {code} has two sections"
    for name, code, title in kinds:
        if code not in found:
            yield f"{page}: no section for {code} ({name}): add `## {code} {title}`"
            continue
        heading, body = found[code]
        if heading != title:
            yield f"{page}: the section {code} is called `{heading}`, the registry says `{title}`"
        if "```" not in body and "\n    " not in "\n" + body:
            yield f"{page}: the section {code} shows no example"
        if "**Fix.**" not in body:
            yield f"{page}: the section {code} does not say how to fix it (a paragraph `**Fix.** ...`)"
    known = {code for _, code, _ in kinds}
    for code in found:
        if code not in known:
            yield f"{page}: {code} has a section and is in no registry"


def test_violations(root, kinds):
    golden = "".join(path.read_text(errors="replace") for path in sorted((root / "tests/golden").glob("*.expected")))
    for name, code, _ in kinds:
        if f"[{code}]" in golden or code in NEVER_SEEN:
            continue
        if code not in TESTED_ELSEWHERE:
            yield (
                f"tests/golden: no .expected file shows {code} ({name}): add a program `fail_{name}.da`, or name its test "
                "in TESTED_ELSEWHERE of tests/house/diagnostics.py"
            )
            continue
        place = root / TESTED_ELSEWHERE[code]
        files = sorted(place.glob("*")) if place.is_dir() else [place]
        mention = re.compile(rf"\b({code}|code::{name})\b")
        if not any(path.is_file() and mention.search(path.read_text(errors="replace")) for path in files):
            yield f"{TESTED_ELSEWHERE[code]}: does not test {code} ({name}), and tests/house/diagnostics.py says so"
    known = {code for _, code, _ in kinds}
    for code in [*TESTED_ELSEWHERE, *NEVER_SEEN]:
        if code not in known:
            yield f"tests/house/diagnostics.py: {code} is in no registry"


def reader_violations(root):
    """Sources that are compiled again when a code is added to a header."""
    include = re.compile(rf'^#include "({CODES[4:]}/\w+\.hpp)"', re.M)
    readers = {}
    for folder in ("src", "tests", "examples"):
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            if path.parent == root / CODES:
                continue
            for header in include.findall(path.read_text(errors="replace")):
                readers.setdefault(header, []).append(path.relative_to(root))
    every = readers.pop(f"{CODES[4:]}/all.hpp", [])
    for header, paths in sorted(readers.items()):
        for path in paths:
            if path.suffix == ".hpp" and path.parts[0] == "src":
                yield f"{path}: includes {header}: include it where a code is used, in a .cpp"
        count = len(paths) + len(every) + 1
        if count > MOST_READERS:
            yield (
                f"src/{header}: {count} files are compiled again with a new code, at most {MOST_READERS}: "
                "make another header for some of the codes"
            )


def violations(root):
    kinds = registry(root)
    if not kinds:
        yield f"{CODES}: no diagnostics"
    yield from page_violations(root, kinds)
    yield from test_violations(root, kinds)
    yield from reader_violations(root)


def main():
    found = list(violations(Path(sys.argv[1])))
    print("\n".join(found) if found else "every diagnostic has a page and a test")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

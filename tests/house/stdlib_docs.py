#!/usr/bin/python3
"""docs/stdlib.md is what `dal doc` says of the modules of stdlib/: stdlib_docs.py SOURCE_DIR --dal build/dal [--write]."""
import argparse
import re
import subprocess
from pathlib import Path

HEAD = """# The standard library

`use nn` makes the functions of the module available as `nn.dense`, …; they are programs themselves, in `stdlib/`. This page is
made from them by `tests/house/stdlib_docs.py --write`.
"""


HANDED_ON = re.compile(r"(?:### \w+\n\n```da\nlet \w+ = \w+\.\w+\n```\n+)+")


def names_of_modules(entries):
    """One line for each module whose functions are handed on, instead of an entry for each of them."""
    lines = {}
    for name, module in re.findall(r"^let (\w+) = (\w+)\.", entries, re.MULTILINE):
        lines.setdefault(module, []).append(f"`{name}`")
    return "".join(f"From [{module}](#{module}): {', '.join(names)}.\n\n" for module, names in lines.items())


def documentation(dal, root):
    parts = [HEAD]
    for module in sorted((root / "stdlib").glob("*.da")):
        done = subprocess.run([str(dal), "doc", str(module)], capture_output=True, text=True, check=True)
        title, text = done.stdout.strip().split("\n", 1)
        text = HANDED_ON.sub(lambda found: names_of_modules(found[0]), text + "\n").rstrip()
        parts.append(f"#{title}\n{text}\n")
    return "\n".join(parts)


def undocumented(root):
    for module in sorted((root / "stdlib").glob("*.da")):
        lines = module.read_text(encoding="utf-8").split("\n")
        for before, line in zip([""] + lines, lines):
            if re.match(r"(fn|table) ", line) and not before.startswith("///"):
                yield f"{module.name}: `{line.split('(')[0]}` has no `///` comment"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--dal", required=True, type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    page = arguments.root / "docs" / "stdlib.md"
    text, faults = documentation(arguments.dal.resolve(), arguments.root), list(undocumented(arguments.root))
    if arguments.write:
        page.write_text(text, encoding="utf-8")
    elif not page.is_file() or page.read_text(encoding="utf-8") != text:
        faults.append("docs/stdlib.md is not what `dal doc` writes: run tests/house/stdlib_docs.py . --dal build/dal --write")
    if faults:
        raise SystemExit("FAILED: " + "\n".join(faults))
    print(f"{page.name}: {len(re.findall('^### ', text, re.MULTILINE))} functions, all documented")


if __name__ == "__main__":
    main()

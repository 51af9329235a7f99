"""No source file has more than 500 lines: past that it holds more than one idea. Half of the headers have at most 60,
half of the sources at most 200.

    file_size.py SOURCE_DIR
"""

import statistics
import sys
from pathlib import Path

LIMIT = 500
MEDIANS = {".hpp": ("headers", 60), ".cpp": ("sources", 200)}  # of src
FOLDERS = "src tests runtime stdlib grammar cmake examples".split()
SUFFIXES = {".cpp", ".hpp", ".h", ".cc", ".py", ".da", ".g4", ".cmake", ".v", ".def", ".sh"}


def violations(root):
    count = 0
    sizes = {}
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in SUFFIXES and path.name != "CMakeLists.txt" or not path.is_file():
                continue
            count += 1
            with path.open("rb") as file:
                lines = sum(1 for _ in file)
            if folder == "src":
                sizes.setdefault(path.suffix, []).append(lines)
            if lines > LIMIT:
                yield f"{path.relative_to(root)}: {lines} lines, at most {LIMIT}: split it by what its parts do"
    for suffix, (what, limit) in MEDIANS.items():
        median = statistics.median(sizes.get(suffix, [0]))
        if median > limit:
            yield f"src: half of all {what} have {median:.0f} lines or more; the median is to be {limit} at most"
    if count == 0:
        yield f"{root}: no source files"


def main():
    found = list(violations(Path(sys.argv[1])))
    print("\n".join(found) if found else f"no file has more than {LIMIT} lines")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

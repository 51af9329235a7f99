"""The examples of docs/diagnostics.md show what they are there for: the first ```da block of each section is refused
with the code of that section. Those of docs/language.md are accepted.

    doc_examples.py SOURCE_DIR PATH_OF_DAL
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

import diagnostics  # noqa: E402

EXAMPLE = re.compile(r"^```da\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def violations(root, dal):
    found, _ = diagnostics.sections(root)
    examples = {code: EXAMPLE.search(body) for code, (_, body) in found.items()}
    examples = {code: match[1] for code, match in examples.items() if match}
    if len(examples) < 20:
        yield f"docs/diagnostics.md: only {len(examples)} examples found"
    for code, text in sorted(examples.items()):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "a.da").write_text(text)
            done = subprocess.run([dal, "check", "a.da"], cwd=folder, capture_output=True, text=True, timeout=60)
            codes = re.findall(r"^error\[(E\d{4})\]", done.stderr + done.stdout, re.MULTILINE)
        if done.returncode != 1 or code not in codes:
            yield f"docs/diagnostics.md: the example of {code} shows {codes}, exit code {done.returncode}:\n{text}{done.stderr}"


def language_violations(root, dal):
    examples = EXAMPLE.findall((root / "docs/language.md").read_text())
    if len(examples) < 8:
        yield f"docs/language.md: only {len(examples)} examples found"
    for text in examples:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "a.da").write_text(text)
            done = subprocess.run([dal, "check", "a.da"], cwd=folder, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            yield f"docs/language.md: an example is refused:\n{text}{done.stdout}{done.stderr}"


def main():
    root, dal = Path(sys.argv[1]), sys.argv[2]
    found = [*violations(root, dal), *language_violations(root, dal)]
    print("\n".join(found) if found else "every example shows its diagnostic, or compiles")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""No function has more than 80 lines, from its name to its last brace: past that it does more than one thing. Lists of
data are no functions, nor is what a tool generates.

    function_size.py SOURCE_DIR
"""

import re
import sys
from pathlib import Path

LIMIT = 80
FOLDERS = "src tests runtime examples".split()

# Comments, and literals that may contain braces.
SKIPPED = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'', re.S
)
PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
TEMPLATE = re.compile(r"\btemplate\s*<[^<>]*(?:<[^<>]*>[^<>]*)*>")
ATTRIBUTE = re.compile(r"\[\[.*?\]\]|\balignas\s*\([^)]*\)", re.S)
SCOPE = re.compile(r"(?:(?:inline|static|const|constexpr|export|typedef)\s+)*(?:namespace|class|struct|union|enum|extern)\b")
# What stands between the parameters of a function and its body.
BODY_FOLLOWS = re.compile(
    r"(?:\)|\]|\b(?:const|noexcept|override|final|mutable)|->\s*[^;={}]+|\)\s*requires\b.*|\).*:\s.*[)}])\s*\Z", re.S
)
PYTHON_DEF = re.compile(r"^(\s*)(?:async )?(?:def|class) (\w+)")


def blank(match):
    """As many lines, and nothing in them; something where there was text, so that calls keep their arguments."""
    text = match[0]
    return "\n" * text.count("\n") if text[0] in "/#" or text.lstrip().startswith("#") else '""' + "\n" * text.count("\n")


def is_scope(head):
    """True for what opens a namespace or a type. `struct S f()` does not."""
    plain = ATTRIBUTE.sub("", TEMPLATE.sub("", head)).strip()
    return bool(SCOPE.match(plain)) and "(" not in plain


def cpp_functions(text):
    """(name, first line, last line) of each function outside of functions."""
    text = PREPROCESSOR.sub(blank, SKIPPED.sub(blank, text))
    scopes = []  # of the braces that are open: "scope", "data", or the function that begins there
    head, head_line, line = "", 1, 1
    for char in text:
        if char == "\n":
            line += 1
        inside = next((scope for scope in scopes if scope != "scope"), None)  # a function, or data
        if char == "{":
            if inside is not None:
                scopes.append("data")
                continue
            if is_scope(head):
                scopes.append("scope")
                head = ""
            elif BODY_FOLLOWS.search(head):
                scopes.append((head, head_line))
            else:
                scopes.append("data")
        elif char == "}":
            if not scopes:
                continue
            scope = scopes.pop()
            if scope == "data":
                head += "}" if not scopes or scopes[-1] == "scope" else ""
            elif scope == "scope":
                head = ""
            else:
                yield name_of(scope[0]), scope[1], line
                head = ""
        elif inside is None:
            if char == ";":
                head = ""
            elif head.strip() or not char.isspace():
                if not head.strip():
                    head_line = line
                head += char
                if char == ":" and head.strip() in ("public:", "private:", "protected:"):
                    head = ""


def name_of(head):
    found = re.search(r"(operator\s*[^\s(]+|[\w:~<>]+)\s*\(", TEMPLATE.sub("", head))
    return found[1] if found else " ".join(head.split())[-40:]


def python_functions(text):
    lines = text.splitlines()
    for at, line in enumerate(lines):
        found = PYTHON_DEF.match(line)
        if not found or "class " in line.split("(")[0]:
            continue
        end = at
        for below in range(at + 1, len(lines)):
            if lines[below].strip() and len(lines[below]) - len(lines[below].lstrip()) <= len(found[1]):
                if not lines[below].lstrip().startswith(")"):  # which ends the parameters
                    break
            if lines[below].strip():
                end = below
        yield found[2], at + 1, end + 1


def functions(path):
    text = path.read_text(errors="replace")
    yield from python_functions(text) if path.suffix == ".py" else cpp_functions(text)


def violations(root):
    count = 0
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in {".cpp", ".hpp", ".h", ".cc", ".py"} or not path.is_file():
                continue
            for name, first, last in functions(path):
                count += 1
                lines = last - first + 1
                if lines > LIMIT:
                    yield f"{path.relative_to(root)}:{first}: `{name}` has {lines} lines, at most {LIMIT}: split it"
    if count == 0:
        yield f"{root}: no functions"


def main():
    found = list(violations(Path(sys.argv[1])))
    print("\n".join(found) if found else f"no function has more than {LIMIT} lines")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

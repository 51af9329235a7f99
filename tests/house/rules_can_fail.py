"""The rules of this folder find what they are for: each is run on small trees that break it in one way."""

import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

import diagnostics  # noqa: E402
import file_size  # noqa: E402
import layers  # noqa: E402

DEF = "src/dal/support/diagnostic_codes.def"
KIND = 'DAL_DIAGNOSTIC(syntax_error, "E0101", "syntax error")\n'
SECTION = "# Diagnostics\n\n## E0101 syntax error\nText.\n\n    let = 1\n\n**Fix.** Do it.\n"
GOLDEN = "tests/golden/fail_a.expected"

# rule, files, what the only message must contain; nothing: no message
CASES = [
    (layers, {"src/dal/numeric/a.hpp": '#include "dal/support/a.hpp"\n#include <vector>\n#include <sys/stat.h>\n'}, None),
    (layers, {"src/dal/numeric/a.hpp": '#include "dal/graph/graph.hpp"\n'}, "layer `graph` below it"),
    (layers, {"src/dal/numeric/a.hpp": '#include "dal/nowhere/a.hpp"\n'}, "`nowhere` is no layer"),
    (layers, {"src/dal/dal.hpp": '#include "dal/edsl/a.hpp"\n'}, None),
    (layers, {"src/dal/dal.hpp": '#include "dal/cli/a.hpp"\n'}, "layer `cli` below it"),
    (layers, {"src/dal/cli/a.cpp": '#include "dal/edsl/a.hpp"\n'}, "no face includes another"),
    (layers, {"src/dal/nowhere/a.hpp": "", "src/dal/support/a.hpp": ""}, "`nowhere` is no layer"),
    (layers, {"src/dal/jit/a.cpp": "#include <llvm/IR/Module.h>\n"}, None),
    (layers, {"src/dal/emit/a.cpp": "#include <llvm/IR/Module.h>\n"}, "belongs to jit"),
    (layers, {"src/dal/sema/a.cpp": '#  include "antlr4-runtime.h"\n'}, "belongs to syntax"),
    (layers, {"src/dal/numeric/a.cpp": "#include <boost/any.hpp>\n"}, "belongs to support"),
    (layers, {"src/dal/support/a.cpp": "#include <zlib.h>\n"}, "belongs to array"),
    (layers, {"src/dal/support/a.cpp": "#include <openssl/md5.h>\n"}, "which no layer owns"),
    (layers, {"src/dal/support/a.cpp": '#include "int.hpp"\n'}, "write the path from src"),
    (layers, {"docs/a.md": ""}, "no source files"),
    (file_size, {"src/a.cpp": "\n" * 800}, None),
    (file_size, {"src/a.cpp": "\n" * 801}, "801 lines"),
    (file_size, {"tests/x/a.py": "\n" * 900}, "900 lines"),
    (file_size, {"docs/a.md": "\n" * 900}, "no source files"),
    (diagnostics, {DEF: KIND, "docs/diagnostics.md": SECTION, GOLDEN: "error[E0101]: x"}, None),
    (diagnostics, {DEF: KIND, "docs/diagnostics.md": "", GOLDEN: "error[E0101]: x"}, "no section for E0101"),
    (diagnostics, {DEF: KIND, "docs/diagnostics.md": SECTION}, "no .expected file shows E0101"),
    (diagnostics, {DEF: KIND, "docs/diagnostics.md": SECTION, GOLDEN: "E0101"}, "no .expected file shows E0101"),
    (
        diagnostics,
        {DEF: KIND, "docs/diagnostics.md": SECTION.replace("syntax error", "x"), GOLDEN: "[E0101]"},
        "the registry says `syntax error`",
    ),
    (
        diagnostics,
        {DEF: KIND, "docs/diagnostics.md": SECTION.replace("    let = 1", ""), GOLDEN: "[E0101]"},
        "shows no example",
    ),
    (
        diagnostics,
        {DEF: KIND, "docs/diagnostics.md": SECTION.replace("**Fix.**", ""), GOLDEN: "[E0101]"},
        "does not say how to fix it",
    ),
    (
        diagnostics,
        {DEF: KIND, "docs/diagnostics.md": SECTION + "## E0999 gone\n", GOLDEN: "[E0101]"},
        "E0999 has a section and is in no registry",
    ),
]


def run(rule, files):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return list(rule.violations(root))


def tested_elsewhere_is_checked():
    """A test that is named, and does not mention the code, is found; one that does is accepted."""
    kinds = [("gone_wrong", "E0901", "x")]
    diagnostics.TESTED_ELSEWHERE = {"E0901": "a_test.cpp"}
    for text, expected in [("Code::gone_wrong", 0), ("E0901", 0), ("Code::gone_wrongly", 1), ("E09012", 1)]:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "a_test.cpp").write_text(text)
            if len(list(diagnostics.test_violations(Path(folder), kinds))) != expected:
                return f"TESTED_ELSEWHERE with `{text}`: expected {expected} messages"
    return None


def main():
    wrong = []
    diagnostics.TESTED_ELSEWHERE = diagnostics.NEVER_SEEN = {}
    for rule, files, expected in CASES:
        messages = run(rule, files)
        good = not messages if expected is None else len(messages) == 1 and expected in messages[0]
        if not good:
            wrong.append(f"{rule.__name__} on {files}: expected {expected!r}, got {messages}")
    problem = tested_elsewhere_is_checked()
    if problem:
        wrong.append(problem)
    print("\n".join(wrong) if wrong else f"{len(CASES) + 1} cases are as expected")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

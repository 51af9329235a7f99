"""The rules of this folder find what they are for: each is run on small trees that break it in one way."""

import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

import diagnostics  # noqa: E402
import file_size  # noqa: E402
import function_size  # noqa: E402
import layers  # noqa: E402

CODES = "src/dal/support/codes/syntax_codes.hpp"
KIND = '#define X(CODE) \\\n    CODE(syntax_error, 101, "syntax error")\n'
READER = '#include "dal/support/codes/syntax_codes.hpp"\n'
EVERY = '#include "dal/support/codes/all.hpp"\n'
SECTION = "# Diagnostics\n\n## E0101 syntax error\nText.\n\n    let = 1\n\n**Fix.** Do it.\n"
GOLDEN = "tests/golden/fail_a.expected"

DESCRIBED = {CODES: KIND, "docs/diagnostics.md": SECTION, GOLDEN: "error[E0101]: x"}


def function(lines):
    return "\nint f(int a) {" + "\n" * (lines - 1) + "}\n"


def python_function(lines):
    return "\ndef f(\n    a,\n):" + "\n" * (lines - 3) + "    pass\nx = 1\n"


# The layers that cases of `layers` use, so that each says only what is wrong.
NAMES = "support numeric array syntax graph sema jit emit edsl cli".split()
BUILT = {
    "src/dal/CMakeLists.txt": "".join(f"include({n}/{n}.cmake)\n" if n in ("array", "cli") else f"dal_layer({n} DEPENDS x)\n" for n in NAMES),
    "docs/architecture.md": "# A\n| `x` |\n\n## Layers\n" + "".join(f"| `{name}` | x |\n" for name in NAMES) + "\n## B\n| `y` |\n",
}

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
    (
        layers,
        {"src/dal/jit/a.cpp": "", "docs/architecture.md": BUILT["docs/architecture.md"].replace("| `numeric` | x |\n", "")},
        "the table of layers has support array",
    ),
    (file_size, {"tests/a.cpp": "\n" * 500}, None),
    (file_size, {"tests/a.cpp": "\n" * 501}, "501 lines"),
    (file_size, {"src/a.cpp": "\n" * 200, "src/a.hpp": "\n" * 60}, None),
    (file_size, {"src/a.cpp": "\n" * 202, "src/b.cpp": "\n" * 200}, "half of all sources"),
    (file_size, {"src/a.hpp": "\n" * 61, "src/b.hpp": "\n", "src/c.hpp": "\n" * 70}, "half of all headers"),
    (file_size, {"tests/x/a.py": "\n" * 900}, "900 lines"),
    (file_size, {"docs/a.md": "\n" * 900}, "no source files"),
    (diagnostics, {CODES: KIND, "docs/diagnostics.md": SECTION, GOLDEN: "error[E0101]: x"}, None),
    (diagnostics, {CODES: KIND, "docs/diagnostics.md": "", GOLDEN: "error[E0101]: x"}, "no section for E0101"),
    (diagnostics, {CODES: KIND, "docs/diagnostics.md": SECTION}, "no .expected file shows E0101"),
    (diagnostics, {CODES: KIND, "docs/diagnostics.md": SECTION, GOLDEN: "E0101"}, "no .expected file shows E0101"),
    (
        diagnostics,
        {CODES: KIND, "docs/diagnostics.md": SECTION.replace("syntax error", "x"), GOLDEN: "[E0101]"},
        "the registry says `syntax error`",
    ),
    (
        diagnostics,
        {CODES: KIND, "docs/diagnostics.md": SECTION.replace("    let = 1", ""), GOLDEN: "[E0101]"},
        "shows no example",
    ),
    (
        diagnostics,
        {CODES: KIND, "docs/diagnostics.md": SECTION.replace("**Fix.**", ""), GOLDEN: "[E0101]"},
        "does not say how to fix it",
    ),
    (
        diagnostics,
        {CODES: KIND, "docs/diagnostics.md": SECTION + "## E0999 gone\n", GOLDEN: "[E0101]"},
        "E0999 has a section and is in no registry",
    ),
    (diagnostics, DESCRIBED | {f"src/a{n}.cpp": READER for n in range(17)} | {"tests/a.cpp": EVERY}, None),
    (
        diagnostics,
        DESCRIBED | {f"src/a{n}.cpp": READER for n in range(18)} | {"tests/a.cpp": EVERY},
        "20 files are compiled again",
    ),
    (diagnostics, DESCRIBED | {"src/a.hpp": READER}, "include it where a code is used"),
    (function_size, {"src/a.cpp": function(80), "tests/a.py": python_function(80)}, None),
    (function_size, {"src/a.cpp": function(81)}, "src/a.cpp:2: `f` has 81 lines"),
    (function_size, {"src/a.cpp": "struct S : T<int> {\n" + function(81) + "};\n"}, "src/a.cpp:3: `f` has 81"),
    (
        function_size,
        {"src/a.hpp": "template <class T>\nS<T>::S(int a)\n    : a_{a},\n      b_(a) {" + "\n" * 78 + "}\n"},
        "`S<T>::S` has 82 lines",
    ),
    (function_size, {"src/a.cpp": 'TEST_CASE("} {") {\n' + "x('\"');\n" * 80 + "}\n"}, "`TEST_CASE` has 82"),
    (function_size, {"src/a.cpp": "int f() const -> X<int> {\n// }\n/* } */\n" + "{ }\n" * 80 + "}\n"}, "`f` has 84"),
    (function_size, {"src/a.cpp": "constexpr int a[] = {\n" + "{1, 2},\n" * 90 + "};\nint f() { return 1; }\n"}, None),
    (function_size, {"src/a.cpp": "int f() { return 1; }\n" * 90}, None),
    (function_size, {"tests/a.py": python_function(81)}, "tests/a.py:2: `f` has 81 lines"),
    (function_size, {"docs/a.md": ""}, "no functions"),
]


def run(rule, files):
    if rule is layers:
        files = BUILT | files
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
    for text, expected in [("code::gone_wrong", 0), ("E0901", 0), ("code::gone_wrongly", 1), ("E09012", 1)]:
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

#!/usr/bin/python3
"""Editor support knows the language: all keywords of the grammar, all built-in names; programs have no invalid token.

Usage: editors.py ROOT"""
import json
import pathlib
import re
import sys


def keywords(root):
    text = (root / "grammar/Dal.g4").read_text()
    return set(re.findall(r"^[A-Z]+ *: '([a-z]+)' ;", text, re.MULTILINE))


def builtin_names(root):
    """Read from the tables of the compiler."""
    sema = root / "src/dal/sema"
    names = set()
    for path in sema.rglob("*.cpp"):
        names |= set(re.findall(r'^ {8}\{"(\w+)",(?: \{|$)', path.read_text(), re.MULTILINE))
    names |= set(re.findall(r'^ {12}\{"[a-z ]+", "(\w+)",', (sema / "builtins/builtins.cpp").read_text(), re.MULTILINE))
    for path in [*sema.glob("values/value.cpp"), *(root / "src/dal/numeric").glob("*.cpp")]:
        names |= set(re.findall(r'case (?:Place|Round|Overflow)::\w+: return "(\w+)"', path.read_text()))
    return names


def rules(grammar, patterns):
    for pattern in patterns:
        if "include" in pattern:
            yield from rules(grammar, grammar["repository"][pattern["include"][1:]]["patterns"])
        else:
            yield re.compile(pattern["match"]), pattern


def tokens(grammar, line):
    """What an editor makes of a line: at each position the first pattern of those that match earliest."""
    compiled = list(rules(grammar, grammar["patterns"]))
    at = 0
    while at < len(line):
        found = [(match.start(), order, match, pattern) for order, (regex, pattern) in enumerate(compiled)
                 if (match := regex.search(line, at)) and match.end() > match.start()]
        if not found:
            if line[at:].strip():
                yield line[at:], "none"
            return
        start, _, match, pattern = min(found, key=lambda entry: entry[:2])
        if line[at:start].strip():
            yield line[at:start], "none"
        if "name" in pattern:
            yield match.group(), pattern["name"]
        else:
            for group, capture in pattern["captures"].items():
                yield match.group(int(group)), capture["name"]
        at = match.end()


def scope_of(grammar, word, text):
    return next(scope for token, scope in tokens(grammar, text) if token == word)


def bad(scope):
    return scope == "none" or scope.startswith("invalid")


def main():
    root = pathlib.Path(sys.argv[1])
    grammar = json.loads((root / "editors/vscode/dal.tmLanguage.json").read_text())
    for name in ("package.json", "language-configuration.json"):
        json.loads((root / "editors/vscode" / name).read_text())
    vim = (root / "editors/vim/syntax/dal.vim").read_text()
    in_vim = {word for line in vim.splitlines() if line.startswith("syntax keyword") for word in line.split()[3:]}
    words, builtins = keywords(root), builtin_names(root)
    problems = []
    if len(words) < 18 or len(builtins) < 40:
        problems.append(f"found only {len(words)} keywords and {len(builtins)} built-in names: has their place changed?")
    for word in sorted(words):
        scope = scope_of(grammar, word, word)
        if not scope.startswith("keyword.") and word != "import":
            problems.append(f"dal.tmLanguage.json: keyword `{word}` is {scope}")
    for word in sorted(builtins - words - {"_"}):
        scopes = {scope_of(grammar, word, text) for text in (word, f"{word}(x)", f"x |> {word}")}
        if not any(scope.startswith(("support.", "storage.")) for scope in scopes):
            problems.append(f"dal.tmLanguage.json: built-in `{word}` is not in it")
    for word in sorted((words | builtins) - in_vim - {"_"}):
        problems.append(f"dal.vim: `{word}` is not in it")
    for text in ("let a = 12abc", "let a = x $ 2", "let a = \"x", "import a"):
        if not any(bad(scope) for _, scope in tokens(grammar, text)):
            problems.append(f"dal.tmLanguage.json: nothing is invalid in {text}")
    programs = [path for folder in ("examples", "stdlib", "tests/golden") for path in sorted((root / folder).rglob("*.da"))
                if not path.name.startswith("fail_")]
    for path in programs:
        for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
            problems += [f"{path.relative_to(root)}:{number}: `{token}` is {scope}"
                         for token, scope in tokens(grammar, line) if bad(scope)]
    for problem in problems:
        print(problem)
    print(f"{len(words)} keywords, {len(builtins)} built-in names, {len(programs)} programs")
    return bool(problems) or not programs


if __name__ == "__main__":
    sys.exit(main())

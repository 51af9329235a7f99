"""Runs a page of the documentation: its programs are written to files, its commands are run, and what they print is
compared with the page.

    pages.py --dal PATH_OF_DAL [--update] PAGE.md [--at FOLDER]

A ```da block whose first line is the comment `// name.da` is written to that file, and must be laid out as `dal fmt`
does it; other blocks in fences are not touched. In a ```console block, and in blocks indented by four spaces, a line
`$ command` is run (`\\` at its end continues it) and the lines up to the next one are its output, both streams
together; `...` on a line of its own stands for any lines. Durations may differ. All commands of a page share one folder, which is empty at first; with `--at` it
holds links to what is in FOLDER. `--update` writes what the commands print into the page.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = re.compile(r"^```da\n(// (\S+\.da)\b.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^(?:    \$ [^\n]*\n(?:    [^\n]*\n)*)+", re.MULTILINE)
FENCED = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DURATION = re.compile(r"\d+\.\d+ s\b")


def steps(text):
    """Programs and consoles of a page in order: (start, end, file or None, content, indent)."""
    found = [(m.start(1), m.end(1), m[2], m[1], "") for m in PROGRAM.finditer(text)]
    found += [(m.start(1), m.end(1), None, m[1], "") for m in FENCED.finditer(text)]
    fences = [m.span() for m in re.finditer(r"^```.*?^```$", text, re.MULTILINE | re.DOTALL)]
    for m in INDENTED.finditer(text):
        if not any(start <= m.start() < end for start, end in fences):
            found.append((m.start(), m.end(), None, m[0], "    "))
    return sorted(found)


def commands(content, indent):
    """[(lines of the command, expected output)] of a console."""
    result = []
    for line in content.splitlines():
        line = line.removeprefix(indent)
        continued = result and not result[-1][1] and result[-1][0][-1].endswith("\\")
        if line.startswith("$ "):
            result.append(([line[2:]], []))
        elif continued:
            result[-1][0].append(line)
        elif result:
            result[-1][1].append(line)
    return result


def agree(expected, actual):
    """Whether output is as the page shows it."""
    def key(lines):
        return [re.sub(r" +", " ", DURATION.sub("_ s", line)).rstrip() for line in lines]

    expected, actual = key(expected), key(actual)
    while expected and not expected[-1]:
        expected.pop()
    pattern = "".join("(?:.*\n)*" if line == "..." else re.escape(line) + "\n" for line in expected)
    return re.fullmatch(pattern, "".join(line + "\n" for line in actual)) is not None


class Page:
    def __init__(self, path, dal, folder):
        self.path, self.folder = path, Path(folder)
        binaries = self.folder / ".bin"
        binaries.mkdir()
        (binaries / "dal").symlink_to(dal)
        self.environment = dict(os.environ, DAL_CACHE="0", NO_COLOR="1", TERM="dumb",
                                PATH=f"{binaries}{os.pathsep}{os.environ['PATH']}")
        self.faults, self.count = [], 0

    def run(self, command):
        done = subprocess.run(command, shell=True, cwd=self.folder, env=self.environment, text=True, timeout=300,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return done.stdout.splitlines()

    def console(self, content, indent):
        """The content with what the commands printed where that differs."""
        lines = []
        for command, expected in commands(content, indent):
            actual = self.run("\n".join(command))
            self.count += 1
            while actual and not actual[-1]:
                actual.pop()
            if not agree(expected, actual):
                shown = "\n".join(command)
                self.faults.append(f"{self.path.name}: `{shown}` prints\n" + "\n".join(actual)
                                   + "\ninstead of\n" + "\n".join(expected))
                expected = actual
            lines += [f"$ {command[0]}", *command[1:], *expected]
        return "".join((indent + line).rstrip() + "\n" for line in lines)

    def step(self, file, content, indent):
        if file is None:
            return self.console(content, indent)
        (self.folder / file).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / file).write_text(content)
        done = subprocess.run(["dal", "fmt", "--check", file], cwd=self.folder, env=self.environment, text=True,
                              timeout=300, capture_output=True, check=False)
        if done.returncode != 0:
            self.faults.append(f"{self.path.name}: {file} is not laid out as by `dal fmt`\n{done.stderr}")
        return content

    def test(self):
        """The page as it should be."""
        text = self.path.read_text()
        result, at = [], 0
        for start, end, file, content, indent in steps(text):
            result += [text[at:start], self.step(file, content, indent)]
            at = end
        return "".join(result) + text[at:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dal", required=True, type=Path)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--at", type=Path)
    parser.add_argument("page", type=Path)
    arguments = parser.parse_args()
    dal = arguments.dal.resolve()
    with tempfile.TemporaryDirectory(prefix="dal-page-") as folder:
        if arguments.at:
            for entry in arguments.at.resolve().iterdir():
                if not entry.name.startswith((".", "build")):
                    (Path(folder) / entry.name).symlink_to(entry)
        page = Page(arguments.page, dal, folder)
        text = page.test()
    if arguments.update:
        arguments.page.write_text(text)
        print(f"{arguments.page.name}: {page.count} commands, {len(page.faults)} outputs rewritten")
        return 0
    print("\n\n".join(page.faults) if page.faults else f"{page.count} commands print what {arguments.page.name} says")
    if page.count == 0:
        print(f"{arguments.page.name}: no commands found")
    return 1 if page.faults or page.count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())

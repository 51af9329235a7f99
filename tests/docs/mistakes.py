"""Each section of docs/mistakes.md holds what it promises: the first ```da block is refused with the message shown
below it, the second one, the repaired program, is accepted; and if the message offers code as help, the repaired
program contains it.

    mistakes.py --dal PATH_OF_DAL [--update] MISTAKES.md

Commands in a ```console block (lines `$ command`) of a section make the files that its programs load. `--update` writes
the messages into the page.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SECTION = re.compile(r"^## .*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LAYOUT = ["da", "text", "da"]
FEWEST = 30


def check(dal, folder, program):
    """The exit code of `dal check net.da` and what it prints."""
    (Path(folder) / "net.da").write_text(program)
    done = subprocess.run([dal, "check", "net.da"], cwd=folder, text=True, timeout=300, check=False,
                          env=dict(os.environ, NO_COLOR="1"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.strip() + "\n"


def squeezed(text):
    return re.sub(r"\s", "", text)


def offered(message):
    """The code in the help lines of a message. What has `…` in it, or the names a, b and k, is a pattern, not code."""
    lines = re.findall(r"= help: (.*)", message)
    codes = [code for line in lines for code in re.findall(r"`([^`]*)`", line)]
    return [code for code in codes if not re.search(r"…|\b[abk]\b", code)]


def faults(dal, section, message_now):
    """What is wrong with a section; its message goes into the list `message_now`."""
    title = section.splitlines()[0].removeprefix("## ")
    blocks = BLOCK.findall(section)
    with tempfile.TemporaryDirectory(prefix="dal-mistake-") as folder:
        for command in [line[2:] for kind, body in blocks if kind == "console" for line in body.splitlines()]:
            subprocess.run(command, shell=True, cwd=folder, check=True)
        blocks = [block for block in blocks if block[0] != "console"]
        if [kind for kind, _ in blocks] != LAYOUT:
            yield f"{title}: the blocks are {[kind for kind, _ in blocks]}, not {LAYOUT}"
            return
        wrong, message, right = (body for _, body in blocks)
        code, text = check(dal, folder, wrong)
        message_now.append(text)
        if code != 1 or not re.match(r"error\[E\d{4}\]", text):
            yield f"{title}: the mistake ends with exit code {code}:\n{text}"
        elif text != message:
            yield f"{title}: the message is\n{text}\nand the page says\n{message}"
        code, said = check(dal, folder, right)
        if code != 0:
            yield f"{title}: the repaired program is refused:\n{said}"
        help_texts = offered(text)
        if help_texts and not any(squeezed(help_text) in squeezed(right) for help_text in help_texts):
            yield f"{title}: none of the offered {help_texts} is in the repaired program"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dal", required=True, type=Path)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("page", type=Path)
    arguments = parser.parse_args()
    dal, page = arguments.dal.resolve(), arguments.page.read_text()
    found, count = [], 0

    def tested(match):
        nonlocal count
        count += 1
        message = []
        found.extend(faults(dal, match[0], message))
        if not message:
            return match[0]
        return re.sub(r"^```text\n.*?^```$", lambda _: f"```text\n{message[0]}```", match[0], count=1,
                      flags=re.MULTILINE | re.DOTALL)

    page = SECTION.sub(tested, page)
    if count < FEWEST:
        found.append(f"only {count} mistakes found")
    if arguments.update:
        arguments.page.write_text(page)
    print("\n\n".join(found) if found else f"{count} mistakes: each has its message and a repair that works")
    return 0 if not found or arguments.update else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""Installs into a fresh prefix and uses the result: program, standard library and simulation harness must be
those of the prefix, not those of the source tree; completions, manual page and documentation are there, and nothing has debug
information. Then builds examples/embedded against the prefix, and compares it with
the same program in text."""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import numpy as np


def run(*command, **kwargs):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=900, **kwargs)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "embedded"
THIRD_PARTY = re.compile(r'#\s*include\s*[<"](llvm|boost|antlr|tl/|nlohmann|CLI)')


def check_headers(prefix):
    """Only what dal.hpp needs, and nothing of third parties."""
    for header in (prefix / "include").rglob("*"):
        if header.is_file() and THIRD_PARTY.search(header.read_text()):
            sys.exit(f"{header.relative_to(prefix)} includes a third-party header")


def check_texts(prefix, dal):
    """Completions as the program prints them, a manual page, and documentation whose links lead somewhere."""
    share = prefix / "share"
    for words, file in (("completion bash", "bash-completion/completions/dal"), ("completion zsh", "zsh/site-functions/_dal"),
                        ("completion fish", "fish/vendor_completions.d/dal.fish"), ("help --man", "man/man1/dal.1")):
        if (share / file).read_text() != run(dal, *words.split()):
            sys.exit(f"share/{file} is not what `dal {words}` prints")
    pages = share / "doc/dal"
    for page in (pages / "README.md", *(pages / "docs").rglob("*.md")):
        for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text()):
            if not (page.parent / link).exists():
                sys.exit(f"{page.relative_to(prefix)}: there is no {link}")
    if not (pages / "LICENSE").is_file():
        sys.exit("no license")


def check_stripped(prefix):
    """No debug information; the symbols that the library is linked by are there, as the example shows."""
    readelf = shutil.which("readelf")
    if readelf is None:
        sys.exit("no readelf (binutils)")
    for file in (prefix / "bin/dal", *prefix.glob("lib*/**/libdal.a")):
        if ".debug_info" in run(readelf, "--sections", "--wide", file):
            sys.exit(f"{file.relative_to(prefix)} has debug information")
        print(f"{file.relative_to(prefix)}: {file.stat().st_size / 1e6:.1f} MB")


def embedded(arguments, prefix, scratch):
    """The example as its README says, on a copy that can see nothing of the source tree."""
    source, build = scratch / "embedded", scratch / "embedded-build"
    shutil.copytree(EXAMPLE, source)
    # The same compiler and linker as dal's own, whose folder is found by the compiler's -B.
    cache = (arguments.build / "CMakeCache.txt").read_text()
    compiler = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.*)$", cache, re.MULTILINE)[1]
    linker = arguments.build / "linker"
    options = [f"-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld -B{linker}"] if linker.is_dir() else []
    run(arguments.cmake, "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_COMPILER={compiler}",
        "-DCMAKE_BUILD_TYPE=Debug", *options)
    run(arguments.cmake, "--build", build)
    tagger = build / "tagger"
    printed = run(tagger, cwd=source)
    expected = (source / "expected.txt").read_text()
    if printed != expected:
        sys.exit(f"examples/embedded prints\n{printed}\nand expected.txt has\n{expected}")
    both = run(tagger, "--graph", cwd=source), run(prefix / "bin" / "dal", "check", "tagger.da", "--graph", cwd=source)
    if both[0] != both[1]:
        sys.exit(f"the graph of C++\n{both[0]}\nand of text\n{both[1]}")
    # The harness of the prefix: it is found by what find_package says, as the program lies somewhere else.
    report = run(tagger, "--build", scratch / "rtl", cwd=source)
    if "bit for bit" not in report or not (scratch / "rtl" / "tagger.v").is_file():
        sys.exit(f"no verified Verilog: {report}")
    harness = prefix / "share/dal/runtime/verilator_harness.cpp"
    harness.rename(harness.with_suffix(".gone"))
    failed = subprocess.run([tagger, "--build", scratch / "rtl2"], cwd=source, capture_output=True, text=True, timeout=900)
    if failed.returncode == 0 or "verilator_harness.cpp" not in failed.stderr:
        sys.exit(f"a harness of somewhere else was used: {failed.stdout}{failed.stderr}")
    print("embedded: the example was built against the prefix, and is the same program as its text")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--cmake", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        prefix = pathlib.Path(scratch) / "prefix"
        work = pathlib.Path(scratch) / "work"
        work.mkdir()
        run(arguments.cmake, "--install", arguments.build, "--prefix", prefix)
        dal = prefix / "bin" / "dal"
        for needed in (dal, prefix / "share/dal/stdlib/nn.da", prefix / "share/dal/runtime/verilator_harness.cpp"):
            if not needed.is_file():
                sys.exit(f"{needed.relative_to(prefix)} was not installed")
        check_texts(prefix, dal)
        check_stripped(prefix)
        # A function that only the installed copy has proves which copy is used.
        with open(prefix / "share/dal/stdlib/nn.da", "a") as module:
            module.write("\nfn only_here(x) = x + 1\n")
        (work / "net.da").write_text("use nn\ninput x: int(4)[2]\noutput y = nn.only_here(x)\n")
        np.save(work / "x.npy", np.array([[1, -3]]))
        run(dal, "run", "net.da", "--input", "x.npy", "-o", "y.npy", "--check", cwd=work)
        if np.load(work / "y.npy").tolist() != [[2, -2]]:
            sys.exit("the installed program computes something else")
        text = run(dal, "build", "net.da", "--target", "verilog", "-o", "out", cwd=work)
        if not (work / "out" / "net.v").is_file():
            sys.exit(f"no Verilog: {text}")
        print("installed: program, standard library and harness of the prefix were used", flush=True)
        check_headers(prefix)
        embedded(arguments, prefix, pathlib.Path(scratch))


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""How dal ends when a signal ends it: exit code, nothing left behind, no tool that goes on. And what a killed build leaves
is removed by the next one, and nothing else is."""
import argparse
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import numpy as np

DAL = None
ENDING = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
AT_ONCE = 10  # seconds: far less than what is interrupted would take, and enough for a busy machine
NET = """\
input x: real[3]
let h = relu(einsum("i,io->o", quantize(x, fixed(1, 3, 4)), [[1, -2], [3, 0.5], [-1, 1]]) + [0.25, -1])
output y = quantize(h, fixed(0, 3, 2, round: rnd, overflow: sat))
"""
SLOW_TEST = 'property "p" (a: int(16)[8], b: int(16)[8]) { expect abs(sum(a * b)) < 100000000000 }\n'


def is_running(process):
    """Whether it does anything yet; one that has ended may wait for somebody who asks how."""
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(condition, what):
    end = time.monotonic() + 120
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within two minutes: {what}")
        time.sleep(0.01)


class Signals(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "net.da").write_text(NET)
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        self.environment = dict(os.environ, TMPDIR=str(self.temporary))

    def start(self, *arguments, **others):
        options = dict(cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        process = subprocess.Popen([DAL, *map(str, arguments)], **(options | others))
        self.addCleanup(process.kill)
        return process

    def start_build(self, output):
        """A build with a Verilator that lints, and then starts another tool and never ends, and the processes of these."""
        tools = self.folder / "tools"
        tools.mkdir(exist_ok=True)
        (tools / "verilator").write_text('#!/bin/sh\ncase "$*" in *--lint-only* | *--version*) echo Verilator; exit ;; esac\n'
                                         'sleep 100000 &\necho $$ $! >"$STARTED.new"\n'
                                         'mv "$STARTED.new" "$STARTED"\nwait\n')
        (tools / "verilator").chmod(0o755)
        started = self.folder / "started"
        environment = dict(self.environment, PATH=f"{tools}:{os.environ['PATH']}", STARTED=str(started))
        build = self.start("build", "net.da", "-o", output, env=environment)
        wait_for(started.exists, "Verilator starts")
        processes = started.read_text().split()
        started.unlink()
        return build, processes

    def end(self, process, number):
        """Sends a signal; the exit code."""
        process.send_signal(number)
        try:
            return process.wait(AT_ONCE)
        except subprocess.TimeoutExpired:
            self.fail(f"still there {AT_ONCE} s after {number!r}")

    def names(self):
        return sorted(p.name for p in self.folder.iterdir())

    def wait_until_it_reads(self, process):
        """A system call that reads (0 on x86-64, 63 elsewhere) and does not end: of standard input or its duplicate."""
        before = ""
        while process.poll() is None:
            call = pathlib.Path(f"/proc/{process.pid}/syscall").read_text()
            if call == before and call.startswith(("0 0x0 ", "0 0x3 ", "63 0x0 ", "63 0x3 ")):
                return
            before = call
            time.sleep(0.02)

    def test_each_command_while_it_reads(self):
        source = "/dev/stdin"
        for command in (["check", source], ["explain", source, "y"], ["run", source, "-i", "x.npy"], ["run", "net.da", "-i", source],
                        ["run", source, "-i", "x.npy", "--float"], ["calibrate", source, "--data", "x.npy"],
                        ["calibrate", "net.da", "--data", source], ["build", source, "-o", "out"], ["cmvm", source],
                        ["fmt", source], ["test", source], ["doc", source]):
            for number, code in ENDING.items():
                process = self.start(*command, stdin=subprocess.PIPE)
                self.wait_until_it_reads(process)
                self.assertEqual(self.end(process, number), code, (command, number))
                process.stdin.close()
        self.assertEqual(self.names(), ["net.da", "tmp"])
        self.assertEqual(list(self.temporary.iterdir()), [])

    def test_while_it_computes(self):
        rng = np.random.default_rng(1)
        with open(self.folder / "zeros.bin", "wb") as file:
            file.truncate(200_000_000 * 12)  # of no size on the disk
        np.save(self.folder / "w.npy", rng.integers(-1000, 1000, (40, 40)))
        (self.folder / "slow.da").write_text(SLOW_TEST)
        before = self.names()
        for command, numbers in ((["run", "net.da", "-i", "x:float32=zeros.bin", "--engine", "interp", "-o", "y.npy"], ENDING),
                                 (["calibrate", "net.da", "--data", "x:float32=zeros.bin", "-o", "out.da"], ENDING),
                                 (["test", "slow.da", "--samples", "1000000000"], ENDING),
                                 # Ctrl-C ends the search only: tests/cli/cmvm.py.
                                 (["cmvm", "w.npy", "--seconds", "1000", "--no-cache"], (signal.SIGTERM, signal.SIGHUP))):
            for number in numbers:
                process = self.start(*command)
                with self.assertRaises(subprocess.TimeoutExpired, msg=command):
                    process.wait(0.5)
                self.assertEqual(self.end(process, number), ENDING[number], (command, number))
        self.assertEqual(self.names(), before)

    def test_build_with_its_tools(self):
        for number, code in ENDING.items():
            build, tools = self.start_build("deep/er/out")
            self.assertEqual(self.end(build, number), code)
            self.assertEqual(self.names(), ["net.da", "tmp", "tools"])
            self.assertEqual(list(self.temporary.iterdir()), [])
            wait_for(lambda: not any(map(is_running, tools)), "the tools end")

    def test_prompt(self):
        for number, code in ENDING.items():
            prompt = self.start("repl", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            prompt.stdin.write(b"1 + 1\n")
            prompt.stdin.flush()
            self.assertEqual(prompt.stdout.readline(), b"2\n")
            self.assertEqual(self.end(prompt, number), code)
            prompt.stdin.close()
            prompt.stdout.close()

    def test_prompt_at_a_terminal(self):
        # Ctrl-C only drops the line there.
        for number in (signal.SIGTERM, signal.SIGHUP):
            ours, theirs = pty.openpty()
            prompt = self.start("repl", stdin=theirs, stdout=theirs, env=dict(self.environment, TERM="dumb", HOME=str(self.temporary)))
            os.close(theirs)
            shown = b""
            while b"dal> " not in shown:
                shown += os.read(ours, 1000)
            self.assertEqual(self.end(prompt, number), ENDING[number])
            os.close(ours)

    def test_evaluation_ends_with_its_prompt(self):
        os.mkfifo(self.folder / "w.npy")
        prompt = self.start("repl", stdin=subprocess.PIPE)
        prompt.stdin.write(b'load("w.npy")\n')
        prompt.stdin.flush()
        with open(self.folder / "w.npy", "wb"):  # waits until it is read
            children = pathlib.Path(f"/proc/{prompt.pid}/task/{prompt.pid}/children").read_text().split()
            self.assertTrue(children)
            prompt.kill()
            wait_for(lambda: not any(map(is_running, children)), "the evaluation ends")
        prompt.stdin.close()

    def kill_build(self, output):
        build, tools = self.start_build(output)
        build.kill()
        build.wait()
        wait_for(lambda: not any(map(is_running, tools)), "the tools end")

    def test_leftovers_of_a_killed_build(self):
        self.kill_build("out")
        left = [name for name in self.names() if name.startswith("out")]
        self.assertEqual(len(left), 1, left)
        self.assertRegex(left[0], r"^out\.\w{6}$")
        self.assertEqual(len(list(self.temporary.iterdir())), 1)
        others = self.folder / "out.backup", self.folder / "out.other1", self.folder / "other.abc123"
        for folder in others:
            folder.mkdir()
            (folder / "thesis.txt").write_text("precious")
        (others[1] / ".dal-temporary").write_text("something else\n")
        shutil.copy(self.folder / left[0] / ".dal-temporary", others[2])  # not beside this output
        (self.folder / "out.linked").symlink_to(others[2])
        self.assertEqual(self.start("build", "net.da", "-o", "out").wait(), 0)
        self.assertEqual(self.names(), ["net.da", "other.abc123", "out", "out.backup", "out.linked", "out.other1", "tmp", "tools"])
        self.assertEqual(list(self.temporary.iterdir()), [])
        for folder in others:
            self.assertEqual((folder / "thesis.txt").read_text(), "precious")
        self.assertEqual({p.suffix for p in (self.folder / "out").iterdir()}, {".json", ".v"})

    def test_leftovers_in_a_folder_where_somebody_works(self):
        out = self.folder / "out"
        out.mkdir()
        script = f'cd out && exec "{DAL}" build ../net.da -o . "$@"'
        tools = self.folder / "tools"
        tools.mkdir()
        (tools / "verilator").write_text('#!/bin/sh\nkill -KILL $PPID\nsleep 100\n')
        (tools / "verilator").chmod(0o755)
        environment = dict(self.environment, PATH=f"{tools}:{os.environ['PATH']}")
        killed = subprocess.run(["/bin/sh", "-c", script], cwd=self.folder, env=environment, capture_output=True, timeout=300)
        self.assertEqual(killed.returncode, -signal.SIGKILL)
        self.assertTrue(any(re.fullmatch(r"staging\.\w{6}", p.name) for p in out.iterdir()))
        done = subprocess.run(["/bin/sh", "-c", script, "dal", "--no-verify"], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({p.suffix for p in out.iterdir()}, {".json", ".v"})

    def test_a_build_that_runs_is_left_alone(self):
        build, tools = self.start_build("out")
        staged = [p for p in self.folder.iterdir() if p.name.startswith("out.")] + list(self.temporary.iterdir())
        self.assertEqual(len(staged), 2)
        before = [sorted(str(p) for p in folder.rglob("*")) for folder in staged]
        self.assertEqual(self.start("build", "net.da", "-o", "out").wait(), 0)
        self.assertEqual([sorted(str(p) for p in folder.rglob("*")) for folder in staged], before)
        self.assertTrue(all(map(is_running, tools)))
        self.assertEqual(self.end(build, signal.SIGTERM), 143)
        self.assertEqual(self.names(), ["net.da", "out", "tmp", "tools"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--dal", required=True)
    arguments, rest = parser.parse_known_args()
    DAL = str(pathlib.Path(arguments.dal).resolve())
    unittest.main(argv=[sys.argv[0], *rest])

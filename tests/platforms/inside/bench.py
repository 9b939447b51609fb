"""Runs steps, each with a verdict, and the daemon that they test."""
import os
import re
import signal
import subprocess
import time
import traceback
from pathlib import Path

import proc

CHILDREN = ("keeper", "responder", "updater", "console")
PATIENCE = 120  # seconds until a wait counts as failed: an emulator is slow
DAEMON = "/usr/bin/nanodnsd"


class Failed(Exception):
    """The error that a step has found."""


def check(condition, text):
    if not condition:
        raise Failed(text)


def until(condition, what):
    """Waits until condition() is true, and returns its result."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.02)
    raise Failed(f"not within {PATIENCE} s: {what}")


class Daemon:
    """nanodnsd in a new folder, as root or as an ordinary user."""

    def __init__(self, folder, uid, config):
        self.folder = Path(folder)
        self.uid = uid
        self.log = self.folder / "log"
        self.config = self.folder / "nanodnsd.conf"
        self.process = None
        self.folder.mkdir()
        self.config.write_text(config)
        os.chmod(self.config, 0o644)
        (self.folder / "state").mkdir()
        for path in (self.folder, self.folder / "state"):
            os.chown(path, uid, uid)
        self.log.write_text("")

    def command(self, *options):
        return [DAEMON, "-c", str(self.config), "-s", str(self.folder / "state/nanodnsd.state"), *options]

    def identity(self):
        return {"user": self.uid, "group": self.uid, "extra_groups": []} if self.uid else {}

    def start(self, tracer=()):
        """`tracer`: the program that starts the daemon, and its options."""
        marked = len(self.text())
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*tracer, *self.command("-v")], stderr=log, **self.identity())
        self.wait_for("nanodnsd: serving", marked)

    def text(self):
        return self.log.read_text(errors="replace")

    def wait_for(self, words, marked=0):
        def said_or_ended():
            return words in self.text()[marked:] or self.process.poll() is not None
        until(said_or_ended, f"{words!r} in the log")
        check(words in self.text()[marked:], f"it exited with {self.process.poll()} before it said {words!r}")

    def pid(self):
        """The supervisor's process id. Under a tracer it is the tracer's child."""
        if proc.read(self.process.pid, "comm") == "nanodnsd\n":
            return self.process.pid
        return proc.children(self.process.pid)[0]

    def children(self):
        """Process ids by name."""
        return proc.children_named(self.pid(), CHILDREN)

    def all_children(self):
        return until(lambda: len(found := self.children()) == len(CHILDREN) and found, "all children")

    def reload(self):
        marked = len(self.text())
        os.kill(self.pid(), signal.SIGHUP)
        self.wait_for("nanodnsd: serving", marked)

    def end(self):
        os.kill(self.pid(), signal.SIGTERM)
        check(self.process.wait(PATIENCE) == 0, f"it exited with {self.process.returncode}")

    def kill(self):
        """Kills all processes that are left."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def refused_calls(self):
        """Lines about a process that its filter has killed."""
        return [line for line in self.text().splitlines() if re.search("signal 31 |SIGSYS|Bad system call", line)]


def run_steps(steps, after_failure):
    """Runs the functions by title. Returns how many passed and how many failed. After a start that has failed, all
    later steps count as failed."""
    passed = failed = 0
    for title, function in steps:
        begin = time.monotonic()
        try:
            function()
            passed += 1
            verdict = "ok"
        except Exception as error:  # the later steps run after any error
            failed += 1
            verdict = f"FAILED: {error if isinstance(error, Failed) else traceback.format_exc()}"
        print(f"{title}: {verdict} ({time.monotonic() - begin:.1f} s)", flush=True)
        if verdict != "ok":
            print(after_failure(), flush=True)
            if title.endswith(": starts"):
                failed = len(steps) - passed
                break
    return passed, failed

"""Tests tests/support/proc.py with processes that exit while they are read."""
import builtins
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "support"))

import proc


class ProcessThatExits(unittest.TestCase):
    def setUp(self):
        self.process = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(self.process.__exit__, None, None, None)
        self.process.stdin.write(b"ready\n")
        self.process.stdin.flush()
        self.process.stdout.readline()  # before its reply it may still have the name of the interpreter
        self.addCleanup(proc.__dict__.pop, "open", None)

    def reap(self):
        self.process.kill()
        self.process.wait()

    def exits_after_open(self, path, **how):
        file = builtins.open(path, **how)
        self.reap()
        return file

    def test_is_read_while_it_runs(self):
        self.assertEqual(proc.read(self.process.pid, "comm"), "cat\n")
        self.assertTrue(proc.is_alive(self.process.pid))

    def test_has_nothing_to_read_before_open(self):
        self.reap()
        self.assertEqual(proc.read(self.process.pid, "cmdline"), "")
        self.assertEqual(proc.threads(self.process.pid), [])
        self.assertEqual(proc.children(self.process.pid), [])
        self.assertEqual(proc.descriptors(self.process.pid), {})
        self.assertFalse(proc.is_alive(self.process.pid))
        self.assertFalse(proc.exists(self.process.pid))

    def test_has_nothing_to_read_between_open_and_read(self):
        for name in ("cmdline", "status", "smaps_rollup"):
            with self.subTest(name):
                proc.open = self.exits_after_open
                self.assertEqual(proc.read(self.process.pid, name), "")
                del proc.open
                self.setUp()

    def test_is_no_child_when_it_exits_between_open_and_read(self):
        me = proc.read("self", "stat").split()[0]
        self.assertIn(self.process.pid, proc.children(me))
        proc.open = lambda path, **how: (self.exits_after_open if "cmdline" in path else builtins.open)(path, **how)
        self.assertEqual(proc.children_named(me, ("cat",)), {})

    def test_is_not_alive_before_it_is_reaped(self):
        self.process.kill()
        while proc.is_alive(self.process.pid):  # the signal takes effect soon, and the process stays a zombie
            pass
        self.assertTrue(proc.exists(self.process.pid))


if __name__ == "__main__":
    unittest.main()

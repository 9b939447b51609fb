#!/usr/bin/env python3
"""The caches of contrib/check never change its verdict: tests contrib/compiler-cache and contrib/tidy with caches
that are damaged, foreign, unwritable or missing. contrib/lint runs it, since it needs clang-tidy.
"""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
GOOD = "int answer() { return 42; }\n"
BAD = "int answer() { int unused; return 42; }\n" # a warning
UNTIDY = "int* answer() { return 0; }\n"
UNWRITABLE = "/proc/sys" # for root, too


class Caches(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.caches = self.folder / "cache/nanodnsd"
        self.environment = {**os.environ, "XDG_CACHE_HOME": str(self.folder / "cache")}
        self.source = self.folder / "source.cpp"

    def run_in_folder(self, *command):
        return subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)

    def damage(self, change):
        """Does the same to every file of the caches."""
        files = [path for path in self.caches.rglob("*") if path.is_file()]
        for path in files:
            change(path)
        self.assertNotEqual(files, [])

    def replace(self, name, target=None):
        """Puts a file, or a link to the target, where a cache was."""
        shutil.rmtree(self.caches / name, ignore_errors=True)
        self.caches.mkdir(parents=True, exist_ok=True)
        if target:
            (self.caches / name).symlink_to(target)
        else:
            (self.caches / name).write_text("a file")


def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def flip(path):
    content = bytearray(path.read_bytes())
    for i in range(len(content) // 2, min(len(content) // 2 + 8, len(content))):
        content[i] ^= 0xff
    path.write_bytes(content)


class CompilerCache(Caches):
    def setUp(self):
        super().setUp()
        self.alone = {} # what the compiler says without a cache

    def compile(self, *launcher, compiler="g++", options=()):
        target = self.folder / "object"
        target.unlink(missing_ok=True)
        done = self.run_in_folder(*launcher, compiler, "-std=c++20", "-Wall", "-Werror", *options, "-c", str(self.source),
                                  "-o", str(target))
        return done.returncode, done.stderr, target.read_bytes() if target.exists() else None

    def assert_same(self, **how):
        """Twice, so that what the first has put into the cache is used."""
        for text in (GOOD, BAD, GOOD, BAD):
            self.source.write_text(text)
            key = (text, str(how))
            if key not in self.alone:
                self.alone[key] = self.compile(**how)
                self.assertEqual(self.alone[key][0] == 0, text == GOOD)
            self.assertEqual(self.compile(str(SOURCE / "contrib/compiler-cache"), **how), self.alone[key])

    def test_is_filled_and_used(self):
        self.assert_same()
        statistics = subprocess.run(["ccache", "--print-stats"], capture_output=True, text=True, check=True,
                                    env={**self.environment, "CCACHE_DIR": str(self.caches / "ccache")}).stdout
        self.assertRegex(statistics, r"(?m)^direct_cache_hit\t[1-9]")

    def test_may_be_damaged(self):
        for change in (cut, flip, lambda path: path.write_bytes(b""), lambda path: path.write_text("garbage")):
            self.assert_same()
            self.damage(change)
            self.assert_same()

    def test_may_be_of_others(self):
        for how in ({"compiler": "g++"}, {"compiler": "clang++"}, {"options": ["-O2"]}, {"options": ["-DX"]}) * 2:
            self.assert_same(**how)

    def test_may_be_unusable(self):
        self.replace("ccache")
        self.assert_same()
        (self.caches / "ccache").unlink()
        self.replace("ccache", UNWRITABLE)
        self.assert_same()
        self.environment["XDG_CACHE_HOME"] = "/proc/nowhere"
        self.assert_same()

    def test_may_be_missing(self):
        programs = self.folder / "bin"
        programs.mkdir()
        for program in ("sh", "g++", "as"):
            (programs / program).symlink_to(shutil.which(program))
        self.environment["PATH"] = str(programs)
        self.assert_same()
        (programs / "ccache").write_text("#!/bin/sh\nexit 0\n") # it is there, and not executable
        self.assert_same()


class Tidy(Caches):
    def setUp(self):
        super().setUp()
        shutil.copy(SOURCE / ".clang-tidy", self.folder)
        (self.folder / "proto").mkdir()
        self.header = self.folder / "proto/header.h"
        self.header.write_text("")
        command = f"c++ -std=c++20 -I{self.folder} -o source.o -c {self.source}"
        entry = {"directory": str(self.folder), "command": command, "file": str(self.source)}
        (self.folder / "compile_commands.json").write_text(json.dumps([entry]))

    def tidy(self, text):
        self.source.write_text(text)
        before = self.folder / "source.cpp"
        os.utime(before, (1, 1)) # not changed while it is checked
        for file in (self.header, self.folder / ".clang-tidy"):
            os.utime(file, (1, 1))
        return self.run_in_folder(str(SOURCE / "contrib/tidy"), str(self.folder))

    def assert_verdicts(self):
        for text, status in ((GOOD, 0), (UNTIDY, 1), (GOOD, 0), (UNTIDY, 1)):
            done = self.tidy(text)
            self.assertEqual(done.returncode, status, done.stdout + done.stderr)
            self.assertEqual("use nullptr" in done.stdout, text == UNTIDY)

    def assert_remembered(self, text, is_remembered):
        self.assertIn(f" {int(is_remembered)} of them had passed before", self.tidy(text).stdout)

    def test_remembers_what_has_passed(self):
        self.assert_verdicts()
        self.assert_remembered(GOOD, True)
        self.assert_remembered(UNTIDY, False)

    def test_looks_at_all_that_is_read(self):
        text = '#include "proto/header.h"\n' + GOOD
        self.assertEqual(self.tidy(text).returncode, 0)
        self.assert_remembered(text, True)
        self.header.write_text("inline int* none() { return 0; }\n")
        self.assertEqual(self.tidy(text).returncode, 1)
        self.header.write_text("")
        self.assert_remembered(text, True)
        with open(self.folder / ".clang-tidy", "a", encoding="utf-8") as configuration:
            configuration.write("# changed\n")
        self.assert_remembered(text, False)

    def test_sees_comments_and_includes(self):
        text = UNTIDY.replace("\n", " // NOLINT\n")
        self.assertEqual(self.tidy(text).returncode, 0)
        self.assertEqual(self.tidy(UNTIDY).returncode, 1)
        self.header.write_text("#pragma once\n")
        once = '#include "proto/header.h"\n'
        self.assertEqual(self.tidy(once + "\n" + GOOD).returncode, 0)
        self.assertEqual(self.tidy(once + once + GOOD).returncode, 1)

    def test_memory_may_be_damaged(self):
        self.assert_verdicts()
        self.damage(lambda path: path.write_text("garbage"))
        (self.caches / "tidy/garbage").write_text("garbage")
        self.assert_verdicts()
        for path in [path for path in (self.caches / "tidy").iterdir() if len(path.name) == 64]:
            path.unlink()
            path.mkdir()
        self.assert_verdicts()

    def test_memory_may_be_unusable(self):
        self.replace("tidy")
        self.assert_verdicts()
        (self.caches / "tidy").unlink()
        self.replace("tidy", UNWRITABLE)
        self.assert_verdicts()


if __name__ == "__main__":
    unittest.main()

"""Runs steps, each with a verdict, and what they use: the service manager, its journal, the processes."""
import os
import re
import subprocess
import time
import traceback
from pathlib import Path

import proc

SERVICE = "nanodnsd.service"
CHILDREN = ("keeper", "responder", "updater")
PATIENCE = 30  # seconds until a wait counts as failed
DROP_IN = Path("/run/systemd/system/nanodnsd.service.d/acceptance.conf")
CONFIG = Path("/etc/nanodnsd/nanodnsd.conf")
_cursor = ""


class Failed(Exception):
    """The error that a step has found."""


def check(condition, text):
    if not condition:
        raise Failed(text)


def note(text):
    """A line of the transcript below the step's title."""
    for line in str(text).splitlines():
        print(f"   . {line}", flush=True)


def until(condition, what):
    """Waits until condition() is true, and returns its result."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.01)
    raise Failed(f"not within {PATIENCE} s: {what}")


def run(*command, may_fail=False, stderr=subprocess.PIPE):
    """The command's output."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=stderr, text=True, check=False,
                          timeout=2 * PATIENCE)
    if done.returncode != 0 and not may_fail:
        raise Failed(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr or ''}")
    return done.stdout.strip()


def systemctl(*command, **how):
    return run("systemctl", *command, **how)


def show(name, unit=SERVICE):
    """A property of the unit."""
    return systemctl("show", "--value", "-p", name, unit)


def state():
    return show("ActiveState")


def stop():
    systemctl("stop", SERVICE)
    check(state() == "inactive", f"it is {state()} after a stop")


def supervisor():
    """The process id of the supervisor."""
    return int(show("MainPID"))


def children():
    """Process ids by name: keeper, responder, updater."""
    main = supervisor()
    return proc.children_named(main, CHILDREN) if main else {}


def processes():
    """The ids of all four processes by name."""
    found = until(lambda: len(found := children()) == len(CHILDREN) and found, "three children")
    return {"supervisor": supervisor(), **found}


def forget_journal():
    """From now on, journal() only returns later entries."""
    run("journalctl", "--sync")
    global _cursor
    _cursor = run("journalctl", "-q", "-n", "1", "--show-cursor").rpartition("cursor: ")[2]


def journal():
    """What the service and its manager have logged since forget_journal()."""
    run("journalctl", "--sync")
    return run("journalctl", "-q", "-o", "cat", "-u", SERVICE, "--after-cursor", _cursor)


def errors():
    """What journalctl -p err shows of the daemon itself, since forget_journal(): pairs of a time in seconds and a text.

    journalctl itself loses the first entry if it is given --after-cursor and a match together.
    """
    run("journalctl", "--sync")
    entries = [dict(line.split("=", 1) for line in entry.splitlines() if "=" in line)
               for entry in run("journalctl", "-q", "-o", "export", "--after-cursor", _cursor).split("\n\n")]
    return [(int(one["__REALTIME_TIMESTAMP"]) / 1e6, one["MESSAGE"]) for one in entries
            if one.get("_SYSTEMD_UNIT") == SERVICE and int(one.get("PRIORITY", 7)) <= 3]


def said(text):
    """Waits until the journal has the text."""
    until(lambda: text in journal(), f"{text!r} in the journal, which says:\n{journal()}")


def drop_in(text):
    """Writes a drop-in for the unit, as an administrator would, and restarts the service with it."""
    DROP_IN.parent.mkdir(parents=True, exist_ok=True)
    DROP_IN.write_text("[Service]\n" + text)
    systemctl("daemon-reload")
    systemctl("restart", SERVICE)


def restore():
    """Restores the installed unit and config, and starts the service."""
    changed = DROP_IN.exists() or CONFIG.read_text() != INSTALLED_CONFIG
    CONFIG.write_text(INSTALLED_CONFIG)
    os.chown(CONFIG, INSTALLED_OWNER.st_uid, INSTALLED_OWNER.st_gid)
    os.chmod(CONFIG, INSTALLED_OWNER.st_mode & 0o777)
    DROP_IN.unlink(missing_ok=True)
    if changed:
        systemctl("daemon-reload")
    systemctl("restart" if changed else "start", SERVICE, may_fail=True)
    until(lambda: state() == "active",
          "a service that is up again:\n" + run("systemctl", "status", SERVICE, may_fail=True))
    processes()


def run_steps(steps, only, between=restore):
    """Runs the functions whose docstring, which is their title, matches `only`, and between() after each of them.
    Returns the number of failures."""
    failures = 0
    if only:
        between()
    for function in steps:
        title = function.__doc__
        if not re.search(only, title):
            continue
        begin = time.monotonic()
        try:
            forget_journal()
            print(f"== {title}", flush=True)
            function()
            verdict = "ok"
        except Exception as error:  # the later steps run after any error
            failures += 1
            verdict = "FAILED"
            note(error if isinstance(error, Failed) else traceback.format_exc())
            lines = [line for line in journal().splitlines() if "nanodnsd-keeper: home." not in line]
            note("the journal's last lines, without updates:\n" + "\n".join(lines[-20:]))
        print(f"   {verdict}, {time.monotonic() - begin:.1f} s", flush=True)
        try:
            between()
        except Failed as error:  # the results of later steps would mean nothing
            note(error)
            return failures + 1
    return failures


if CONFIG.exists():  # a package brings none
    INSTALLED_CONFIG = CONFIG.read_text()
    INSTALLED_OWNER = CONFIG.stat()

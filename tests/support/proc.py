"""What /proc says of other processes. A process may exit at any moment, and then there is nothing to read.

open(2) fails with ENOENT after a process was reaped. If it was opened before, read(2) fails with ESRCH.
"""
import os

GONE = (FileNotFoundError, ProcessLookupError)


def read(pid, name):
    """The text of /proc/PID/NAME; empty if the process has exited."""
    try:
        with open(f"/proc/{pid}/{name}", encoding="utf-8", errors="replace") as file:
            return file.read()
    except GONE:
        return ""


def exists(pid):
    """Whether the process runs, or has exited and is not reaped yet."""
    return os.path.exists(f"/proc/{pid}")


def is_alive(pid):
    """False for a process that has exited, whether it is reaped or not."""
    return read(pid, "stat").rpartition(")")[2].split()[:1] not in ([], ["Z"])


def threads(pid):
    """The ids of its threads."""
    try:
        return [int(thread) for thread in os.listdir(f"/proc/{pid}/task")]
    except GONE:
        return []


def children(pid):
    """The ids of the processes that its first thread has started, the oldest first."""
    return [int(child) for child in read(pid, f"task/{pid}/children").split()]


def children_named(pid, names):
    """{NAME: id} of the children whose command line begins with nanodnsd-NAME; of several the oldest."""
    found = {}
    for child in children(pid):
        name = read(child, "cmdline").split("\0")[0].removeprefix("nanodnsd-")
        if name in names:
            found.setdefault(name, child)
    return found


def descriptors(pid):
    """{number: what the descriptor leads to}."""
    found = {}
    try:
        for number in os.listdir(f"/proc/{pid}/fd"):
            found[number] = os.readlink(f"/proc/{pid}/fd/{number}")
    except GONE:
        pass
    return found

"""The cost of processes: CPU time and memory of a process and its descendants."""
import os
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "support"))

import proc


def tree(pid):
    """The process and its descendants."""
    found = [pid]
    for thread in proc.threads(pid):
        for child in proc.read(pid, f"task/{thread}/children").split():
            found += tree(int(child))
    return found


def name(pid):
    return Path(os.readlink(f"/proc/{pid}/exe")).name


def cpu_ns(pid):
    """Nanoseconds that the tree has run, in user and kernel mode, and that its threads have waited for a CPU.

    The first is the clock of clock_getcpuclockid(3), which includes threads that have exited, unlike schedstat.
    The tree must not change meanwhile.
    """
    processes = tree(pid)
    ran = sum(time.clock_gettime_ns(~process << 3 | 2) for process in processes)
    waited = sum(int(proc.read(process, f"task/{thread}/schedstat").split()[1])
                 for process in processes for thread in proc.threads(process))
    return ran, waited


def memory_kb(pid):
    """{process: {"Private_Dirty": kB, "Pss": kB, "Rss": kB}}; run sync(1) before."""
    found = {}
    for process in tree(pid):
        lines = proc.read(process, "smaps_rollup").splitlines()[1:]
        figures = {line.split(":")[0]: int(line.split()[1]) for line in lines}
        label = name(process)
        found[label if label not in found else f"{label} {process}"] = {
            kind: figures[kind] for kind in ("Private_Dirty", "Pss", "Rss")}
    return found


def pinned(cpu):
    """A function for before the exec that pins the process to this CPU; with None it does nothing."""
    return None if cpu is None else lambda: os.sched_setaffinity(0, {cpu})

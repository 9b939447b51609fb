"""What processes cost: CPU time and memory, over a process and all below it."""
import os
from pathlib import Path


def tree(pid):
    """The process and all that it has started, directly or not."""
    found = [pid]
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in (thread / "children").read_text().split():
            found += tree(int(child))
    return found


def name(pid):
    return Path(f"/proc/{pid}/comm").read_text().strip()


def cpu_ns(pid):
    """Nanoseconds that all threads of the tree have run, in user and in kernel mode; and waited for a CPU."""
    times = [(thread / "schedstat").read_text().split()
             for process in tree(pid) for thread in Path(f"/proc/{process}/task").iterdir()]
    return sum(int(time[0]) for time in times), sum(int(time[1]) for time in times)


def memory_kb(pid):
    """{process: {"Private_Dirty": kB, "Pss": kB, "Rss": kB}}; run sync(1) before."""
    found = {}
    for process in tree(pid):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
        figures = {line.split(":")[0]: int(line.split()[1]) for line in lines}
        label = name(process)
        found[label if label not in found else f"{label} {process}"] = {
            kind: figures[kind] for kind in ("Private_Dirty", "Pss", "Rss")}
    return found


def pinned(cpu):
    """What a process does before it starts, so that it runs on this CPU alone; None leaves it be."""
    return None if cpu is None else lambda: os.sched_setaffinity(0, {cpu})

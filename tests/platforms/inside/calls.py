"""Counts the system calls made under a filter, in the output of `strace -f -o FILE`."""
import re
from collections import Counter, defaultdict

LINE = re.compile(r"^(\d+) +(?:<\.\.\. )?(\w+)(?:\(| resumed)(.*)$")
FORKS = ("fork", "vfork", "clone", "clone3")


def under_filters(lines):
    """{process: Counter of calls}. A process is under a filter as soon as it or its parent has loaded one."""
    filtered = {}  # pid: whether it is under a filter
    names = {}
    counts = defaultdict(Counter)
    entered = {}  # pid: arguments of a call whose result is on a later line
    forking = None  # pid of a parent whose child may appear before its fork returns
    for line in lines:
        found = LINE.match(line)
        if not found:
            continue
        pid, call, rest = found.groups()
        if pid not in filtered:
            filtered[pid] = filtered.get(forking, False)
            names[pid] = names.get(forking, "nanodnsd")
        if " resumed" in line.split(call, 1)[1][:9]:
            rest = entered.pop(pid, "") + rest
        else:
            if filtered[pid]:
                counts[names[pid]][call] += 1
            if call in FORKS:
                forking = pid
            if rest.endswith("<unfinished ...>"):
                entered[pid] = rest
                continue
        if call in ("execve", "execveat") and rest.endswith("= 0"):
            name = re.search(r'\["([^"]*)"', rest)
            names[pid] = name.group(1).rpartition("/")[2] if name else "?"
        elif call == "seccomp" and rest.startswith("SECCOMP_SET_MODE_FILTER") and rest.endswith("= 0"):
            filtered[pid] = True
    return counts


def report(counts):
    return "\n".join(f"{sum(counted.values())} calls under the filters of {process}, of {len(counted)} kinds: "
                     + " ".join(f"{call} {number}" for call, number in sorted(counted.items()))
                     for process, counted in sorted(counts.items()))

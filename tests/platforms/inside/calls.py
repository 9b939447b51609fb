"""Counts system calls that were made under a filter, in what `strace -f -o FILE` has written."""
import re
from collections import Counter, defaultdict

LINE = re.compile(r"^(\d+) +(?:<\.\.\. )?(\w+)(?:\(| resumed)(.*)$")


def under_filters(lines):
    """{process: Counter of calls}. A process is under a filter from the first that it or its parent loads."""
    filtered = {}  # pid: whether
    names = {}
    counts = defaultdict(Counter)
    entered = {}  # pid: arguments of a call that was not finished in one line
    for line in lines:
        found = LINE.match(line)
        if not found:
            continue
        pid, call, rest = found.groups()
        if " resumed" in line.split(call, 1)[1][:9]:
            rest = entered.pop(pid, "") + rest
        else:
            if filtered.get(pid):
                counts[names.get(pid, "nanodnsd")][call] += 1
            if rest.endswith("<unfinished ...>"):
                entered[pid] = rest
                continue
        if call == "execve" and rest.endswith("= 0"):
            name = re.search(r'\["([^"]*)"', rest)
            names[pid] = name.group(1).rpartition("/")[2] if name else "?"
        elif call == "seccomp" and rest.startswith("SECCOMP_SET_MODE_FILTER") and rest.endswith("= 0"):
            filtered[pid] = True
        elif call in ("fork", "vfork", "clone", "clone3") and (child := re.search(r"= (\d+)$", rest)):
            filtered[child.group(1)] = filtered.get(pid, False)
            names.setdefault(child.group(1), names.get(pid, "nanodnsd"))
    return counts


def report(counts):
    return "\n".join(f"{sum(counted.values())} calls under the filters of {process}, of {len(counted)} kinds: "
                     + " ".join(f"{call} {number}" for call, number in sorted(counted.items()))
                     for process, counted in sorted(counts.items()))

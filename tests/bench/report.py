"""Results as Markdown and as JSON."""
import dataclasses
import json
import os
import platform
import re
from pathlib import Path

import peers
from rounds import median, quartiles
from servers import Ours

SATURATED = 0.9  # so much of a CPU's time at work: the server was the bottleneck
COMPARED = ("nsd", "knot")  # what a row is set beside, after the table's base


def about(lab, options):
    """The machine, versions, and how it was measured."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "machine": {"cpu": cpu[1] if cpu else platform.machine(), "cores": os.cpu_count(),
                    "kernel": platform.release()},
        "versions": {kind.name: kind.version(lab) for kind in (Ours, *peers.ALL)},
        "rounds": options.rounds, "seconds": options.seconds,
        "pinned": lab.server_cpu is not None,
    }


def spread(values, digits):
    low, high = quartiles(values)
    return f"{median(values):.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def row_of(table, row):
    values = table.values(row)
    cells = [row, spread(values, 0 if median(values) >= 100 else 2)]
    for base in (table.base, *COMPARED):
        ratios = table.ratios(row, base)
        cells.append(spread(ratios, 2) if ratios and base != row else "")
    if "busy" in table.rounds[0][row]:
        busy = median(table.values(row, "busy"))
        cells.append(f"{median(table.values(row, 'rate')):,.0f}" if busy >= SATURATED else "")
        cells.append(f"{busy:.2f}")
    return "| " + " | ".join(cells) + " |"


def markdown(table):
    heads = ["", table.unit, f"of {table.base}'s", *(f"of {name}'s" for name in COMPARED)]
    if any("busy" in sample for sample in table.rounds[0].values()):
        heads += ["a second", "CPUs at work"]
    lines = [f"### {table.title}", "", "| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += [row_of(table, row) for row in table.rows()]
    return "\n".join(lines + ["", table.note] * bool(table.note)) + "\n"


def text(result):
    machine, versions = result["machine"], result["versions"]
    head = (f"Measured {result['date']} on {machine['cores']} cores of {machine['cpu']}, "
            f"Linux {machine['kernel']}: " + ", ".join(f"{name} {version}" for name, version in versions.items())
            + f". {result['rounds']} rounds of {result['seconds']:g} s a server"
            + (", servers on one CPU and the load on another." if result["pinned"] else "."))
    explained = ("Medians, and between which figures the middle half of the rounds lies. A ratio is that of one "
                 "round. A rate stands only where the server was at work all the time.")
    return "\n".join([head, "", explained, "", *map(markdown, result["tables"])])


def keep(result, folder):
    folder.mkdir(exist_ok=True)
    (folder / "results.md").write_text(text(result))
    plain = {**result, "tables": [dataclasses.asdict(table) for table in result["tables"]]}
    (folder / "results.json").write_text(json.dumps(plain, indent=1) + "\n")

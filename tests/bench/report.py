"""Results as Markdown and as JSON."""
import dataclasses
import json
import os
import platform
import re
from pathlib import Path

import peers
import plot
from rounds import median, quartiles
from servers import Ours

DISTURBED = 0.05  # share of the time that a server waited for a CPU: above it, a round is disturbed
SATURATED = 0.9  # share of a CPU's time that a server was busy: above it, the server was the bottleneck


def about(lab, options):
    """The machine, the versions and the way of measuring."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "machine": {"cpu": cpu[1] if cpu else platform.machine(), "cores": os.cpu_count(),
                    "kernel": platform.release()},
        "versions": {kind.name: kind.version(lab) for kind in (Ours, *peers.ALL)},
        "rounds": options.rounds, "seconds": options.seconds,
        "pinned": lab.server_cpu is not None,
    }


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def spread(values):
    low, high = quartiles(values)
    return number(median(values)) + (f" ({number(low)} to {number(high)})" if len(values) > 1 else "")


def cells_of(table, row):
    yield row
    yield spread(table.values(row))
    for base in table.bases:
        yield spread(table.ratios(row, base)) if base != row else ""
    for kind in table.also:
        values = table.values(row, kind)
        hidden = kind == "rate" and median(table.values(row, "busy")) < SATURATED
        yield number(median(values)) if values and not hidden else ""


def line(cells):
    return "| " + " | ".join(cells) + " |"


def markdown(table):
    heads = ["", table.unit, *(f"of {base}'s" for base in table.bases), *table.also.values()]
    lines = [f"### {table.title}", "", line(heads), "|" + "---|" * len(heads)]
    lines += [line(cells_of(table, row)) for row in table.rows()]
    lost = sum(sample.get("lost", 0) for samples in table.rounds for sample in samples.values())
    notes = [table.note] * bool(table.note) + [f"{lost:.0f} queries got no answer."] * bool(lost)
    return "\n".join(lines + ["", " ".join(notes)] * bool(notes)) + "\n"


def text(result):
    machine, versions = result["machine"], result["versions"]
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    head = (f"Measured {result['date']} on {machine['cores']} cores of {machine['cpu']}, "
            f"Linux {machine['kernel']}: {named}. {result['rounds']} rounds of {result['seconds']:g} s a server"
            + (", servers on one CPU and the load on another." if result["pinned"] else "."))
    explained = ("Medians, and between which figures the middle half of the rounds lies. A ratio is that of "
                 "one round. A rate stands only where the server was at work nearly all the time.")
    stolen = [sample["stolen"] for table in result["tables"] for samples in table.rounds
              for sample in samples.values() if "stolen" in sample]
    if stolen and median(stolen) > DISTURBED:
        explained += (f" **Others were at work on the machine:** {median(stolen):.0%} of the time a server "
                      "waited for its CPU.")
    return "\n".join([head, "", explained, "", *map(markdown, result["tables"])])


def keep(result, folder):
    folder.mkdir(exist_ok=True)
    (folder / "results.md").write_text("# Results of contrib/bench\n\n" + text(result))
    (folder / "results.svg").write_text(plot.svg(result))
    plain = {**result, "tables": [dataclasses.asdict(table) for table in result["tables"]]}
    (folder / "results.json").write_text(json.dumps(plain, indent=1) + "\n")

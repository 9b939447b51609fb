"""Checks a very short run of the bench: no reply was lost or wrong, and the results can be written and read."""
import json
import math
from xml.dom import minidom

import report

BY_WORKERS = "echo, 1|echo, 2|nanodnsd, 1|nanodnsd, 2|nsd, 1|nsd, 2|knot, 1|knot, 2"
ROWS = {  # of tables, by the prefix of their names
    "udp": "echo nanodnsd nsd knot bind pdns",
    "udp-bulk": "echo nanodnsd nsd knot bind pdns",
    "wildcard": "echo nanodnsd nsd knot bind pdns",
    "cookies": "echo nanodnsd nsd knot bind pdns",
    "single": "echo nanodnsd nsd knot bind pdns",
    "tcp": "nanodnsd nsd knot bind pdns",
    "tcp-pipelined": "nanodnsd nsd knot bind pdns",
    "tcp-once": "nanodnsd nsd knot bind pdns",
    "updates-1": "nanodnsd knot bind",
    "updates-8": "nanodnsd knot bind",
    "updates-64": "nanodnsd knot bind",
    "start": "nanodnsd nsd knot bind pdns",
    "reload": "nanodnsd nsd knot bind pdns",
    "memory": "nanodnsd nsd knot bind pdns",
    "malformed": "good query",
    "workers": BY_WORKERS,
    "workers-bulk": BY_WORKERS,
}


def rows_of(text):
    return set(text.split("|") if "|" in text else [text] if text == "good query" else text.split())


def errors(result):
    tables = {table.name.rpartition("-")[0]: table for table in result["tables"]}
    yield from (f"there is no table {name}" for name in ROWS.keys() - tables.keys())
    for name, table in tables.items():
        missing = rows_of(ROWS.get(name, "")) - set(table.rows())
        yield from (f"{name} has no row {row}" for row in missing)
        for samples in table.rounds:
            for row, sample in samples.items():
                if not (math.isfinite(sample[table.kind]) and sample[table.kind] > 0):
                    yield f"{name}, {row}: {table.kind} is {sample[table.kind]}"
                if sample.get("lost") or sample.get("wrong"):
                    yield f"{name}, {row}: {sample}"


def judge(result, folder):
    found = list(errors(result))
    report.keep(result, folder)
    json.loads((folder / "results.json").read_text())
    minidom.parse(str(folder / "results.svg"))
    if found:
        raise SystemExit("\n".join(found))

"""DNSViz finds no error and no warning between a root and our zone, EDNS compatibility included.

dnsviz.py BUILD-FOLDER
"""
import json
import sys
import time

import lab
import tree

# Names of every kind: hosts, nothing, wildcards, aliases, empty non-terminals, a set too large for UDP.
NAMES = ("", "home.", "nothing.", "x.wild.", "alias.", "big.", "deep.", "a.b.deep.")


def faults_in(node, path=""):
    """Where there are errors and warnings, and their codes."""
    if isinstance(node, dict):
        for key, below in node.items():
            if key in ("errors", "warnings"):
                yield from (f"{key} {path}: {fault.get('code', fault)}" for fault in below)
            else:
                yield from faults_in(below, f"{path} {key}")
    elif isinstance(node, list):
        for below in node:
            yield from faults_in(below, path)


def analysis(folder, names):
    """What dnsviz says of the names, asking from the root on with EDNS diagnostics and NSID."""
    probe, report = folder / "probe.json", folder / "report.json"
    nsid = ["-n"] if "-n, --nsid" in lab.run("dnsviz", "probe", "-h") else []  # newer ones always ask
    lab.run("dnsviz", "probe", "-A", "-a", ".", "-E", *nsid, "-o", probe, *names)
    lab.run("dnsviz", "grok", "-l", "info", "-r", probe, "-o", report)
    return json.loads(report.read_text())


def main():
    lab.enter()
    started = time.monotonic()
    with tree.serving(sys.argv[1]) as hints:
        lab.run("mount", "--bind", hints, "/usr/share/dnsviz/hints/named.root")  # in our own mount namespace
        names = [label + tree.ZONE for label in NAMES]
        report = analysis(hints.parent, names)
        lame = analysis(hints.parent, [tree.LAME])
    faults = list(faults_in(report))
    missing = [name for name in names if f"{name}." not in report]
    queries = sum(len(of_name.get("queries", ())) for of_name in report.values())
    print(f"{len(report)} names, {queries} questions in {time.monotonic() - started:.1f} s; "
          f"errors and warnings: {len(faults)}", *faults, sep="\n")
    print("answers missing:", *missing or ["none"])
    blind = not list(faults_in(lame))
    if blind:
        print(f"nothing found wrong with {tree.LAME}: nothing was looked at")
    sys.exit(bool(faults or missing or blind))


if __name__ == "__main__":
    main()

"""DNSViz finds no error and no warning between a root and our zone, including EDNS compatibility.

dnsviz.py BUILD-FOLDER
"""
import json
import sys
import time

import lab
import tree

# Names of every kind: hosts, missing names, wildcards, aliases, empty non-terminals, a set too large for UDP.
NAMES = ("", "home.", "nothing.", "x.wild.", "alias.", "big.", "deep.", "a.b.deep.")


def problems_in(node, path=""):
    """The errors and warnings: paths and codes."""
    if isinstance(node, dict):
        for key, below in node.items():
            if key in ("errors", "warnings"):
                yield from (f"{key} {path}: {problem.get('code', problem)}" for problem in below)
            else:
                yield from problems_in(below, f"{path} {key}")
    elif isinstance(node, list):
        for below in node:
            yield from problems_in(below, path)


def analysis(folder, names):
    """The report of dnsviz about the names: it asks from the root on, with EDNS diagnostics and NSID."""
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
    problems = list(problems_in(report))
    missing = [name for name in names if f"{name}." not in report]
    queries = sum(len(of_name.get("queries", ())) for of_name in report.values())
    print(f"{len(report)} names, {queries} questions in {time.monotonic() - started:.1f} s; "
          f"errors and warnings: {len(problems)}", *problems, sep="\n")
    print("answers missing:", *missing or ["none"])
    blind = not list(problems_in(lame))
    if blind:
        print(f"nothing found wrong with {tree.LAME}: nothing was looked at")
    sys.exit(bool(problems or missing or blind))


if __name__ == "__main__":
    main()

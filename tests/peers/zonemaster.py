"""Zonemaster finds nothing wrong with the zone, as a registry would look at it before it delegates.

zonemaster.py BUILD-FOLDER
"""
import json
import sys
import time

import lab
import tree

# What is no fault of the server's. Each has to occur, or its line goes.
EXPECTED = {
    "NEITHER_DNSKEY_NOR_DS": "the zone is not signed",
    "NOT_SIGNED": "the zone is not signed",
    "REFRESH_MINIMUM_VALUE_LOWER": "a dynamic zone changes often: a secondary looks every 10 minutes",
    "RETRY_MINIMUM_VALUE_LOWER": "as with the refresh",
}


def found(zone, hints):
    """The tags of all that is a notice or worse, and how many messages there were."""
    report = json.loads(lab.run("zonemaster-cli", "--hints", hints, "--level", "DEBUG", "--json",
                                "--no-progress", zone))
    levels = ("NOTICE", "WARNING", "ERROR", "CRITICAL")
    return [entry for entry in report if entry["level"] in levels], len(report)


def main():
    lab.enter()
    started = time.monotonic()
    with tree.serving(sys.argv[1]) as hints:
        faults, messages = found(tree.ZONE, hints)
        lame, _ = found(tree.LAME, hints)
    for entry in faults:
        print(entry["level"], entry.get("testcase", ""), entry.get("tag", ""), entry.get("message", ""))
    print(f"{messages} messages about {tree.ZONE} in {time.monotonic() - started:.1f} s")
    tags = {entry["tag"] for entry in faults}
    wrong = sorted(tags ^ set(EXPECTED))
    if not any(entry["level"] in ("ERROR", "CRITICAL") for entry in lame):
        wrong.append(f"nothing found wrong with {tree.LAME}: nothing was looked at")
    print("wrong:", *wrong or ["nothing"])
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()

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
    "SOA_DEFAULT_TTL_MAXIMUM_VALUE_LOWER": "a name that appears is seen as soon as one that changes",
}
# What version 7 of zonemaster-cli says beside that.
EXPECTED_SINCE_7 = {
    "ERROR_ASN_DATABASE": "the network has no such service",
    "CN04_ERROR_PREFIX_DATABASE": "the network has no such service",
}


def found(zone, hints):
    """All that is a notice or worse, how many messages there were, and the tags that this version has."""
    report = json.loads(lab.run("zonemaster-cli", "--hints", hints, "--level", "DEBUG", "--json",
                                "--no-progress", zone))
    levels = ("NOTICE", "WARNING", "ERROR", "CRITICAL")
    expected = set(EXPECTED)
    if isinstance(report, dict):
        report = report["results"]
        expected.update(EXPECTED_SINCE_7)
    return [entry for entry in report if entry["level"] in levels], len(report), expected


def main():
    lab.enter()
    started = time.monotonic()
    with tree.serving(sys.argv[1]) as hints:
        faults, messages, expected = found(tree.ZONE, hints)
        lame, _, _ = found(tree.LAME, hints)
    for entry in faults:
        print(entry["level"], entry.get("testcase", ""), entry.get("tag", ""), entry.get("message", ""))
    print(f"{messages} messages about {tree.ZONE} in {time.monotonic() - started:.1f} s")
    tags = {entry["tag"] for entry in faults}
    wrong = sorted(tags ^ expected)
    if not any(entry["level"] in ("ERROR", "CRITICAL") for entry in lame):
        wrong.append(f"nothing found wrong with {tree.LAME}: nothing was looked at")
    print("wrong:", *wrong or ["nothing"])
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()

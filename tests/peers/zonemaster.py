"""Zonemaster finds no error in the zone, as a registry would check it before it delegates.

zonemaster.py BUILD-FOLDER
"""
import json
import sys
import time

import lab
import tree

# Messages that are not about an error of the server. Each must occur; otherwise remove its line.
EXPECTED = {
    "NEITHER_DNSKEY_NOR_DS": "the zone is not signed",
    "NOT_SIGNED": "the zone is not signed",
    "REFRESH_MINIMUM_VALUE_LOWER": "a dynamic zone changes often: a secondary looks every 10 minutes",
    "RETRY_MINIMUM_VALUE_LOWER": "as with the refresh",
    "SOA_DEFAULT_TTL_MAXIMUM_VALUE_LOWER": "a name that appears is seen as soon as one that changes",
}
# Further messages of zonemaster-cli version 7.
EXPECTED_SINCE_7 = {
    "ERROR_ASN_DATABASE": "the network has no such service",
    "CN04_ERROR_PREFIX_DATABASE": "the network has no such service",
}


def found(zone, hints):
    """The messages from notice on, the number of all messages, and the tags that this version should report."""
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
        problems, messages, expected = found(tree.ZONE, hints)
        lame, _, _ = found(tree.LAME, hints)
    for entry in problems:
        print(entry["level"], entry.get("testcase", ""), entry.get("tag", ""), entry.get("message", ""))
    print(f"{messages} messages about {tree.ZONE} in {time.monotonic() - started:.1f} s")
    tags = {entry["tag"] for entry in problems}
    wrong = sorted(tags ^ expected)
    if not any(entry["level"] in ("ERROR", "CRITICAL") for entry in lame):
        wrong.append(f"nothing found wrong with {tree.LAME}: nothing was looked at")
    print("wrong:", *wrong or ["nothing"])
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()

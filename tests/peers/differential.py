"""Our daemon, NSD and Knot DNS serve one zone and get the same queries; each difference has its reason.

differential.py BUILD-FOLDER [QUERIES [SEED]]

differences.py recognises a difference, differences.txt says why ours is right. A difference that none
explains fails the test, and so does a reason that never occurs.
"""
import collections
import sys

import differences
import exchange
import lab
import queries
import zone_table
from servers import Knot, Nsd, Ours

SEED = 20261122
COUNT = 10000
SECRET = "00112233445566778899aabbccddeeff"

# Settings with which the others behave as ours: minimal responses, cookies without enforcement, a name for
# NSID, no rate limit.
NSD = f'''    minimal-responses: yes
    nsid: "ascii_lab"
    answer-cookie: yes
    cookie-secret: "{SECRET}"'''
KNOT = "    nsid: lab"
KNOT_TEMPLATES = f'''mod-cookies:
  - id: lab
    secret: 0x{SECRET}
    badcookie-slip: 1
template:
  - id: default
    global-module: mod-cookies/lab
'''


def serve_and_ask(build, asked):
    """What each server has replied: {name: [Said]}."""
    probe = (zone_table.APEX, "SOA")
    with (lab.Folder() as folder,
          Ours(folder, build, "127.0.0.11") as ours, Ours(folder, build, "127.0.0.14") as strict,
          Nsd(folder, "127.0.0.12") as nsd, Knot(folder, "127.0.0.13") as knot):
        ours.serve(zone_table.config("nsid = lab\nrate_limit = 0"), probe)
        zone_table.update(ours)
        soa = ours.ask(*probe).answer[0][0].to_text()
        zones = {zone_table.APEX: zone_table.zone_file(soa)}
        nsd.serve(zones, probe, NSD)
        knot.serve(zones, probe, KNOT, KNOT_TEMPLATES)
        strict.serve(zone_table.config("nsid = lab\nrate_limit = 0\ncookies = strict"), probe)
        zone_table.update(strict)
        said = {server.name: exchange.ask_all(server.address, asked) for server in (ours, nsd, knot)}
        said["strict"] = exchange.ask_all(strict.address, [query for query in asked if has_cookie(query)])
        return said


def error_in(query, ours):
    """An error in our reply that does not depend on other servers' replies."""
    if ours.malformed:
        return "malformed"
    if ours.silent:
        return "" if query.flags & queries.QR else "silent"
    return "too long" if ours.size > query.room() and not query.over_tcp else ""


def has_cookie(query):
    """Whether the query has a COOKIE option and comes over UDP, where servers may require a valid one."""
    return differences.option(query, queries.COOKIE) and not query.over_tcp


def compare_strict(asked, said, found_in_all):
    """With cookies=strict, ours requires cookies, as Knot DNS does. Counts reasons in `found_in_all`."""
    pairs = [(query, theirs) for query, theirs in zip(asked, said["knot"]) if has_cookie(query)]
    found = collections.Counter()
    errors = compare([query for query, _ in pairs],
                     {"nanodnsd": said["strict"], "knot": [theirs for _, theirs in pairs]}, "knot", found)
    found_in_all.update(found)
    lax = found["cookie-always-demanded", "knot"]
    print(f"{len(pairs)} queries with a cookie, strict: {lax} where Knot DNS alone demands a good one")
    return errors + [f"{lax} clients without a good cookie got an answer"] * bool(lax)


def compare(asked, said, peer, found):
    """Counts reasons in `found`. Returns the differences without a reason, as text."""
    unexplained = []
    for query, ours, theirs in zip(asked, said["nanodnsd"], said[peer]):
        here, there = ours.aspects(), theirs.aspects()
        differing = {aspect for aspect in here if aspect in there and here[aspect] != there[aspect]}
        for key, explained in differences.explain(query, ours, theirs, peer, differing):
            found[key, peer] += 1
            differing -= explained
        if differing:
            unexplained.append(f"{query}\n  differs in {' '.join(sorted(differing))}\n"
                               f"    nanodnsd: {ours}\n    {peer}: {theirs}")
    return unexplained


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else COUNT
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else SEED
    lab.enter()
    asked = list(queries.generate(seed, count))
    print(f"{count} queries of seed {seed}")
    said = serve_and_ask(sys.argv[1], asked)

    errors = [f"ours: {error}: {query}" for query, ours in zip(asked, said["nanodnsd"])
              if (error := error_in(query, ours))]
    found = collections.Counter()
    for peer in ("nsd", "knot"):
        errors += compare(asked, said, peer, found)
    errors += compare_strict(asked, said, found)
    reasons = differences.reasons(lab.HERE / "differences.txt")
    for key, reason in reasons.items():
        print(f"{found[key, 'nsd']:6} nsd {found[key, 'knot']:6} knot  {key}: {reason}")
    errors += [f"{key} is listed and does not occur" for key in reasons if not (found[key, "nsd"]
                                                                              or found[key, "knot"])]
    errors += sorted({f"{key} has no reason in differences.txt" for key, _ in found if key not in reasons})
    print(f"{len(errors)} errors", *errors[:50], sep="\n")
    sys.exit(bool(errors))


if __name__ == "__main__":
    main()

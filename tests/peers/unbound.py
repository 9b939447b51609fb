"""What resolvers see that ask our daemon: Debian's unbound without cookies, BIND's named with them.

unbound.py BUILD-FOLDER

Unbound sends no DNS cookies to servers; named sends them by default. Each resolver asks as a stub (a
delegation) and as a forwarder, with cookies=relaxed and strict, and with a rate limit so low that answers
come over TCP.

Over the rate limit every second answer is dropped. Where Unbound 1.26 (not 1.17) minimises names it ends with
SERVFAIL then: behind each timeout it does not use the next answer, but asks again.
"""
import sys

import dns.flags
import dns.rcode

import lab
import zone_table
from servers import Named, Ours, Unbound
from zone_table import APEX

OURS, ADDRESS = "127.0.0.11", "127.0.0.1"  # named only listens on addresses of interfaces
PROBE = (APEX, "SOA")
# (name below the apex, type, rcode, data of the answer's last RRset)
EXPECTED = (
    ("home", "A", "NOERROR", ["192.0.2.10"]),
    ("home", "AAAA", "NOERROR", ["2001:db8::10", "2001:db8::11"]),
    ("hOmE", "A", "NOERROR", ["192.0.2.10"]),
    ("a.b.c.deep", "A", "NOERROR", ["192.0.2.30"]),  # below empty non-terminals
    ("c.deep", "A", "NOERROR", []),
    ("home", "TXT", "NOERROR", []),
    ("only4", "AAAA", "NOERROR", []),
    ("home", "HTTPS", "NOERROR", []),
    ("nothing", "A", "NXDOMAIN", []),
    ("x.home", "A", "NXDOMAIN", []),
    ("alias2", "AAAA", "NOERROR", ["2001:db8::10", "2001:db8::11"]),
    ("dangling", "A", "NXDOMAIN", ["gone.dyn.example.org."]),
    ("to-empty", "A", "NOERROR", ["deep.dyn.example.org."]),
    ("x.wild", "A", "NOERROR", ["192.0.2.60"]),
    ("x.y.wild", "TXT", "NOERROR", ['"wild"']),
    ("here.wild", "A", "NOERROR", []),
    ("empty.wild", "A", "NOERROR", []),
    ("x.here.wild", "A", "NXDOMAIN", []),
    ("x.aliases", "A", "NOERROR", ["192.0.2.10"]),
    ("many", "TXT", "NOERROR", ['"one" "two" "three"', r'"\"quoted\" \\ \000\255"', '""']),
    ("", "MX", "NOERROR", ["10 home.dyn.example.org.", "20 mail.example.net."]),
    ("", "CAA", "NOERROR", ['0 issue "ca.example.net"', '128 iodef "mailto:caa@example.net"']),
    ("_none._tcp", "SRV", "NOERROR", ["0 0 0 ."]),
    ("big", "A", "NOERROR", zone_table.HOSTS["big"]["a"]),  # over TCP, since it has 1600 bytes
    ("texts", "TXT", "NOERROR", zone_table.HOSTS["texts"]["txt"]),
)


def name_of(host):
    return f"{host}.{APEX}" if host else APEX


def ask(resolver, host, rdtype):
    """The rcode and the last RRset of the answer, as text."""
    reply = resolver.ask(name_of(host), rdtype, use_edns=0, payload=1232)
    if reply.flags & dns.flags.TC:
        reply = resolver.ask(name_of(host), rdtype, tcp=True)
    last = [record.to_text() for record in reply.answer[-1]] if reply.answer else []
    return dns.rcode.to_text(reply.rcode()), sorted(last)


def check_answers(resolver):
    for host, rdtype, rcode, records in EXPECTED:
        got = ask(resolver, host, rdtype)
        if got != (rcode, sorted(records)):
            raise AssertionError(f"{resolver.name}: {name_of(host)} {rdtype}: {got}, not {rcode} {records}")


def check_update(resolver, ours, number):
    """A host with TTL 0 is not cached, so the resolver has the new address at once."""
    for address in (f"198.51.100.{number}", f"203.0.113.{number}"):
        zone_table.update(ours, address)
        name = zone_table.UPDATED[0]
        got = ask(resolver, name, "A")
        if got != ("NOERROR", [address]):
            raise AssertionError(f"{resolver.name} has {got} after the update to {address}")


def check_statistics(figures, resolver, settings):
    """Checks that the answers came over the transport that the settings select."""
    requests, cookies, queries = figures["requests"], figures["cookies"], figures["queries"]
    wrong = []
    if requests["tcp"] < 2:
        wrong.append("the big RRsets did not come by TCP")
    if (cookies["correct"] > 0) != (resolver == "named"):
        wrong.append("cookies")
    if resolver == "named" and "strict" in settings and queries["badcookie"] == 0:
        wrong.append("no BADCOOKIE")
    if resolver == "unbound" and settings.endswith("= 1") and requests["tcp"] == 2:
        wrong.append("over the rate limit, nothing came by TCP")
    if wrong:
        raise AssertionError(f"{wrong}: {figures}")


RUNS = (
    # resolver, how it asks, our settings
    ("unbound", "stub-zone", "cookies = relaxed\nrate_limit = 0"),
    ("unbound", "forward-zone", "cookies = relaxed\nrate_limit = 0"),
    ("unbound", "stub-zone", "cookies = strict\nrate_limit = 0"),
    ("unbound", "stub-zone", "cookies = relaxed\nrate_limit = 1"),
    ("named", "stub-zone", "cookies = relaxed\nrate_limit = 0"),
    ("named", "forward-zone", "cookies = relaxed\nrate_limit = 0"),
    ("named", "stub-zone", "cookies = strict\nrate_limit = 0"),
    ("named", "stub-zone", "cookies = relaxed\nrate_limit = 1"),
)


def main():
    lab.enter()
    for number, (resolver, how, settings) in enumerate(RUNS, 1):
        with lab.Folder() as folder, Ours(folder, sys.argv[1], OURS) as ours:
            ours.serve(zone_table.config(settings), PROBE)
            limited = settings.endswith("rate_limit = 1")
            peer = Unbound(folder, ADDRESS, not limited) if resolver == "unbound" else Named(folder, ADDRESS)
            with peer:
                peer.serve(how, APEX, OURS, PROBE)
                check_answers(peer)
                check_update(peer, ours, number)
            figures = ours.statistics()
        print(f"{resolver}, {how}, {settings.replace(chr(10), ', ')}: {len(EXPECTED)} answers, 2 updates")
        for heading in ("requests", "responses", "queries", "cookies"):
            counts = (f"{name}={count}" for name, count in figures[heading].items() if count)
            print(f"    {heading}:", *counts)
        check_statistics(figures, resolver, settings)


if __name__ == "__main__":
    main()

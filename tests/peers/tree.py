"""A small internet on the loopback: a root, org and example.org by NSD, and dyn.example.org by our daemon.

The addresses are such as servers have, in networks of different holders, so that checkers find them
plausible. Nothing leaves the network namespace.
"""
import contextlib

import dns.reversename

import lab
from servers import Nsd, Ours

ZONE = "dyn.example.org"
# Delegated to our daemon, which does not serve this zone: a checker must report that.
LAME = "lame.example.org"
PARENTS = {"a.parent.org.": ("62.20.0.53", "2a03:300::53"), "b.parent.org.": ("80.10.0.53", "2a04:400::53")}
OURS = {f"ns1.{ZONE}.": ("45.90.1.53", "2a05:500::53"), f"ns2.{ZONE}.": ("91.200.2.53", "2a06:600::53")}

CONFIG = f"""[server]
domain = {ZONE}
nameserver = {" ".join(OURS)}
email = host.master@example.org
nsid = lab
[@]
mx = 10 mail.example.org
txt = "v=spf1 mx -all"
[@home]
a = 45.90.1.10
aaaa = 2a05:500::10
txt = "home"
[@a.b.deep]
a = 45.90.1.11
[@alias]
cname = home.{ZONE}
[@*.wild]
a = 45.90.1.12
[@big]
""" + "".join(f"a = 45.90.2.{n}\n" for n in range(1, 101)) + "".join(
    f"[@{name.split('.')[0]}]\na = {a}\naaaa = {aaaa}\n" for name, (a, aaaa) in OURS.items())


def addresses(servers):
    """The A and AAAA records of the name servers."""
    return "".join(f"{name} 86400 IN A {a}\n{name} 86400 IN AAAA {aaaa}\n"
                   for name, (a, aaaa) in servers.items())


def zone(apex, servers=PARENTS, more=""):
    """A zone file with a SOA that every checker accepts."""
    return (f"{apex} 86400 IN SOA a.parent.org. hostmaster.example.org. 2026112200 14400 3600 1209600 3600\n"
            + "".join(f"{apex} 86400 IN NS {server}\n" for server in servers) + more)


def reverse(servers):
    return "".join(f"{dns.reversename.from_address(address)} 86400 IN PTR {name}\n"
                   for name, both in servers.items() for address in both)


def delegation(apex, servers):
    return "".join(f"{apex} 86400 IN NS {server}\n" for server in servers) + addresses(servers)


ZONES = {
    ".": zone(".", more=delegation("org.", PARENTS) + reverse({**PARENTS, **OURS})),
    "org.": zone("org.", more=delegation("example.org.", PARENTS)),
    "example.org.": zone("example.org.", more=delegation(f"{ZONE}.", OURS)
                         + "".join(f"{LAME}. 86400 IN NS {name}\n" for name in OURS)
                         + "example.org. 86400 IN MX 10 mail.example.org.\n"
                           "mail.example.org. 86400 IN A 62.20.0.25\n"),
}
HINTS = delegation(".", PARENTS)


@contextlib.contextmanager
def serving(build):
    """Yields the path of the root hints. Call lab.enter() first."""
    everyone = [address for server in (PARENTS, OURS) for both in server.values() for address in both]
    for address in everyone:
        lab.run("ip", "address", "add", address, "dev", "lo", *(["nodad"] if ":" in address else []))
    lab.run("ip", "route", "add", "default", "dev", "lo")  # checkers test if there is a route to the internet
    lab.run("ip", "-6", "route", "add", "default", "dev", "lo")
    with (lab.Folder() as folder,
          Nsd(folder, *(address for both in PARENTS.values() for address in both)) as parents,
          Ours(folder, build, *(address for both in OURS.values() for address in both)) as ours):
        parents.serve(ZONES, ("example.org.", "SOA"))
        ours.serve(CONFIG, (ZONE, "SOA"))
        hints = folder / "root.hints"
        hints.write_text(HINTS)
        yield hints

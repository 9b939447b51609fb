"""The zone that all servers serve: one table, written as our config and as a zone file."""
import base64
import hashlib

APEX = "dyn.example.org."
NAMESERVERS = ("ns.dyn.example.org.", "ns.example.net.")
TTL = 60
UPDATED = ("moved", "moved-token", "192.0.2.99")  # a host that gets its address by an update; of TTL 0
LEFT = ("left", "left-token")  # a host that had an address and has none any more, so it is no name
# A host that follows the updated one by its prefix. Its A record is the config's and stays.
FOLLOWER = ("follower", "::5:6", "192.0.2.97", "2001:db8:7:8::/64", "2001:db8:7:8::5:6")
# Challenges of hosts, with the number of values: a static host, the apex, an alias, a host without records, and one
# whose challenge is removed.
CHALLENGED = {"home": 2, "": 1, "alias": 2, "away": 1, "only4": 0}
CHALLENGE_KEY = "key-of-challenges"

# host below the apex -> key of the config -> values
HOSTS = {
    "": {"a": ["192.0.2.1"], "aaaa": ["2001:db8::1"], "txt": ['"v=spf1 -all"'],
         "mx": ["10 home.dyn.example.org.", "20 mail.example.net."],
         "caa": ['0 issue "ca.example.net"', '128 iodef "mailto:caa@example.net"']},
    "ns": {"a": ["192.0.2.53"], "aaaa": ["2001:db8::53"]},
    "home": {"a": ["192.0.2.10"], "aaaa": ["2001:db8::10", "2001:db8::11"]},
    "only4": {"a": ["192.0.2.20", "192.0.2.21", "192.0.2.22"]},
    "only6": {"aaaa": ["2001:db8::20"]},
    "a.b.c.deep": {"a": ["192.0.2.30"]},
    "x.c.deep": {"aaaa": ["2001:db8::30"]},
    "big": {"a": [f"198.51.100.{n}" for n in range(1, 101)]},
    "middle": {"aaaa": [f"2001:db8:1::{n:x}" for n in range(1, 31)]},
    "1digit": {"a": ["192.0.2.40"]},
    "_service._tcp": {"a": ["192.0.2.41"]},
    "xn--bcher-kva": {"a": ["192.0.2.42"]},
    "short": {"a": ["192.0.2.43"], "ttl": ["0"]},
    "long": {"a": ["192.0.2.44"], "ttl": ["604800"]},
    "many": {"txt": ['"one" "two" three', r'"\"quoted\" \\ \000\255"', '""'], "a": ["192.0.2.45"],
             "aaaa": ["2001:db8::45"], "mx": ["0 ."], "caa": ['0 issuewild ";"']},
    "texts": {"txt": [f'"{n:02}{"x" * 200}"' for n in range(20)]},
    **{f"relays{count}": {"mx": [f"{n} relay{n % 8}.dyn.example.org." for n in range(count)]}
       for count in (9, 12, 13, 14, 15)},
    **{f"relay{n}": {"a": [f"192.0.2.{100 + n}"], "aaaa": [f"2001:db8::10{n}"]} for n in range(8)},
    # RFC 2782
    "_sip._udp": {"srv": ["0 5 5060 home.dyn.example.org.", "10 5 5060 alias.dyn.example.org.",
                          "20 0 5060 sip.example.net."]},
    "_none._tcp": {"srv": ["0 0 0 ."]},
    # aliases: to a host, to an alias, out of the zone, to a missing name, to a wildcard, below a delegation, to an
    # empty non-terminal, to the apex, to a host that an update changes
    "alias": {"cname": ["home.dyn.example.org."]},
    "alias2": {"cname": ["alias.dyn.example.org."], "ttl": ["30"]},
    "leaving": {"cname": ["www.example.net."]},
    "leaving2": {"cname": ["leaving.dyn.example.org."]},
    "dangling": {"cname": ["gone.dyn.example.org."]},
    "to-wildcard": {"cname": ["any.wild.dyn.example.org."]},
    "to-delegated": {"cname": ["www.lab.dyn.example.org."]},
    "to-cut": {"cname": ["lab.dyn.example.org."]},
    "to-empty": {"cname": ["deep.dyn.example.org."]},
    "to-apex": {"cname": ["dyn.example.org."]},
    "to-moved": {"cname": ["moved.dyn.example.org."]},
    "to-big": {"cname": ["big.dyn.example.org."]},
    # wildcards, with a name that exists below one, and an empty non-terminal
    "*.wild": {"a": ["192.0.2.60"], "txt": ['"wild"'], "mx": ["10 home.dyn.example.org."]},
    "here.wild": {"aaaa": ["2001:db8::61"]},
    "a.empty.wild": {"a": ["192.0.2.62"]},
    "*.aliases": {"cname": ["home.dyn.example.org."]},
    "*.out": {"cname": ["www.example.net."]},
    "*.chain": {"cname": ["x.wild.dyn.example.org."]},
    # hosts without records, which are no names: below the apex, below a wildcard, behind an alias, and with a name
    # below it
    "away": {},
    "away.wild": {},
    "x.y.away.wild": {},
    "to-away": {"cname": ["away.dyn.example.org."]},
    "to-away.wild": {"cname": ["away.wild.dyn.example.org."]},
    "half.away": {},
    "there.half": {"a": ["192.0.2.63"]},
    "half": {},
    # an alias for a host that is no name, so that the alias's own wildcard answers for it
    "*.vain": {"cname": ["gone.vain.dyn.example.org."]},
    "gone.vain": {},
    # delegations: with glue, without, with a sibling's glue
    "lab": {"ns": ["ns.lab.dyn.example.org.", "ns.example.net."]},
    "ns.lab": {"a": ["192.0.2.70"], "aaaa": ["2001:db8::70"]},
    "far": {"ns": ["ns1.example.net.", "ns2.example.net."], "ttl": ["3600"]},
    "beside": {"ns": ["ns.lab.dyn.example.org.", "ns.dyn.example.org."]},
    "self": {"ns": ["self.dyn.example.org."], "a": ["192.0.2.71"]},
    "a.b.below": {"ns": ["ns.example.net."]},
}


def challenge_values(host):
    """Each has 43 characters of base64url."""
    return [f"{host}-{number}".ljust(43, "_") for number in range(CHALLENGED[host])]


def key_hash():
    salt = bytes(16)
    digest = hashlib.sha256(CHALLENGE_KEY.encode() + salt).digest()
    return "{SSHA256}" + base64.b64encode(digest + salt).decode()


def config(more_of_server=""):
    """Our config without the addresses to listen on."""
    name, token, _ = UPDATED
    lines = ["[server]", f"domain = {APEX}", f"nameserver = {' '.join(NAMESERVERS)}",
             "email = host.master@example.org", f"ttl = {TTL}", more_of_server]
    for host, keys in HOSTS.items():
        lines.append(f"[@{host}]")
        lines += [f"{key} = {value}" for key, values in keys.items() for value in values]
        lines += [f"acme_hash = {key_hash()}"] * (host in CHALLENGED)
    return "\n".join([*lines, f"[@{name}]", f"token = {token}", "ttl = 0",
                      f"[@{LEFT[0]}]", f"token = {LEFT[1]}",
                      f"[@{FOLLOWER[0]}]", f"follow = {name}", f"suffix = {FOLLOWER[1]}", f"a = {FOLLOWER[2]}",
                      ""])


def zone_file(soa):
    """The zone file with the SOA that our daemon serves: the daemon chooses the serial."""
    lines = [f"{APEX} 86400 IN SOA {soa}"]
    lines += [f"{APEX} 86400 IN NS {server}" for server in NAMESERVERS]
    hosts = {**HOSTS, UPDATED[0]: {"a": [UPDATED[2]], "ttl": ["0"]},
             FOLLOWER[0]: {"a": [FOLLOWER[2]], "aaaa": [FOLLOWER[4]]},
             **{f"_acme-challenge.{host}".rstrip("."): {"txt": challenge_values(host), "ttl": ["1"]}
                for host in CHALLENGED}}
    for host, keys in hosts.items():
        owner = f"{host}.{APEX}" if host else APEX
        ttl = keys.get("ttl", [str(TTL)])[0]
        lines += [f"{owner} {ttl} IN {key.upper()} {value}"
                  for key, values in keys.items() if key != "ttl" for value in values]
    return "\n".join([*lines, ""])


def update(ours, address=UPDATED[2]):
    """Gives the updated host an address and a prefix, another host an address that it loses, and challenges."""
    prefix = f"&ip6lanprefix={FOLLOWER[3]}"
    for (name, token), change in ((UPDATED[:2], address + prefix), (LEFT, "192.0.2.98"), (LEFT, "")):
        status, text = ours.update(f"hostname={name}.{APEX}&token={token}&ipv4={change}")
        if (status, text) != (200, "ok updated"):
            raise RuntimeError(f"the update got {status} {text}")
    for host in CHALLENGED:
        fqdn = ".".join(["_acme-challenge", *filter(None, [host]), APEX])
        for value in ["x" * 43] * (host == "only4") + challenge_values(host):
            ours.change_challenge("present", fqdn, value, CHALLENGE_KEY)
    ours.change_challenge("cleanup", f"_acme-challenge.only4.{APEX}", "x" * 43, CHALLENGE_KEY)

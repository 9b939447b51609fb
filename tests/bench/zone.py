"""The zone that all servers serve: hosts h0, h1, ... with an A and an AAAA record each; and the queries for it."""
import random

APEX = "dyn.example.test"
TOKEN = "a-token-of-the-bench-{}"
TTL = 60
A, AAAA = 1, 28
NOERROR, NXDOMAIN = 0, 3
ANY_REPLY = 255  # any_rcode in load.h
OPT = b"\0\0\x29\x04\xd0\0\0\0\0\0\0"  # EDNS with a size of 1232 bytes
MISSES = 0.1  # share of the queries for names that do not exist
SEED = 20261125


def name(host):
    return f"h{host}.{APEX}"


def address4(number):
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def address6(number):
    return f"2001:db8::{number >> 16:x}:{number & 0xffff:x}"


def config(hosts, probe):
    """The hosts' sections of our config. `probe` has no token, so that a reload changes its address."""
    sections = [f"[@probe]\na = {probe}\n"]
    sections += (f"[@h{host}]\ntoken = {TOKEN.format(host)}\na = {address4(host)}\naaaa = {address6(host)}\n"
                 for host in range(hosts))
    return "".join(sections)


def zone_file(hosts, probe, serial=1):
    lines = [f"$ORIGIN {APEX}.\n$TTL {TTL}\n"
             f"@ SOA ns.example.test. hostmaster.example.test. {serial} 3600 600 604800 {TTL}\n"
             f"@ NS ns.example.test.\nprobe A {probe}\n"]
    lines += (f"h{host} A {address4(host)}\nh{host} AAAA {address6(host)}\n" for host in range(hosts))
    return "".join(lines)


def wire_name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def query(text, rdtype, edns=True, number=0):
    head = number.to_bytes(2, "big") + b"\0\0\0\1\0\0\0\0" + (b"\0\1" if edns else b"\0\0")
    return head + wire_name(text) + rdtype.to_bytes(2, "big") + b"\0\1" + (OPT if edns else b"")


def line_of(message, rcode, answers):
    """The format of the load generators (load.h)."""
    return len(message).to_bytes(2, "big") + bytes([rcode, answers]) + message


def write_queries(path, hosts):
    """Of ten queries, nine for hosts, A and AAAA, and one for a missing name; the same for every server."""
    dice = random.Random(SEED)
    with open(path, "wb") as out:
        for _ in range(4096 if hosts <= 1000 else 131072):
            host = dice.randrange(hosts)
            rdtype = dice.choice((A, AAAA))
            if dice.random() < MISSES:
                out.write(line_of(query(f"x{host}.{APEX}", rdtype), NXDOMAIN, 0))
            else:
                out.write(line_of(query(name(host), rdtype), NOERROR, 1))
    return path

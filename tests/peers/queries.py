"""Queries of every kind, in and around the zone, made from a seed."""
import random
import struct
from dataclasses import dataclass

import dns.name
import dns.rdatatype

from zone_table import APEX, CHALLENGED, FOLLOWER, HOSTS, LEFT, NAMESERVERS, UPDATED

# RFC 1035 section 4.1.1, RFC 4035 section 3.2: bits of the header's second word
AA, TC, RD, RA, Z, AD, CD = 0x0400, 0x0200, 0x0100, 0x0080, 0x0040, 0x0020, 0x0010
QR = 0x8000
FLAGS = {"AA": AA, "TC": TC, "RD": RD, "RA": RA, "Z": Z, "AD": AD, "CD": CD}
NSID, COOKIE, KEEPALIVE, PADDING, SUBNET = 3, 10, 11, 12, 8
MX, SRV, OPT, TKEY, TSIG, IXFR, AXFR, MAILB, MAILA, ANY = 15, 33, 41, 249, 250, 251, 252, 253, 254, 255
IN, CH, HS, NONE = 1, 3, 4, 254


@dataclass(frozen=True)
class Edns:
    """An OPT record (RFC 6891 section 6.1.2)."""

    size: int = 1232
    version: int = 0
    flags: int = 0  # 0x8000 is DO
    options: tuple = ()  # of (code, data)

    def wire(self):
        data = b"".join(struct.pack("!HH", code, len(text)) + text for code, text in self.options)
        return b"\0" + struct.pack("!HHBBHH", OPT, self.size, 0, self.version, self.flags, len(data)) + data

    def codes(self):
        return [code for code, _ in self.options]

    def __str__(self):
        options = " ".join(f"{code}:{len(data)}" for code, data in self.options)
        return f"EDNS {self.version} size {self.size} flags {self.flags:04x} options ({options})"


@dataclass(frozen=True)
class Query:
    """One question, with its header, EDNS and transport."""

    name: bytes  # wire form
    rdtype: int = 1
    rdclass: int = IN
    opcode: int = 0
    flags: int = 0
    edns: Edns | None = None
    over_tcp: bool = False

    def wire(self, message_id):
        return (struct.pack("!6H", message_id, self.opcode << 11 | self.flags, 1, 0, 0, bool(self.edns))
                + self.name + struct.pack("!HH", self.rdtype, self.rdclass)
                + (self.edns.wire() if self.edns else b""))

    def room(self):
        """The most bytes of a reply over UDP (RFC 6891 section 6.2.3, RFC 9715 section 3.1)."""
        return min(max(self.edns.size, 512), 1232) if self.edns else 512

    @property
    def dname(self):
        return dns.name.from_wire(self.name, 0)[0]

    def __str__(self):
        flags = "".join(" " + name for name, bit in FLAGS.items() if self.flags & bit)
        return (f"{self.dname} type {dns.rdatatype.to_text(self.rdtype)} class {self.rdclass} "
                f"opcode {self.opcode}{flags} {self.edns or 'no EDNS'} "
                f"over {'TCP' if self.over_tcp else 'UDP'}")


def wire_name(text):
    return dns.name.from_text(text).to_wire()


def names():
    """Names for each part of the zone; the common ones occur more often."""
    apex = dns.name.from_text(APEX).labels[:-1]
    depth = len(wire_name(APEX))

    def below(*labels):
        return b"".join(bytes([len(label)]) + label for label in (*labels, *apex)) + b"\0"

    challenges = [f"_acme-challenge.{host}".rstrip(".") for host in CHALLENGED]
    hosts = [wire_name(f"{host}.{APEX}" if host else APEX)
             for host in (*HOSTS, UPDATED[0], LEFT[0], FOLLOWER[0], *challenges, "", "", "")]
    around = [below(b"nothing"), below(b"_"), below(b"*"), below(b"*", b"deep"), below(b"_acme-challenge"),
              below(b"_acme-challenge", b"home"), below(b"\0\xff \\.\"@"), below(b"x" * 63),
              below(b"1" * 63, b"home"), below(b"0"), below(b"a" * 63, b"b" * 63, b"c" * 63,
                                                            b"d" * (254 - depth - 3 * 64)),
              *[below(*[b"z"] * n) for n in (2, 10, 100)]]
    for host in HOSTS:
        labels = [label.encode() for label in host.split(".") if host]
        around += [below(b"x", *labels), below(b"*", *labels), below(b"y", b"x", *labels)]
        around += [below(*labels[n:]) for n in range(1, len(labels))]  # empty non-terminals
    outside = [b"\0", *(wire_name(name) for name in (
        "org.", "example.org.", "org.example.", "xdyn.example.org.", "dyn.example.com.", "dyn2.example.org.",
        "ns.example.org.", "dyn.", "example.net.", "version.bind.", "id.server.", "hostname.bind.",
        "localhost.", "1.2.0.192.in-addr.arpa.", *NAMESERVERS))]
    return hosts, around, outside


def in_mixed_case(name, rng):
    """Changes the case of letters at random. Length bytes are below 64, so they are no letters."""
    return bytes(byte ^ 0x20 if bytes([byte]).isalpha() and rng.random() < 0.5 else byte
                 for byte in name)


COMMON = (1, 28, 16, 15, 6, 2, 5, 43, 33, 257, 65, 64, 46, 47, 48, 50, 35, 12, 13, 99)
META = (ANY, AXFR, IXFR, MAILB, MAILA, TKEY, TSIG, OPT, 0)


def some_type(rng):
    kind = rng.random()
    if kind < 0.35:
        return rng.choice((1, 28, 2, 6))
    if kind < 0.50:
        return rng.choice((5, 16, MX, SRV, 257, ANY))
    if kind < 0.70:
        return rng.choice(COMMON)
    if kind < 0.80:
        return rng.choice(META)
    return rng.choice((rng.randrange(1, 128), rng.randrange(128, 65536), rng.randrange(65280, 65535)))


def some_options(rng):
    options = [(NSID, b""), (NSID, b"text"), (KEEPALIVE, b""), (PADDING, b"\0" * rng.randrange(64)),
               (SUBNET, bytes.fromhex("00011800c00002")), (COOKIE, rng.randbytes(8)),
               (COOKIE, rng.randbytes(rng.choice((0, 1, 7, 9, 15, 41, *[16, 24, 32, 40] * 3)))),
               (rng.randrange(100, 65536), rng.randbytes(rng.randrange(20))), (4, b""), (20, b"x")]
    return tuple(rng.choice(options) for _ in range(rng.choice((1, 1, 1, 2, 3))))


def some_edns(rng):
    if rng.random() < 0.4:
        return None
    plain = rng.random() < 0.5
    return Edns(size=rng.choice((0, 100, 511, 512, 513, 600, 1232, 1232, 1400, 4096, 65535)),
                version=0 if plain or rng.random() < 0.7 else rng.choice((1, 2, 100, 255)),
                flags=rng.choice((0, 0, 0x8000) if plain else (0, 0x8000, 0x4000, 0x0001, 0xFFFF)),
                options=() if plain else some_options(rng))


def generate(seed, count):
    """`count` queries; the same ones for the same seed."""
    rng = random.Random(seed)
    hosts, around, outside = names()
    for _ in range(count):
        name = rng.choice(rng.choice((hosts, hosts, around, around, outside)))
        if rng.random() < 0.3:
            name = in_mixed_case(name, rng)
        flags = 0
        if rng.random() < 0.5:
            flags = rng.choice((*FLAGS.values(), RD, RD, RD))
        elif rng.random() < 0.3:
            flags = sum(bit for bit in FLAGS.values() if rng.random() < 0.5)
        if rng.random() < 0.01:
            flags |= QR
        yield Query(name, some_type(rng),
                    IN if rng.random() < 0.95 else rng.choice((CH, HS, NONE, 255, 0, 2, 5, 65535)),
                    0 if rng.random() < 0.97 else rng.randrange(1, 16), flags, some_edns(rng),
                    rng.random() < 0.15)

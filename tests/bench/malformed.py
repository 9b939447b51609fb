"""Scenario of bad input: the cost of a malformed packet for our daemon, compared to a good query."""
import random

import zone
from queries import FEW_CLIENTS, asked
from rounds import Table
from servers import Ours, Setup

AT_A_TIME = 31  # malformed packets before each good query, whose reply shows that they were processed
FILES = 200     # such groups in a file
ROOM = 1200


def head(flags=0, questions=1, answers=0, authority=0, additional=0):
    fields = (0, flags, questions, answers, authority, additional)
    return b"".join(field.to_bytes(2, "big") for field in fields)


def question(dice, rdtype=zone.A):
    return zone.wire_name(zone.name(dice.randrange(100))) + rdtype.to_bytes(2, "big") + b"\0\1"


def opt(data, version=0):
    return b"\0\0\x29\x04\xd0\0" + bytes([version]) + b"\0\0" + len(data).to_bytes(2, "big") + data


def long_name(dice, label):
    """A name of 255 bytes in the zone."""
    apex = zone.wire_name(zone.APEX)
    name = b""
    while len(name) + len(apex) + 1 + label <= 255:
        name += bytes([label]) + bytes(dice.choice(b"abcdefgh") for _ in range(label))
    return name + apex


KINDS = {
    "shorter than a header": lambda dice: dice.randbytes(dice.randrange(1, 12)),
    "noise": lambda dice: dice.randbytes(dice.randrange(12, 300)),
    "noise, 1200 octets": lambda dice: dice.randbytes(ROOM),
    "a reply": lambda dice: head(flags=0x8000) + question(dice),
    "question cut off": lambda dice: (head() + question(dice))[:dice.randrange(12, 30)],
    "no question": lambda dice: head(questions=0),
    "two questions": lambda dice: head(questions=2) + question(dice) * 2,
    "name that points at itself": lambda dice: head() + b"\xc0\x0c\0\1\0\1",
    "label of a reserved kind": lambda dice: head() + b"\x41a" + question(dice),
    "name of 120 labels": lambda dice: head() + long_name(dice, 1) + b"\0\1\0\1",
    "name of long labels": lambda dice: head() + long_name(dice, 63) + b"\0\1\0\1",
    "octets behind": lambda dice: head() + question(dice) + dice.randbytes(400),
    "100 records": lambda dice: head(additional=100) + question(dice) + b"\0\0\x01\0\1\0\0\0\0\0\0" * 100,
    "counts of more records": lambda dice: head(0, 1, 65535, 65535, 65535) + question(dice),
    "two OPT": lambda dice: head(additional=2) + question(dice) + opt(b"") * 2,
    "100 options": lambda dice: head(additional=1) + question(dice) + opt(b"\xfd\xe9\0\0" * 100),
    "option longer than OPT": lambda dice: head(additional=1) + question(dice) + opt(b"\0\x0a\0\x18ab"),
    "cookie of a bad length": lambda dice: head(additional=1) + question(dice) + opt(b"\0\x0a\0\x05abcde"),
    "forged cookie": lambda dice: head(additional=1) + question(dice) + opt(
        b"\0\x0a\0\x18" + dice.randbytes(8) + b"\1\0\0\0" + dice.randbytes(12)),
    "EDNS of version 9": lambda dice: head(additional=1) + question(dice) + opt(b"", 9),
    "another opcode": lambda dice: head(flags=0x2800) + question(dice),
    "records of long owners": lambda dice: head(additional=4) + question(dice) + (
        long_name(dice, 1) + b"\0\x01\0\1\0\0\0\0\0\0") * 4,
    "two long questions": lambda dice: head(questions=4) + (long_name(dice, 1) + b"\0\1\0\1") * 4,
    "another zone": lambda dice: head() + zone.wire_name("example.org") + b"\0\1\0\1",
}


def write_packets(path, make):
    """Malformed packets, each group with a good query; only good queries if `make` is None."""
    dice = random.Random(zone.SEED)
    good = [zone.line_of(zone.query(zone.name(host), zone.A), zone.NOERROR, 1) for host in range(100)]
    with open(path, "wb") as out:
        for _ in range(FILES):
            for _ in range(AT_A_TIME):
                out.write(zone.line_of(make(dice), zone.ANY_REPLY, 0) if make else dice.choice(good))
            out.write(dice.choice(good))
    return path


def flood(lab, hosts):
    """The same number of packets in flight in all rows."""
    note = (f"The good query is one with EDNS; each row has one of it behind {AT_A_TIME} malformed packets, "
            "and what they cost together is shared among all. What gets no answer costs no sending.")
    table = Table(f"malformed-{hosts}", f"Malformed packets, {hosts:,} hosts", "packet_ns",
                  "ns of CPU a packet", ("good query",), {"replies": "replies a packet"}, note)
    with Ours(lab, Setup(hosts)) as server:
        server.start()
        rows = {"good query": (server, {**FEW_CLIENTS, "queries": write_packets(lab.folder / "good", None)})}
        for number, (kind, make) in enumerate(KINDS.items()):
            packets = write_packets(lab.folder / f"malformed-{number}", make)
            rows[kind] = (server, {"queries": packets})
        asked(lab, table, rows, hosts, sockets=FEW_CLIENTS["sockets"], window=FEW_CLIENTS["sockets"])
    return [table]

"""Sends many queries to a server, and parses the replies with dnspython, which is independent of our parser."""
import collections
import socket
import struct
import time

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype

from queries import COOKIE, FLAGS, NSID, QR, Query, wire_name
from zone_table import APEX

WINDOW = 40  # queries in flight: few enough for every socket's buffer
PATIENCE = 10  # seconds until a server counts as dead
# Servers answer one client in order: after the reply to the sentinel, no reply to an earlier query comes.
SENTINEL = Query(wire_name(APEX), 6)
SENTINEL_ID = 0xFFFF


class Silence(Exception):
    """The server does not answer the sentinel."""


def ask_udp(address, queries):
    """The reply to each query, or None."""
    replies = [None] * len(queries)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(PATIENCE)
        sock.connect((address, 53))
        for first in range(0, len(queries), WINDOW):
            for number in range(first, min(first + WINDOW, len(queries))):
                sock.send(queries[number].wire(number))
            sock.send(SENTINEL.wire(SENTINEL_ID))
            while True:
                reply = sock.recv(65535)
                (number,) = struct.unpack("!H", reply[:2])
                if number == SENTINEL_ID:
                    break
                replies[number] = reply
    return replies


def read_exactly(stream, size):
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def ask_tcp(address, queries):
    """The reply to each query, or None. Each query is followed by the sentinel."""
    replies = []
    sock = stream = None
    for number, query in enumerate(queries):
        if sock is None:
            sock = socket.create_connection((address, 53), timeout=PATIENCE)
            stream = sock.makefile("rb")
        both = [query.wire(number), SENTINEL.wire(SENTINEL_ID)]
        sock.sendall(b"".join(struct.pack("!H", len(one)) + one for one in both))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)  # otherwise Nagle's algorithm waits for our ACK
        reply = None
        try:
            while True:
                message = read_exactly(stream, struct.unpack("!H", read_exactly(stream, 2))[0])
                if message[:2] == struct.pack("!H", SENTINEL_ID):
                    break
                reply = message
        except (EOFError, ConnectionResetError):
            stream.close()
            sock.close()
            sock = None
        replies.append(reply)
    if sock is not None:
        stream.close()
        sock.close()
    return replies


def ask_again(address, queries, replies):
    """NSD sends at most 100 error replies per second: repeats unanswered queries in the following seconds."""
    while True:
        silent = [n for n, reply in enumerate(replies) if reply is None and not queries[n].flags & QR]
        if not silent:
            return replies
        time.sleep(1.05 - time.time() % 1)  # its clock lags by some milliseconds
        again = (ask_tcp if queries[0].over_tcp else ask_udp)(address, [queries[n] for n in silent])
        for number, reply in zip(silent, again):
            replies[number] = reply
        if not any(again):
            return replies


def ask_all(address, queries):
    """What the server replies to each query."""
    replies = {}
    for over_tcp, ask in ((False, ask_udp), (True, ask_tcp)):
        mine = [query for query in queries if query.over_tcp == over_tcp]
        replies[over_tcp] = iter(ask_again(address, mine, ask(address, mine)))
    return [Said(next(replies[query.over_tcp]), query) for query in queries]


SECTIONS = ("answer", "authority", "additional")


class Said:
    """A server's reply to a query, in the aspects that are compared.

    Records are sets of (owner, type, class, TTL, data). Names are compared without case, except in `spelling`:
    the owners as they are written, in the answer and in the other sections.
    """

    # the values for no reply and for a malformed one
    rcode = opcode = question = edns = None
    opt = False
    flags = dict.fromkeys(("QR", *FLAGS), False)
    answer = authority = additional = options = {}
    spelling = (frozenset(), frozenset())

    def __init__(self, wire, query):
        self.silent = wire is None
        self.malformed = False
        if self.silent:
            return
        self.size = len(wire)
        _, bits, qdcount, *_ = struct.unpack("!6H", wire[:12])
        self.flags = {name: bool(bits & bit) for name, bit in {"QR": QR, **FLAGS}.items()}
        self.opcode = bits >> 11 & 15
        question = query.name + struct.pack("!HH", query.rdtype, query.rdclass)
        self.question = "echoed" if qdcount == 1 and wire[12:12 + len(question)] == question else qdcount
        try:
            message = dns.message.from_wire(b"\0\0" + struct.pack("!H", bits & ~0x7A00) + wire[4:],
                                            one_rr_per_rrset=True)
        except dns.exception.DNSException:
            self.malformed = True
            return
        # opcode and TC are cleared, since the sections of UPDATE have other meanings
        self.rcode = (bits & 15) | (message.ednsflags >> 20 & 0xFF0)
        self.opt = message.edns >= 0
        self.edns = (message.edns, message.ednsflags & 0xFFFF) if self.opt else None
        self.edns_size = message.payload if self.opt else None
        self.options = {int(option.otype): option.to_wire() for option in message.options}
        self.answer, self.authority, self.additional = (
            collections.Counter(
                (rrset.name.to_text().lower(), dns.rdatatype.to_text(rrset.rdtype), rrset.rdclass, rrset.ttl,
                 rrset[0].to_digestable())
                for rrset in section)
            for section in (message.answer, message.authority, message.additional))
        self.spelling = (frozenset(rrset.name.to_text() for rrset in message.answer),
                         frozenset(rrset.name.to_text() for rrset in message.authority + message.additional))

    def aspects(self):
        """All aspects by name, to compare."""
        if self.silent or self.malformed:
            return {"silence": self.silent, "malformed": self.malformed}
        return {"silence": False, "malformed": False, **self.flags,
                "opcode": self.opcode, "rcode": self.rcode,
                "question": self.question, "OPT": self.opt, "EDNS": self.edns, "spelling": self.spelling,
                "NSID": self.options.get(NSID), "COOKIE": self.options.get(COOKIE, b"")[:8],
                **{section: getattr(self, section) for section in SECTIONS}}

    def types(self, section):
        return {record[1] for record in getattr(self, section)}

    def has_no_records(self):
        return not (self.answer or self.authority or self.additional)

    def __str__(self):
        if self.silent or self.malformed:
            return "silence" if self.silent else f"malformed, {self.size} bytes"
        flags = " ".join(name for name, is_set in self.flags.items() if is_set)
        records = "".join(
            f"\n      {section}: {' '.join(map(str, record[:4]))} x{count} {record[4][:40].hex()}"
            for section in SECTIONS for record, count in list(getattr(self, section).items())[:4])
        return (f"rcode {self.rcode} opcode {self.opcode} {flags} question {self.question} EDNS {self.edns} "
                f"{self.size} bytes {list(self.options)}{records}")

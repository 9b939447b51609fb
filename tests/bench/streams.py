"""Scenarios of DNS over TCP: many queries per connection, and a connection per query."""
import contextlib

import loads
import peers
from queries import RATE, queries_for, started
from rounds import Table, interleave
from servers import Ours, Setup

PIPELINED = 8
STAYING, COMING = 32, 8  # connections at a time; COMING is small, since some servers have a listen queue of ten


def over_connections(lab, hosts):
    staying = f"{STAYING} connections that stay"
    ways = {f"tcp-{hosts}": (f"TCP, {staying}", {"connections": STAYING}),
            f"tcp-pipelined-{hosts}": (f"TCP, {staying}, {PIPELINED} queries at a time on each",
                                       {"connections": STAYING, "pipelined": PIPELINED}),
            f"tcp-once-{hosts}": ("TCP, a connection a query", {"connections": COMING, "once": 1})}
    tables = []
    with contextlib.ExitStack() as stack:
        servers = started(lab, stack, (Ours, *peers.ALL), Setup(hosts))
        for name, (title, how) in ways.items():

            def ask(server, seconds=lab.seconds, how=how):
                return loads.measured(lab, "dns_tcp", server, seconds=seconds,
                                      queries=queries_for(lab, hosts), **how)

            table = Table(name, f"{title}, {hosts:,} hosts", bases=("nsd", "knot", "pdns"), also=RATE)
            for server in servers.values():
                ask(server, lab.seconds / 4)
            tables.append(interleave(table, lab.rounds, servers, ask, lab.say))
    return tables

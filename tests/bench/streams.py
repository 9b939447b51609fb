"""Scenarios of DNS over TCP: many queries on a connection, and a connection a query."""
import contextlib

import loads
import peers
from queries import RATE, queries_for, started
from rounds import Table, interleave
from servers import Ours, Setup

STAYING, COMING = 32, 8  # connections at a time; of the latter, servers let but ten wait to be accepted


def over_connections(lab, hosts):
    tables = [Table(f"tcp-{hosts}", f"TCP, {STAYING} connections that stay, {hosts:,} hosts"),
              Table(f"tcp-once-{hosts}", f"TCP, a connection a query, {hosts:,} hosts")]
    with contextlib.ExitStack() as stack:
        servers = started(lab, stack, (Ours, *peers.ALL), Setup(hosts))
        for once, table in enumerate(tables):
            table.bases, table.also = ("nsd", "knot", "pdns"), RATE

            def ask(server, seconds=lab.seconds, once=once):
                return loads.measured(lab, "dns_tcp", server, seconds=seconds, once=once,
                                      queries=queries_for(lab, hosts), connections=COMING if once else STAYING)

            for server in servers.values():
                ask(server, lab.seconds / 4)
            interleave(table, lab.rounds, servers, ask, lab.say)
    return tables

"""Scenarios of change: updates that are stored, and the time to start and to reload."""
import contextlib
import time

import loads
import peers
from queries import started
from rounds import Table, interleave
from servers import Ours, Setup

CLIENTS = (1, 8, 64)
FEW = 1000  # hosts: up to this number, reading them takes only a few milliseconds
AFTER_RELOAD = 0.3  # seconds until the processes with the old zone have exited
BY = {"nanodnsd": "http", "knot": "udp", "bind": "udp"}


def updates(lab, hosts):
    """An update counts when it is stored and a query gets it."""
    note = ("Ours by HTTP, a connection each; the others by RFC 2136 over UDP. All keep their journals on "
            "the same file system and sync them before they answer. An update counts when a query got its "
            "address.")
    tables = [Table(f"updates-{clients}-{hosts}", f"Updates by {clients} at a time, {hosts:,} hosts", "rate",
                    "updates a second", ("bind", "knot"),
                    {"cpu_us": "µs of CPU an update", "longest_ms": "the longest, ms"}, note)
              for clients in CLIENTS if clients <= hosts]
    with contextlib.ExitStack() as stack:
        servers = started(lab, stack, (Ours, peers.Knot, peers.Bind), Setup(hosts, updates=True))
        first = [0]  # each run sets other addresses

        def update(server, clients, seconds):
            first[0] += 50000
            port = server.http_port if server.name == "nanodnsd" else server.port
            found = loads.measured(lab, "updates", server, by=BY[server.name], port=port, dns=server.port,
                                   hosts=hosts, clients=clients, seconds=seconds, first=first[0])
            return {**found, "cpu_us": found["cpu_ns"] / 1e3, "longest_ms": found["longest"] * 1e3}

        for clients, table in zip(CLIENTS, tables):
            for server in servers.values():
                update(server, clients, lab.seconds / 4)
            interleave(table, lab.rounds, servers,
                       lambda server, clients=clients: update(server, clients, lab.seconds), lab.say)
    return tables


def start(lab, hosts):
    """From the program's start to the first answer, and from the command to reload to the first new answer."""
    kinds = (Ours, *peers.ALL)
    rounds = max(1, min(lab.rounds, 7))
    many_rounds = 3 * lab.rounds if hosts <= FEW else rounds  # more rounds, since each takes a few milliseconds
    starts = Table(f"start-{hosts}", f"Start to the first answer, {hosts:,} hosts", "ms", "ms",
                   ("nsd", "knot"))
    reloads = Table(f"reload-{hosts}", f"Reload to the first new answer, {hosts:,} hosts", "ms", "ms",
                    ("nsd", "knot"))
    with contextlib.ExitStack() as stack:
        servers = started(lab, stack, kinds, Setup(hosts, pinned=False))

        def start_again(server):
            server.stop()
            server.start_again()
            return {"ms": server.seconds_to_answer * 1e3}

        def reload(server):
            seconds = server.reload()
            time.sleep(AFTER_RELOAD)
            return {"ms": seconds * 1e3}

        interleave(starts, rounds, servers, start_again, lab.say)
        interleave(reloads, many_rounds, servers, reload, lab.say)
    return [starts, reloads]

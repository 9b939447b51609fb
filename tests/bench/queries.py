"""Scenarios of DNS over UDP: on one address, on all addresses, with cookies, one at a time, by workers."""
import contextlib

import loads
import peers
import zone
from rounds import Table, interleave
from servers import Echo, Ours, Setup

EVERYBODY = (Echo, Ours, *peers.ALL)
RATE = {"rate": "a second", "busy": "CPUs at work"}
# Two loads: many clients with one query each, as on the internet, or few clients that send many queries at
# once. With the latter the server never waits for the load, and the kernel's share is smallest.
MANY_CLIENTS = {"sockets": 64, "window": 64, "burst": 1}
FEW_CLIENTS = {"sockets": 4, "window": 128, "burst": 16}


def started(lab, stack, kinds, setup):
    """{name: server}; all run at the same time, and those that get no queries sleep."""
    return {kind.name: stack.enter_context(kind(lab, setup)).start() for kind in kinds}


def queries_for(lab, hosts):
    path = lab.folder / f"queries-{hosts}"
    return path if path.exists() else zone.write_queries(path, hosts)


def asked(lab, table, rows, hosts, **how):
    """`rows`: {row: (server, arguments that differ from `how`)}."""
    how["queries"] = queries_for(lab, hosts)

    def ask(row, seconds):
        server, otherwise = row
        return loads.measured(lab, "dns_udp", server, seconds=seconds, spins=1,
                              echo=int(server.name == "echo"),
                              **{**MANY_CLIENTS, **how, **otherwise})

    for row in rows.values():
        ask(row, lab.seconds / 4)  # to warm up caches and what is done at the first query
    return interleave(table, lab.rounds, rows, lambda row: ask(row, lab.seconds), lab.say)


def each(servers):
    return {name: (server, {}) for name, server in servers.items()}


def on_one_address(lab, hosts):
    tables = [Table(f"udp-{hosts}", f"UDP, {hosts:,} hosts", also=RATE,
                    note="64 clients with one query each."),
              Table(f"udp-bulk-{hosts}", f"UDP in bulk, {hosts:,} hosts", also=RATE,
                    note="4 clients with 32 queries each, so that a server always finds a full batch.")]
    with contextlib.ExitStack() as stack:
        rows = each(started(lab, stack, EVERYBODY, Setup(hosts)))
        return [asked(lab, table, rows, hosts, **how)
                for table, how in zip(tables, (MANY_CLIENTS, FEW_CLIENTS))]


def on_all_addresses(lab, hosts):
    note = ("On a socket of all addresses the echo learns from each datagram which one it was sent to, too. "
            "BIND binds to each address by itself; NSD does not ask which address it was.")
    table = Table(f"wildcard-{hosts}", f"UDP on all addresses, {hosts:,} hosts", also=RATE, note=note)
    with contextlib.ExitStack() as stack:
        rows = each(started(lab, stack, EVERYBODY, Setup(hosts, wildcard=True)))
        bound = stack.enter_context(Echo(lab, Setup())).start()
        return [asked(lab, table, {"echo": (bound, {}), "echo, all": rows.pop("echo"), **rows}, hosts)]


def with_cookies(lab, hosts):
    """Asks ours without cookies as well, to show the cost of a cookie."""
    table = Table(f"cookies-{hosts}", f"UDP with a valid cookie, {hosts:,} hosts", also=RATE,
                  bases=("echo", "nsd", "knot", "no cookie"))
    with contextlib.ExitStack() as stack:
        rows = each(started(lab, stack, EVERYBODY, Setup(hosts, cookies=True)))
        rows["no cookie"] = (rows["nanodnsd"][0], {"cookies": 0})
        rows["echo"] = (rows["echo"][0], {"cookies": 0})
        return [asked(lab, table, rows, hosts, cookies=1)]


def one_at_a_time(lab, hosts):
    note = "Each query wakes a server that has gone to sleep."
    table = Table(f"single-{hosts}", f"UDP, one query at a time, {hosts:,} hosts", also=RATE, note=note)
    with contextlib.ExitStack() as stack:
        rows = each(started(lab, stack, EVERYBODY, Setup(hosts)))
        return [asked(lab, table, rows, hosts, sockets=1, window=1)]


def by_workers(lab, hosts):
    """Not pinned to a CPU, so that two workers can run at the same time."""
    bases = ("echo, 1", "echo, 2", "nanodnsd, 1", "nsd, 1", "knot, 1")
    few = ("64 clients with one query each. Where the machine has two CPUs, the load takes its part of them, and "
           "two workers sleep more often than one: the echo's rows show what becomes of everybody by that.")
    many = "16 clients with 8 queries each: two workers find more at once, and sleep less."
    tables = [Table(f"workers-{hosts}", f"UDP by one and by two workers, {hosts:,} hosts", also=RATE, bases=bases,
                    note=few),
              Table(f"workers-bulk-{hosts}", f"UDP in bulk by one and by two workers, {hosts:,} hosts", also=RATE,
                    bases=bases, note=many)]
    with contextlib.ExitStack() as stack:
        rows = {}
        for kind in (Echo, Ours, peers.Nsd, peers.Knot):
            for workers in (1, 2):
                server = stack.enter_context(kind(lab, Setup(hosts, workers=workers, pinned=False)))
                rows[f"{kind.name}, {workers}"] = (server.start(), {})
        return [asked(lab, table, rows, hosts, **how)
                for table, how in zip(tables, (MANY_CLIENTS, {"sockets": 16, "window": 128, "burst": 8}))]

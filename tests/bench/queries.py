"""Scenarios of DNS over UDP: queries on a bound address, on all addresses, with cookies."""
import contextlib

import loads
import peers
import zone
from rounds import Table, interleave
from servers import Echo, Ours, Setup


def started(lab, stack, kinds, setup):
    """{name: server}, all at once: those that are not asked sleep."""
    return {kind.name: stack.enter_context(kind(lab, setup)).start() for kind in kinds}


def udp(lab, table, setup, kinds, **arguments):
    queries = zone.write_queries(lab.folder / f"queries-{setup.hosts}", setup.hosts)

    def ask(server, seconds):
        return loads.measured(lab, "dns_udp", server, queries=queries, seconds=seconds,
                              spins=1, echo=int(server.name == "echo"),
                              **{**arguments, **({"cookies": 0} if server.name == "echo" else {})})

    with contextlib.ExitStack() as stack:
        servers = started(lab, stack, kinds, setup)
        for server in servers.values():
            ask(server, lab.seconds / 4)  # caches are warm, and whatever is done at the first query
        return interleave(table, lab.rounds, servers, lambda server: ask(server, lab.seconds), lab.say)


def udp_bound(lab, hosts):
    table = Table(f"udp-{hosts}", f"UDP, {hosts:,} hosts", "cpu_ns", "ns of CPU a query", "echo")
    return [udp(lab, table, Setup(hosts), (Echo, Ours, *peers.ALL))]


def udp_wildcard(lab, hosts):
    table = Table(f"wildcard-{hosts}", f"UDP on all addresses, {hosts:,} hosts", "cpu_ns", "ns of CPU a query",
                  "echo", note="The echo learns from each datagram which address it was sent to, too. "
                               "BIND binds to each address by itself; NSD does not ask which address it was.")
    return [udp(lab, table, Setup(hosts, wildcard=True), (Echo, Ours, *peers.ALL))]


def udp_cookies(lab, hosts):
    """Ours also without, to see what a cookie costs."""
    table = Table(f"cookies-{hosts}", f"UDP with a valid cookie, {hosts:,} hosts", "cpu_ns",
                  "ns of CPU a query", "echo")
    return [udp(lab, table, Setup(hosts, cookies=True), (Echo, Ours, *peers.ALL), cookies=1)]

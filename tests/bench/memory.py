"""Scenario of memory: what each server uses, and how much more per host."""
import subprocess

import loads
import peers
import processes
from queries import queries_for
from rounds import Table
from servers import Ours, Setup

FEW = 100  # hosts: the base to which larger numbers are compared
KINDS = ("Private_Dirty", "Pss", "Rss")


def measured(lab, kind, hosts):
    """{process: {kind of memory: kB}}, after it has answered for a while."""
    with kind(lab, Setup(hosts, many_connections=False)) as server:
        server.start()
        loads.run(lab, "dns_udp", server, queries=queries_for(lab, hosts), seconds=0.3)
        subprocess.run(["sync"], check=True)  # otherwise pages of a new file count as dirty
        return processes.memory_kb(server.process.pid)


def sum_of(found):
    return {kind: sum(figures[kind] for figures in found.values()) for kind in KINDS}


def memory(lab, hosts):
    table = Table(f"memory-{hosts}", f"Memory, {hosts:,} hosts", "Private_Dirty", "private, kB",
                  ("nsd", "knot"), {"Pss": "PSS, kB", "Rss": "RSS, kB"})
    if hosts > FEW:
        table.also["a_host"] = "octets of PSS a host"
    found = {}
    for kind in (Ours, *peers.ALL):
        at_all = measured(lab, kind, hosts)
        few = measured(lab, kind, FEW) if hosts > FEW else {}
        rows = {kind.name: (sum_of(at_all), sum_of(few) if few else None)}
        if kind is Ours:
            rows.update({f"- {name}": (figures, few.get(name)) for name, figures in at_all.items()})
        for row, (many, least) in rows.items():
            found[row] = dict(many)
            if least:
                found[row]["a_host"] = (many["Pss"] - least["Pss"]) * 1024 / (hosts - FEW)
    table.rounds.append(found)
    return [table]

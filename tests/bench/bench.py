"""Compares nanodnsd with NSD, Knot DNS, BIND, PowerDNS and a bare echo on this machine.

    bench.py BUILD-FOLDER [--only SCENARIO ...] [--hosts N ...] [--rounds N] [--seconds S] [--quick]

Needs root, for a new network namespace. contrib/bench builds it, runs it and keeps the results.
"""
import argparse
import datetime
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "peers"))

import changes  # noqa: E402
import lab as network  # noqa: E402
import loads  # noqa: E402
import malformed  # noqa: E402
import memory  # noqa: E402
import queries  # noqa: E402
import report  # noqa: E402
import smoke  # noqa: E402
import streams  # noqa: E402

FEW, MANY = 100, 100000
SCENARIOS = {  # name: function, and the default numbers of hosts
    "udp": (queries.on_one_address, (FEW, MANY)),
    "wildcard": (queries.on_all_addresses, (FEW,)),
    "cookies": (queries.with_cookies, (FEW, MANY)),
    "single": (queries.one_at_a_time, (FEW,)),
    "tcp": (streams.over_connections, (FEW, MANY)),
    "updates": (changes.updates, (FEW, MANY)),
    "start": (changes.start, (FEW, MANY)),
    "memory": (memory.memory, (FEW, MANY)),
    "malformed": (malformed.flood, (FEW,)),
    "workers": (queries.by_workers, (FEW,)),
}


class Lab:
    """What all scenarios share: folders, durations and CPUs."""

    def __init__(self, options):
        self.build = Path(options.build).resolve()
        self.rounds = options.rounds
        self.seconds = options.seconds
        self.server_cpu, self.load_cpu = loads.cpus(not options.no_pin)
        self.folder = Path(tempfile.mkdtemp(prefix="nanodnsd-bench.", dir=options.folder))
        self.folder.chmod(0o755)

    def program(self, name):
        return self.build / "tests/bench" / name

    @staticmethod
    def say(text):
        print(text, file=sys.stderr, flush=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build", help="the build folder")
    parser.add_argument("--only", nargs="+", choices=list(SCENARIOS), default=list(SCENARIOS),
                        metavar="SCENARIO", help=f"of {' '.join(SCENARIOS)}")
    parser.add_argument("--hosts", nargs="+", type=int, help="sizes of the zone")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--seconds", type=float, default=0.5, help="how long a server is asked in a round")
    parser.add_argument("--quick", action="store_true", help="three rounds of 0.3 seconds")
    parser.add_argument("--smoke", action="store_true", help="judge the bench itself, and no figures")
    parser.add_argument("--no-pin", action="store_true", help="servers and load on whatever CPU")
    parser.add_argument("--folder", default="/var/tmp", help="where servers store; a disk, not memory")
    parser.add_argument("--out", type=Path, help="a folder for results.md, results.svg and results.json")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 3, 0.3
    if options.smoke:
        options.rounds, options.seconds, options.no_pin, options.hosts = 1, 0.02, True, [FEW]
    return options


def measured(lab, options):
    tables = []
    for scenario in options.only:
        measure, sizes = SCENARIOS[scenario]
        for hosts in options.hosts or sizes:
            tables += measure(lab, hosts)
    return {"date": datetime.date.today().isoformat(), **report.about(lab, options), "tables": tables}


def main():
    options = arguments()
    network.enter()
    with Lab(options) as lab:
        result = measured(lab, options)
        if options.smoke:
            smoke.judge(result, options.out or lab.folder / "results")
    print(report.text(result))
    if options.out:
        report.keep(result, options.out)


if __name__ == "__main__":
    main()

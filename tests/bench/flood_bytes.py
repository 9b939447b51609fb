#!/usr/bin/env python3
"""Measures bytes out to in for a flood of large queries with forged addresses.

    tests/bench/flood_bytes.py BUILD-FOLDER [--of OTHER-BUILD] [--seconds S]

The program that floods is that of BUILD-FOLDER, the daemon that of --of. Each row is a daemon of its own, so
that all its limits are unused at the start. `most` is the largest number of bytes out in a second.
"""
import argparse
import time

import flood_net
from flood_net import lab

FLOODS = [(family, networks, rate, False)
          for family in (4, 6) for networks in (1, 16, 256) for rate in (1000, 10000, 100000)]
FLOODS += [(4, 60000, rate, True) for rate in (1000, 10000, 100000)]
STEP = 0.1  # seconds between two looks at the counters


def row(options, workers, family, networks, rate, anywhere):
    with lab.Folder() as folder, flood_net.Net() as net, \
            flood_net.Server(folder, options.of or options.build, net) as server:
        server.serve_zone(f"workers = {workers}\n")
        before = net.counted()
        looks = [(time.monotonic(), before[1])]
        flooding = flood_net.flood(options.build, rate, networks, options.seconds, family, anywhere)
        while flooding.poll() is None:
            time.sleep(STEP)
            looks.append((time.monotonic(), net.counted()[1]))
        sent = int(flooding.communicate()[0].split()[0].split("=")[1])
        time.sleep(0.2)
        after = net.counted()
    received, out = after[0] - before[0], after[1] - before[1]
    most = max((last - first) for at, first in looks for then, last in looks if 0 <= then - at <= 1)
    where = "anywhere" if anywhere else "one /16" if family == 4 else "one /32"
    print(f"| {workers} | {where} | {networks:6} | {rate:7} | {sent / options.seconds:8.0f} | "
          f"{received / options.seconds / 1000:8.0f} | {out / options.seconds / 1000:8.0f} | {most / 1000:8.0f} | "
          f"{out / received:6.2f} |", flush=True)


def main():
    lab.enter()
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build")
    parser.add_argument("--of")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 4])
    options = parser.parse_args()
    print("| workers | networks in | number | wanted/s | sent/s | in kB/s | out kB/s | most kB/s | out / in |")
    print("|---|---|---|---|---|---|---|---|---|")
    for workers in options.workers:
        for flood in FLOODS:
            row(options, workers, *flood)


if __name__ == "__main__":
    main()

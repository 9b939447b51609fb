#!/usr/bin/env python3
"""Measures what a flood of HTTP connections from few networks costs a client of another network.

    tests/bench/flood_http.py BUILD-FOLDER [--rates N ...] [--networks N] [--kept N] [--clients N]

Starts the daemon with its default limits, in a network namespace of its own. A process opens so many connections a
second by turns from each attacking network, sends nothing, and keeps some of them open. Meanwhile good clients of
another network send an update each, whose request comes in two segments, a tenth of a second apart. A row is what
they got. It needs root, for the namespace.
"""
import argparse
import collections
import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "peers"))

import lab  # noqa: E402

CONFIG = """[server]
domain = dyn.example.org
nameserver = ns.example.org
email = hostmaster@example.org
listen = 127.0.0.1
[udp]
port = 0
[tcp]
port = 0
[http]
port = 0
listen = 127.0.0.1
[@home]
token = 0f6b2c1d9a7e4f3388d1c5a2b7e09614
"""
GOOD = "203.0.113.9"
FIRST = ("GET /api/update?hostname=home.dyn.example.org&token=0f6b2c1d9a7e4f3388d1c5a2b7e09614&ipv4=192.0.2.{} "
         "HTTP/1.1\r\nHost: ")
SECOND = "ns.example.org\r\n\r\n"
BETWEEN = 0.1  # seconds
PATIENCE = 10  # seconds that a client waits to connect, and for a reply
AT_ONCE = socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"  # a reset: no port stays in use


def attackers(networks):
    return [f"198.18.{i}.1" for i in range(networks)]


class Daemon:
    def __init__(self, build, folder):
        os.chmod(folder, 0o755)
        config = os.path.join(folder, "nanodnsd.conf")
        Path(config).write_text(CONFIG, encoding="ascii")
        os.chmod(config, 0o644)
        self.process = subprocess.Popen(
            [os.path.join(build, "bin/nanodnsd"), "-c", config, "-s", os.path.join(folder, "state")],
            stderr=subprocess.PIPE, text=True)
        self.port = 0
        for line in self.process.stderr:
            found = re.match(r"http (\d+)$", line)
            self.port = int(found[1]) if found else self.port
            if "nanodnsd: serving" in line:
                return
        sys.exit("the daemon does not serve")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()


def flood(port, rate, networks, kept, opened):
    """Until it is terminated. Runs ahead of its time by one connection at most, and catches up after a pause."""
    going = True

    def stop(*_):
        nonlocal going
        going = False

    signal.signal(signal.SIGTERM, stop)
    addresses = attackers(networks)
    connections = collections.deque()
    start = time.monotonic()
    while going:
        count = opened.value
        ahead = start + count / rate - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
        one = socket.socket()
        one.setblocking(False)
        one.setsockopt(socket.SOL_SOCKET, *AT_ONCE)
        one.bind((addresses[count % networks], 0))
        one.connect_ex(("127.0.0.1", port))
        connections.append(one)
        opened.value = count + 1
        if len(connections) > kept * networks:
            connections.popleft().close()


def update(port, number):
    """Whether it is answered with success."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE, (GOOD, 0)) as stream:
        stream.settimeout(PATIENCE)
        stream.sendall(FIRST.format(number).encode())
        time.sleep(BETWEEN)
        stream.sendall(SECOND.encode())
        reply = b""
        while part := stream.recv(4096):
            reply += part
        return reply.startswith(b"HTTP/1.1 200 ")


def row(options, rate):
    with tempfile.TemporaryDirectory(prefix="nanodnsd-flood-") as folder, Daemon(options.build, folder) as daemon:
        opened = multiprocessing.Value("q", 0)
        flooding = multiprocessing.Process(target=flood,
                                           args=(daemon.port, rate, options.networks, options.kept, opened))
        flooding.start()
        while opened.value < min(rate, 1000):
            time.sleep(0.01)
        before, start = opened.value, time.monotonic()
        answered, slowest = 0, 0.0
        for number in range(options.clients):
            began = time.monotonic()
            try:
                answered += update(daemon.port, number % 250)
            except OSError:
                pass
            slowest = max(slowest, time.monotonic() - began)
        reached = (opened.value - before) / (time.monotonic() - start)
        flooding.terminate()
        flooding.join()
    print(f"{rate:6} connections/s from {options.networks} networks (reached {reached:.0f}/s): "
          f"{answered} of {options.clients} updates answered, the slowest after {slowest:.2f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build")
    parser.add_argument("--rates", type=int, nargs="+", default=[170, 8000], help="connections a second in all")
    parser.add_argument("--networks", type=int, default=1)
    parser.add_argument("--kept", type=int, default=64, help="connections that each network keeps open")
    parser.add_argument("--clients", type=int, default=10)
    options = parser.parse_args()
    lab.enter()
    lab.run("sysctl", "-q", "-w", "net.ipv4.ip_local_port_range=1024 65535")
    for address in [GOOD, *attackers(options.networks)]:
        lab.run("ip", "address", "add", address, "dev", "lo")
    for rate in options.rates:
        row(options, rate)


if __name__ == "__main__":
    main()

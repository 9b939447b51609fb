#!/usr/bin/env python3
"""Measures how many wrong tokens are examined, and how the owner of a host fares meanwhile.

    tests/bench/guesses.py BUILD-FOLDER [--seconds S]

Starts the daemon in a new network namespace, in which whole networks are local, so that an attacker can use each of
their addresses. A guess counts as examined if it is answered with 403; one that is not is answered with 503. Each
row has a daemon of its own. The owner updates ten times a second. Needs root.
"""
import argparse
import itertools
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time

CONFIG = """[server]
domain = dyn.example.org
nameserver = ns.example.org
email = hostmaster@example.org
[udp]
port = 0
[tcp]
port = 0
[http]
port = 8080
[@short]
token = secret
[@long]
token = 0f6b2c1d9a7e4f3388d1c5a2b7e09614
"""
TOKENS = {"short": "secret", "long": "0f6b2c1d9a7e4f3388d1c5a2b7e09614"}
NETWORKS = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "64:ff9b::/96")
OWNER, ELSEWHERE = "192.0.2.200", "203.0.113.9"
IPV6_FREEBIND = 78  # of linux/in6.h: without it, an address is local only if an interface has it
PORT = 8080  # the namespace is this script's own
INTERVAL = 0.1  # seconds from one update of the owner to the next


class Daemon:
    def __init__(self, build):
        self.folder = tempfile.TemporaryDirectory(prefix="nanodnsd-guesses-")
        os.chmod(self.folder.name, 0o755)
        config = os.path.join(self.folder.name, "nanodnsd.conf")
        with open(config, "w", encoding="ascii") as out:
            out.write(CONFIG)
        os.chmod(config, 0o644)
        self.log = open(os.path.join(self.folder.name, "log"), "w+", encoding="ascii")
        self.process = subprocess.Popen(
            [os.path.join(build, "bin/nanodnsd"), "-c", config, "-s", os.path.join(self.folder.name, "state")],
            stderr=self.log)
        until = time.monotonic() + 20
        while "nanodnsd: serving" not in self.lines():
            if time.monotonic() > until:
                sys.exit("the daemon does not serve:\n" + self.lines())
            time.sleep(0.01)

    def lines(self):
        with open(self.log.name, encoding="ascii") as log:
            return log.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()
        self.folder.cleanup()


def update(client, host, token):
    """The status of an update that comes from this address; 0 if there was no reply."""
    request = (f"GET /api/update?hostname={host}.dyn.example.org&ipv4=192.0.2.7&token={token} HTTP/1.1\r\n"
               "Host: dyn.example.org\r\nConnection: close\r\n\r\n")
    family = socket.AF_INET6 if ":" in client else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as stream:
            stream.settimeout(5)
            if family == socket.AF_INET6:
                stream.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
            stream.bind((client, 0))
            stream.connect(("::1" if ":" in client else "127.0.0.1", PORT))
            stream.sendall(request.encode())
            return int(stream.recv(64)[9:12] or b"0")
    except OSError:
        return 0


def hopping():
    """Each guess from another /56 of 2001:db8::/32."""
    return (f"2001:db8:{i >> 8 & 0xFFFF:x}:{i & 0xFF:x}00::1" for i in itertools.count())


def staying(client):
    return itertools.repeat(client)


def attack(clients, host, seconds, counts):
    """Guesses as fast as one process can. `host`: {} stands for the number of the guess."""
    until = time.monotonic() + seconds
    for number in itertools.count():
        if time.monotonic() >= until:
            return
        status = update(next(clients), host.format(number), f"guess{number}")
        counts[0] += 1
        counts[1] += status == 403
        counts[2] += status == 503


def owner(client, host, attacker, counts):
    while attacker.is_alive():
        counts[0] += 1
        counts[1] += update(client, host, TOKENS[host]) == 200
        time.sleep(INTERVAL)


def row(build, seconds, title, clients, attacked, of_owner=None, known=None):
    """`of_owner`: the owner's address and host. `known`: the address of an earlier update of the owner."""
    with Daemon(build) as daemon:
        if known and update(known, of_owner[1], TOKENS[of_owner[1]]) != 200:
            sys.exit("the owner's first update failed")
        guesses = multiprocessing.Array("q", 3)
        updates = [0, 0]
        attacker = multiprocessing.Process(target=attack, args=(clients, attacked, seconds, guesses))
        attacker.start()
        if of_owner:
            time.sleep(0.5)  # the attacker is first
            owner(*of_owner, attacker, updates)
        attacker.join()
        lines = daemon.lines().count("\n")
    fares = f"{updates[1]} of {updates[0]}" if of_owner else "-"
    print(f"{title:62} {guesses[0]:7} {guesses[1]:9} {guesses[2]:8} {fares:>10} {lines:6}", flush=True)


def rows(build, seconds):
    print(f"{'':62} {'guesses':>7} {'examined':>9} {'blocked':>8} {'owner':>10} {'lines':>6}")
    here = [build, seconds]
    row(*here, "one address, short token", staying("198.51.100.1"), "short")
    row(*here, "one address, long token", staying("198.51.100.1"), "long")
    row(*here, "hopping over /56s, short token", hopping(), "short")
    row(*here, "hopping over /56s, long token", hopping(), "long")
    row(*here, "names of no host", staying("198.51.100.1"), "name{}")
    neighbour = "192.0.2.1"
    row(*here, "a neighbour in the owner's /24", staying(neighbour), "long", (OWNER, "long"))
    row(*here, "the same, at the short token", staying(neighbour), "short", (OWNER, "short"))
    row(*here, "a neighbour guesses at names of no host", staying(neighbour), "name{}", (OWNER, "long"))
    row(*here, "a NAT64 client, and an owner behind another IPv4 address", staying("64:ff9b::c633:6401"), "long",
        ("64:ff9b::cb00:7109", "long"))
    row(*here, "all of the owner's /24, long token, owner known",
        (f"192.0.2.{1 + i % 199}" for i in itertools.count()), "long", (OWNER, "long"), OWNER)
    row(*here, "hopping, long token, owner at a new address", hopping(), "long", (ELSEWHERE, "long"), OWNER)
    row(*here, "hopping, short token, owner known", hopping(), "short", (OWNER, "short"), OWNER)
    row(*here, "hopping, short token, owner at a new address", hopping(), "short", (ELSEWHERE, "short"), OWNER)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.inside:
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv, "--inside"])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for network in NETWORKS:  # AnyIP: each of their addresses is local
        version = "-6" if ":" in network else "-4"
        subprocess.run(["ip", version, "route", "add", "local", network, "dev", "lo"], check=True)
    rows(options.build, options.seconds)


if __name__ == "__main__":
    main()

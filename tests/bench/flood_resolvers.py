#!/usr/bin/env python3
"""Measures what real resolvers and stubs see beside a flood with forged addresses.

    tests/bench/flood_resolvers.py BUILD-FOLDER [--of OTHER-BUILD] [--seconds S] [--rate N] [--workers N]

Unbound (without cookies), BIND with and without cookies, and 50 stubs ask from one /24. Each resolver is asked
for names that it has not cached. Each stub asks twice a second without EDNS, up to three times with a timeout
of a second, and over TCP after a truncated reply.
"""
import argparse
import random
import socket
import threading
import time

import dns.exception
import dns.rcode

import flood_net
from flood_net import lab, servers

ZONE = "dyn.example.org"
STUBS = 50
A_SECOND = 20  # questions to each resolver

# (what, where the clients are, the flood: networks and whether they are anywhere; None: no flood)
SCENES = (
    ("no flood", "10.50.1", None),
    ("one /24 of another /16", "10.50.1", (1, False)),
    ("256 /24s of another /16", "10.50.1", (256, False)),
    ("one /24 of the same /16", "198.18.200", (1, False)),
    ("all /24s of the same /16", "198.18.200", (256, False)),
    ("60,000 /24s anywhere", "10.50.1", (60000, True)),
)


class Unbound(servers.Server):
    def __init__(self, folder, address):
        super().__init__(folder, address, "unbound")

    def serve(self, source):
        config = f"""server:
    interface: {self.address}
    outgoing-interface: {source}
    username: ""
    chroot: ""
    directory: "{self.folder}"
    pidfile: "{self.folder}/pid"
    use-syslog: no
    num-threads: 1
    do-not-query-localhost: no
    access-control: 127.0.0.0/8 allow
remote-control:
    control-enable: no
stub-zone:
    name: {ZONE}
    stub-addr: {flood_net.SERVER4}
"""
        program = servers.copied("/usr/sbin/unbound", self.folder)
        return self.start([program, "-d", "-p", "-c", self.write("unbound.conf", config)], (ZONE, "SOA"))


class Named(servers.Server):
    def __init__(self, folder, address, cookies):
        super().__init__(folder, address, "BIND with cookies" if cookies else "BIND without cookies")
        self.cookies = "yes" if cookies else "no"

    def serve(self, source):
        config = f"""options {{
    directory "{self.folder}";
    pid-file "{self.folder}/pid";
    session-keyfile "{self.folder}/session.key";
    listen-on {{ {self.address}; }};
    listen-on-v6 {{ none; }};
    query-source address {source};
    send-cookie {self.cookies};
    allow-query {{ any; }};
    recursion yes;
    dnssec-validation no;
    empty-zones-enable no;
    max-cache-size 16m;
}};
zone "{ZONE}" {{ type static-stub; server-addresses {{ {flood_net.SERVER4}; }}; }};
controls {{ }};
"""
        program = servers.copied("/usr/sbin/named", self.folder)
        return self.start([program, "-g", "-n", "1", "-c", self.write("named.conf", config)], (ZONE, "SOA"))


class Asker(threading.Thread):
    """Asks at a steady rate until it is told to stop."""

    def __init__(self, a_second):
        super().__init__()
        self.pause = 1 / a_second
        self.stopping = threading.Event()
        self.times = []
        self.failed = self.by_tcp = 0

    def run(self):
        number = 0
        self.stopping.wait(random.uniform(0, self.pause))  # clients do not ask all at the same moment
        while not self.stopping.wait(self.pause):
            begin = time.monotonic()
            if self.ask(number):
                self.times.append(time.monotonic() - begin)
            else:
                self.failed += 1
            number += 1


class Resolved(Asker):
    def __init__(self, resolver):
        super().__init__(A_SECOND)
        self.resolver = resolver

    def ask(self, number):
        try:
            reply = self.resolver.ask(f"n{number}-{id(self)}.w.{ZONE}", "A", timeout=10)
        except dns.exception.Timeout:
            return False
        return reply.rcode() == dns.rcode.NOERROR and len(reply.answer) == 1


class Stub(Asker):
    QUESTION = b"\7printer\3dyn\7example\3org\0\0\1\0\1"

    def __init__(self, source):
        super().__init__(2)
        self.source = source

    def ask(self, number):
        query = number.to_bytes(2, "big") + b"\1\0\0\1\0\0\0\0\0\0" + self.QUESTION
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.settimeout(1)
            udp.bind((self.source, 0))
            udp.connect((flood_net.SERVER4, 53))
            for _ in range(3):
                try:
                    udp.send(query)
                    reply = udp.recv(512)
                except OSError:
                    continue
                return self.over_tcp(query) if reply[2] & 2 else reply[7] == 1
        return False

    def over_tcp(self, query):
        self.by_tcp += 1
        try:
            with socket.create_connection((flood_net.SERVER4, 53), 3, (self.source, 0)) as stream:
                stream.sendall(len(query).to_bytes(2, "big") + query)
                reply = stream.recv(514)
                return len(reply) > 9 and reply[9] == 1
        except OSError:
            return False


def show(name, askers):
    times = sorted(took for asker in askers for took in asker.times)
    failed = sum(asker.failed for asker in askers)
    middle, high = (times[len(times) * part // 100] * 1000 if times else 0 for part in (50, 95))
    by_tcp = sum(asker.by_tcp for asker in askers)
    print(f"    {name:21} answered {len(times):4}, failed {failed:3}, {middle:6.1f} ms (median), {high:7.1f} ms "
          f"(95 %){f', {by_tcp} over TCP' if by_tcp else ''}", flush=True)


def scene(options, network, flooding):
    with lab.Folder() as folder, flood_net.Net() as net, \
            flood_net.Server(folder, options.of or options.build, net) as server, \
            Unbound(folder, "127.0.0.1") as unbound, Named(folder, "127.0.0.2", True) as with_cookies, \
            Named(folder, "127.0.0.3", False) as without:
        lab.run("ip", "addr", "replace", "127.0.0.2/8", "dev", "lo")  # named listens on known addresses only
        lab.run("ip", "addr", "replace", "127.0.0.3/8", "dev", "lo")
        server.serve_zone(f"workers = {options.workers}\n")
        resolvers = [unbound, with_cookies, without]
        for number, resolver in enumerate(resolvers, 1):
            resolver.serve(f"{network}.{number}")
        flood = flooding and flood_net.flood(options.build, options.rate, flooding[0], options.seconds + 4,
                                             anywhere=flooding[1])
        time.sleep(2)
        resolved = [Resolved(resolver) for resolver in resolvers]
        stubs = [Stub(f"{network}.{number}") for number in range(11, 11 + STUBS)]
        for asker in resolved + stubs:
            asker.start()
        time.sleep(options.seconds)
        for asker in resolved + stubs:
            asker.stopping.set()
        for asker in resolved + stubs:
            asker.join()
        if flood:
            flood.kill()
            flood.wait()
        for resolver, asker in zip(resolvers, resolved):
            show(resolver.name, [asker])
        show(f"{STUBS} stubs", stubs)


def main():
    lab.enter()
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build")
    parser.add_argument("--of")
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rate", type=int, default=20000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--scene", default="", help="a part of its name")
    options = parser.parse_args()
    for what, network, flooding in (one for one in SCENES if options.scene in one[0]):
        print(f"{what}{f', {options.rate}/s' if flooding else ''}; clients in {network}.0/24")
        scene(options, network, flooding)


if __name__ == "__main__":
    main()

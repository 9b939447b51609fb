#!/usr/bin/env python3
"""Measures what a flood of queries with forged addresses gains, and what it costs one good client.

    tests/bench/flood.py BUILD-FOLDER [--networks N] [--seconds S] [--rate-limit N] [--cookies] [--holder]

Starts the daemon on loopback. One process sends as fast as it can from forged addresses of 127.0.0.0/8, each in
another /24. Meanwhile a good client asks as a stub resolver does: over UDP up to three times with a timeout of a
second, and over TCP after a truncated reply; with --cookies, with a DNS cookie. With --holder, the flood is not
forged: it comes from one address with a valid cookie, as from someone who knows a cookie secret. The number of
replies is the responder's own counter. Forging needs root. flood_bytes.py counts bytes out to in at given rates,
and flood_resolvers.py shows what resolvers see.
"""
import argparse
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

sys.path.append(str(Path(__file__).resolve().parent.parent / "support"))

import proc

CONFIG = """[server]
domain = dyn.example.org
nameserver = ns.example.org
email = hostmaster@example.org
listen = 127.0.0.1
rate_limit = {rate_limit}
[udp]
port = 0
[tcp]
port = 0
[http]
port = 0
listen = 127.0.0.1
[@printer]
a = 192.0.2.80
aaaa = 2001:db8::80
"""
CLIENT = "127.255.255.9"
CLIENT_COOKIE = b"8 octets"
OVERHEAD = 28  # bytes of the IPv4 and UDP headers


def query(number, cookie=None):
    name = b"".join(bytes([len(label)]) + label for label in (b"printer", b"dyn", b"example", b"org")) + b"\0"
    counts = b"\0\1\0\0\0\0" + (b"\0\1" if cookie else b"\0\0")
    message = number.to_bytes(2, "big") + b"\1\0" + counts + name + b"\0\1\0\1"
    if cookie:
        option = b"\0\x0a" + len(cookie).to_bytes(2, "big") + cookie
        message += b"\0\0\x29\x04\xd0\0\0\0\0" + len(option).to_bytes(2, "big") + option
    return message


class Daemon:
    def __init__(self, build, rate_limit):
        self.folder = tempfile.TemporaryDirectory(prefix="nanodnsd-flood-")
        os.chmod(self.folder.name, 0o755)
        config = os.path.join(self.folder.name, "nanodnsd.conf")
        with open(config, "w", encoding="ascii") as out:
            out.write(CONFIG.format(rate_limit=rate_limit))
        os.chmod(config, 0o644)
        self.process = subprocess.Popen(
            [os.path.join(build, "bin/nanodnsd"), "-c", config, "-s", os.path.join(self.folder.name, "state")],
            stderr=subprocess.PIPE, text=True)
        self.ports = {}
        for line in self.process.stderr:
            found = re.match(r"(udp|tcp|http) (\d+)$", line)
            if found:
                self.ports[found[1]] = int(found[2])
            if "nanodnsd: serving" in line:
                break
        else:
            sys.exit("the daemon does not serve")
        self.responder = proc.children_named(self.process.pid, ("responder",))["responder"]

    def cpu_seconds(self):
        fields = proc.read(self.responder, "stat").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def counters(self):
        self.process.send_signal(signal.SIGUSR1)
        figures = {}
        for line in self.process.stderr:
            kind = re.search(r"\t(\w+):", line)
            if kind:
                figures.update({f"{kind[1]} {name}": int(value) for name, value in re.findall(r"(\w+)=(\d+)", line)})
            if "\tcookies:" in line:
                return figures

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


def flood(port, networks, seconds, sent):
    """Forges one address of each network by turns. No socket listens there, as on a victim's host."""
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
    raw.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
    message = query(0x6666)
    packets = []
    for i in range(networks):
        address = bytes([127, 1 + i // 250 % 250, 1 + i % 250, 7])
        udp = (40000).to_bytes(2, "big") + port.to_bytes(2, "big") + (8 + len(message)).to_bytes(2, "big") + b"\0\0"
        head = b"\x45\0" + (OVERHEAD + len(message)).to_bytes(2, "big") + b"\0\0\0\0\x40\x11\0\0"
        packets.append(head + address + b"\x7f\0\0\1" + udp + message)
    until = time.monotonic() + seconds
    count = 0
    while time.monotonic() < until:
        for packet in packets * max(1, 1000 // networks):
            raw.sendto(packet, ("127.0.0.1", 0))
            count += 1
    sent.value = count


def cookie_in(reply):
    """The client's and the server's cookie."""
    at = reply.index(CLIENT_COOKIE)
    return reply[at:at + 24]


def flood_with_cookie(port, _networks, seconds, sent):
    """Asks from one address with a valid cookie, as the holder of a secret can from any. It reads no replies."""
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.bind(("127.1.1.7", 0))
    client.connect(("127.0.0.1", port))
    client.send(query(1, CLIENT_COOKIE))
    message = query(2, cookie_in(client.recv(4096)))
    until = time.monotonic() + seconds
    count = 0
    while time.monotonic() < until:
        for _ in range(100):
            client.send(message)
        count += 100
    sent.value = count


class GoodClient:
    def __init__(self, daemon, cookies):
        self.daemon = daemon
        self.cookie = CLIENT_COOKIE if cookies else None
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((CLIENT, 0))
        self.socket.connect(("127.0.0.1", daemon.ports["udp"]))
        self.socket.settimeout(1)
        self.asked = self.answered = self.attempts = self.by_tcp = 0

    def over_tcp(self, number):
        with socket.create_connection(("127.0.0.1", self.daemon.ports["tcp"]), 3, (CLIENT, 0)) as stream:
            stream.settimeout(3)
            message = query(number)
            stream.sendall(len(message).to_bytes(2, "big") + message)
            return stream.recv(2)[1:] and stream.recv(512)[7] == 1

    def ask(self):
        self.asked += 1
        number = self.asked & 0xFFFF
        for _ in range(3):
            self.attempts += 1
            try:
                self.socket.send(query(number, self.cookie))
                reply = self.socket.recv(4096)
                while reply[:2] != number.to_bytes(2, "big"):
                    reply = self.socket.recv(4096)
            except OSError:
                continue
            if self.cookie and CLIENT_COOKIE in reply:
                self.cookie = cookie_in(reply)
            if reply[2] & 2:
                self.by_tcp += 1
                self.answered += bool(self.over_tcp(number))
                return
            if reply[3] & 15 == 0 and reply[7] == 1:
                self.answered += 1
                return


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build")
    parser.add_argument("--networks", type=int, default=10000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate-limit", type=int, default=1000)
    parser.add_argument("--cookies", action="store_true", help="the good client has one")
    parser.add_argument("--holder", action="store_true", help="the flood comes from one address with a valid cookie")
    options = parser.parse_args()
    daemon = Daemon(options.build, options.rate_limit)
    good = GoodClient(daemon, options.cookies)
    sent = multiprocessing.Value("q", 0)
    good.ask()
    cpu = daemon.cpu_seconds()
    daemon.counters()
    flooding = multiprocessing.Process(target=flood_with_cookie if options.holder else flood,
                                       args=(daemon.ports["udp"], options.networks, options.seconds, sent))
    flooding.start()
    while flooding.is_alive():
        good.ask()
        time.sleep(0.01)
    flooding.join()
    cpu = daemon.cpu_seconds() - cpu
    figures = daemon.counters()
    replies = figures["responses total"] - good.answered
    length = len(query(0, bytes(24) if options.holder else None)) + OVERHEAD
    bytes_out = replies * length + (figures["queries success"] - good.answered) * 16  # one A record
    flood_of = "one holder of a valid cookie" if options.holder else f"networks {options.networks}"
    print(f"{flood_of}, rate_limit {options.rate_limit}, {options.seconds:g} s, "
          f"good client {'with a cookie' if options.cookies else 'without cookies'}")
    print(f"  sent {sent.value} ({sent.value / options.seconds:.0f}/s), read by the responder "
          f"{figures['requests udp']}, its CPU {cpu:.1f} s")
    print(f"  replies to the flood {max(replies, 0)}, truncated {figures['responses trunc']}, whole "
          f"{max(replies - figures['responses trunc'], 0) / options.seconds:.0f}/s; "
          f"bytes out / in {max(bytes_out, 0) / (sent.value * length):.4f}")
    print(f"  good client: asked {good.asked}, answered {good.answered}, attempts {good.attempts}, "
          f"{good.by_tcp} over TCP")
    daemon.stop()


if __name__ == "__main__":
    main()

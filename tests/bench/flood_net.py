"""A server and the rest of the world in two network namespaces, and floods from forged addresses between them.

What is sent is counted at the server's interface. Replies to forged addresses go to a hardware address that
no device has, so nothing answers them.
"""
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "peers"))
import lab  # noqa: E402  pylint: disable=wrong-import-position
import servers  # noqa: E402  pylint: disable=wrong-import-position

SERVER4, SERVER6 = "10.53.0.1", "fd53::1"
CLIENTS = "10.50.1"  # a /24 with addresses for resolvers and stubs
ETHERNET = 14  # bytes of a frame's header
HARDWARE, NOBODY = "02:00:00:00:00:01", "02:00:00:00:00:99"  # of the server, of no device
CONFIG = """[server]
domain = dyn.example.org
nameserver = ns.example.org
email = hostmaster@example.org
{settings}
[@t]
{texts}
[@*.w]
a = 192.0.2.80
ttl = 0
[@printer]
a = 192.0.2.80
ttl = 0
"""
TEXTS = "\n".join(f'txt = "{number}{"x" * 248}"' for number in range(4))
# t.dyn.example.org TXT with EDNS and 1232 bytes
QUERY = ("77770100000100000000000101740364796e076578616d706c65036f72670000100001"
         "00002904d0000000000000")


class Net:
    """The server's namespace, beside the one that this program is in."""

    def __enter__(self):
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        mine = os.readlink("/proc/self/ns/net")
        while os.readlink(f"/proc/{self.holder.pid}/ns/net") == mine:
            time.sleep(0.01)
        here, there = self.run_here, self.run
        here("ip", "link", "add", "world", "type", "veth", "peer", "name", "server", "address", HARDWARE,
             "netns", str(self.holder.pid))
        for run, device, end in ((here, "world", 254), (there, "server", 1)):
            run("ip", "link", "set", "lo", "up")
            run("ip", "addr", "add", f"10.53.0.{end}/24", "dev", device)
            run("ip", "addr", "add", f"fd53::{end}/64", "dev", device, "nodad")
            run("ip", "link", "set", device, "txqueuelen", "10000", "up")
        for address in (SERVER4, SERVER6):  # IPv6 would wait until it knows that its own address is unique
            here("ip", "neigh", "add", address, "lladdr", HARDWARE, "dev", "world")
        for number in range(1, 61):
            here("ip", "addr", "add", f"{CLIENTS}.{number}/32", "dev", "world")
            here("ip", "addr", "add", f"198.18.200.{number}/32", "dev", "world")
        for clients in (f"{CLIENTS}.0/24", "198.18.200.0/24"):
            there("ip", "route", "add", clients, "dev", "server")
        there("ip", "route", "add", "default", "via", "10.53.0.200", "dev", "server")
        there("ip", "neigh", "add", "10.53.0.200", "lladdr", NOBODY, "dev", "server")
        there("ip", "-6", "route", "add", "default", "via", "fd53::200", "dev", "server")
        there("ip", "-6", "neigh", "add", "fd53::200", "lladdr", NOBODY, "dev", "server")
        return self

    def __exit__(self, *_):
        self.run_here("ip", "link", "del", "world")
        self.holder.kill()
        self.holder.wait()

    def inside(self, command):
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", *map(str, command)]

    @staticmethod
    def run_here(*command):
        return lab.run(*command)

    def run(self, *command):
        return lab.run(*self.inside(command))

    def counted(self):
        """Bytes in and out of the server, from the IP header on."""
        words = self.run("cat", "/proc/net/dev").split("server:")[1].split()
        figures = [int(word) for word in words[:10]]
        return figures[0] - ETHERNET * figures[1], figures[8] - ETHERNET * figures[9]


class Server(servers.Ours):
    def __init__(self, folder, build, net):
        super().__init__(folder, build, SERVER4, SERVER6)
        self.net = net

    def start(self, command, probe, **how):
        return super().start(self.net.inside(command), probe, **how)

    def serve_zone(self, settings):
        return self.serve(CONFIG.format(settings=settings, texts=TEXTS), ("dyn.example.org", "SOA"))


def flood(build, rate, networks, seconds, family=4, anywhere=False):
    """A running flood."""
    return subprocess.Popen(
        [os.path.join(build, "tests/bench/flood"), f"family={family}", f"rate={rate}", f"networks={networks}",
         f"address={SERVER6 if family == 6 else SERVER4}", f"anywhere={int(anywhere)}", f"query={QUERY}",
         f"seconds={seconds}"], stdout=subprocess.PIPE, text=True)

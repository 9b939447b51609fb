"""A network of its own with the daemon in it, as its update clients find it: names, ports, addresses, certificates.

In this network the server is ns.mydomain.test, and the names that clients have built in lead to it as well. Clients have
other addresses than the server. A certificate authority of our own is the only one that programs trust.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGES = HERE.parent.parent / "contrib/clients"
sys.path.append(str(HERE.parent / "peers"))

import lab  # noqa: E402
from servers import Ours  # noqa: E402

SERVER4, SERVER6 = "192.0.2.53", "2001:db8:53::53"
CLIENT4, CLIENT6 = "192.0.2.99", "2001:db8:53::99"
ZONE = "dyn.mydomain.test"
NAMES = ("ns.mydomain.test", "ns4.mydomain.test", "ns6.mydomain.test", "www.duckdns.org", "dynupdate.no-ip.com",
         "domains.google.com", "dynv6.com", "ipv4.dynv6.com", "ca.mydomain.test")
TOKEN = "0f6b2c1d9a7e4f3388d1c5a2b7e09614"  # of the pages
PASSWORD = "p:a&s=s%w"  # all that a client may forget to encode, or encode twice
PATIENCE = 60
SERVER = f"""[server]
domain = {ZONE}
nameserver = ns.mydomain.test
email = hostmaster@mydomain.test
listen = {SERVER4} {SERVER6}
[http]
listen = {SERVER4} {SERVER6}
[https]
certificate = {{folder}}/server.pem
key = {{folder}}/server.key
listen = {SERVER4} {SERVER6}
[@printer]
a = 192.0.2.80
"""


def recipe(page, section, number=1):
    """The NUMBER-th block of lines below this heading of a page, without the fence and with a line end."""
    text = (PAGES / f"{page}.md").read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    if len(blocks) < number:
        raise AssertionError(f"{page}.md has no block {number} in {section!r}")
    return blocks[number - 1]


def complete(*command, environment=None, **how):
    """The command with its exit status, and stdout and stderr together."""
    return subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=PATIENCE,
                          env={**os.environ, **(environment or {})}, **how)


def run(*command, **how):
    """What the command prints; it must succeed."""
    done = complete(*command, **how)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def make_network():
    """Addresses of the server and of the clients. The latter are the source of what is sent to the former: a route has the
    server's addresses, so no device does."""
    Path("/proc/sys/net/ipv6/ip_nonlocal_bind").write_text("1")
    for family, server, client, more in (("-4", SERVER4, CLIENT4, []), ("-6", SERVER6, CLIENT6, ["nodad"])):
        lab.run("ip", "addr", "add", client, "dev", "lo", *more)
        lab.run("ip", family, "route", "add", "local", server, "dev", "lo", "src", client)


def make_certificates(folder):
    """ca.pem, and server.pem with server.key for all names."""
    def openssl(*command):
        run("openssl", *command, cwd=folder)
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test CA",
            "-addext", "keyUsage=critical,keyCertSign")
    openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=ns.mydomain.test")
    (folder / "extensions").write_text("subjectAltName=" + ",".join(f"DNS:{name}" for name in NAMES))
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "extensions", "-out", "server.pem")


def enter():
    """Puts this program into such a network. What it mounts is seen by nobody else."""
    lab.enter()
    make_network()
    folder = Path(tempfile.mkdtemp(prefix="nanodnsd-clients."))
    lab.run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", folder)
    make_certificates(folder)
    lines = {"ns4.mydomain.test": [SERVER4], "ns6.mydomain.test": [SERVER6], "ipv4.dynv6.com": [SERVER4],
             "dynv6.com": [SERVER6]}
    (folder / "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n" + "".join(
        f"{address} {name}\n" for name in NAMES for address in lines.get(name, [SERVER4, SERVER6])))
    lab.run("mount", "--bind", folder / "hosts", "/etc/hosts")
    (folder / "trusted").mkdir()
    shutil.copy(folder / "ca.pem", folder / "trusted/ca-certificates.crt")
    lab.run("openssl", "rehash", folder / "trusted")  # some programs read the folder, and some the file
    lab.run("mount", "--bind", folder / "trusted", "/etc/ssl/certs")
    return folder


class Scene(unittest.TestCase):
    """Each test has a daemon of its own, with these hosts."""

    build = folder = None  # set by main()
    hosts = ""

    def setUp(self):
        room = lab.Folder()
        self.room = room.__enter__()
        self.addCleanup(room.__exit__)
        self.daemon = Ours(self.room, self.build, SERVER4)
        config = self.write_config(self.hosts)
        state = self.daemon.folder / "state"
        state.mkdir()
        self.daemon.start([self.daemon.folder / "bin/nanodnsd", "-v", "-c", config, "-s", state / "nanodnsd.state"],
                          (f"printer.{ZONE}", "A"))
        self.addCleanup(self.daemon.stop)
        self.serves_after(0)

    def write_config(self, hosts):
        return self.daemon.write("nanodnsd.conf", SERVER.format(folder=self.folder) + hosts)

    def reconfigure(self, hosts):
        """Reloads with other hosts."""
        self.write_config(hosts)
        before = len(self.log())
        self.daemon.process.send_signal(signal.SIGHUP)
        self.serves_after(before)

    def serves_after(self, before):
        """Waits until the log says so behind this place."""
        until = time.monotonic() + PATIENCE
        while "nanodnsd: serving" not in self.log()[before:]:
            self.assertNotIn("reload refused", self.log()[before:])
            self.assertLess(time.monotonic(), until, self.log())
            time.sleep(0.01)

    def ask(self, name, kind):
        """The data of the answer's records, sorted."""
        name = ZONE if name == "@" else f"{name}.{ZONE}"
        answer = run("dig", "+short", "+norecurse", f"@{SERVER4}", name, kind)
        return sorted(line for line in answer.splitlines() if not line.startswith(";"))

    def addresses(self, name):
        """All addresses of the host: IPv4, then IPv6."""
        return self.ask(name, "A") + self.ask(name, "AAAA")

    def has(self, **hosts):
        """Checks the addresses that DNS has: has(home="192.0.2.7 2001:db8::7")."""
        found = {name: " ".join(self.addresses(name)) for name in hosts}
        self.assertEqual(found, hosts)

    def set(self, name, token, ipv4="", ipv6=""):
        """Gives a host these addresses, whatever it had."""
        status, body = self.daemon.update(f"hostname={name}.{ZONE}&token={token}&ipv4={ipv4}&ipv6={ipv6}")
        self.assertEqual(status, 200, body)

    def log(self):
        return self.daemon.log.read_text()


def main():
    """CLIENTS-TEST.py BUILD-FOLDER [TEST...]"""
    Scene.build = Path(sys.argv[1]).resolve()
    Scene.folder = enter()
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)

"""nginx, with the configuration of contrib/proxy, before the daemon: over TCP and over a Unix socket.

nginx.py BUILD-FOLDER [TEST...]
"""
import base64
import contextlib
import http.client
import json
import re
import socket
import ssl
import subprocess
import sys
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONFIGS = HERE.parent.parent / "contrib/proxy"
sys.path.append(str(HERE.parent / "peers"))

import lab  # noqa: E402
from servers import Ours  # noqa: E402

SERVER, CLIENT, OTHER = "192.0.2.53", "192.0.2.99", "192.0.2.98"
FORGED = "198.51.100.66"
ZONE = "dyn.mydomain.test"
NAME = "ns.mydomain.test"
TOKEN = "0f6b2c1d9a7e4f3388d1c5a2b7e09614"
PATIENCE = 30
CONFIG = f"""[server]
domain = {ZONE}
nameserver = {NAME}
email = hostmaster@mydomain.test
listen = {SERVER}
[@home]
token = {TOKEN}
[@near]
token = {TOKEN}-near
allow_from = {CLIENT}
[@there]
a = 192.0.2.80
"""
# nginx.conf of Debian without what this test has no use for
WHOLE = """user www-data;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log notice;
events {{}}
http {{
    include {folder}/site.conf;
}}
"""


def replaced(text, *pairs):
    """The text with these pieces replaced, each of which must be there once."""
    for old, new in pairs:
        if text.count(old) != 1:
            raise AssertionError(f"{old!r} is {text.count(old)} times in the configuration")
        text = text.replace(old, new)
    return text


class Proxy:
    """nginx, from contrib/proxy/nginx.conf. `over_tcp`: as its comment says."""

    def __init__(self, folder, over_tcp):
        self.folder = folder
        lab.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", str(folder / "key.pem"), "-out", str(folder / "chain.pem"), "-days", "2",
                "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}")
        site = replaced((CONFIGS / "nginx.conf").read_text(),
                        ("/etc/nginx/tls/fullchain.pem", f"{folder}/chain.pem"),
                        ("/etc/nginx/tls/privkey.pem", f"{folder}/key.pem"),
                        ("/var/log/nginx/nanodnsd.log", f"{folder}/access.log"),
                        ("/var/log/nginx/nanodnsd.error.log", f"{folder}/error.log"))
        if over_tcp:
            site = replaced(site, ("    server unix:", "    # server unix:"), ("    # server 127", "    server 127"))
        else:
            site = replaced(site, ("/run/nanodnsd-http/socket", f"{folder}/http"))
        (folder / "site.conf").write_text(site)
        (folder / "nginx.conf").write_text(WHOLE.format(folder=folder))
        command = ["/usr/sbin/nginx", "-e", f"{folder}/nginx.log", "-c", f"{folder}/nginx.conf"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        self.wait()

    def wait(self):
        """Returns when it accepts connections."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection((SERVER, 443), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"nginx does not serve:\n{(self.folder / 'nginx.log').read_text()}")

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)

    def logs(self):
        return "".join(path.read_text() for path in self.folder.glob("*.log"))

    def ask(self, path, client=CLIENT, method="GET", body=None, **headers):
        """Status and body of a request over HTTPS. Names of headers have _ for -."""
        context = ssl.create_default_context(cafile=self.folder / "chain.pem")
        connection = http.client.HTTPSConnection(NAME, timeout=PATIENCE, context=context)
        connection.sock = context.wrap_socket(
            socket.create_connection((SERVER, 443), timeout=PATIENCE, source_address=(client, 0)),
            server_hostname=NAME)
        with contextlib.closing(connection):
            connection.request(method, path, body,
                               {name.replace("_", "-"): value for name, value in headers.items()})
            reply = connection.getresponse()
            return reply.status, reply.read().decode()


class Scene(unittest.TestCase):
    """Each test has a daemon and a proxy of its own."""

    build = None  # set by main()

    def start(self, over_tcp, http_section=""):
        room = lab.Folder()
        folder = room.__enter__()
        self.addCleanup(room.__exit__)
        self.daemon = Ours(folder, self.build, SERVER)
        config = self.daemon.write("nanodnsd.conf", CONFIG + http_section)
        state = self.daemon.folder / "state"
        state.mkdir()
        state.chmod(0o755)
        command = [self.daemon.folder / "bin/nanodnsd", "-v", "-c", config, "-s", state / "nanodnsd.state"]
        self.addCleanup(self.daemon.stop)
        sockets = [] if over_tcp else [sys.executable, "-B", HERE / "with_sockets.py", SERVER, folder / "http"]
        self.daemon.start(sockets + command, (f"there.{ZONE}", "A"))
        self.proxy = Proxy(folder, over_tcp)
        self.addCleanup(self.proxy.stop)

    def address(self, name):
        return [record.to_text() for rrset in self.daemon.ask(f"{name}.{ZONE}", "A").answer for record in rrset]

    def check_client(self):
        """The client's address is its own, whatever it says of itself."""
        path = f"/dns/nic/update?hostname=home.{ZONE}&password={TOKEN}"
        self.assertEqual(self.proxy.ask(path, X_Forwarded_For=FORGED, Forwarded=f"for={FORGED}"),
                         (200, f"good {CLIENT}"))
        self.assertEqual(self.address("home"), [CLIENT])
        self.assertEqual(self.proxy.ask(path, OTHER), (200, f"good {OTHER}"))
        self.assertEqual(self.proxy.ask("/myip")[1].strip(), CLIENT)
        self.assertIn(CLIENT, self.daemon.log.read_text())
        self.assertNotIn(FORGED, self.daemon.log.read_text())

    def check_networks(self):
        """allow_from is compared with the client's address."""
        path = f"/api/update?hostname=near.{ZONE}&token={TOKEN}-near&ipv4=192.0.2.7"
        self.assertEqual(self.proxy.ask(path, OTHER, X_Forwarded_For=CLIENT)[0], 403)
        self.assertEqual(self.proxy.ask(path), (200, "ok updated"))

    def check_requests(self):
        """Fields, bodies and statuses pass; a token in a URL is in no log."""
        self.assertEqual(self.proxy.ask("/api/update", method="POST",
                                        body=f"hostname=home.{ZONE}&token={TOKEN}&ipv4=192.0.2.8"),
                         (200, "ok updated"))
        basic = "Basic " + base64.b64encode(f"x:{TOKEN}".encode()).decode()
        self.assertEqual(self.proxy.ask(f"/nic/update?hostname=home.{ZONE}&myip=192.0.2.9", Authorization=basic),
                         (200, "good 192.0.2.9"))
        nobody = json.dumps({"subdomain": "8f6f9d5c-5b1e-4c0a-9d6e-0c8f6f9d5c5b", "txt": "x" * 43})
        self.assertEqual(self.proxy.ask("/update", method="POST", body=nobody, X_Api_User="somebody", X_Api_Key="x"),
                         (401, '{"error":"forbidden"}'))
        self.assertEqual(self.proxy.ask("/health"), (200, ""))
        self.assertEqual(self.proxy.ask("/elsewhere")[0], 404)
        self.assertEqual(self.proxy.ask("/health", Cookie="x" * 6000), (200, ""))
        self.assertNotIn(TOKEN, self.proxy.logs())
        self.assertRegex(self.proxy.logs(), rf'{re.escape(CLIENT)} .*"POST /api/update" 200')

    def check_browser(self):
        """Another site cannot make a browser send an update (Sec-Fetch-Site, Origin against Host)."""
        path = f"/nic/update?hostname=home.{ZONE}&password={TOKEN}&myip=192.0.2.10"
        for headers in ({"Sec_Fetch_Site": "cross-site"}, {"Origin": "https://elsewhere.test"}):
            self.assertEqual(self.proxy.ask(path, **headers)[0], 403)
        self.assertEqual(self.proxy.ask(path, Origin=f"https://{NAME}")[0], 200)


class OverTcp(Scene):
    """With trusted_proxy."""

    def setUp(self):
        self.start(True, "[http]\nlisten = 127.0.0.1\nport = 8053\ntrusted_proxy = 127.0.0.1\n")

    def test_names_the_client(self):
        self.check_client()

    def test_networks_are_those_of_clients(self):
        self.check_networks()

    def test_requests_pass(self):
        self.check_requests()

    def test_browsers_are_not_misled(self):
        self.check_browser()


class OverAUnixSocket(Scene):
    """A Unix socket is a trusted proxy by itself."""

    def setUp(self):
        self.start(False)

    def test_names_the_client(self):
        self.check_client()

    def test_networks_are_those_of_clients(self):
        self.check_networks()

    def test_requests_pass(self):
        self.check_requests()

    def test_browsers_are_not_misled(self):
        self.check_browser()

    def test_nobody_else_can_connect(self):
        drop_in = (CONFIGS / "unix-socket.conf").read_text()
        self.assertIn("SocketGroup=www-data\nSocketMode=0660\n", drop_in)
        self.assertIn("ListenStream=/run/nanodnsd-http/socket\n", drop_in)
        done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "curl", "-sS",
                               "--unix-socket", str(self.proxy.folder / "http"), "http://localhost/health"],
                              capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)


class OverTcpWithoutTrust(Scene):
    """Without trusted_proxy, what a proxy says is nothing."""

    def setUp(self):
        self.start(True, "[http]\nlisten = 127.0.0.1\nport = 8053\n")

    def test_the_client_is_the_proxy(self):
        self.assertEqual(self.proxy.ask("/myip")[1].strip(), "127.0.0.1")
        status, _ = self.proxy.ask(f"/nic/update?hostname=home.{ZONE}&password={TOKEN}")
        self.assertEqual((status, self.address("home")), (400, []))


def main():
    Scene.build = Path(sys.argv[1]).resolve()
    lab.enter()
    for address in (SERVER, CLIENT, OTHER):
        lab.run("ip", "addr", "add", address, "dev", "lo")
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)


if __name__ == "__main__":
    main()

"""The network of tests/clients, with a section [https] of the test's own, and what the tests of HTTPS share."""
import contextlib
import socket
import ssl
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE.parent / "clients"), str(HERE.parent / "support")]

import proc  # noqa: E402
import scene  # noqa: E402
from scene import SERVER4, SERVER6, TOKEN, ZONE  # noqa: E402

NAME = "ns.mydomain.test"
SERVER = f"{SERVER4}:443"
HOSTS = f"[@home]\ntoken = {TOKEN}\n"
CHILDREN = ("keeper", "responder", "updater", "updater-tls", "keyholder")
UPDATE = f"GET /api/update?hostname=home.{ZONE}&token={TOKEN}&ipv4="


class TlsScene(scene.Scene):
    """Each test has a daemon of its own."""

    hosts = HOSTS
    https = ""  # lines of the section
    updates = 0

    def write_config(self, hosts):
        text = scene.SERVER.replace("[@printer]\n", f"{self.https}[@printer]\n").format(folder=self.folder)
        return self.daemon.write("nanodnsd.conf", text + hosts)

    def children(self):
        """Process ids by name."""
        return proc.children_named(self.daemon.process.pid, CHILDREN)

    def context(self, *versions):
        """A client's, that trusts the server; with one of the versions only, if any is named."""
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        for version in versions:
            context.minimum_version = context.maximum_version = version
        return context

    def update(self, ipv4, context=None, session=None):
        """The reply's body, and the session with its ticket. The connection is new."""
        context = context or self.context()
        with context.wrap_socket(socket.create_connection((SERVER4, 443), scene.PATIENCE), server_hostname=NAME,
                                 session=session) as client:
            client.sendall(f"{UPDATE}{ipv4} HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
            reply = b""
            with contextlib.suppress(ssl.SSLEOFError):
                while more := client.recv(4096):
                    reply += more
            return reply.partition(b"\r\n\r\n")[2].decode(), client.session

    def serves_tls(self):
        """A real client can still update."""
        TlsScene.updates += 1
        address = f"198.51.{TlsScene.updates // 250}.{TlsScene.updates % 250}"
        self.assertEqual(self.update(address)[0], "ok updated")
        self.has(home=address)

    def until(self, condition, what):
        """Waits until condition() is true."""
        end = time.monotonic() + scene.PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.01)

    def logs(self, text, after=0):
        """Waits for a line behind this place of the log. Returns the place behind it."""
        self.until(lambda: text in self.log()[after:], f"no {text!r} in the log")
        return self.log().find(text, after) + len(text)

"""Private memory of all processes with [https]: at rest, for each open connection, and after many handshakes.

memory.py BUILD-FOLDER [TEST...]
"""
import contextlib
import os
import socket
import ssl
from pathlib import Path

from tls_scene import NAME, SERVER4, SERVER6, TlsScene, proc, scene

AT_REST = 3277  # kB: 3.2 MB
A_CONNECTION = 48  # kB
A_HANDSHAKE = 64  # kB, until it is finished or has failed
AFTER_HANDSHAKES = 64  # kB
CONNECTIONS = 16
HANDSHAKES = int(os.environ.get("NANODNSD_HANDSHAKES", "10000"))  # tests/bench/handshakes.py: 100,000
HUNDRED_HOSTS = "".join(f"[@h{i}]\ntoken = secret-of-the-host-{i}\na = 192.0.2.{i}\naaaa = 2001:db8::{i}\n"
                        for i in range(100))
VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


def private_kb(pid):
    """Pages that are written and in no file."""
    lines = proc.read(pid, "smaps_rollup").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:"))


def unread_bytes():
    """What the server has not read yet. In the tables: addresses of both ends, state, and queues."""
    rows = [line.split() for table in ("tcp", "tcp6")
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]]
    return sum(int(queues.partition(":")[2], 16) for _, own, _, state, queues, *_ in rows
               if own.endswith(f":{443:04X}") and state == "01")  # established


def is_open(connection):
    """Whether the server has not closed it."""
    connection.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while connection.recv(65536):
            pass
        return False
    return True


class Memory(TlsScene):
    hosts = TlsScene.hosts + HUNDRED_HOSTS
    https = f"timeout = 60s\nconnections = {CONNECTIONS}\n"

    def measured(self, when):
        processes = {"supervisor": self.daemon.process.pid, **self.children()}
        figures = {name: private_kb(pid) for name, pid in processes.items()}
        total = sum(figures.values())
        print(f"{when}: {total} kB ({', '.join(f'{name} {kb}' for name, kb in figures.items())})", flush=True)
        return total

    def use(self):
        """Both versions, with and without a ticket, and the other processes."""
        for version in VERSIONS:
            context = self.context(version)
            _, session = self.update("192.0.2.1", context)
            self.update("192.0.2.2", context, session)
        self.set("home", scene.TOKEN, ipv4="192.0.2.3")

    def test_at_rest(self):
        self.assertLessEqual(self.measured("right after the start"), AT_REST)
        self.use()
        self.assertLessEqual(self.measured("after it has served"), AT_REST)

    def check_connections(self, name, fill, most=A_CONNECTION):
        """All connections that there are, half of each address family: one network does not get all. Returns how many the
        server has kept open."""
        self.use()
        before = self.measured("no connection")
        with contextlib.ExitStack() as all_of_them:
            connections = [all_of_them.enter_context(socket.create_connection((address, 443), scene.PATIENCE))
                           for address in (SERVER4, SERVER6) * (CONNECTIONS // 2)]
            for connection in connections:
                fill(connection)
            self.until(lambda: unread_bytes() == 0, "bytes that nobody reads")
            use = self.measured(f"{CONNECTIONS} connections, {name}") - before
            kept = sum(is_open(connection) for connection in connections)
        self.assertLessEqual(use, CONNECTIONS * most)
        return kept

    def check_requests(self, version):
        """Each has half a request, and a record of the largest size but for its last byte."""
        context = self.context(version)

        def fill(raw):
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            client = context.wrap_bio(incoming, outgoing, server_hostname=NAME)
            while True:
                try:
                    client.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    raw.sendall(outgoing.read())
                    incoming.write(raw.recv(65536))
            client.write(b"GET /api/update?" + b"a" * 8000)
            raw.sendall(outgoing.read())
            client.write(b"a" * 16384)
            raw.sendall(outgoing.read()[:-1])

        self.assertEqual(self.check_connections(f"{version.name}, half a request", fill), CONNECTIONS)

    def test_of_requests_of_tls12(self):
        self.check_requests(ssl.TLSVersion.TLSv1_2)

    def test_of_requests_of_tls13(self):
        self.check_requests(ssl.TLSVersion.TLSv1_3)

    def test_of_handshakes(self):
        """Each has nearly as much as is accepted of a handshake, in a ClientHello that is not complete."""
        hello = b"\x16\3\1\x40\0" + b"\1\0\x40\0" + bytes(8100)
        self.assertEqual(self.check_connections("half a handshake", lambda raw: raw.sendall(hello), A_HANDSHAKE),
                         CONNECTIONS)

    def test_of_handshakes_that_announce_much(self):
        """OpenSSL alone would allocate 131 kB for each, and write zeros there."""
        before = len(self.log())
        hello = b"\x16\3\1\0\5" + b"\1\2\0\0\3"
        self.check_connections("a long ClientHello is announced", lambda raw: raw.sendall(hello))
        self.logs("TLS failed: a message that is too long", before)
        self.serves_tls()

    def test_after_many_handshakes(self):
        self.use()
        contexts = {version: self.context(version) for version in VERSIONS}
        self.shake_hands(contexts, 200)  # what the first ones need
        before = self.measured("after 200 handshakes")
        self.shake_hands(contexts, HANDSHAKES)
        after = self.measured(f"after {HANDSHAKES} handshakes more")
        self.assertLessEqual(after, before + AFTER_HANDSHAKES)
        self.assertLessEqual(after, AT_REST)

    def connect(self, context, session):
        raw = socket.create_connection((SERVER4, 443), scene.PATIENCE)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or 40 ms pass in a resumed session of TLS 1.2
        return context.wrap_socket(raw, server_hostname=NAME, session=session)

    def shake_hands(self, contexts, count):
        """With all of the contexts, each other time with a ticket."""
        for _ in range(count // (2 * len(contexts))):
            for context in contexts.values():
                session = None
                for _ in range(2):
                    with self.connect(context, session) as client:
                        client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                        self.assertEqual(client.recv(12), b"HTTP/1.1 200")
                        self.assertEqual(client.session_reused, session is not None)
                        session = client.session


if __name__ == "__main__":
    scene.main()

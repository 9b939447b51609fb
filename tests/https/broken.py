"""Clients that do not speak TLS, or not to the end, and clients that are slow on purpose. Each costs a connection for the
timeout at most, and one line of the log. Then real clients are served, by the same processes.

broken.py BUILD-FOLDER [TEST...]
"""
import contextlib
import socket
import ssl
import struct
import subprocess

from tls_scene import NAME, SERVER4, TlsScene, scene

FAILED = "TLS failed: "


def connected():
    return socket.create_connection((SERVER4, 443), scene.PATIENCE)


def read_to_the_end(client):
    """What the server sends until it closes the connection, for which it may need its timeout."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while more := client.recv(4096):
            received += more
    return received


def client_hello():
    """The first flight of a client, and the client, which waits for the answer."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    incoming, written = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, written, server_hostname=NAME)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return written.read(), client, incoming, written


def reset(client):
    """Closes with RST in place of FIN (socket(7): SO_LINGER with time 0)."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


class BrokenClients(TlsScene):
    """With two connections, so that one that is kept is missed at once."""

    def setUp(self):
        super().setUp()
        self.before = self.children()
        self.at = len(self.log())

    def failures(self):
        return [line for line in self.log()[self.at:].splitlines() if FAILED in line]

    def check_each(self, break_off, expected, lines=1):
        """Three clients one after the other, then a real one; `expected` is in each of their lines."""
        clients = 3
        for _ in range(clients):
            with connected() as client:
                reply = break_off(client)
                self.assertNotIn(b"HTTP/", reply or b"")
        self.serves_tls()
        end = self.at
        for _ in range(clients * lines):
            end = self.logs(FAILED + expected, end)
        self.assertEqual(len(self.failures()), clients * lines, self.failures())
        self.assertEqual(self.children(), self.before)


class ClientsThatEnd(BrokenClients):
    """They end the connection, or cause the server to."""

    https = "timeout = 20s\nconnections = 2\n"

    def test_garbage(self):
        def garbage(client):
            client.sendall(bytes(range(256)) * 4)
            return read_to_the_end(client)
        self.check_each(garbage, "")

    def test_plain_http(self):
        def plain(client):
            client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            return read_to_the_end(client)
        self.check_each(plain, "http request")

    def test_half_a_client_hello_and_the_end(self):
        def half(client):
            client.sendall(client_hello()[0][:100])
            client.shutdown(socket.SHUT_WR)
            return read_to_the_end(client)
        self.check_each(half, "closed during the handshake")

    def test_no_client_hello_and_the_end(self):
        def end(client):
            client.shutdown(socket.SHUT_WR)
            return read_to_the_end(client)
        self.check_each(end, "", lines=0)

    def test_a_reset_during_the_handshake(self):
        def break_off(client):
            client.sendall(client_hello()[0])
            client.recv(1)
            reset(client)
        self.check_each(break_off, "closed during the handshake")

    def test_a_handshake_that_becomes_garbage(self):
        def spoil(client):
            client.sendall(client_hello()[0])
            client.recv(1)
            client.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))  # a record that cannot be decrypted
            return read_to_the_end(client)
        self.check_each(spoil, "")

    def test_a_client_that_does_not_trust_the_server(self):
        def refuse(_):
            with self.assertRaises(ssl.SSLCertVerificationError), connected() as client:
                ssl.create_default_context(cadata=other).wrap_socket(client, server_hostname=NAME)
        scene.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "other.key", "-out", "other.pem",
                  "-days", "2", "-subj", "/CN=other", cwd=self.daemon.folder)
        other = (self.daemon.folder / "other.pem").read_text()
        self.check_each(refuse, "")


class ClientsThatStay(BrokenClients):
    """The server closes the connection when its time is up."""

    https = "timeout = 2s\nconnections = 2\n"

    def test_half_a_client_hello(self):
        def half(client):
            client.sendall(client_hello()[0][:100])
            return read_to_the_end(client)
        self.check_each(half, "closed during the handshake")

    def test_no_client_hello(self):
        """Nothing was received, so there is nothing to log."""
        self.check_each(read_to_the_end, "", lines=0)

    def test_no_answer_to_the_server(self):
        def half(client):
            client.sendall(client_hello()[0])
            return read_to_the_end(client)
        self.check_each(half, "closed during the handshake")

    def test_half_a_request(self):
        """Behind the handshake it is the updater's HTTP that waits."""
        for _ in range(3):
            with self.context().wrap_socket(connected(), server_hostname=NAME) as client:
                client.sendall(b"GET /health HTTP/1.1\r\nHo")
                with contextlib.suppress(ConnectionError, ssl.SSLError):
                    self.assertIn(client.recv(4096)[:12], (b"", b"HTTP/1.1 408"))
        self.serves_tls()
        self.assertEqual(self.children(), self.before)

    def test_many_at_once(self):
        """More than there are connections."""
        clients = [connected() for _ in range(40)]
        for number, client in enumerate(clients):
            with contextlib.suppress(ConnectionError):
                client.sendall((client_hello()[0], client_hello()[0][:100], b"garbage", b"")[number % 4])
        self.serves_tls()
        for client in clients:
            client.close()
        self.serves_tls()
        self.assertEqual(self.children(), self.before)
        self.assertLessEqual(len(self.failures()), 30)  # the others have sent nothing


class Slow(TlsScene):
    """slowhttptest, which opens far more connections than there are. It sends headers, bodies and reads slowly."""

    https = "timeout = 5s\n"

    def check(self, kind, option):
        before = self.children()
        with subprocess.Popen(["slowhttptest", "-c", "200", "-r", "200", "-l", "4", "-i", "1", option, "-u",
                               f"https://{NAME}/api/update"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              text=True) as attack:
            updates = 0
            while attack.poll() is None:
                self.serves_tls()
                updates += 1
            output = attack.stdout.read()
        self.assertEqual(attack.returncode, 0, output)
        self.assertIn(kind, output)
        self.assertGreater(updates, 0)
        self.serves_tls()
        self.assertEqual(self.children(), before)

    def test_headers(self):
        self.check("SLOW HEADERS", "-H")

    def test_body(self):
        self.check("SLOW BODY", "-B")

    def test_read(self):
        self.check("SLOW READ", "-X")


if __name__ == "__main__":
    scene.main()

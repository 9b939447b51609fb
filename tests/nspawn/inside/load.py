"""Clients that ask at a steady rate and count lost answers."""
import socket
import struct
import threading
import time

from bench import PATIENCE
from client import LOOPBACK, PRINTER, ask_tcp, question, update


class Client(threading.Thread):
    """Asks until finish(). `sent` and `answered` are counts, `gap` is the longest time in seconds between two
    answers, `refused` has the replies that are no answers."""

    def __init__(self):
        super().__init__(daemon=True)
        self.sent = self.answered = 0
        self.gap = 0.0
        self.refused = []
        self._finish = threading.Event()
        self._last = None

    def finish(self):
        self._finish.set()
        self.join(2 * PATIENCE)

    def heard(self):
        now = time.monotonic()
        if self._last is not None:
            self.gap = max(self.gap, now - self._last)
        self._last = now
        self.answered += 1

    def pause(self, seconds):
        self._finish.wait(seconds)


class UdpClient(Client):
    """Sends 500 datagrams per second. Another thread receives the answers."""

    def run(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            # After a pause of a second the answers to hundreds of waiting queries come at once: more than the usual
            # buffer holds on a slow machine. SO_RCVBUFFORCE, which Python has no name for.
            client.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
            client.connect((LOOPBACK, 53))
            client.settimeout(0.2)
            ear = threading.Thread(target=self.listen, args=(client,), daemon=True)
            ear.start()
            while not self._finish.is_set():
                self.sent += 1  # before it is sent: the other thread ends when it has the answers to all
                client.send(question(PRINTER, self.sent % 65536))
                self.pause(0.002)
            ear.join()

    def listen(self, client):
        seen = set()
        silence = 0
        while not self._finish.is_set() or (len(seen) < self.sent and silence < 25):  # five seconds of it
            try:
                reply = client.recv(4096)
            except TimeoutError:
                silence += 1
                continue
            silence = 0
            number = struct.unpack_from("!H", reply)[0]
            if number not in seen and reply[3] & 0x0f == 0 and reply[7] == 1:
                seen.add(number)
                self.heard()


class TurnTaker(Client):
    """Asks as soon as it has the last answer."""

    def run(self):
        while not self._finish.is_set():
            self.sent += 1
            try:
                self.ask()
                self.heard()
            except Exception as error:  # each means one lost answer
                self.refused.append(repr(error))
            self.pause(0.01)


class TcpClient(TurnTaker):
    def ask(self):
        if ask_tcp(PRINTER) != ["192.0.2.80"]:
            raise ValueError("a wrong answer")


class Updater(TurnTaker):
    """`acknowledged` is the address of the last acknowledged update."""

    acknowledged = None

    def ask(self):
        address = f"198.51.100.{self.sent % 250 + 1}"
        verdict = update(address)
        if verdict not in ("ok updated", "ok unchanged"):
            raise ValueError(verdict)
        self.acknowledged = address


class Load:
    """All clients; they run during the `with` block."""

    def __enter__(self):
        self.clients = {"UDP": UdpClient(), "TCP": TcpClient(), "updates": Updater()}
        for client in self.clients.values():
            client.start()
        return self

    def __exit__(self, *_):
        for client in self.clients.values():
            client.finish()

    def report(self):
        return "\n".join(
            f"{name}: {one.sent} asked, {one.sent - one.answered} without an answer, longest gap "
            f"{one.gap * 1000:.0f} ms {' '.join(one.refused[:3])}" for name, one in self.clients.items())

    def lost(self):
        return {name: one.sent - one.answered for name, one in self.clients.items()}

"""A client of DNS and of the update interface, with the standard library alone."""
import fcntl
import socket
import struct

from bench import PATIENCE, check

PRINTER = "printer.dyn.example.org"
HOME = "home.dyn.example.org"
TOKEN = "a-token-of-the-acceptance-test"
LOOPBACK = "127.0.0.1"


def question(name, number=1):
    """A query for A records in wire format (RFC 1035 section 4)."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", 1, 1)


def addresses(reply, name):
    """The A records of a reply to question(name). The owners are pointers to the question (section 4.1.4)."""
    number_of_answers = struct.unpack_from("!H", reply, 6)[0]
    check(reply[2] & 0x80 and reply[3] & 0x0f == 0, f"no good reply: {reply.hex()}")
    at = len(question(name))
    found = []
    for _ in range(number_of_answers):
        _, kind, _, _, size = struct.unpack_from("!HHHIH", reply, at)
        at += 12 + size
        if kind == 1:
            found.append(socket.inet_ntoa(reply[at - size:at]))
    return found


def add_address(address):
    """Adds an address to the loopback device, by SIOCSIFADDR on an alias of it (netdevice(7)): the base system has
    no ip(8)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        about = struct.pack("16sHH4s8x", b"lo:1", socket.AF_INET, 0, socket.inet_aton(address))
        fcntl.ioctl(any_socket, 0x8916, about)


def ask_udp(name, address=LOOPBACK, source="", patience=PATIENCE):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(patience)
        if source:
            client.bind((source, 0))
        client.connect((address, 53))
        client.send(question(name))
        return addresses(client.recv(4096), name)


def read_exactly(client, size):
    data = b""
    while len(data) < size:
        more = client.recv(size - len(data))
        if not more:
            raise ConnectionError(f"the server closed the connection {size - len(data)} bytes too early")
        data += more
    return data


def ask_tcp(name, address=LOOPBACK):
    with socket.create_connection((address, 53), PATIENCE) as client:
        query = question(name)
        client.sendall(struct.pack("!H", len(query)) + query)
        size = struct.unpack("!H", read_exactly(client, 2))[0]
        return addresses(read_exactly(client, size), name)


def request_of_update(ipv4, token=TOKEN):
    return f"GET /api/update?hostname={HOME}&token={token}&ipv4={ipv4} HTTP/1.1\r\nHost: ns\r\n\r\n".encode()


def update(ipv4, token=TOKEN):
    """The body of the reply."""
    with socket.create_connection((LOOPBACK, 80), PATIENCE) as client:
        client.sendall(request_of_update(ipv4, token))
        reply = b""
        while more := client.recv(4096):
            reply += more
    return reply.partition(b"\r\n\r\n")[2].decode()


def serves():
    """Checks DNS over UDP and TCP, and an update."""
    check(ask_udp(PRINTER) == ["192.0.2.80"], "a wrong answer over UDP")
    check(ask_tcp(PRINTER) == ["192.0.2.80"], "a wrong answer over TCP")
    check(update("192.0.2.1").startswith("ok"), "an update is refused")
    check(ask_udp(HOME) == ["192.0.2.1"], "an update is not served")

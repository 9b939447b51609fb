"""systemd has the sockets, and the first client starts the service."""
from pathlib import Path

from bench import SERVICE, check, note, processes, show, state, stop, supervisor, systemctl, until
from client import HOME, PRINTER, add_address, ask_tcp, ask_udp, update

SOCKETS = ("nanodnsd-dns.socket", "nanodnsd-http.socket")


def listening(table, port):
    """Whether the kernel's table of sockets has the port, on all addresses."""
    return any(line.split()[1].endswith(f"{'0' * 32}:{port:04X}")
               for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:])


def sockets_are_there_before_the_service():
    """the sockets listen before the service runs"""
    check(state() == "inactive" and supervisor() == 0, f"the service is {state()} at boot")
    for unit in SOCKETS:
        check(show("SubState", unit) == "listening", f"{unit} is {show('SubState', unit)}")
    for table, port in (("udp6", 53), ("tcp6", 53), ("tcp6", 80)):
        check(listening(table, port), f"no socket listens on {table} {port}")
    note(systemctl("list-sockets", "--no-legend", *SOCKETS))


def activated_by(ask, expected):
    stop()
    for unit in SOCKETS:
        check(show("SubState", unit) == "listening", f"{unit} is {show('SubState', unit)} after a stop")
    answer = ask()
    check(answer == expected, f"the first client is told {answer}")
    until(lambda: state() == "active", "active")
    note(f"answered {answer}; {SERVICE} is {state()}: {show('StatusText')}")


def udp_activates():
    """a query over UDP starts it, and is answered"""
    activated_by(lambda: ask_udp(PRINTER), ["192.0.2.80"])


def udp_over_ipv6_activates():
    """a query over UDP and IPv6 starts it, and is answered"""
    activated_by(lambda: ask_udp(PRINTER, "::1"), ["192.0.2.80"])


def tcp_activates():
    """a query over TCP starts it, and is answered"""
    activated_by(lambda: ask_tcp(PRINTER), ["192.0.2.80"])


def http_activates():
    """an update over HTTP starts it, and is committed"""
    activated_by(lambda: update("192.0.2.11"), "ok updated")
    check(ask_udp(HOME) == ["192.0.2.11"], "the update is not served")


def state_is_kept():
    """acknowledged updates are there after a restart"""
    check(update("192.0.2.12") == "ok updated", "the update is refused")
    before = processes()
    systemctl("restart", SERVICE)
    check(not set(before.values()) & set(processes().values()), "a process lives on")
    check(ask_udp(HOME) == ["192.0.2.12"], f"it serves {ask_udp(HOME)}")
    check(update("192.0.2.12") == "ok unchanged", "the keeper does not know of it")


def with_sockets(text):
    """Restarts all with this drop-in for the DNS socket, as GUIDE.md says; without one if it is empty."""
    path = Path("/run/systemd/system/nanodnsd-dns.socket.d/acceptance.conf")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[Socket]\n" + text)
    systemctl("daemon-reload")
    systemctl("restart", SOCKETS[0], SERVICE)


def address_may_come_later():
    """a socket is bound at boot to an address that is added later, and is served as soon as it is"""
    try:
        with_sockets("ListenStream=\nListenDatagram=\n"
                     "ListenStream=192.0.2.200:53\nListenDatagram=192.0.2.200:53\n")
        check("udp 192.0.2.200 port 53" in show("StatusText"), f"the status is {show('StatusText')}")
        note(show("StatusText"))
        add_address("192.0.2.200")
        check(ask_udp(PRINTER, "192.0.2.200") == ["192.0.2.80"], "a wrong answer over UDP")
        check(ask_tcp(PRINTER, "192.0.2.200") == ["192.0.2.80"], "a wrong answer over TCP")
    finally:
        with_sockets("")


def sockets_need_no_name():
    """sockets without FileDescriptorName= are distinguished by type and port"""
    try:
        with_sockets("FileDescriptorName=\n")
        check(ask_udp(PRINTER) == ["192.0.2.80"] and ask_tcp(PRINTER) == ["192.0.2.80"], "a wrong answer")
        note(show("StatusText"))
    finally:
        with_sockets("")


STEPS = (sockets_are_there_before_the_service, udp_activates, udp_over_ipv6_activates, tcp_activates,
         http_activates, state_is_kept, address_may_come_later, sockets_need_no_name)

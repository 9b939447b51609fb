"""nanodnsctl doctor on a real system: what is well, and what a step makes ill."""
import os
import signal
import subprocess
from pathlib import Path

from bench import CONFIG, INSTALLED_CONFIG, PATIENCE, SERVICE, check, note, run, show, supervisor, systemctl, until
from client import add_address, ask_udp, PRINTER, serves, update
from steps_nanodnsctl import NOBODY, SCHEMA, by_the_manual, parse

DNS_SOCKET = "nanodnsd-dns.socket"
RESOLVED = "systemd-resolved.service"
OTHER_ADDRESS = "192.0.2.99"
DROP_INS = Path("/etc/systemd/system/nanodnsd-dns.socket.d")


def doctor(*words, prefix=()):
    """The exit status and the output."""
    done = subprocess.run((*prefix, "nanodnsctl", "doctor", *words), check=False, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=2 * PATIENCE)
    return done.returncode, done.stdout


def findings(**how):
    """The verdict and the text of each line, by check."""
    found = {}
    for line in doctor(**how)[1].splitlines():
        if not line.startswith((" ", "nanodnsctl: ")):
            found.setdefault(line[6:20].strip(), []).append(f"{line[:4].strip()}: {line[20:]}")
    return found


def advice(title):
    """The line to paste below the lines of the check."""
    lines = doctor()[1].splitlines()
    at = next(i for i, line in enumerate(lines) if line[6:20].strip() == title)
    return next(line.strip() for line in lines[at + 1:] if line.startswith(" "))


def expect(found, title, *texts):
    check(found[title] == list(texts), f"{title}: {found[title]}, and not {list(texts)}")


def a_service_that_is_well():
    """nanodnsctl doctor finds a service well, but plain HTTP and a clock that nobody synchronises"""
    with by_the_manual():
        check(update("192.0.2.7").startswith("ok"), "an update is refused")
        systemctl("start", "systemd-timedated.service")  # or the bus starts it, which takes a while
        status, text = doctor()
        note(text)
        check(status == 0, f"exit {status}")
        found = findings()
        expect(found, "config", f"ok: {CONFIG} has no errors and no warnings")
        expect(found, "its readers", f"ok: {CONFIG} belongs to root:nanodnsd-config, mode 0640")
        expect(found, "unit", f"ok: {SERVICE} is active (running), enabled, {show('NRestarts')} restarts")
        expect(found, "sockets", "ok: dns and http listen")
        check(found["port 53"][0].startswith("ok: nanodnsd listens on "), str(found["port 53"]))
        check(" over UDP and TCP, serial " in found["answers"][0], str(found["answers"]))
        expect(found, "name servers", "ok: no name server lies in the zone")
        expect(found, "clock", "warn: the clock is not synchronised")
        expect(found, "hosts", "ok: 1 of 1 have an address; none is overdue or refused")
        expect(found, "secrets", "ok: the tokens are long, and each section has its own")
        check(found["updates"][0].startswith("warn: HTTP on port 80 of all addresses is not encrypted"), str(found["updates"]))
        check(found["state"][0].startswith("ok: /var/lib/nanodnsd/nanodnsd.state: "), str(found["state"]))
        expect(found, "losses", "ok: no datagram was dropped, and the rate limit was not reached")
        check(doctor("--strict")[0] == 1, "--strict does not fail")
        report = parse(doctor("--json")[1])
        check(set(report) == set(SCHEMA["doctor"]["required"]), f"keys: {set(report)}")


def a_service_that_is_not_enabled():
    """nanodnsctl doctor warns of a unit that is not enabled, and its line enables it"""
    with by_the_manual():
        systemctl("disable", SERVICE, stderr=subprocess.DEVNULL)
        expect(findings(), "unit", f"warn: {SERVICE} is not enabled, so it does not start with the system")
        run("sh", "-c", advice("unit"), stderr=subprocess.DEVNULL)
        check(findings()["unit"][0].startswith("ok: "), "it is not enabled")


def a_service_that_was_restarted():
    """nanodnsctl doctor warns of a service that systemd has started again, and of one that does not run"""
    with by_the_manual():
        before = supervisor()
        os.kill(before, signal.SIGKILL)
        until(lambda: supervisor() not in (0, before) and show("SubState") == "running", "another main process")
        found = findings()["unit"]
        check(found[0].startswith(f"warn: {SERVICE} was restarted "), str(found))
    systemctl("stop", DNS_SOCKET, "nanodnsd-http.socket", SERVICE)
    status, text = doctor()
    note(text)
    check(status == 1 and f"FAIL  unit          {SERVICE} is inactive\n" in text, text)
    check("FAIL  sockets       nanodnsd-dns.socket does not listen: it is inactive\n" in text, text)
    run("sh", "-c", advice("unit"))
    until(lambda: show("SubState") == "running", "a service that runs again")
    serves()


def a_config_for_every_reader():
    """nanodnsctl doctor fails if every user can read the config, or the service cannot; its line sets both right"""
    with by_the_manual():
        folder = CONFIG.parent.stat().st_mode & 0o777
        os.chmod(CONFIG.parent, 0o755)
        os.chmod(CONFIG, 0o644)
        expect(findings(), "its readers", f"FAIL: {CONFIG} is open to every user: mode 0644")
        os.chmod(CONFIG, 0o600)
        found = findings()["its readers"]
        check(found[0].startswith(f"FAIL: {CONFIG} cannot be read by the service, which has uid "), str(found))
        run("sh", "-c", advice("its readers"))
        expect(findings(), "its readers", f"ok: {CONFIG} belongs to root:nanodnsd-config, mode 0640")
        os.chmod(CONFIG.parent, folder)


def a_config_with_https_and_no_socket():
    """nanodnsctl doctor fails if the config has errors, and if a socket unit of it does not listen"""
    with by_the_manual():
        CONFIG.write_text(INSTALLED_CONFIG + "[@broken]\na=this-is-no-address\n")
        found = findings()
        check(found["config"][0].startswith(f"FAIL: {CONFIG}:") and "this-is-no-address" in found["config"][0],
              str(found["config"]))
        CONFIG.write_text(INSTALLED_CONFIG +
                          "[https]\ncertificate=/etc/nanodnsd/none.pem\nkey=/etc/nanodnsd/none.pem\n")
        found = findings()
        check(found["config"][0].startswith("FAIL: "), str(found["config"]))
        expect(found, "sockets", "FAIL: nanodnsd-https.socket does not listen: it is inactive")


def the_stub_of_resolved():
    """nanodnsctl doctor names systemd-resolved if it has port 53, and its drop-in serves beside it"""
    add_address(OTHER_ADDRESS)
    systemctl("stop", DNS_SOCKET, "nanodnsd-http.socket", SERVICE)
    systemctl("start", RESOLVED)
    try:
        systemctl("start", SERVICE, may_fail=True)
        status, text = doctor()
        note(text)
        pid = show("MainPID", RESOLVED)
        check(status == 1, f"exit {status}")
        check(f"FAIL  port 53       systemd-resolve (pid {pid}) uses port 53 on 127.0.0.53\n" in text, text)
        line = advice("port 53")
        check(f"ListenDatagram={OTHER_ADDRESS}:53" in line, line)
        run("sh", "-c", line)
        check(ask_udp(PRINTER, OTHER_ADDRESS) == ["192.0.2.80"], "it does not serve beside the stub")
        found = findings()
        check(found["port 53"][0].startswith("ok: ") and "systemd-resolve" in found["port 53"][0],
              str(found["port 53"]))
    finally:
        systemctl("stop", RESOLVED, DNS_SOCKET, SERVICE)
        (DROP_INS / "addresses.conf").unlink(missing_ok=True)
        if DROP_INS.exists():
            DROP_INS.rmdir()
        systemctl("daemon-reload")
        systemctl("start", DNS_SOCKET, "nanodnsd-http.socket", SERVICE)


def an_ordinary_user():
    """nanodnsctl doctor skips what an ordinary user may not read, and says so"""
    with by_the_manual():
        as_nobody = ("setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups")
        status, text = doctor(prefix=as_nobody)
        note(text)
        check(status in (0, 1), f"exit {status}")
        check(f"skip  config        {CONFIG} cannot be read: Permission denied; doctor sees more as root\n" in text,
              text)
        check("skip  hosts         no permission to use /run/nanodnsd/control" in text, text)
        check(f"ok    unit          {SERVICE} is active (running)" in text, "the bus is not asked")


STEPS = (a_service_that_is_well, a_service_that_is_not_enabled, a_service_that_was_restarted,
         a_config_for_every_reader, a_config_with_https_and_no_socket, the_stub_of_resolved, an_ordinary_user)

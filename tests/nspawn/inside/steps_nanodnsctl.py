"""nanodnsctl with the real control socket, journal and bus."""
import contextlib
import grp
import os
import re
import select
import socket
import subprocess
import time
from pathlib import Path

from bench import (CONFIG, INSTALLED_CONFIG, PATIENCE, SERVICE, check, drop_in, journal, note, run, said, show, state,
                   supervisor, systemctl)
from client import HOME, LOOPBACK, TOKEN, ask_udp, serves, update
from steps_readme import DOCUMENTS, block, paste

SOCKET = "nanodnsd-control.socket"
MANUAL = Path("/usr/share/man/man8/nanodnsd.8").read_text()
UNIT = Path("/usr/lib/systemd/system/nanodnsd.service").read_text()


def parse(text):
    """JSON, for which the small Python of the machine has no module: but for three words, it is Python."""
    return eval(text, {"__builtins__": {}, "null": None, "true": True, "false": False})  # of our own programs


SCHEMA = parse((DOCUMENTS / "nanodnsctl.schema.json").read_text())["$defs"]
NO_DAEMON, NO_PERMISSION = 3, 5
NOBODY, ADMINISTRATOR = 65534, 1000
MORE_HOSTS = f"[@nas]\nfollow=home\nsuffix=::1\n[@shed]\ntoken={TOKEN[::-1]}\nexpect=1d\n"


def nanodnsctl(*words, uid=0, groups=(), status=0, **environment):
    """What it prints: the standard output, or the standard error if it fails as it should."""
    ids = ",".join(str(grp.getgrnam(name).gr_gid) for name in groups)
    user = ("setpriv", "--reuid", str(uid), "--regid", str(uid), *(("--groups", ids) if ids else ("--clear-groups",)))
    done = subprocess.run([*(user if uid else ()), "nanodnsctl", *words], env={**os.environ, **environment},
                          check=False, capture_output=True, text=True, timeout=2 * PATIENCE)
    check(done.returncode == status, f"{words}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout if status == 0 else done.stderr


def transcript(*words, **how):
    text = nanodnsctl(*words, **how)
    note(f"$ nanodnsctl {' '.join(words)}\n{text}")
    return text


@contextlib.contextmanager
def control(lines, config=INSTALLED_CONFIG):
    """The service with the control socket that these lines of a document make."""
    CONFIG.write_text(config)
    paste(lines)
    try:
        yield
    finally:
        CONFIG.write_text(INSTALLED_CONFIG)
        systemctl("disable", "--now", SOCKET)
        systemctl("restart", SERVICE)


def by_the_manual(config=INSTALLED_CONFIG):
    lines = [line.partition("# ")[2] for line in MANUAL.splitlines() if line.startswith(".Dl") and SOCKET in line]
    check(len(lines) == 1, f"the lines of nanodnsd(8) for the socket are {lines}")
    return control(lines[0], config)


def ask(query):
    """The body of the reply to an update."""
    with socket.create_connection((LOOPBACK, 80), PATIENCE) as client:
        client.sendall(f"GET /api/update?{query} HTTP/1.1\r\nHost: ns\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: client.recv(4096), b"")).partition(b"\r\n\r\n")[2].decode()


def change_hosts(prefix):
    """Two changes, the second one with another prefix, and a refusal."""
    check(update("192.0.2.30").startswith("ok"), "an update is refused")
    check(ask(f"hostname={HOME}&token={TOKEN}&ipv4=192.0.2.31&ip6lanprefix={prefix}").startswith("ok"),
          "an update is refused")
    ask(f"hostname={HOME.replace('home', 'shed')}&token=a-wrong-token-of-the-test&ipv4=192.0.2.9")
    said("wrong token")


def status_has_the_unit():
    """nanodnsctl status shows the unit, its sockets and its processes, as text and as JSON, also without a bus"""
    with control(block("See what it does"), INSTALLED_CONFIG + MORE_HOSTS):
        change_hosts("2001:db8:bb:100::/64")
        transcript("hosts")
        text = transcript("status")
        for line in ("unit         active (running), enabled, 0 restarts",
                     "sockets      dns 53 udp tcp, http 80, control"):
            check(f"\n  {line}\n" in text, f"there is no line {line!r}")
        status = parse(nanodnsctl("status", "--json"))["status"]
        check(set(status) == set(SCHEMA["status"]["properties"]["status"]["required"]), f"keys: {set(status)}")
        unit = status["unit"]
        check((unit["name"], unit["active_state"], unit["file_state"]) == (SERVICE, "active", "enabled"), str(unit))
        check({one["name"] for one in unit["sockets"] if one["active_state"] == "active"} ==
              {"nanodnsd-dns.socket", "nanodnsd-http.socket", SOCKET}, str(unit["sockets"]))
        check(supervisor() in {one["pid"] for one in status["processes"]}, "the supervisor is another one")
        check("unit " not in nanodnsctl("status", DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nowhere"), "it has a unit")


def status_without_a_daemon():
    """without a daemon, nanodnsctl status shows what the service manager knows, and exits with 3"""
    systemctl("stop", "nanodnsd-dns.socket", "nanodnsd-http.socket", SERVICE)
    done = subprocess.run(("nanodnsctl", "status"), capture_output=True, text=True, check=False)
    note(done.stdout + done.stderr)
    check(done.returncode == NO_DAEMON, f"exit {done.returncode}")
    check("nanodnsd does not run\n  unit   inactive (dead), enabled, 0 restarts\n" in done.stdout, done.stdout)
    done = subprocess.run(("nanodnsctl", "status", "--json"), capture_output=True, text=True, check=False)
    status = parse(done.stdout)["status"]
    check(done.returncode == NO_DAEMON and status["unit"]["active_state"] == "inactive", done.stdout)
    check(set(status) == set(SCHEMA["status"]["properties"]["status"]["required"]), f"keys: {set(status)}")


def log_has_the_history():
    """nanodnsctl log shows the changes and refusals: all, of one host, the last, since a time, as JSON"""
    with by_the_manual(INSTALLED_CONFIG + MORE_HOSTS):
        change_hosts("2001:db8:bb:200::/64")
        run("journalctl", "--sync")
        text = transcript("log", "-n", "3")
        expected = (r"home A 192\.0\.2\.30( \(was [0-9.]+\))?, by api from 127\.0\.0\.1, serial \d+",
                    r"home A 192\.0\.2\.31 \(was 192\.0\.2\.30\), prefix 2001:db8:bb:200::/64( \(was [0-9a-f:/]+\))?, "
                    r"with 1 follower \(nas\.dyn\.example\.org\.\), by api from 127\.0\.0\.1, serial \d+",
                    r"shed an update from 127\.0\.0\.1 was refused: wrong token")
        for line, pattern in zip(text.splitlines(), expected, strict=True):
            check(re.fullmatch(r"[0-9-]+T[0-9:]+Z " + pattern, line), f"{line!r} is not {pattern!r}")
        lines = text.splitlines(keepends=True)
        check(transcript("log", "home", "-n", "2") == lines[0] + lines[1], "the host's lines are others")
        check(nanodnsctl("log", "nas", "-n", "1") == lines[1], "a follower's lines are others")
        check(nanodnsctl("log", "--since", "1h").endswith(text), "the lines since an hour ago are others")
        check(nanodnsctl("log").endswith(text), "the whole history has other lines at its end")
        objects = [parse(line) for line in nanodnsctl("log", "-n", "3", "--json").splitlines()]
        check([one["event"] for one in objects] == ["changed", "changed", "refused"], str(objects))
        check(all(set(one) == set(SCHEMA["log"]["required"]) for one in objects), str(objects))
    gone = nanodnsctl("log", "shed", "-n", "1")
    check(gone.endswith("was refused: wrong token\n"), "the history of a host that is gone is gone: " + gone)


def log_needs_no_daemon():
    """nanodnsctl log shows the history without a daemon, and says since when there is nothing"""
    serves()
    run("journalctl", "--sync")
    systemctl("stop", "nanodnsd-dns.socket", "nanodnsd-http.socket", SERVICE)
    check(f" {HOME} A 192.0.2.1" in nanodnsctl("log", "home", "-n", "1"), "the last change is missing")
    future = nanodnsctl("log", "--since", "2100-01-01")
    check(future == "There are no changes or refusals in the journal since 2100-01-01T00:00:00Z.\n", future)
    done = subprocess.run(("nanodnsctl", "log", "--since", "2001-01-01"), capture_output=True, text=True, check=False)
    note(done.stderr)
    check("the journal begins at " in done.stderr and done.returncode == 0, "it does not say where the journal begins")


def log_of_a_vacuumed_journal():
    """nanodnsctl log says where a journal begins that was vacuumed"""
    serves()
    run("journalctl", "--sync")
    run("journalctl", "--rotate")
    run("journalctl", "--vacuum-size=1", stderr=subprocess.STDOUT)
    done = subprocess.run(("nanodnsctl", "log", "home", "--since", "1h"), capture_output=True, text=True, check=False)
    note(done.stdout + done.stderr)
    check(done.returncode == 0, f"exit {done.returncode}")
    check(done.stdout.startswith("There are no changes or refusals of home in the journal since 2"), "there are some")
    said_on_stderr = r"nanodnsctl: the journal begins at [0-9TZ:-]+, after --since; .*journald\.conf\(5\)\n"
    check(re.fullmatch(said_on_stderr, done.stderr), "it does not say where the journal begins")


def log_follows():
    """nanodnsctl log -f shows a change as it happens"""
    serves()
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    command = ("nanodnsctl", "log", "home", "-f", "--since", now)
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0) as log:  # select(2) sees no buffer
        try:
            for address in ("192.0.2.41", "192.0.2.42"):
                check(update(address).startswith("ok"), "an update is refused")
                line = ""
                while f" A {address} " not in line:
                    check(select.select([log.stdout], [], [], PATIENCE)[0], f"nothing about {address}")
                    line = log.stdout.readline().decode()
                note(line)
        finally:
            log.terminate()


def log_is_for_a_group():
    """nanodnsctl log is refused to nobody, which names the group systemd-journal, and works for its members"""
    serves()
    run("journalctl", "--sync")
    error = nanodnsctl("log", uid=NOBODY, status=NO_PERMISSION)
    note(error)
    check("join the group systemd-journal" in error, "it does not name the group")
    text = nanodnsctl("log", uid=NOBODY, groups=["systemd-journal"])
    check(" A 192.0.2." in text and text == nanodnsctl("log"), "a member sees something else than root")


def reload_is_by_the_control_socket():
    """with a control socket, systemctl reload fails if the main process refuses the reload"""
    alone = "ExecReload=+" + UNIT.partition("\nExecReload=+")[2].partition("'\n")[0] + "'\n"
    with by_the_manual():
        drop_in("ExecReload=\n" + alone)  # without the check before it
        before = supervisor()
        systemctl("reload", SERVICE)
        check("reloaded" in journal().splitlines(), f"nanodnsctl did not reload:\n{journal()}")
        CONFIG.write_text(INSTALLED_CONFIG + "[@broken]\na=this-is-no-address\n")
        check("failed" in run("systemctl", "reload", SERVICE, may_fail=True, stderr=subprocess.STDOUT), "no failure")
        check(show("ReloadResult") == "exit-code", f"the reload's result is {show('ReloadResult')}")
        said("this-is-no-address")
        note(next(line for line in journal().splitlines() if line.startswith("nanodnsctl: ")))
        check(state() == "active" and supervisor() == before, "the main process is another one")
        serves()


def administrators_are_named():
    """a member of nanodnsd-admin sets a host, and the log says which uid it claims; nobody is told the group"""
    with by_the_manual():
        note(nanodnsctl("set", "home", "192.0.2.50", uid=ADMINISTRATOR, groups=["nanodnsd-admin"]))
        check(ask_udp(HOME) == ["192.0.2.50"], "it is not served")
        said("by an administrator, says uid 1000, serial")
        check(", by an administrator, says uid 1000, serial" in transcript("log", "home", "-n", "1"), "the log differs")
        event = parse(nanodnsctl("log", "home", "-n", "1", "--json"))
        host = parse(nanodnsctl("show", "home", "--json"))["host"]
        check((event["by"], event["uid"], host["uid"]) == ("administrator", None, None), f"{event}, {host}")
        error = nanodnsctl("hosts", uid=NOBODY, status=NO_PERMISSION)
        note(error)
        check("join the group nanodnsd-admin" in error, "it does not name the group")


def metrics_have_a_unit():
    """the lines of the guide make the sockets of the metrics, which are served on loopback"""
    with control(block("See what it does")):
        try:
            paste(block("See what it does", 2))
            transcript("status")
            with socket.create_connection((LOOPBACK, 9109), PATIENCE) as client:
                client.sendall(b"GET /metrics HTTP/1.1\r\nHost: ns\r\n\r\n")
                text = b"".join(iter(lambda: client.recv(4096), b"")).decode()
            check(" 200 " in text.splitlines()[0] and "\nnanodnsd_serial " in text, text[:200])
        finally:
            systemctl("disable", "--now", "nanodnsd-metrics.socket")


STEPS = (metrics_have_a_unit, status_has_the_unit, status_without_a_daemon, log_has_the_history, log_needs_no_daemon,
         log_follows, log_is_for_a_group, reload_is_by_the_control_socket, administrators_are_named,
         log_of_a_vacuumed_journal)

"""HTTPS on a socket of systemd, and renewed certificates, which contrib/tls/deploy-hook hands over."""
import contextlib
import grp
import os
import socket
import ssl
import stat
import subprocess
from pathlib import Path

import proc
from bench import CONFIG, INSTALLED_CONFIG, PATIENCE, SERVICE, check, journal, note, show, state, stop, supervisor
from bench import systemctl, until
from client import HOME, LOOPBACK, ask_udp, request_of_update, serves
from steps_activation import listening
from steps_readme import block, paste

SOCKET = "nanodnsd-https.socket"
HOOK = "/acceptance/deploy-hook"
MADE = Path("/acceptance/tls")  # old/ and new/, as an ACME client keeps them: only for root
SERVED = Path("/etc/nanodnsd/tls")
SECTION = f"[https]\ncertificate={SERVED}/fullchain.pem\nkey={SERVED}/privkey.pem\n"
VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


def update(ipv4, trusted, version=ssl.TLSVersion.TLSv1_3):
    """The body of the reply. `trusted`: the certificate that the server must have."""
    context = ssl.create_default_context(cafile=MADE / trusted / "fullchain.pem")
    context.minimum_version = context.maximum_version = version
    with context.wrap_socket(socket.create_connection((LOOPBACK, 443), PATIENCE),
                             server_hostname="ns.example.org") as client:
        client.sendall(request_of_update(ipv4))
        reply = b""
        while more := client.recv(4096):
            reply += more
    return reply.partition(b"\r\n\r\n")[2].decode()


def hand_over(name, **environment):
    """As certbot calls the hook."""
    return subprocess.run([HOOK], env={**os.environ, "RENEWED_LINEAGE": str(MADE / name), **environment}, check=False,
                          capture_output=True, text=True)


@contextlib.contextmanager
def https():
    """The service with the old certificate, and its socket."""
    done = hand_over("old", NANODNSD_RELOAD="true")
    check(done.returncode == 0, done.stdout + done.stderr)
    CONFIG.write_text(INSTALLED_CONFIG + SECTION)
    paste(block("Serve HTTPS"))
    try:
        yield
    finally:
        CONFIG.write_text(INSTALLED_CONFIG)
        systemctl("disable", "--now", SOCKET)
        systemctl("restart", SERVICE)


def socket_is_passed():
    """HTTPS is on a socket of systemd: updates with both versions of TLS are committed"""
    with https():
        check(listening("tcp6", 443), "no socket listens on 443")
        check("https" in show("StatusText"), f"the status is {show('StatusText')}")
        note(show("StatusText"))
        for number, version in enumerate(VERSIONS, 21):
            check(update(f"192.0.2.{number}", "old", version) == "ok updated", f"{version.name}: an update is refused")
            check(ask_udp(HOME) == [f"192.0.2.{number}"], "it is not served")
        found = proc.children_named(supervisor(), ("updater-tls", "keyholder"))
        check(len(found) == 2, f"of the processes of HTTPS there are {found}")
        for name, pid in found.items():
            status = dict(line.split(":\t", 1) for line in proc.read(pid, "status").splitlines() if ":\t" in line)
            check(set(status["Uid"].split()) != {"0"} and int(status["CapEff"], 16) == 0, f"{name} has rights")
            check(status["Seccomp"] == "2", f"{name} has no filter")
        serves()
    check(not listening("tcp6", 443), "a socket still listens on 443")


def https_activates():
    """an update over HTTPS starts the service, and is committed"""
    with https():
        stop()
        check(update("192.0.2.23", "old") == "ok updated", "the first client's update is refused")
        until(lambda: state() == "active", "active")
        check(ask_udp(HOME) == ["192.0.2.23"], "it is not served")


def key_is_for_few():
    """only root and the service's group can read the key that the hook hands over"""
    with https():
        group = grp.getgrnam("nanodnsd-config").gr_gid
        for path, mode in ((SERVED, 0o750), (SERVED / "privkey.pem", 0o640), (SERVED / "fullchain.pem", 0o640)):
            about = path.stat()
            check((about.st_uid, about.st_gid, stat.S_IMODE(about.st_mode)) == (0, group, mode), f"{path}: {about}")
        check(sorted(path.name for path in SERVED.iterdir()) == ["fullchain.pem", "privkey.pem"], "more files are left")
        nobody = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "cat",
                                 str(SERVED / "privkey.pem")], capture_output=True, check=False)
        check(nobody.returncode != 0 and not nobody.stdout, "every user can read it")
        check("all users" not in journal(), "the journal warns of the key")


def renewed_certificate_is_served():
    """the hook hands over a renewed certificate: it is served after the reload, and the main process stays"""
    with https():
        before = supervisor()
        check(update("192.0.2.24", "old") == "ok updated", "the update is refused")
        done = hand_over("new")
        check(done.returncode == 0, done.stdout + done.stderr)
        until(lambda: show("SubState") == "running", "running")
        until(lambda: is_served("new"), "the new certificate")
        check(not is_served("old"), "the old certificate is served")
        check(supervisor() == before and ask_udp(HOME) == ["192.0.2.24"], "something was lost")
        check(update("192.0.2.25", "new", ssl.TLSVersion.TLSv1_2) == "ok updated", "the update is refused")


def is_served(name):
    context = ssl.create_default_context(cafile=MADE / name / "fullchain.pem")
    try:
        with socket.create_connection((LOOPBACK, 443), PATIENCE) as client:
            context.wrap_socket(client, server_hostname="ns.example.org").close()
        return True
    except ssl.SSLCertVerificationError:
        return False


def wrong_key_is_refused():
    """the hook fails if the certificate and the key do not belong together, and the old ones stay in force"""
    with https():
        before = supervisor()
        done = hand_over("mixed")
        check(done.returncode != 0, "the hook says nothing")
        until(lambda: "the last reload was refused" in show("StatusText"), f"a status that says so: {show('StatusText')}")
        note(show("StatusText"))
        check(supervisor() == before and update("192.0.2.26", "old").startswith("ok"), "the old ones are not served")


STEPS = (socket_is_passed, https_activates, key_is_for_few, renewed_certificate_is_served, wrong_key_is_refused)

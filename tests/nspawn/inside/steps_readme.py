"""The lines of README.md and GUIDE.md that need systemd: backup, upgrade, migration, uninstalling, and installing again."""
import os
import socket
import subprocess
import time
from pathlib import Path

from bench import CONFIG, INSTALLED_CONFIG, SERVICE, Failed, check, note, run, show, systemctl
from client import HOME, PRINTER, ask_udp, serves, update
from steps_activation import add_address
from steps_load import nothing_is_lost_by

DOCUMENTS = Path("/usr/share/doc/nanodnsd")
PAGES = "".join((DOCUMENTS / name).read_text() for name in ("README.md", "GUIDE.md"))
PROXY_README = (DOCUMENTS / "contrib/proxy/README.md").read_text()
CLONE = Path("/acceptance/clone")  # has build/install/install_manifest.txt, and no sources
STATES = (Path("/var/lib/nanodnsd"), Path("/var/lib/private/nanodnsd"))
UNITS = ("nanodnsd-dns.socket", "nanodnsd-http.socket", "nanodnsd-control.socket", SERVICE)
INSTALLED = Path("/acceptance/installed.tar")


def block(section, number=1, word=""):
    """The shell lines of a section: of the NUMBER-th block that has the word."""
    text = PAGES.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    blocks = [one.partition("\n```\n")[0] for one in text.split("\n```sh\n")[1:]]
    found = [one for one in blocks if word in one]
    check(len(found) >= number, f"no page has a block {number} with {word!r} in {section!r}")
    return found[number - 1]


def paste(lines):
    """Runs lines as an administrator would, in the folder of the clone."""
    note("\n".join("# " + line for line in lines.splitlines()))
    done = subprocess.run(("bash", "-euc", lines), cwd=CLONE, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise Failed(f"exit {done.returncode}: {done.stdout}")
    return done.stdout


def drop_in_takes_effect():
    """the drop-in for other addresses takes effect while the service runs, even if they are added later"""
    text = PAGES.partition("\n## Run it under systemd\n")[2]
    take_effect = block("Run it under systemd", word="restart nanodnsd-dns.socket")
    drop_in = Path("/etc/systemd/system/nanodnsd-dns.socket.d/override.conf")
    drop_in.parent.mkdir()
    drop_in.write_text(text.partition("\n```ini\n")[2].partition("\n```\n")[0])
    try:
        paste(take_effect)
        check("udp 192.0.2.53 port 53" in show("StatusText"), f"the status is {show('StatusText')}")
        add_address("192.0.2.53")
        check(ask_udp(PRINTER, "192.0.2.53") == ["192.0.2.80"], "a wrong answer")
    finally:
        drop_in.unlink()
        drop_in.parent.rmdir()
        paste(take_effect)
    serves()


def proxy_names_the_client_over_a_unix_socket():
    """a proxy names the client over the Unix socket that the lines of contrib/proxy make"""
    lines = PROXY_README.partition("\n```sh\n")[2].partition("\n```\n")[0]
    try:
        paste(f"cd {DOCUMENTS}\n{lines}")
        with socket.socket(socket.AF_UNIX) as proxy:
            proxy.connect("/run/nanodnsd-http/socket")
            proxy.sendall(b"GET /myip HTTP/1.1\r\nHost: ns\r\nX-Forwarded-For: 192.0.2.5\r\n\r\n")
            reply = b"".join(iter(lambda: proxy.recv(4096), b""))
        check(reply.endswith(b"\r\n\r\n192.0.2.5"), f"the reply is {reply}")
    finally:
        drop_in = Path("/etc/systemd/system/nanodnsd-http.socket.d/unix-socket.conf")
        drop_in.unlink()
        drop_in.parent.rmdir()
        paste("\n".join(line for line in lines.splitlines() if "systemctl" in line))
    serves()


def stop_all():
    systemctl("stop", *UNITS)


def delete_state():
    run("rm", "-rf", *map(str, STATES))


def copy_of_state_can_be_put_back():
    """a copy of the state that was made while the service ran can be restored"""
    check(update("192.0.2.21") == "ok updated", "the update is refused")
    check("serial" in paste(block("Back up the state")), "nothing is said of the copy")
    check(update("192.0.2.22") == "ok updated", "the update is refused")
    paste(block("Back up the state", 2))
    check(ask_udp(HOME) == ["192.0.2.21"], f"it serves {ask_udp(HOME)}")
    check(update("192.0.2.22") == "ok updated", "the update is refused")


def copy_of_state_can_be_taken_to_a_new_machine():
    """a copy of the state can be moved to a machine that has none"""
    check(update("192.0.2.23").startswith("ok"), "the update is refused")
    paste(block("Back up the state"))
    stop_all()
    delete_state()
    paste(block("Back up the state", 2))
    check(ask_udp(HOME) == ["192.0.2.23"], f"it serves {ask_udp(HOME)}")
    check(update("192.0.2.24") == "ok updated", "the update is refused")


def restart_of_an_upgrade_loses_nothing():
    """the restart of an upgrade loses no query and no update"""
    lines = "\n".join(line for line in block("Upgrade it").splitlines() if "systemctl" in line)
    check("daemon-reload" in lines and "restart" in lines, f"the guide has {lines}")
    begin = time.monotonic()
    nothing_is_lost_by(lambda: paste(lines), 1)
    note(f"{time.monotonic() - begin:.2f} s, with the load before and after")


def old_state():
    """The state that the C nanodnsd has saved."""
    return f"[@.home]\nexpire={int(time.time()) + 3600}\na=192.0.2.31\n"


def migrate():
    """Migrates from a C nanodnsd that had its config in /etc, and whose state is in the right place."""
    CONFIG.rename("/etc/nanodnsd.conf")
    paste(block("Coming from the C nanodnsd"))
    paste("\n".join(block("Run it under systemd", word="editor ").splitlines()[-2:]))
    check(ask_udp(HOME) == ["192.0.2.31"], f"it serves {ask_udp(HOME)}")
    check(CONFIG.stat().st_mode & 0o777 == 0o640, "others may read the config")
    Path("/etc/nanodnsd.conf").unlink()


def state_of_the_old_unit_is_found():
    """the state of the C nanodnsd's unit is read"""
    stop_all()
    owner = STATES[1].stat()  # it had the same user and the same folder
    for path in STATES[1].iterdir():
        path.unlink()
    old = STATES[0] / "nanodnsd.state"
    old.write_text(old_state())
    os.chown(old, owner.st_uid, owner.st_gid)
    migrate()


def state_of_another_place_is_found():
    """the state of a C nanodnsd that had it in another place is read after it is copied"""
    stop_all()
    delete_state()
    Path("/root/old.state").write_text(old_state())
    paste(block("Coming from the C nanodnsd", 2))
    migrate()


def quick_start_serves_a_first_config():
    """README's quick start with nanodnsd --init serves what it has written"""
    stop_all()
    systemctl("disable", *UNITS)
    kept = CONFIG.rename("/root/kept.conf")
    try:
        options = ("--domain=dyn.example.org --nameserver=ns.dyn.example.org --email=hostmaster@example.org "
                   "--host=home --ipv4=192.0.2.53")
        printed = paste(block("Quick start").replace("nanodnsd --init", f"nanodnsd --init {options}"))
        check(f"\n{block('Quick start').splitlines()[-1]}\n" in printed, f"it prints {printed}")
        check(run("stat", "-c", "%a %U %G", str(CONFIG)).split() == ["640", "root", "nanodnsd-config"],
              "who may read the config")
        check(ask_udp("ns.dyn.example.org") == ["192.0.2.53"], "a wrong answer")
    finally:
        kept.rename(CONFIG)
        systemctl("restart", SERVICE)
    serves()


def uninstalls_and_installs_again():
    """uninstalling leaves only config and state, then nothing, and the guide's lines install it again"""
    files = (CLONE / "build/install/install_manifest.txt").read_text().split()
    run("tar", "-cf", str(INSTALLED), *files, stderr=subprocess.DEVNULL)
    paste(block("Uninstall it"))
    left = run("find", "/usr", "/etc/systemd", "-name", "*nanodnsd*")
    check(not left, f"left: {left}")
    check(CONFIG.exists() and (STATES[0] / "nanodnsd.state.0").exists(), "the config or the state is gone")
    paste(block("Uninstall it", 2))
    left = run("find", "/etc", "/var/lib", "/run/nanodnsd", "-name", "*nanodnsd*", may_fail=True)
    check(not left, f"left: {left}")
    run("tar", "-C", "/", "-xf", str(INSTALLED))
    lines = block("Run it under systemd", word="editor ")
    paste(lines.replace("editor ", "cp /acceptance/nanodnsd.conf "))
    serves()
    run("journalctl", "--sync")
    check("serving dyn.example.org" in paste(block("Run it under systemd", word="journalctl")), "no log is shown")


STEPS = (drop_in_takes_effect, proxy_names_the_client_over_a_unix_socket, copy_of_state_can_be_put_back,
         copy_of_state_can_be_taken_to_a_new_machine, restart_of_an_upgrade_loses_nothing,
         state_of_the_old_unit_is_found, state_of_another_place_is_found, quick_start_serves_a_first_config,
         uninstalls_and_installs_again)

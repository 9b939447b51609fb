"""The life of the Debian package: installed, configured, upgraded under load, removed and purged."""
import os
import re
import stat
import subprocess
from pathlib import Path

from bench import CONFIG, SERVICE, Failed, check, note, run, show, state, supervisor, systemctl, until
from client import HOME, TOKEN, ask_udp, serves, update
from steps_load import nothing_is_lost_by

HERE = Path(__file__).resolve().parent
OLD, NEW = (next((HERE / "packages" / one).glob("*.deb")) for one in ("old", "new"))
SOCKETS = tuple(f"nanodnsd-{one}.socket" for one in ("dns", "http", "https", "control", "metrics"))
STARTED = tuple(one for one in SOCKETS if "https" not in one)  # there is no certificate
UNITS = (*SOCKETS, SERVICE)
NAME_SERVER = "ns.dyn.example.org"
ANSWERS = (f"--domain={HOME.partition('.')[2]}", f"--nameserver={NAME_SERVER}", "--email=hostmaster@example.org",
           "--host=home", "--ipv4=198.51.100.53", "--ipv6=")
# What dpkg itself and the programs that an installation calls write, and what a booted system writes at any time.
OTHERS_FILES = re.compile(r"/(acceptance|var/(log|cache|lib/(dpkg|systemd))|tmp|run|proc|sys|dev)(/|$)|/etc/\w+-$"
                          r"|/etc/\.pwd\.lock$|/etc/(machine-id|resolv\.conf)$|/$")
files_before = {}


def dpkg(*arguments):
    """What the scripts of the package print, without the lines of dpkg itself."""
    done = subprocess.run(("dpkg", *map(str, arguments)), text=True, check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    note(f"# dpkg {' '.join(str(one).replace(str(HERE), '') for one in arguments)}\n{done.stdout}")
    if done.returncode != 0:
        raise Failed(f"dpkg: exit {done.returncode}")
    of_dpkg = r"\(Reading database|Selecting |Preparing |Unpacking |Setting up |Removing |Purging |dpkg: warning: downgrading"
    return [line for line in done.stdout.splitlines() if not re.match(of_dpkg, line)]


def version():
    return run("dpkg-query", "-W", "-f", "${Version}", "nanodnsd")


def as_user(name, *command):
    """The exit status, the standard output and the standard error."""
    done = subprocess.run(("runuser", "-u", name, "--", *command), capture_output=True, text=True, check=False)
    note(f"{name}$ {' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.returncode, done.stdout, done.stderr


def files():
    """Each file that others do not write, with all that tells whether it has changed."""
    found = {}
    for folder, folders, names in os.walk("/"):
        folders[:] = [one for one in folders if not OTHERS_FILES.match(os.path.join(folder, one))]
        for name in [*folders, *names]:
            path = os.path.join(folder, name)
            if not OTHERS_FILES.match(path):
                about = os.lstat(path)
                is_folder = stat.S_ISDIR(about.st_mode)
                content = Path(path).read_bytes() if path in ("/etc/group", "/etc/gshadow") else b""
                found[path] = (about.st_mode, about.st_uid, about.st_gid, 0 if is_folder else about.st_size, content)
    return found


def check_exposure():
    run("systemd-analyze", "verify", "--man=no", *UNITS, stderr=subprocess.STDOUT)
    found = run("systemd-analyze", "security", "--no-pager", "--threshold=2", SERVICE)
    note(found.splitlines()[-1])


def listening():
    table = Path("/proc/net/udp6").read_text() + Path("/proc/net/udp").read_text()
    return any(line.split()[1].endswith(":0035") for line in table.splitlines() if ":" in line)


def first_installation_starts_nothing():
    """a first installation brings no config, enables and starts nothing, and says in one line what to do"""
    files_before.update(files())
    said = dpkg("-i", OLD)
    check(said == ["For a first configuration of nanodnsd, run as root: nanodnsd --init"], f"it says {said}")
    units = {Path(one).name for one in run("dpkg", "-L", "nanodnsd").splitlines() if "/systemd/system/" in one}
    check(units == set(UNITS), f"the package has the units {units}")
    for unit in UNITS:
        check(systemctl("is-enabled", unit, may_fail=True) == "disabled", f"{unit} is enabled")
        check(show("ActiveState", unit) == "inactive", f"{unit} is active")
    check(not listening(), "somebody listens on port 53")
    check(not list(CONFIG.parent.iterdir()), "there is a config")
    check(stat.S_IMODE(CONFIG.parent.stat().st_mode) == 0o750, "others may read the folder of the config")
    check(run("getent", "group", "nanodnsd-admin").endswith(":"), "somebody is in the group nanodnsd-admin")
    check(not run("dpkg", "--verify", "nanodnsd"), "dpkg finds changed files")
    check(Path("/usr/share/man/man1/nanodnsctl.1.gz").exists(), "there is no manual")
    check_exposure()


def first_answer_is_by_activation():
    """nanodnsd --init writes a config; its line enables the service; the first query starts it and is answered"""
    said = run("nanodnsd", "--init", *ANSWERS)
    note(f"# nanodnsd --init {' '.join(ANSWERS)}\n{said}")
    check(not run("nanodnsd", "-n", stderr=subprocess.STDOUT).count("warning"), "-n warns of the config")
    group = int(run("getent", "group", "nanodnsd-config").split(":")[2])
    about = CONFIG.stat()
    check((stat.S_IMODE(about.st_mode), about.st_uid, about.st_gid) == (0o640, 0, group), "others may read the config")
    check("[control]" not in CONFIG.read_text(), "the config has a control socket, which a unit passes")
    line = next(one for one in said.splitlines() if one.startswith("systemctl enable --now"))
    run(*line.replace(" --now", "").split(), stderr=subprocess.STDOUT)
    sockets = [one for one in line.split() if one.endswith(".socket")]
    systemctl("start", *sockets, "nanodnsd-control.socket")
    check(state() == "inactive", f"the service is {state()} before the first query")
    check(ask_udp(NAME_SERVER) == ["198.51.100.53"], "the first answer is wrong")
    until(lambda: state() == "active", "active")
    run(*line.split(), stderr=subprocess.STDOUT)
    token = re.search(r"^token=(\S+)$", CONFIG.read_text(), re.MULTILINE)[1]
    check(update("192.0.2.7", token).startswith("ok updated"), "the first update is refused")
    check(ask_udp(HOME) == ["192.0.2.7"], "the first update is not served")
    note(f"$ dig {HOME}: {ask_udp(HOME)}; {show('StatusText')}")


def group_decides_who_may_use_nanodnsctl():
    """members of nanodnsd-admin may use nanodnsctl; to others it names the group"""
    run("useradd", "--groups", "nanodnsd-admin", "--no-create-home", "alice")
    try:
        status, output, _ = as_user("alice", "nanodnsctl", "status")
        check(status == 0 and "dyn.example.org" in output, f"exit {status}")
        check(as_user("alice", "nanodnsctl", "set", "home", "192.0.2.8")[0] == 0, "set fails")
        check(ask_udp(HOME) == ["192.0.2.8"], "what was set is not served")
        check(as_user("alice", "nanodnsctl", "hosts")[0] == 0, "hosts fails")
        check(as_user("alice", "nanodnsctl", "reload")[0] == 0, "reload fails")
        status, _, error = as_user("nobody", "nanodnsctl", "status")
        check(status == 5 and "nanodnsd-admin" in error, f"exit {status}: {error}")
        check(as_user("nobody", "nanodnsd", "-n")[0] != 0, "nobody may read the config")
    finally:
        run("userdel", "alice")


def upgrades_lose_nothing():
    """an upgrade under load, back and again: the service is restarted, every query and update is answered"""
    CONFIG.write_text((HERE / "nanodnsd.conf").read_text())
    run("nanodnsctl", "reload")
    check(update("192.0.2.9", TOKEN).startswith("ok"), "an update is refused")
    packages = [NEW, OLD, NEW]
    config = CONFIG.read_text()

    def upgrade():
        before = supervisor()
        check(not dpkg("-i", packages.pop(0)), "the package says something")
        check(supervisor() not in (0, before), "the service was not restarted")
    nothing_is_lost_by(upgrade, len(packages))
    check(version() == re.search(r"_(.*)_", NEW.name)[1], f"version {version()} is installed")
    check(CONFIG.read_text() == config and not list(CONFIG.parent.glob("*dpkg*")), "the config has changed")
    check(show("NRestarts") == "0", "the service has failed in between")
    check_exposure()


def upgrade_with_a_broken_config_goes_on():
    """if the new version refuses the config, the old processes go on, and the package says so"""
    config = CONFIG.read_text()
    before = supervisor()
    CONFIG.write_text(config + "[@broken]\na=this-is-no-address\n")
    said = dpkg("-i", NEW)
    check(len(said) == 1 and "nanodnsd -n" in said[0], f"it says {said}")
    check(supervisor() == before, "the service was restarted")
    serves()
    CONFIG.write_text(config)


def stopped_service_stays_stopped():
    """an upgrade does not start a service that was stopped"""
    systemctl("stop", *UNITS)
    dpkg("-i", NEW)
    check(state() == "inactive" and not listening(), "the service or a socket runs")


def removal_keeps_config_and_state():
    """removing stops service and sockets, and keeps config and state for the next installation"""
    run("systemctl", "enable", "--now", *STARTED, SERVICE, stderr=subprocess.STDOUT)
    check(update("192.0.2.10", TOKEN).startswith("ok"), "an update is refused")
    dpkg("-r", "nanodnsd")
    check(not listening(), "somebody listens on port 53")
    check(not run("systemctl", "list-units", "--all", "--no-legend", "nanodnsd*"), "units are left")
    links = [one for one in Path("/etc/systemd/system").rglob("*nanodnsd*")]
    check(not links, f"links are left: {links}")
    check(CONFIG.exists() and Path("/var/lib/nanodnsd/nanodnsd.state.0").exists(), "the config or the state is gone")
    check(not dpkg("-i", NEW), "it says what to do for a first configuration")
    check(state() == "inactive", "the service was started")
    run("systemctl", "enable", "--now", *STARTED, SERVICE, stderr=subprocess.STDOUT)
    check(ask_udp(HOME) == ["192.0.2.10"], f"it serves {ask_udp(HOME)}")


def purge_leaves_nothing():
    """a purge while the service runs leaves no file, no group and no process"""
    dpkg("-P", "nanodnsd")
    after = files()
    changed = sorted(path for path in files_before.keys() | after.keys() if files_before.get(path) != after.get(path))
    check(not changed, f"not as before: {changed}")
    check(not Path("/run/nanodnsd").exists() and not listening(), "something runs or is left in /run")
    note(f"{len(after)} files as before")


STEPS = (first_installation_starts_nothing, first_answer_is_by_activation, group_decides_who_may_use_nanodnsctl,
         upgrades_lose_nothing, upgrade_with_a_broken_config_goes_on, stopped_service_stays_stopped,
         removal_keeps_config_and_state, purge_leaves_nothing)

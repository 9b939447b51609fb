"""What each process is, sees and may do."""
import glob
import os
import re
import socket
from pathlib import Path

import proc
from bench import CHILDREN, SERVICE, Failed, check, journal, note, processes, run, show, systemctl, until
from client import LOOPBACK, PRINTER, add_address, ask_udp

NARROW = Path("/etc/systemd/system/nanodnsd-dns.socket.d/narrow-dns.conf")
OTHER = "192.0.2.201"  # an address that is not loopback

# Sends a datagram with the socket of another process, as an attacker would who had broken into it. 434 is
# pidfd_open and 438 is pidfd_getfd, on all architectures.
SENDER = r"""
use Socket qw(AF_INET6 inet_pton pack_sockaddr_in6);
my ($pid, $number, $address, $port) = @ARGV;
my $process = syscall(434, $pid + 0, 0);
my $copy = syscall(438, $process, $number + 0, 0);
$copy >= 0 && open(my $socket, '+<&=', $copy) or die "pidfd_getfd: $!";
print send($socket, 'hello', 0, pack_sockaddr_in6($port, inet_pton(AF_INET6, $address))) ? 'sent' : "$!";
"""

# Runs as the service's user in the mount namespace of a process, as an attacker would who had broken into it
# and was not stopped by a filter. Lists what can be read and what can be written. It is in Perl, which every
# Debian has, since it must call setns(2) and can load nothing after that. 308 is setns on x86-64.
INTRUDER = r"""
my ($pid, $uid, $gid, $number) = @ARGV;
open(my $namespace, '<', "/proc/$pid/ns/mnt") or die "namespace: $!";
syscall($number + 0, fileno($namespace), 0) == 0 or die "setns: $!";
chdir('/') or die "chdir: $!";
$) = "$gid $gid"; $( = $gid; $> = $uid; $< = $uid;
$> == $uid && $< == $uid or die "still root";
my @folders = ('/');
while (defined(my $folder = shift @folders)) {
    next if $folder =~ m{^/proc/};
    my $probe = ($folder eq '/' ? '' : $folder) . '/probe';
    if (open(my $made, '>', $probe)) { print "writes $folder\n"; unlink $probe; }
    opendir(my $handle, $folder) or next;
    for my $name (readdir $handle) {
        next if $name eq '.' || $name eq '..';
        my $path = ($folder eq '/' ? '' : $folder) . "/$name";
        if (-l $path) { next; }
        if (-d _) { push @folders, $path; next; }
        next if !-f _;
        print "reads $path\n" if open(my $opened, '<', $path);
        print "changes $path\n" if open(my $changed, '+<', $path);
    }
}
"""
SETNS = {"x86_64": 308, "aarch64": 268}
PRCTL = {"x86_64": 157, "aarch64": 167}


def status(pid):
    """/proc/PID/status as a dictionary."""
    lines = proc.read(pid, "status").splitlines()
    return {line.partition(":")[0]: line.partition(":")[2].strip() for line in lines}


def user_is_dynamic():
    """the user is made for the service, and no other service uses it"""
    uids = {name: status(pid)["Uid"].split() for name, pid in processes().items()}
    uid = uids["supervisor"][0]
    note(f"uid {uid}, group {show('Group')}")
    check(61184 <= int(uid) <= 65519, f"{uid} is none of systemd's dynamic users")
    check(all(set(one) == {uid} for one in uids.values()), f"users differ: {uids}")
    for table in ("/etc/passwd", "/etc/shadow"):
        check("nanodnsd" not in Path(table).read_text(), f"{table} knows it")
    check(int(uid) not in [int(line.split(":")[2]) for line in Path("/etc/passwd").read_text().splitlines()],
          "another service uses it")


def processes_have_no_rights():
    """no process has a capability or can get one, and each has its own filter on top of the unit's"""
    filters = {}
    for name, pid in processes().items():
        has = status(pid)
        for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            check(int(has[kind], 16) == 0, f"{name} has {kind} {has[kind]}")
        check(has["NoNewPrivs"] == "1" and has["Seccomp"] == "2", f"{name} has no filter")
        filters[name] = int(has["Seccomp_filters"])
        if name != "supervisor":
            environment = proc.read(pid, "environ")
            check(not environment, f"{name} has an environment: {environment}")
    check(all(filters[child] > filters["supervisor"] for child in CHILDREN), f"filters: {filters}")
    note(f"filters: {filters}")


def network_is_empty():
    """each process is in an empty network namespace"""
    ours = os.readlink("/proc/self/ns/net")
    for name, pid in processes().items():
        check(os.readlink(f"/proc/{pid}/ns/net") != ours, f"{name} is in the machine's network")
        interfaces = proc.read(pid, "net/dev").splitlines()[2:]
        check([line.split(":")[0].strip() for line in interfaces] == ["lo"], f"{name} has {interfaces}")
        routes = proc.read(pid, "net/route").splitlines()[1:]
        check(not routes, f"{name} has routes: {routes}")
        for table in ("udp", "udp6", "tcp", "tcp6"):
            check(len(proc.read(pid, f"net/{table}").splitlines()) == 1,
                  f"{name} has a {table} socket in its own network")
    note("one interface, lo; no route; no socket of its own")


def libraries():
    """The libraries that the executables need, with the paths that the loader finds."""
    found = set()
    for program in ["/usr/bin/nanodnsd"] + glob.glob("/usr/libexec/nanodnsd/*"):
        for path in re.findall(r"(/\S+) \(0x", run("ldd", program)):
            found.add(os.path.realpath(path))
    return found


def root_holds_what_a_start_needs():
    """the root holds what a start needs and nothing else, and only the state can be written"""
    allowed = {"/etc/nanodnsd/nanodnsd.conf", "/usr/bin/nanodnsd"}
    allowed |= {f"/var/lib/nanodnsd/nanodnsd.state.{number}" for number in (0, 1)}
    names = {os.path.basename(path) for path in libraries()}
    # systemd puts it in each service's own root since version 254; it is no secret
    shown = {"/run/host/.os-release-stage/os-release"}
    for name, pid in processes().items():
        has = status(pid)
        found = run("perl", "-e", INTRUDER, str(pid), has["Uid"].split()[0], has["Gid"].split()[0],
                    str(SETNS[os.uname().machine]))
        seen = {"reads": set(), "writes": set(), "changes": set()}
        for line in found.splitlines():
            verb, path = line.split(" ", 1)
            seen[verb].add(path)
        more = {path for path in seen["reads"] - allowed - shown
                if os.path.basename(os.path.realpath(path)) not in names}
        check(not more, f"{name} can read {len(more)} other files: {sorted(more)[:20]}")
        check(seen["reads"] >= allowed, f"{name} lacks {allowed - seen['reads']}")
        check(seen["writes"] == {"/var/lib/nanodnsd"}, f"{name} can write in {sorted(seen['writes'])}")
        check(all(path.startswith("/var/lib/nanodnsd/") for path in seen["changes"]),
              f"{name} can change {sorted(seen['changes'])}")
    for path in sorted(seen["reads"]):
        note(f"{path}, and can change it" if path in seen["changes"] else path)
    note(f"can make files in {sorted(seen['writes'])}")


def sandbox_is_complete():
    """the unit's root counts as empty, and one short line says that only layers that the kernel lacks are missing"""
    version = run("perl", "-e", "my $v = syscall(444, 0, 0, 1); print $v < 0 ? \"no: $!\" : $v")
    get_mdwe = f"print syscall({PRCTL[os.uname().machine]}, 66, 0, 0, 0, 0) < 0 ? 0 : 1"
    has_mdwe = run("perl", "-e", get_mdwe) == "1"
    systemctl("restart", SERVICE)
    line = until(lambda: re.search(r"sandbox: (.*)", journal()), "the line about the sandbox")[1]
    note(f"Landlock of this kernel: {version}; PR_SET_MDWE: {has_mdwe}; sandbox: {line}")
    if not version.startswith("no") and has_mdwe:
        check(line == "complete", f"this kernel has all, and the sandbox is {line}")
    check("empty" not in line, f"the unit's empty root and network do not count: {line}")
    check(("Landlock" in line) == version.startswith("no"), f"Landlock of this kernel is {version}: {line}")
    check(("executable memory" in line) != has_mdwe, f"PR_SET_MDWE of this kernel: {has_mdwe}: {line}")


def dns_socket_of(pid):
    """The descriptor of the responder's UDP socket."""
    inodes = [line.split()[9] for line in Path("/proc/net/udp6").read_text().splitlines()[1:]
              if line.split()[1].endswith(":0035")]
    for number, leads_to in proc.descriptors(pid).items():
        if leads_to in [f"socket:[{inode}]" for inode in inodes]:
            return number
    raise Failed("the responder has no UDP socket")


def reached_from_responder(address):
    """Whether a datagram that is sent with the responder's socket arrives at another socket with the address."""
    responder = processes()["responder"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as target:
        target.bind((address, 0))
        target.setblocking(False)
        said = run("perl", "-e", SENDER, str(responder), dns_socket_of(responder), f"::ffff:{address}",
                   str(target.getsockname()[1]))
        note(f"port 53 to {address}: {said}")
        try:
            return target.recv(100) == b"hello"  # over loopback, it is there when send(2) returns
        except BlockingIOError:
            return False


def dns_sockets_can_be_narrowed():
    """the optional drop-in keeps a responder from sending UDP to loopback"""
    add_address(OTHER)
    NARROW.parent.mkdir()
    try:
        check(reached_from_responder(LOOPBACK) and reached_from_responder(OTHER),
              "what the drop-in prevents is not possible without it either")
        check(ask_udp(PRINTER) == ["192.0.2.80"], "no answer without the drop-in")
        NARROW.write_text(Path("/usr/share/doc/nanodnsd/examples/narrow-dns.conf").read_text())
        systemctl("daemon-reload")
        systemctl("restart", "nanodnsd-dns.socket", SERVICE)
        check(not reached_from_responder(LOOPBACK), "the responder still reaches loopback")
        check(reached_from_responder(OTHER), "the responder reaches nothing")
        check(ask_udp(PRINTER, OTHER, source=OTHER) == ["192.0.2.80"], "no answer to another address")
        note(f"{OTHER} is answered")
        try:
            check(not ask_udp(PRINTER, patience=1), "loopback is answered")
        except TimeoutError:
            note(f"{LOOPBACK} is not answered")
    finally:
        NARROW.unlink(missing_ok=True)
        NARROW.parent.rmdir()
        systemctl("daemon-reload")
        systemctl("restart", "nanodnsd-dns.socket", SERVICE)


STEPS = (user_is_dynamic, processes_have_no_rights, network_is_empty, root_holds_what_a_start_needs,
         sandbox_is_complete, dns_sockets_can_be_narrowed)

"""The acceptance test of a platform: a whole life of the daemon, as root and as an ordinary user."""
import fcntl
import os
import platform
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

import bench
import calls
import proc
from bench import Daemon, check, until
from client import HOME, PRINTER, ask_tcp, ask_udp, update

HERE = Path(__file__).resolve().parent
CONFIG = (HERE / "nanodnsd.conf").read_text()


def bring_loopback_up():
    """In the network namespace of this run. There an ordinary user may bind ports below 1024."""
    get_flags, set_flags, up = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        answer = fcntl.ioctl(any_socket, get_flags, struct.pack("16sH14x", b"lo", 0))
        flags = struct.unpack("16sH14x", answer)[1]
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sH14x", b"lo", flags | up))
    Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").write_text("0")


def serves(address):
    check(ask_udp(HOME) == [address], f"UDP: {ask_udp(HOME)} in place of {address}")
    check(ask_tcp(HOME) == [address], f"TCP: {ask_tcp(HOME)} in place of {address}")
    check(ask_udp(PRINTER) == ["192.0.2.80"], "UDP: another address of a static host")


def takes(address):
    reply = update(address)
    check(reply == "ok updated\n" or reply == "ok updated", f"an update is answered {reply!r}")
    serves(address)


def refused_by_own_kernel():
    """What the kernel logs about processes that a filter has killed. Only in an emulator are all of them ours. On
    ARM there is such a line, with the call -1, for a process that is killed while a tracer holds it at a call."""
    if "NANODNSD_OWN_KERNEL" not in os.environ:
        return []
    said = subprocess.run(["dmesg"], capture_output=True, text=True, check=True).stdout
    return [line for line in said.splitlines() if "type=1326" in line and " syscall=-1 " not in line]


class Steps:
    """The steps of the daemon's life, in order."""

    def __init__(self, who, uid):
        self.who = who
        self.control = f"/tmp/{who}/control"
        self.config = f"{CONFIG}[control]\nsocket={self.control}\n"
        self.daemon = Daemon(f"/tmp/{who}", uid, self.config)
        self.kernel_said = len(refused_by_own_kernel())

    def is_checked(self):
        """-n finds no error"""
        done = subprocess.run(self.daemon.command("-n"), capture_output=True, text=True, check=False,
                              timeout=2 * bench.PATIENCE, **self.daemon.identity())
        check(done.returncode == 0, f"-n: {done.returncode}\n{done.stdout}{done.stderr}")

    def starts(self):
        """starts"""
        self.daemon.start()
        self.daemon.all_children()

    def is_updated(self):
        """update, UDP, TCP"""
        takes("192.0.2.1")

    def has_status(self):
        """nanodnsctl status"""
        done = subprocess.run(["nanodnsctl", "-S", self.control, "status"], capture_output=True, text=True, check=False,
                              timeout=2 * bench.PATIENCE, **self.daemon.identity())
        check(done.returncode == 0 and " serves dyn.example.org, serial " in done.stdout,
              f"exit {done.returncode}\n{done.stdout}{done.stderr}")
        mine = {str(pid) for pid in self.daemon.all_children().values()}
        check(mine <= set(done.stdout.split()), f"it shows other processes than {mine}:\n{done.stdout}")

    def reloads(self):
        """reload"""
        before = self.daemon.all_children()
        self.daemon.config.write_text(self.config + "[@more]\na=192.0.2.81\n")
        self.daemon.reload()
        until(lambda: self.daemon.all_children()["responder"] != before["responder"], "an end of the old responder")
        check(ask_udp("more.dyn.example.org") == ["192.0.2.81"], "a new host is not served")
        serves("192.0.2.1")
        takes("192.0.2.2")

    def outlives(self, name, address):
        before = self.daemon.all_children()[name]
        os.kill(before, signal.SIGKILL)
        until(lambda: self.daemon.children().get(name, before) != before, f"another {name}")
        takes(address)

    def outlives_responder(self):
        """kill -9 of the responder"""
        self.outlives("responder", "192.0.2.3")

    def outlives_updater(self):
        """kill -9 of the updater"""
        self.outlives("updater", "192.0.2.4")

    def outlives_keeper(self):
        """kill -9 of the keeper"""
        self.outlives("keeper", "192.0.2.5")

    def ends_as_one(self):
        """kill -9 of the supervisor leaves no process"""
        mine = proc.children(self.daemon.pid())
        os.kill(self.daemon.pid(), signal.SIGKILL)
        self.daemon.process.wait()
        until(lambda: not any(map(proc.is_alive, mine)), "an end of all children")

    def remembers(self):
        """restart with its state"""
        self.daemon.start()
        serves("192.0.2.5")
        takes("192.0.2.6")

    def ends(self):
        """stop, and restart with its state"""
        mine = proc.children(self.daemon.pid())
        self.daemon.end()
        check(not any(map(proc.is_alive, mine)), "a child is left")
        self.daemon.start()
        serves("192.0.2.6")
        self.daemon.end()

    def is_counted(self):
        """count of the calls that the filters saw"""
        trace = self.daemon.folder / "trace"
        self.daemon.start(("strace", "-f", "-qq", "-s", "64", "-o", str(trace)))
        takes("192.0.2.7")
        self.daemon.reload()
        takes("192.0.2.8")
        self.daemon.end()
        counts = calls.under_filters(trace.read_text(errors="replace").splitlines())
        print(calls.report(counts))
        check({"nanodnsd", *(f"nanodnsd-{name}" for name in bench.CHILDREN)} <= counts.keys(),
              f"calls of {sorted(counts)} alone")

    def was_refused_nothing(self):
        """no process was killed by its filter"""
        self.daemon.kill()
        refused = self.daemon.refused_calls() + refused_by_own_kernel()[self.kernel_said:]
        check(not refused, "\n".join(refused))

    # is_counted is for root: only root may read the memory of a process that is not dumpable.
    ORDER = (is_checked, starts, is_updated, has_status, reloads, outlives_responder, outlives_updater, outlives_keeper,
             ends_as_one, remembers, ends, is_counted, was_refused_nothing)

    def named(self):
        order = [step for step in self.ORDER if self.who == "root" or step is not Steps.is_counted]
        return [(f"{self.who}: {step.__doc__}", lambda step=step: step(self)) for step in order]

    def last_words(self):
        """The end of the log, and the kernel's lines about refused calls: shown after a failure."""
        return "\n".join(self.daemon.text().splitlines()[-25:] + refused_by_own_kernel()[-10:])


bring_loopback_up()
os.umask(0o022)
print(f"{platform.machine()}, {8 * struct.calcsize('P')} bits, Linux {platform.release()}, libc {platform.libc_ver()[1]}, pages of "
      f"{os.sysconf('SC_PAGESIZE')} bytes")
total_passed = total_failed = 0
for name, number in (("root", 0), ("user", 1000)):
    one = Steps(name, number)
    passed, failed = bench.run_steps(one.named(), one.last_words)
    total_passed += passed
    total_failed += failed
    for said in [text for text in one.daemon.text().splitlines() if "sandbox" in text.lower()][:2]:
        print(f"{one.who} is told: {said}")
print(f"acceptance: {total_passed} passed, {total_failed} failed", flush=True)
sys.exit(0 if total_failed == 0 else 1)

"""A server of the bench: how it is started, asked, measured and stopped. The echo, and our daemon.

The others are in peers.py.
"""
import dataclasses
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import processes
import zone

PATIENCE = 60  # seconds until a server that should answer counts as failed
COOKIE_SECRET = "00112233445566778899aabbccddeeff"


@dataclasses.dataclass
class Setup:
    """What a server must do in a scenario."""
    hosts: int = 100
    wildcard: bool = False  # listens on all addresses
    cookies: bool = False   # makes and checks DNS cookies, even if that is not its default
    updates: bool = False   # accepts and stores updates
    workers: int = 1
    pinned: bool = True     # to the servers' CPU, if there is one
    many_connections: bool = True  # enough for the load; otherwise the server's default


class Server:
    """Stops at the end of its block. Subclasses start the server in `serve`."""
    name = "?"
    address = "127.0.0.1"
    next_port = 5300

    def __init__(self, lab, setup):
        self.lab = lab
        self.setup = setup
        self.port = self.free_port()
        self.folder = Path(lab.folder) / f"{self.name}-{self.port}"
        self.folder.mkdir()
        self.log = self.folder / "log"
        self.process = None
        self.serial = 1  # of the zone; the address of `probe` follows it

    @staticmethod
    def free_port():
        """A free port. The network namespace is the bench's own, so no other process takes it."""
        Server.next_port += 1
        return Server.next_port

    @property
    def listen(self):
        return "0.0.0.0" if self.setup.wildcard else self.address

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o644)
        return path

    def copied(self, program):
        """A copy of the program. AppArmor's profiles depend on the path and deny access to such folders."""
        copy = self.folder / Path(program).name
        if not copy.exists():
            shutil.copy(program, copy)
        return copy

    @property
    def probe(self):
        return f"192.0.2.{self.serial % 250}"

    def write_zone(self):
        path = self.write("zone", zone.zone_file(self.setup.hosts, self.probe, self.serial))
        changed = time.time() - 1e6 + self.serial * 10  # some servers compare whole seconds
        os.utime(path, (changed, changed))

    def launch(self, *command):
        cpu = self.lab.server_cpu if self.setup.pinned else None
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.folder, preexec_fn=processes.pinned(cpu))

    def configure(self):
        """Writes what the server reads."""
        raise NotImplementedError

    def command(self):
        raise NotImplementedError

    def start(self):
        self.configure()
        self.start_again()
        self.check_answers()
        return self

    def check_answers(self):
        """Whether it serves the zone up to the last host."""
        host = self.setup.hosts - 1
        for rdtype, data in ((zone.A, socket.inet_pton(socket.AF_INET, zone.address4(host))),
                             (zone.AAAA, socket.inet_pton(socket.AF_INET6, zone.address6(host)))):
            reply = self.exchange(zone.query(zone.name(host), rdtype))
            if data not in reply:
                raise RuntimeError(f"{self.name} has no record {rdtype} of {zone.name(host)}")

    def start_again(self):
        """Returns when it answers; `seconds_to_answer` is how long that took."""
        begin = time.monotonic()
        self.launch(*self.command())
        self.seconds_to_answer = self.wait_for_probe() - begin
        return self

    def wait_for_probe(self):
        """Waits until `probe` has its address; returns the time."""
        question = zone.query(f"probe.{zone.APEX}", zone.A, number=0x1234)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            reply = self.exchange(question, 0.02)
            if socket.inet_aton(self.probe) in reply and reply[:2] == question[:2]:
                return time.monotonic()
            time.sleep(0.0005)
        raise RuntimeError(f"{self.name} does not serve:\n{self.log.read_text()[-3000:]}")

    def exchange(self, message, patience=PATIENCE):
        """The reply over UDP, or None."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(patience)
            try:
                client.connect((self.address, self.port))
                client.send(message)
                return client.recv(4096)
            except OSError:
                return b""

    def reload(self):
        """Gives `probe` another address. Returns the seconds from the command to the first answer with it."""
        self.serial += 1
        self.write_zone()
        begin = time.monotonic()
        self.tell_to_reload()
        return self.wait_for_probe() - begin

    def tell_to_reload(self):
        self.process.send_signal(signal.SIGHUP)

    def cpu_ns(self):
        return processes.cpu_ns(self.process.pid)

    def stop(self):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Echo(Server):
    """The kernel's share of every server (echo.c)."""
    name = "echo"

    def start_again(self):
        self.launch(*self.command())
        while not self.exchange(zone.query(zone.APEX, zone.A), 0.1) and self.process.poll() is None:
            time.sleep(0.01)
        return self

    def check_answers(self):
        pass

    def configure(self):
        pass

    def command(self):
        return [self.lab.program("echo"), f"address={self.listen}", f"port={self.port}",
                f"pktinfo={int(self.setup.wildcard)}", f"workers={self.setup.workers}"]

    @staticmethod
    def version(_):
        return "recvmmsg and sendmmsg of 32"


class Ours(Server):
    """The daemon of the build, copied to where the user `nobody` can read it."""
    name = "nanodnsd"

    def __init__(self, lab, setup):
        super().__init__(lab, setup)
        self.http_port = self.free_port()
        (self.folder / "libexec/nanodnsd").mkdir(parents=True)
        (self.folder / "bin").mkdir()
        shutil.copy(lab.build / "bin/nanodnsd", self.folder / "bin")
        for program in (lab.build / "libexec/nanodnsd").iterdir():
            if program.suffix != ".map":
                shutil.copy(program, self.folder / "libexec/nanodnsd")

    def configure(self):
        self.write_zone()
        state = self.folder / "state"
        state.mkdir(exist_ok=True)
        state.chmod(0o755)  # root's: nanodnsd refuses a folder that others may write

    def write_zone(self):
        listen = "" if self.setup.wildcard else f"listen = {self.address}\n"
        workers = f"workers = {self.setup.workers}\n" if self.setup.workers > 1 else ""
        dns, http = (512, 256) if self.setup.many_connections else (16, 16)
        self.write("nanodnsd.conf", f"""[server]
domain = {zone.APEX}
nameserver = ns.example.test
email = hostmaster@example.test
ttl = {zone.TTL}
rate_limit = 4000000000
{listen}{workers}
[udp]
port = {self.port}
[tcp]
port = {self.port}
connections = {dns}
timeout = 30s
[http]
port = {self.http_port}
connections = {http}
timeout = 30s
{listen}
{zone.config(self.setup.hosts, self.probe)}""")

    def command(self):
        return [self.folder / "bin/nanodnsd", "-c", self.folder / "nanodnsd.conf",
                "-s", self.folder / "state/nanodnsd.state"]

    @staticmethod
    def version(lab):
        said = subprocess.run([lab.build / "bin/nanodnsd", "-V"], check=False, capture_output=True, text=True)
        found = re.search(r"\d+\.\d+\S*", said.stdout + said.stderr)
        return found[0] if found else "?"

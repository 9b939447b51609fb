"""Starts our daemon and Debian's name servers, each on its own address, and waits until they serve."""
import base64
import http.client
import json
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rcode

PATIENCE = 30  # seconds until a server that should serve counts as failed


class Server:
    """A process with a folder, an address, and its port 53. Stops at the end of its block."""

    def __init__(self, folder, address, name):
        self.address = address
        self.name = name
        self.folder = Path(folder) / f"{name}-{address}"
        self.folder.mkdir()
        self.log = self.folder / "log"
        self.process = None

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def start(self, command, probe, rcode=dns.rcode.NOERROR):
        """Returns when `probe` (name, type) is answered with `rcode`."""
        with self.log.open("w") as log:
            self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, cwd=self.folder)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if self.ask(*probe, timeout=0.2).rcode() == rcode:
                    return self
            except (dns.exception.DNSException, OSError):
                time.sleep(0.02)
        raise RuntimeError(f"{self.name} does not serve:\n{self.log.read_text()[-3000:]}")

    def ask(self, name, rdtype, timeout=PATIENCE, tcp=False, **how):
        query = dns.message.make_query(name, rdtype, **how)
        return (dns.query.tcp if tcp else dns.query.udp)(query, self.address, timeout=timeout)

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process:
            self.stop()


def copied(program, folder):
    """A copy of the program. AppArmor's profiles depend on the path and deny access to temporary folders."""
    copy = Path(folder) / Path(program).name
    shutil.copy(program, copy)
    return copy


class Ours(Server):
    """The daemon and nanodnsctl of the build, installed where the user `nobody` can read it."""

    def __init__(self, folder, build, *addresses):
        super().__init__(folder, addresses[0], "nanodnsd")
        self.addresses = addresses
        (self.folder / "libexec/nanodnsd").mkdir(parents=True)
        (self.folder / "bin").mkdir()
        for program in ("nanodnsd", "nanodnsctl"):
            shutil.copy(Path(build) / "bin" / program, self.folder / "bin")
        for program in (Path(build) / "libexec/nanodnsd").iterdir():
            if program.suffix != ".map":
                shutil.copy(program, self.folder / "libexec/nanodnsd")

    def serve(self, config, probe):
        """`config` has no addresses to listen on: `[server]` with its keys first, then hosts."""
        listen = (f"[server]\nlisten = {' '.join(self.addresses)}\n"
                  "[udp]\nport = 53\n[tcp]\nport = 53\ntimeout = 30s\n"
                  f"[http]\nport = 80\nlisten = {self.address}\n")
        path = self.write("nanodnsd.conf", config + listen)
        path.chmod(0o644)
        state = self.folder / "state"
        state.mkdir()
        state.chmod(0o755)  # root's: nanodnsd refuses a folder that others may write
        return self.start([self.folder / "bin/nanodnsd", "-c", path, "-s", state / "nanodnsd.state"], probe)

    def statistics(self):
        """The responder's counters: {"requests": {"udp": number}}."""
        before = self.log.stat().st_size
        self.process.send_signal(signal.SIGUSR1)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            figures = {heading: {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", rest)}
                       for heading, rest in re.findall(r"(\w+): (\w+=.*)\n", self.log.read_text()[before:])}
            if "cookies" in figures:
                return figures
            time.sleep(0.01)
        raise RuntimeError(f"no statistics:\n{self.log.read_text()}")

    def update(self, query):
        """The status and text of an update."""
        connection = http.client.HTTPConnection(self.address, 80, timeout=PATIENCE)
        connection.request("GET", "/api/update?" + query)
        reply = connection.getresponse()
        return reply.status, reply.read().decode()

    def change_challenge(self, path, fqdn, value, key):
        """`path`: present or cleanup, in the dialect httpreq."""
        connection = http.client.HTTPConnection(self.address, 80, timeout=PATIENCE)
        basic = "Basic " + base64.b64encode(f"x:{key}".encode()).decode()
        connection.request("POST", f"/{path}", json.dumps({"fqdn": fqdn, "value": value}), {"Authorization": basic})
        reply = connection.getresponse()
        if reply.status != 200:
            raise RuntimeError(f"{path} of {fqdn} got {reply.status} {reply.read().decode()}")


class Nsd(Server):
    """NSD, with a zone file for each zone: {"example.org.": text}."""

    def __init__(self, folder, *addresses):
        super().__init__(folder, addresses[0], "nsd")
        self.addresses = addresses

    def serve(self, zones, probe, more=""):
        listen = "\n".join(f"    ip-address: {address}" for address in self.addresses)
        config = f"""server:
{listen}
    port: 53
    username: ""
    database: ""
    zonesdir: "{self.folder}"
    zonelistfile: "{self.folder}/zone.list"
    pidfile: "{self.folder}/pid"
    xfrdfile: "{self.folder}/xfrd.state"
    logfile: "{self.folder}/nsd.log"
    server-count: 1
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
{more}
remote-control:
    control-enable: no
"""
        for number, (zone, text) in enumerate(zones.items()):
            self.write(f"{number}.zone", text)
            config += f"zone:\n    name: {zone}\n    zonefile: {number}.zone\n"
        return self.start(["/usr/sbin/nsd", "-d", "-c", self.write("nsd.conf", config)], probe)


class Knot(Server):
    """Knot DNS, with a zone file for each zone."""

    def __init__(self, folder, address):
        super().__init__(folder, address, "knot")

    def serve(self, zones, probe, more_of_server="", templates=""):
        config = f"""server:
    rundir: "{self.folder}"
    listen: {self.address}@53
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
{more_of_server}
log:
  - target: stderr
    any: info
database:
    storage: "{self.folder}"
{templates}
zone:
"""
        for number, (zone, text) in enumerate(zones.items()):
            path = self.write(f"{number}.zone", text)
            config += f"  - domain: {zone}\n    file: {path}\n    journal-content: none\n"
        return self.start(["/usr/sbin/knotd", "-c", self.write("knot.conf", config)], probe)


class Unbound(Server):
    """A resolver that asks `upstream` for `zone`, as `how` says: stub-zone or forward-zone."""

    def __init__(self, folder, address, minimises=True):
        super().__init__(folder, address, "unbound")
        self.minimises = "yes" if minimises else "no"

    def serve(self, how, zone, upstream, probe, more=""):
        host = "forward-addr" if how == "forward-zone" else "stub-addr"
        config = f"""server:
    interface: {self.address}
    port: 53
    username: ""
    chroot: ""
    directory: "{self.folder}"
    pidfile: "{self.folder}/pid"
    use-syslog: no
    qname-minimisation: {self.minimises}
    verbosity: 1
    num-threads: 1
    do-not-query-localhost: no
    access-control: 127.0.0.0/8 allow
{more}
remote-control:
    control-enable: no
{how}:
    name: {zone}
    {host}: {upstream}
"""
        program = copied("/usr/sbin/unbound", self.folder)
        return self.start([program, "-d", "-p", "-c", self.write("unbound.conf", config)], probe)


class Named(Server):
    """BIND's resolver, which sends DNS cookies; asks as unbound does."""

    def __init__(self, folder, address):
        super().__init__(folder, address, "named")

    def serve(self, how, zone, upstream, probe):
        zone_type = f"forward; forward only; forwarders {{ {upstream}; }};"
        if how == "stub-zone":
            zone_type = f"static-stub; server-addresses {{ {upstream}; }};"
        config = f"""options {{
    directory "{self.folder}";
    pid-file "{self.folder}/pid";
    session-keyfile "{self.folder}/session.key";
    listen-on {{ {self.address}; }};
    listen-on-v6 {{ none; }};
    allow-query {{ any; }};
    recursion yes;
    dnssec-validation no;
    empty-zones-enable no;
    max-cache-size 16m;
}};
zone "{zone}" {{ type {zone_type} }};
controls {{ }};
"""
        program = copied("/usr/sbin/named", self.folder)
        return self.start([program, "-g", "-n", "1", "-c", self.write("named.conf", config)], probe)

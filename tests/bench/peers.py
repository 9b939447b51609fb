"""NSD, Knot DNS, BIND and PowerDNS as packaged by Debian, each with one thread that answers.

They keep no log of queries, limit no rates, and answer with what was asked for alone, as ours does.
"""
import re
import subprocess

import zone
from servers import COOKIE_SECRET, Server


def said_by(*command):
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    found = re.search(r"\d+\.\d+(\.\d+)?", done.stdout + done.stderr)
    return found[0] if found else "?"


class Nsd(Server):
    name = "nsd"

    def configure(self):
        self.write_zone()
        cookies = ""
        if self.setup.cookies:
            cookies = f'    answer-cookie: yes\n    cookie-secret: "{COOKIE_SECRET}"\n'
        self.write("nsd.conf", f"""server:
    ip-address: {self.listen}
    port: {self.port}
    username: ""
    database: ""
    zonesdir: "{self.folder}"
    zonelistfile: "{self.folder}/zone.list"
    pidfile: "{self.folder}/pid"
    xfrdfile: "{self.folder}/xfrd.state"
    logfile: "{self.folder}/nsd.log"
    server-count: {self.setup.workers}
    tcp-count: 512
    tcp-timeout: 30
    minimal-responses: yes
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
{cookies}
remote-control:
    control-enable: no
zone:
    name: {zone.APEX}
    zonefile: zone
""")

    def command(self):
        return ["/usr/sbin/nsd", "-d", "-c", self.folder / "nsd.conf"]

    @staticmethod
    def version(_):
        return said_by("/usr/sbin/nsd", "-v")


class Knot(Server):
    """Syncs its journal with each change (journal-db-mode: robust, the default)."""
    name = "knot"

    def configure(self):
        self.write_zone()
        cookies = module = updates = acl = ""
        if self.setup.cookies:
            cookies = f"mod-cookies:\n  - id: bench\n    secret: 0x{COOKIE_SECRET}\n"
            module = "    global-module: mod-cookies/bench\n"
        if self.setup.updates:
            # The default, the whole zone file after each update, is not used with many updates.
            updates = "    acl: bench\n    zonefile-sync: -1\n"
            acl = "acl:\n  - id: bench\n    address: 127.0.0.0/8\n    action: update\n"
        self.write("knot.conf", f"""server:
    rundir: "{self.folder}"
    listen: {self.listen}@{self.port}
    udp-workers: {self.setup.workers}
    tcp-workers: {self.setup.workers}
    background-workers: 1
    tcp-max-clients: 512
    tcp-idle-timeout: 30
log:
  - target: stderr
    any: warning
database:
    storage: "{self.folder}"
{cookies}{acl}template:
  - id: default
    storage: "{self.folder}"
{module}zone:
  - domain: {zone.APEX}
    file: zone
{updates}""")

    def command(self):
        return ["/usr/sbin/knotd", "-c", self.folder / "knot.conf"]

    @staticmethod
    def version(_):
        return said_by("/usr/sbin/knotd", "-V")


class Bind(Server):
    """Makes cookies by default, and syncs its journal with each update."""
    name = "bind"

    def configure(self):
        self.write_zone()
        updates = "allow-update { 127.0.0.0/8; };" if self.setup.updates else ""
        self.write("named.conf", f"""options {{
    directory "{self.folder}";
    pid-file "{self.folder}/pid";
    session-keyfile "{self.folder}/session.key";
    listen-on port {self.port} {{ {"any" if self.setup.wildcard else self.address}; }};
    listen-on-v6 {{ none; }};
    allow-query {{ any; }};
    recursion no;
    minimal-responses yes;
    notify no;
    empty-zones-enable no;
    querylog no;
    tcp-clients 512;
    cookie-algorithm siphash24;
    cookie-secret "{COOKIE_SECRET}";
}};
logging {{ category default {{ null; }}; category update {{ null; }}; }};
zone "{zone.APEX}" {{ type primary; file "zone"; {updates} }};
controls {{ }};
""")

    def command(self):
        return [self.copied("/usr/sbin/named"), "-f", "-n", self.setup.workers, "-c",
                self.folder / "named.conf"]

    @staticmethod
    def version(_):
        return said_by("/usr/sbin/named", "-v")


class PowerDns(Server):
    """With the backend that reads zone files, and the default caches."""
    name = "pdns"

    def configure(self):
        self.write_zone()
        self.write("named.conf", f'zone "{zone.APEX}" {{ type master; file "{self.folder}/zone"; }};\n')
        cookies = f"edns-cookie-secret={COOKIE_SECRET}\n" if self.setup.cookies else ""
        self.write("pdns.conf", f"""launch=bind
bind-config={self.folder}/named.conf
local-address={self.listen}
local-port={self.port}
socket-dir={self.folder}
daemon=no
guardian=no
disable-syslog=yes
loglevel=3
receiver-threads={self.setup.workers}
distributor-threads=1
max-tcp-connections=512
max-tcp-transactions-per-conn=0
tcp-idle-timeout=30
{cookies}""")

    def command(self):
        return ["/usr/sbin/pdns_server", f"--config-dir={self.folder}"]

    def tell_to_reload(self):
        for command in (["bind-reload-now", zone.APEX], ["purge"]):  # both the zone and the caches
            subprocess.run(["/usr/bin/pdns_control", f"--config-dir={self.folder}", *command], check=True,
                           capture_output=True)

    @staticmethod
    def version(_):
        return said_by("/usr/sbin/pdns_server", "--version")


ALL = (Nsd, Knot, Bind, PowerDns)

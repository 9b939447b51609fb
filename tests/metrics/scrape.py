"""The metrics of the daemon, as Prometheus's promtool reads them, under load of dnsperf and curl.

scrape.py BUILD-FOLDER [TEST...]
"""
import http.client
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CONTRIB = ROOT / "contrib/prometheus"
sys.path += [str(HERE.parent / "peers"), str(HERE.parent / "support")]

import lab  # noqa: E402
import proc  # noqa: E402
from servers import Ours  # noqa: E402

SERVER, PORT = "127.0.0.53", 9109
ZONE = "dyn.mydomain.test"
TOKEN = "0f6b2c1d9a7e4f3388d1c5a2b7e09614"
PATIENCE = 60
CONFIG = f"""[server]
domain = {ZONE}
nameserver = ns.mydomain.test
email = hostmaster@mydomain.test
workers = 2
rate_limit = 0
[metrics]
port = {PORT}
[@home]
token = {TOKEN}
a = 192.0.2.1
[@shed]
token = {TOKEN[::-1]}
expect = 1d
[@www]
a = 192.0.2.2
"""
QUERIES = {"NOERROR": [f"home.{ZONE} A", f"www.{ZONE} A", f"www.{ZONE} TXT", f"{ZONE} SOA", f"{ZONE} NS"],
           "NXDOMAIN": [f"missing.{ZONE} AAAA"], "REFUSED": ["example.com A"]}
ROUNDS = 200
UPDATES = 20


def ask(path="/metrics", method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=PATIENCE)
    connection.request(method, path)
    reply = connection.getresponse()
    return reply, reply.read().decode()


def samples(text):
    """The value of each series."""
    return {series: float(value) for series, value in re.findall(r"^(nanodnsd_\S+) (\S+)$", text, re.MULTILINE)}


def scrape():
    reply, text = ask()
    assert reply.status == 200, text
    return text


def counters(text):
    kinds = dict(re.findall(r"^# TYPE nanodnsd_(\w+) (\w+)$", text, re.MULTILINE))
    return {series: value for series, value in samples(text).items()
            if kinds.get(re.match(r"nanodnsd_(\w+?)(_bucket|_sum|_count)?(\{|$)", series)[1]) in
            ("counter", "histogram")}


def promtool(*command, text=None):
    return subprocess.run(["promtool", *map(str, command)], input=text, capture_output=True, text=True, check=False,
                          timeout=PATIENCE)


def dnsperf(mode, folder):
    """What dnsperf says that it was answered: {rcode: number}, and the number of its queries."""
    lines = folder / "queries"
    lines.write_text("".join(f"{line}\n" for group in QUERIES.values() for line in group))
    out = lab.run("dnsperf", "-s", SERVER, "-m", mode, "-d", str(lines), "-n", str(ROUNDS), "-c", "4", "-q", "20")
    sent = int(re.search(r"Queries sent: +(\d+)", out)[1])
    codes = dict(re.findall(r"([A-Z]+) (\d+) \(", re.search(r"Response codes: +(.*)", out)[1]))
    return sent, {name: int(number) for name, number in codes.items()}, out


def https_section(folder):
    """Of a certificate that is made in the folder."""
    lab.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=ns.mydomain.test", "-addext", "subjectAltName=DNS:ns.mydomain.test",
            "-keyout", folder / "key.pem", "-out", folder / "chain.pem")
    return f"[https]\nlisten = {SERVER}\ncertificate = {folder}/chain.pem\nkey = {folder}/key.pem\n"


class Scrape(unittest.TestCase):
    build = None

    def setUp(self):
        room = lab.Folder()
        self.folder = room.__enter__()
        self.addCleanup(room.__exit__)
        config = CONFIG + https_section(self.folder)
        self.daemon = Ours(self.folder, self.build, SERVER)
        self.addCleanup(self.daemon.stop)
        self.daemon.serve(config, (f"www.{ZONE}", "A"))

    def until(self, holds, what):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if holds():
                return
            time.sleep(0.02)
        self.fail(f"{what}\n{self.daemon.log.read_text()}")

    def curl(self, address):
        out = lab.run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-u", f"home:{TOKEN}",
                      f"http://{SERVER}/nic/update?hostname=home.{ZONE}&myip={address}")
        self.assertEqual(out, "200")

    def under_load(self, scrapes):
        """dnsperf over UDP and TCP and curl at once; meanwhile scrapes go into the list."""
        results = {}
        threads = [threading.Thread(target=lambda mode=mode: results.update({mode: dnsperf(mode, self.room(mode))}))
                   for mode in ("udp", "tcp")]
        threads.append(threading.Thread(
            target=lambda: [self.curl(f"198.51.100.{number // 2}") for number in range(UPDATES)]))
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            scrapes.append(scrape())
        for thread in threads:
            thread.join()
        self.assertEqual(set(results), {"udp", "tcp"})
        return results

    def room(self, name):
        path = self.folder / name
        path.mkdir(exist_ok=True)
        return path

    def test_promtool_finds_nothing_and_counts_are_those_of_the_clients(self):
        before = samples(scrape())
        scrapes = []
        results = self.under_load(scrapes)
        for text in scrapes[:1] + scrapes[-1:]:
            checked = promtool("check", "metrics", text=text)
            self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""), text)
        self.until(lambda: samples(scrape())['nanodnsd_connections{service="http"}'] == 0, "the end of all connections")
        after = samples(scrape())
        self.assertEqual(after[f'nanodnsd_host_overdue{{host="shed.{ZONE}"}}'], 0)
        end = lab.run("openssl", "x509", "-noout", "-enddate", "-in", self.folder / "chain.pem").partition("=")[2]
        self.assertEqual(after["nanodnsd_certificate_expiry_time_seconds"], ssl.cert_time_to_seconds(end.strip()))

        def more(name, *labels):
            return sum(value - before[series] for series, value in after.items()
                       if series.startswith(f"nanodnsd_{name}") and all(label in series for label in labels))
        for mode in ("udp", "tcp"):
            self.assertEqual(more("dns_queries_total", f'"{mode}"', '"ipv4"'), results[mode][0], results[mode][2])
        for rcode, queries in QUERIES.items():
            said = sum(results[mode][1][rcode] for mode in results)
            self.assertEqual(said, 2 * ROUNDS * len(queries))
            self.assertEqual(more("dns_responses_total", f'"{rcode}"'), said)
        for rdtype, number in (("A", 3), ("AAAA", 1), ("TXT", 1), ("SOA", 1), ("NS", 1), ("ANY", 0)):
            self.assertEqual(more("dns_queries_by_type_total", f'type="{rdtype}"'), 2 * ROUNDS * number, rdtype)
        self.assertEqual(more("updates_total", '"dyndns2"', '"changed"'), UPDATES // 2)
        self.assertEqual(more("updates_total", '"dyndns2"', '"unchanged"'), UPDATES // 2)
        self.assertEqual(more("updates_total"), UPDATES)
        self.assertGreaterEqual(more("state_sync_seconds_count"), UPDATES // 2)
        self.assertEqual(more("connections_total", '"http"', '"finished"'), UPDATES)
        self.assertEqual(after['nanodnsd_connections{service="http"}'], 0)
        self.assertEqual(after['nanodnsd_connections{service="metrics"}'], 1, "this scrape")

    def test_no_counter_falls_by_deaths_and_reloads(self):
        self.curl("198.51.100.1")
        dnsperf("tcp", self.room("tcp"))
        latest = counters(scrape())
        self.assertGreater(latest['nanodnsd_dns_queries_total{transport="tcp",family="ipv4"}'], 0)

        def grows(step):
            nonlocal latest
            self.until(self.is_whole, step)
            now = counters(scrape())
            fallen = {series: (value, now.get(series)) for series, value in latest.items()
                      if now.get(series, -1) < value}
            self.assertEqual(fallen, {}, step)
            latest = now
        for name in ("responder-1", "responder-2", "updater", "keeper", "console"):
            pid = self.children()[name]
            os.kill(pid, signal.SIGKILL)
            self.until(lambda pid=pid, name=name: self.children().get(name, pid) != pid, name)
            grows(f"{name} was killed")
            self.curl("198.51.100.2")
        for number in range(3):
            lines = self.daemon.log.read_text().count("serving")
            self.daemon.process.send_signal(signal.SIGHUP)
            self.until(lambda lines=lines: self.daemon.log.read_text().count("serving") > lines, "reload")
            self.curl(f"198.51.100.{number + 3}")
            grows(f"reload {number}")
        self.assertEqual(latest['nanodnsd_process_restarts_total{process="keeper"}'], 1)

    def children(self):
        return proc.children_named(self.daemon.process.pid,
                                   ("responder-1", "responder-2", "updater", "keeper", "console"))

    def is_whole(self):
        try:
            return len(self.children()) == 5 and ask()[0].status == 200
        except OSError:
            return False

    def test_other_paths_and_methods_are_refused(self):
        for path in ("/", "/metrics/", "/api/update"):
            self.assertEqual(ask(path)[0].status, 404, path)
        self.assertEqual(ask(method="POST")[0].status, 405)
        reply, text = ask(method="HEAD")
        self.assertEqual((reply.status, text), (200, ""))
        self.assertEqual(ask()[0].getheader("Content-Type"), "text/plain; version=0.0.4; charset=utf-8")

    def test_the_families_are_those_of_the_manual_in_their_order(self):
        manual = (ROOT / "etc/nanodnsd.conf.5").read_text().partition("\nThese are the metrics.\n")[2]
        listed = re.findall(r"^\.It Cm (\w+)", manual.partition("\n.El\n")[0], re.MULTILINE)
        self.assertGreater(len(listed), 0)
        self.assertEqual(re.findall(r"^# TYPE nanodnsd_(\w+) ", scrape(), re.MULTILINE), listed)

    def test_alerts_and_dashboard_ask_for_what_is_there(self):
        checked = promtool("test", "rules", CONTRIB / "nanodnsd.rules.test.yml")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        series = {name for text in samples(scrape()) for name in re.findall(r"^nanodnsd_\w+", text)}
        dashboard = json.loads((CONTRIB / "grafana-dashboard.json").read_text())
        asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
        rules = self.folder / "dashboard.yml"
        rules.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": [
            {"record": f"panel:{number}", "expr": expr.replace("$__rate_interval", "5m").replace("$__range", "1h")}
            for number, expr in enumerate(asked)]}]}))
        checked = promtool("check", "rules", rules)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        for text in (*asked, (CONTRIB / "nanodnsd.rules.yml").read_text()):
            self.assertLessEqual(set(re.findall(r"nanodnsd_\w+", text)), series)


def main():
    lab.enter()
    Scrape.build = sys.argv[1]
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])


if __name__ == "__main__":
    main()

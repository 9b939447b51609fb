"""What nanodnsctl --json prints is what ctl/nanodnsctl.schema.json says: no key is missing, and none is not in it.

schema.py BUILD-FOLDER
"""
import json
import re
import select
import subprocess
import sys
import unittest
from pathlib import Path

import jsonschema

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE.parent / "peers")]

import lab  # noqa: E402
from servers import Ours  # noqa: E402

SERVER = "127.0.0.53"
ZONE = "dyn.mydomain.test"
TOKEN = "0f6b2c1d9a7e4f3388d1c5a2b7e09614"
CONFIG = f"""[server]
domain = {ZONE}
nameserver = ns.mydomain.test
email = hostmaster@mydomain.test
[control]
socket = %s
[metrics]
port = 9109
[@home]
token = {TOKEN}
acme = yes
expect = 1d
[@nas]
follow = home
suffix = ::1
[@www]
a = 192.0.2.2
[@alias]
cname = www.{ZONE}
[@sub]
ns = ns.mydomain.test
"""


def closed(schema):
    """The schema without room for keys that it does not name: users may meet new keys, but this test must not."""
    if isinstance(schema, dict):
        strict = {name: closed(part) for name, part in schema.items()}
        if "properties" in strict:
            strict["additionalProperties"] = False
        return strict
    return [closed(part) for part in schema] if isinstance(schema, list) else schema


class Schema(unittest.TestCase):
    build = None

    @classmethod
    def setUpClass(cls):
        text = (HERE.parent.parent / "ctl/nanodnsctl.schema.json").read_text()
        jsonschema.Draft202012Validator.check_schema(json.loads(text))
        cls.schema = closed(json.loads(text))
        room = lab.Folder()
        folder = room.__enter__()
        cls.addClassCleanup(room.__exit__)
        cls.control = folder / "control"
        cls.daemon = Ours(folder, cls.build, SERVER)
        cls.addClassCleanup(cls.daemon.stop)
        cls.daemon.serve(CONFIG % cls.control, (f"www.{ZONE}", "A"))
        for token in (TOKEN, "wrong"):
            cls.daemon.update(f"hostname=home.{ZONE}&ipv4=192.0.2.7&ipv6=2001:db8::7&ip6lanprefix=2001:db8::/64"
                              f"&txt={'x' * 43}&token={token}")

    def nanodnsctl(self, *words):
        return [Path(self.build) / "bin/nanodnsctl", "-S", self.control, "--json", *words]

    def valid(self, command, text):
        found = json.loads(text)
        jsonschema.validate(found, {"$ref": f"#/$defs/{command}", "$defs": self.schema["$defs"]},
                            jsonschema.Draft202012Validator)
        return found

    def of(self, command, *words):
        return self.valid(command, lab.run(*self.nanodnsctl(command, *words)))

    def test_hosts(self):
        hosts = {host["label"]: host for host in self.of("hosts")["hosts"]}
        self.assertEqual({label: host["kind"] for label, host in hosts.items()},
                         {"home": "dynamic", "nas": "follower", "www": "static", "alias": "alias", "sub": "delegated"})
        self.assertEqual(hosts["home"]["refused"]["reason"], "wrong secret")
        self.assertEqual(hosts["home"]["dialect"], "api")
        self.assertEqual(hosts["home"]["followers"], [f"nas.{ZONE}"])

    def test_show(self):
        for label in ("home", "nas", "www", "alias", "sub"):
            self.assertEqual(self.of("show", label)["host"]["label"], label)

    def test_status(self):
        status = self.of("status")["status"]
        self.assertEqual({one["service"] for one in status["sockets"]},
                         {"dns_udp", "dns_tcp", "http", "control", "metrics"})

    def test_status_without_a_daemon(self):
        done = subprocess.run([Path(self.build) / "bin/nanodnsctl", "-S", "/nowhere", "--json", "status"],
                              stdout=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIsNone(self.valid("status", done.stdout)["status"]["zone"])

    def test_what_the_tests_in_this_folder_expect(self):
        """These tests have a journal, a service manager and a certificate."""
        units = []
        for file in sorted((HERE / "json").iterdir()):
            for line in file.read_text().splitlines():
                found = self.valid(re.match("[a-z]+", file.name)[0], line)
                units += [found["status"]["unit"]["name"]] if "status" in found else []
        self.assertEqual(units, ["nanodnsd.service"] * 2)

    def test_stats(self):
        self.assertIn("updates_total", {counter["name"] for counter in self.of("stats")["counters"]})

    def test_doctor(self):
        done = subprocess.run(self.nanodnsctl("doctor"), stdout=subprocess.PIPE, text=True, check=False)
        report = self.valid("doctor", done.stdout)
        self.assertIn(("hosts", "warn"), {(one["check"], one["verdict"]) for one in report["checks"]})

    def test_what_watch_shows_of_changes(self):
        with subprocess.Popen(self.nanodnsctl("watch"), stdout=subprocess.PIPE, text=True) as watch:
            try:
                address = 1
                while not select.select([watch.stdout], [], [], 0)[0]:  # until it watches
                    self.assertTrue(self.of("set", "home", f"198.51.100.{address}")["changed"])
                    address = 3 - address
                self.assertEqual(self.valid("watch", watch.stdout.readline())["name"], f"home.{ZONE}")
            finally:
                watch.terminate()
        self.assertEqual(self.of("clear", "home", "aaaa")["aaaa"], [])
        self.assertIsNone(self.of("clear", "home", "txt")["a"])

    def test_reload_and_verbosity(self):
        self.of("reload")
        self.assertEqual(self.of("verbosity", "1")["verbosity"], 1)


def main():
    lab.enter()
    Schema.build = sys.argv[1]
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])


if __name__ == "__main__":
    main()

"""certbot, dehydrated and lego get one certificate for a name and its wildcard from the test CA pebble.

pebble asks the daemon for the TXT records. certbot and dehydrated speak acme-dns by contrib/clients/acme-dns-hook, lego
speaks httpreq. All of them hand the certificate over by contrib/tls/deploy-hook.
"""
import json
import os
import re
import shutil
import subprocess
import time

import scene
from scene import PAGES, SERVER4, TOKEN, ZONE, recipe

CA = "https://ca.mydomain.test:14000/dir"
NAME = f"home.{ZONE}"
CHALLENGE = "_acme-challenge.home"
DEPLOY = PAGES.parent / "tls/deploy-hook"


class Acme(scene.Scene):
    server = "https://ns.mydomain.test"
    page = ""

    def setUp(self):
        super().setUp()
        self.start_ca()

    def start_ca(self):
        folder = self.room / "pebble"
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps({"pebble": {
            "listenAddress": f"{SERVER4}:14000", "managementListenAddress": f"{SERVER4}:15000",
            "certificate": str(self.folder / "server.pem"), "privateKey": str(self.folder / "server.key"),
            "httpPort": 5002, "tlsPort": 5001, "ocspResponderURL": "", "externalAccountBindingRequired": False}}))
        environment = {**os.environ, "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_AUTHZREUSE": "0"}
        self.ca_log = folder / "log"
        with self.ca_log.open("w") as log:
            ca = subprocess.Popen(["pebble", "-config", folder / "config.json", "-dnsserver", f"{SERVER4}:53"],
                                  env=environment, stdout=log, stderr=log, cwd=folder)
        self.addCleanup(lambda: (ca.terminate(), ca.wait()))
        until = time.monotonic() + scene.PATIENCE
        while scene.complete("curl", "-sS", CA).returncode != 0:
            self.assertTrue(ca.poll() is None and time.monotonic() < until, self.ca_log.read_text())

    def account(self):
        """Gives the host's section the acme_hash of a new account, and writes its file and the hook where the page says."""
        program = self.build / "bin/nanodnsd"
        done = subprocess.run([program, "--acme-json", NAME, self.server], capture_output=True, text=True, check=True)
        line = re.search("acme_hash=.*", done.stderr)[0]
        self.reconfigure(recipe(self.page, "On the server").replace("acme_hash=HASH", line))
        work = self.room / "acme-dns"
        work.mkdir()
        (work / f"{NAME}.json").write_text(done.stdout)
        shutil.copy(PAGES / "acme-dns-hook", work)
        install = recipe(self.page, f"On the computer with {self.page}").replace("/etc/acme-dns", str(self.room / "etc"))
        scene.run("sh", "-euc", install, cwd=work)

    def paste(self, lines, **how):
        """Runs lines of a page with this server, this CA and this place for accounts."""
        lines = lines.replace("https://ns.mydomain.test", self.server).replace("/etc/acme-dns", str(self.room / "etc"))
        return scene.run("sh", "-euc", lines, **how)

    def has_both_names(self, path):
        text = scene.run("openssl", "x509", "-in", path, "-noout", "-ext", "subjectAltName", "-issuer")
        self.assertEqual(sorted(re.findall(r"DNS:(\S+?)(?:,|$)", text, re.MULTILINE)), sorted([NAME, "*." + NAME]))
        self.assertIn("Pebble", text)

    def deployment(self):
        """What makes the hook deploy to a folder of this test."""
        return {"NANODNSD_TLS": str(self.room / "tls"), "NANODNSD_GROUP": "root",
                "NANODNSD_RELOAD": f"touch {self.room}/reloaded"}

    def is_deployed(self):
        chain, key = self.room / "tls/fullchain.pem", self.room / "tls/privkey.pem"
        self.has_both_names(chain)
        self.assertEqual(scene.run("openssl", "x509", "-in", chain, "-noout", "-pubkey"),
                         scene.run("openssl", "pkey", "-in", key, "-pubout"))
        for path, mode in ((chain, 0o640), (key, 0o640), (chain.parent, 0o750)):
            self.assertEqual(path.stat().st_mode & 0o777, mode)
        self.assertEqual(sorted(path.name for path in chain.parent.iterdir()), ["fullchain.pem", "privkey.pem"])
        (self.room / "reloaded").unlink()

    def values(self):
        return self.ask(CHALLENGE, "TXT")


class Certbot(Acme):
    hosts = "[@home]\ntoken = a-token\n"
    page = "certbot"

    def test_certbot(self):
        self.account()
        folder = self.room / "certbot"
        more = " ".join([" -n --agree-tos -m hostmaster@mydomain.test --server", CA, "--config-dir", f"{folder}/config",
                         "--work-dir", f"{folder}/work", "--logs-dir", f"{folder}/logs"])
        self.paste(recipe("certbot", "On the computer with certbot", 2).strip() + f"{more} --deploy-hook {DEPLOY}",
                   environment=self.deployment())
        self.is_deployed()
        self.has_both_names(folder / f"config/live/{NAME}/cert.pem")
        self.assertEqual(len(self.values()), 2)
        self.paste(f"certbot renew --force-renewal --no-random-sleep-on-renew{more}", environment=self.deployment())
        self.is_deployed()
        self.assertEqual(len(self.values()), 2)


class Dehydrated(Acme):
    hosts = "[@home]\ntoken = a-token\n"
    page = "dehydrated"

    def dehydrated(self, *more):
        self.account()
        folder = self.room / "dehydrated"
        folder.mkdir()
        (folder / "domains.txt").write_text(recipe("dehydrated", "/etc/dehydrated/domains.txt"))
        config = recipe("dehydrated", "/etc/dehydrated/conf.d/nanodnsd.sh").replace("/etc/acme-dns", str(self.room / "etc"))
        (folder / "config").write_text("\n".join([config, f"BASEDIR={folder}", f"CA={CA}", *more, ""]))
        scene.run("dehydrated", "--config", folder / "config", "--register", "--accept-terms")
        scene.run("dehydrated", "--config", folder / "config", "--cron")
        self.has_both_names(folder / f"certs/{NAME}/cert.pem")
        self.assertEqual(len(self.values()), 2)

    def test_dehydrated(self):
        self.dehydrated()
        chain, key = (self.room / f"dehydrated/certs/{NAME}/{name}.pem" for name in ("fullchain", "privkey"))
        for arguments in (("deploy_cert", NAME, key, chain.with_name("cert.pem"), chain), (chain, key)):  # the second: acme.sh
            scene.run(DEPLOY, *arguments, environment=self.deployment())
            self.is_deployed()
        scene.run(DEPLOY, "clean_challenge", NAME, "file", "value", environment=self.deployment())
        self.assertFalse((self.room / "reloaded").exists())

    def test_dehydrated_with_a_chain_of_hooks(self):
        self.dehydrated("HOOK_CHAIN=yes")


class Lego(Acme):
    hosts = recipe("lego", "On the server")
    page = "lego"

    def lego(self, password=TOKEN, lines=None, **how):
        lines = (lines or recipe("lego", "Provider httpreq")).replace(TOKEN, password)
        options = f"lego --server {CA} --path {self.room}/lego --dns.disable-cp --dns.resolvers {SERVER4}:53"
        return self.paste(lines.replace("lego --accept-tos", options + " --accept-tos"), **how)

    def test_lego_with_the_token(self):
        self.set("home", TOKEN, ipv4="192.0.2.7")
        lines = recipe("lego", "Provider httpreq").rstrip() + f" --run-hook {DEPLOY}\n"
        self.lego(lines=lines, environment=self.deployment())
        self.is_deployed()
        self.has_both_names(self.room / f"lego/certificates/{NAME}.crt")
        self.assertEqual(self.values(), [])  # it has cleaned up
        self.has(home="192.0.2.7")

    def test_lego_with_the_password_of_an_account(self):
        done = subprocess.run([self.build / "bin/nanodnsd", "--acme-json", NAME], capture_output=True, text=True, check=True)
        self.reconfigure("[@home]\na = 192.0.2.9\n" + re.search("acme_hash=.*", done.stderr)[0] + "\n")
        self.lego(json.loads(done.stdout)["password"])
        self.has_both_names(self.room / f"lego/certificates/{NAME}.crt")
        self.has(home="192.0.2.9")

    def test_lego_with_an_alias_for_all_names_below_the_host(self):
        """The alias covers the name of the challenge while it has no value, and lego follows aliases unless told not to."""
        self.reconfigure(self.hosts + f"[@*.home]\ncname = home.{ZONE}\n")
        self.set("home", TOKEN, ipv4="192.0.2.7")
        with self.assertRaisesRegex(AssertionError, "bad_fqdn"):
            self.lego(lines=recipe("lego", "Provider httpreq").replace("LEGO_DISABLE_CNAME_SUPPORT=true", "UNUSED="))
        self.lego()
        self.has_both_names(self.room / f"lego/certificates/{NAME}.crt")

    def test_lego_with_a_wrong_password(self):
        with self.assertRaisesRegex(AssertionError, "401"):
            self.lego("wrong")
        self.assertEqual(self.values(), [])

    def test_lego_in_raw_mode_is_told_to_leave_it(self):
        with self.assertRaisesRegex(AssertionError, "HTTPREQ_MODE"):
            self.lego(lines="export HTTPREQ_MODE=RAW\n" + recipe("lego", "Provider httpreq"))


if __name__ == "__main__":
    scene.main()

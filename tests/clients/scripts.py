"""Programs that need no client of their own: curl by cron and by a systemd timer, wget as OpenWrt calls it, and Python's
requests as OPNsense calls it."""
import re
import unittest
from urllib.parse import quote

import requests

import scene
from scene import CLIENT4, CLIENT6, PASSWORD, TOKEN, ZONE, recipe

HOSTS = recipe("curl", "On the server") + f"""[@odd]
token = {PASSWORD}
"""


class Script(scene.Scene):
    hosts = HOSTS
    scheme = "http"

    def of_scheme(self, text):
        return text.replace("https://ns.mydomain.test", f"{self.scheme}://ns4.mydomain.test")


class Http(Script):
    """Over HTTP, and in the class below over HTTPS."""

    def test_the_line_of_cron(self):
        fields = self.of_scheme(recipe("curl", "/etc/cron.d/nanodnsd")).strip().split(" ", 6)
        self.assertEqual((fields[0], fields[5]), ("*/5", "nobody"))
        self.set("home", TOKEN, ipv6="2001:db8::7")
        for line, own in ((fields[6], CLIENT4), (fields[6].replace("ns4.", "ns6."), CLIENT6)):
            self.assertEqual(scene.run("sh", "-c", line), "")
            self.assertIn(own, self.addresses("home"))
        self.has(home=f"{CLIENT4} {CLIENT6}")

    def test_the_line_of_cron_with_a_wrong_token(self):
        line = self.of_scheme(recipe("curl", "/etc/cron.d/nanodnsd")).strip().split(" ", 6)[6].replace(TOKEN, "wrong")
        done = scene.complete("sh", "-c", line)
        self.assertEqual(done.returncode, 22)
        self.assertIn("401", done.stdout)
        self.has(home="")

    def timer(self, config):
        """What systemd does: the file becomes a credential, and the line of ExecStart= runs."""
        (self.daemon.folder / "update").write_text(config)
        unit = recipe("curl", "/etc/systemd/system/nanodnsd-update.service")
        command = re.search("^ExecStart=(.*)", unit, re.MULTILINE)[1]
        return scene.complete("sh", "-c", command, environment={"CREDENTIALS_DIRECTORY": str(self.daemon.folder)})

    def test_the_lines_of_the_timer(self):
        config = self.of_scheme(recipe("curl", "/etc/nanodnsd-update"))
        for lines in (config, config.replace("ns4.", "ns6.")):
            done = self.timer(lines)
            self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.has(home=f"{CLIENT4} {CLIENT6}")
        self.assertEqual(self.timer(config.replace(TOKEN, "wrong")).returncode, 22)

    def test_the_command_of_wget(self):
        command = self.of_scheme(recipe("wget", "The command")).strip()
        self.assertEqual(scene.run("sh", "-c", command), f"good {CLIENT4}")
        self.assertEqual(scene.run("sh", "-c", command), f"nochg {CLIENT4}")
        done = scene.complete("sh", "-c", command.replace(TOKEN, "wrong"))
        self.assertEqual((done.returncode, done.stdout), (6, ""))  # 6: not authorised
        self.has(home=CLIENT4)

    def test_wget_with_the_token_in_its_url(self):
        """It asks without, gets 401, and asks again."""
        for token, host, more in ((TOKEN, "home", []), (PASSWORD, "odd", []), (TOKEN, "home", ["--auth-no-challenge"])):
            url = f"{self.scheme}://none:{quote(token, safe='')}@ns4.mydomain.test/nic/update?hostname={host}.{ZONE}"
            self.assertIn(CLIENT4, scene.run("wget", "-q", "-O", "-", *more, url))
            self.has(**{host: CLIENT4})

    def test_wget_with_a_body(self):
        body = self.daemon.write("body", f"hostname=odd.{ZONE}&password={quote(PASSWORD, safe='')}&myip=192.0.2.7")
        url = f"{self.scheme}://ns4.mydomain.test/nic/update"
        self.assertEqual(scene.run("wget", "-q", "-O", "-", f"--post-file={body}", url), "good 192.0.2.7")
        self.has(odd="192.0.2.7")

    def openwrt(self, section, address, password):
        """What ddns-scripts make of the page's URL: user and password are escaped, name and address are not."""
        config = recipe("openwrt", "/etc/config/ddns").split("config service ")[section]
        url = re.search("option update_url '(.*)'", config)[1]
        for place, value in (("[USERNAME]", "none"), ("[PASSWORD]", quote(password, safe="")),
                             ("[DOMAIN]", f"home.{ZONE}"), ("[IP]", address)):
            self.assertIn(place, url)
            url = url.replace(place, value)
        return scene.complete("wget", "--no-hsts", "-nv", "-t", "1", "-O", self.room / "openwrt.dat",
                              "-o", self.room / "openwrt.err", self.of_scheme(url)).returncode

    def test_openwrt(self):
        for section, address in ((1, "192.0.2.8"), (2, "2001:db8::8")):
            self.assertEqual(self.openwrt(section, address, TOKEN), 0)
            self.assertRegex((self.room / "openwrt.dat").read_text(), "good|nochg")
        self.has(home="192.0.2.8 2001:db8::8")
        self.assertNotEqual(self.openwrt(1, "192.0.2.66", "wrong"), 0)
        self.has(home="192.0.2.8 2001:db8::8")

    def opnsense(self, url, password, **how):
        return requests.get(url, auth=requests.auth.HTTPBasicAuth("none", password), timeout=scene.PATIENCE,
                            headers={"User-Agent": "OPNsense-dyndns"}, **how)

    def test_opnsense_with_dyndns2(self):
        def update(address, password):
            return self.opnsense(self.of_scheme("https://ns.mydomain.test/nic/update"), password, params={
                "hostname": f"home.{ZONE}", "myip": address, "wildcard": "NOCHG"})
        for address in ("192.0.2.9", "2001:db8::9"):
            reply = update(address, TOKEN)
            self.assertEqual((reply.status_code, reply.text), (200, f"good {address}"))
            self.has(home=address if address == "192.0.2.9" else f"192.0.2.9 {address}")
        reply = update("192.0.2.66", "wrong")
        self.assertEqual((reply.status_code, reply.text), (401, "badauth"))
        self.has(home="192.0.2.9 2001:db8::9")

    def test_opnsense_with_get(self):
        """It sends Basic credentials even if the URL has the token, which goes first."""
        url = self.of_scheme(recipe("opnsense", "The account")).strip()
        url = url.replace("__MYIP__", "192.0.2.10").replace("__HOSTNAME__", f"home.{ZONE}")
        reply = self.opnsense(url, TOKEN)
        self.assertEqual((reply.status_code, reply.text), (200, "good 192.0.2.10"))
        self.has(home="192.0.2.10")
        reply = self.opnsense(f"{url}&token={TOKEN}", "wrong")
        self.assertEqual((reply.status_code, reply.text), (200, "nochg 192.0.2.10"))
        reply = self.opnsense(f"{url}&token=wrong", TOKEN)
        self.assertEqual((reply.status_code, reply.text), (401, "badauth"))
        self.has(home="192.0.2.10")

    def test_own_address(self):
        for name, own in (("ns4", CLIENT4), ("ns6", CLIENT6)):
            for path, reply in (("checkip", f"Current IP Address: {own}"), ("myip", own)):
                url = f"{self.scheme}://{name}.mydomain.test/{path}"
                self.assertEqual(scene.run("curl", "-sS", url).strip(), reply)
                self.assertEqual(scene.run("wget", "-q", "-O", "-", url).strip(), reply)


class Https(Http):
    scheme = "https"


class Units(unittest.TestCase):
    def test_the_units_of_the_page(self):
        folder = scene.Scene.folder
        units = [f"nanodnsd-update.{kind}" for kind in ("service", "timer")]
        for unit in units:
            (folder / unit).write_text(recipe("curl", f"/etc/systemd/system/{unit}"))
        self.assertEqual(scene.run("systemd-analyze", "verify", "--man=no", *(folder / unit for unit in units)), "")


if __name__ == "__main__":
    scene.main()

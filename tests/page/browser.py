"""The page for people in Chromium, by keyboard alone; and html-tidy.

browser.py BUILD-FOLDER [TEST...]. With NANODNSD_PICTURES=FOLDER the screenshots stay there.
"""
import contextlib
import http.client
import http.server
import os
import socket
import ssl
import subprocess
import sys
import threading
import unittest
import urllib.parse
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "peers"))

import lab  # noqa: E402
from chromium import Chromium  # noqa: E402
from servers import Ours  # noqa: E402

SERVER, OTHER = "192.0.2.53", "192.0.2.54"
ZONE, NAME, ELSEWHERE = "dyn.mydomain.test", "ns.mydomain.test", "elsewhere.test"
TOKEN = "0f6b2c1d9a7e4f3388d1c5a2b7e09614"
CONFIG = f"""[server]
domain = {ZONE}
nameserver = {NAME}
email = hostmaster@mydomain.test
listen = {SERVER}
[@home]
token = {TOKEN}
expire = 35d
[@there]
a = 192.0.2.80
[http]
listen = {SERVER} 127.0.0.1
"""


class Scene(unittest.TestCase):
    """Each test has a daemon of its own."""

    build = None  # set by main()

    def start(self, more="", with_tls=True):
        room = lab.Folder()
        self.folder = room.__enter__()
        self.addCleanup(room.__exit__)
        if with_tls:
            lab.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", str(self.folder / "key.pem"), "-out", str(self.folder / "chain.pem"), "-days", "2",
                    "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}")
            more += (f"[https]\nlisten = {SERVER}\ncertificate = {self.folder}/chain.pem\n"
                     f"key = {self.folder}/key.pem\n")
        self.daemon = Ours(self.folder, self.build, SERVER)
        config = self.daemon.write("nanodnsd.conf", CONFIG + more)
        state = self.daemon.folder / "state"
        state.mkdir()
        state.chmod(0o755)
        self.daemon.start([self.daemon.folder / "bin/nanodnsd", "-v", "-c", config, "-s", state / "nanodnsd.state"],
                          (f"there.{ZONE}", "A"))
        self.addCleanup(self.daemon.stop)

    def browse(self):
        browser = Chromium(self.folder, {NAME: SERVER, ELSEWHERE: OTHER})
        self.addCleanup(browser.stop)
        return browser

    def ask(self, method, address, form=None, tls=False, **headers):
        """Status, fields and text of a request for the page. Names of headers have _ for -."""
        if tls:
            context = ssl.create_default_context(cafile=self.folder / "chain.pem")
            connection = http.client.HTTPSConnection(NAME, context=context)
            connection.sock = context.wrap_socket(socket.create_connection((address, 443)), server_hostname=NAME)
        else:
            connection = http.client.HTTPConnection(address)
        with contextlib.closing(connection):
            connection.request(method, "/", urllib.parse.urlencode(form) if form else None,
                               {"Host": NAME, **{name.replace("_", "-"): text for name, text in headers.items()}})
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read().decode()

    def addresses(self, host="home", rdtype="A"):
        return [record.to_text() for rrset in self.daemon.ask(f"{host}.{ZONE}", rdtype).answer for record in rrset]

    def picture(self, browser, name):
        folder = Path(os.environ.get("NANODNSD_PICTURES", self.folder))
        browser.picture(folder / f"{name}.png")

    def check_tidy(self, text):
        done = subprocess.run(["tidy", "-q", "-e", "-utf8"], input=text, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def check_page(self, browser):
        """No token on it, nothing that does not fit, no word on the console."""
        self.assertNotIn(TOKEN, browser.value("document.documentElement.outerHTML"))
        self.assertEqual(browser.value("document.getElementById('token').value"), "")
        self.assertEqual(browser.value("location.search + location.hash"), "")
        self.assertLessEqual(browser.value("document.documentElement.scrollWidth"), browser.value("window.innerWidth"))
        self.assertEqual(browser.console(), [])

    def fill(self, browser, host, token, router=0, ip=""):
        """From the top of the page to the first button."""
        for field, text in (("host", host), ("token", token), ("ip", ip)):
            browser.press("Tab")
            self.assertEqual(browser.focus(), field)
            browser.type(text)
        browser.press("Tab")
        self.assertEqual(browser.focus(), "router")
        for _ in range(router):
            browser.press("ArrowDown")
        browser.press("Tab")
        self.assertEqual(browser.focus(), "Show")


class OverHttps(Scene):

    def test_by_keyboard(self):
        self.start()
        browser = self.browse()
        browser.show_as(320, 640, "light")
        self.assertEqual(browser.go(f"https://{NAME}/"), 200)
        self.assertIn(f"Your address, as this server sees it: {SERVER}", browser.text())
        self.assertNotIn("not encrypted", browser.text())
        self.check_page(browser)
        names = browser.names()
        for control in (("textbox", "Name"), ("textbox", "Token"), ("textbox", "New addresses"),
                        ("combobox", "Instructions for a router"), ("button", "Show"), ("button", "Set"),
                        ("button", "Clear"), ("heading", "Dynamic DNS")):
            self.assertIn(control, names)
        self.picture(browser, "1-first-light-320")

        self.fill(browser, "home", TOKEN, router=1)
        browser.press("Tab")
        self.assertEqual(browser.focus(), "Set")
        self.assertEqual(browser.submit(), 200)
        self.assertEqual(self.addresses(), [SERVER])
        text = browser.text()
        self.assertIn("Done. The records are changed.", text)
        self.assertRegex(text, rf"IPv4 address\n+{SERVER}\n")
        self.assertRegex(text, r"Last change\n+\d+ s ago\n")
        self.assertRegex(text, r"Expires\n+in (35 d|34 d 23 h)\n")
        self.assertIn(f"https://{NAME}/api/update?hostname=<domain>&ipv4=<ipaddr>&ipv6=<ip6addr>"
                      "&ip6lanprefix=<ip6lanprefix>&token=<pass>", text)
        self.assertEqual(browser.value("document.title"), f"home.{ZONE}: Dynamic DNS")
        self.assertIn("status", dict(browser.names()))
        self.check_page(browser)
        self.picture(browser, "2-set-light-320")
        browser.show_as(320, 640, "dark")
        self.assertEqual(browser.value("getComputedStyle(document.body).color"), "rgb(255, 255, 255)")
        self.picture(browser, "3-set-dark-320")
        browser.show_as(1000, 900, "dark")
        self.picture(browser, "4-set-dark-1000")

        browser.show_as(320, 640, "dark")
        browser.go(f"https://{NAME}/")
        self.fill(browser, f"home.{ZONE}", TOKEN)
        browser.press("Tab")
        browser.press("Tab")
        self.assertEqual(browser.focus(), "Clear")
        self.assertEqual(browser.submit(" "), 200)
        self.assertEqual(self.addresses(), [])
        self.check_page(browser)

    def test_a_wrong_token(self):
        self.start()
        browser = self.browse()
        browser.show_as(320, 640, "dark")
        browser.go(f"https://{NAME}/")
        browser.press("Tab")
        browser.type(TOKEN)  # in the wrong field
        browser.press("Tab")
        browser.type("guess")
        self.assertEqual(browser.submit(), 403)
        text = browser.text()
        self.assertIn("Error: The token is wrong, or there is no host with this name.", text)
        self.assertIn("alert", dict(browser.names()))
        self.assertEqual(browser.value("document.getElementById('host').value"), "")
        # the only message is Chromium's own, of the status
        self.assertEqual([entry["text"] for entry in browser.console() if "403" not in entry["text"]], [])
        browser.events = [event for event in browser.events if event.get("method") != "Log.entryAdded"]
        self.check_page(browser)
        self.picture(browser, "5-wrong-dark-320")
        self.assertNotIn(TOKEN, self.daemon.log.read_text())

    def test_a_form_of_another_site(self):
        self.start()
        fields = {"host": "home", "token": TOKEN, "do": "set", "ip": "192.0.2.9"}
        inputs = "".join(f'<input type="hidden" name="{name}" value="{text}">' for name, text in fields.items())

        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(f"<form method=post action=https://{NAME}/>{inputs}<button>Go</button></form>".encode())

            def log_message(self, *_):
                pass

        site = http.server.ThreadingHTTPServer((OTHER, 80), Page)
        threading.Thread(target=site.serve_forever, daemon=True).start()
        self.addCleanup(site.server_close)
        self.addCleanup(site.shutdown)
        browser = self.browse()
        browser.go(f"http://{ELSEWHERE}/page")
        browser.press("Tab")
        self.assertEqual(browser.focus(), "Go")
        self.assertEqual(browser.submit(), 403)
        self.assertEqual(self.addresses(), [])

    def test_plain_http_leads_to_https(self):
        self.start()
        status, fields, _ = self.ask("GET", SERVER)
        self.assertEqual((status, fields["Location"]), (308, f"https://{NAME}/"))
        self.assertEqual(self.ask("POST", SERVER, {"host": "home", "token": TOKEN})[0], 308)
        self.assertEqual(self.ask("GET", "127.0.0.1")[0], 200)  # from loopback
        connection = http.client.HTTPConnection(SERVER)
        connection.request("GET", f"/api/update?hostname=home.{ZONE}&token={TOKEN}&ipv4=192.0.2.7")
        self.assertEqual(connection.getresponse().read(), b"ok updated")
        browser = self.browse()
        self.assertEqual(browser.go(f"http://{NAME}/"), 200)
        self.assertEqual(browser.value("location.href"), f"https://{NAME}/")

    def test_fields_and_html(self):
        self.start()
        status, fields, text = self.ask("GET", SERVER, tls=True)
        self.assertEqual(status, 200)
        for name, value in (("Referrer-Policy", "no-referrer"), ("Cross-Origin-Opener-Policy", "same-origin"),
                            ("Cross-Origin-Resource-Policy", "same-origin"), ("X-Robots-Tag", "noindex"),
                            ("Cache-Control", "no-store"), ("Content-Type", "text/html; charset=utf-8")):
            self.assertEqual(fields[name], value)
        self.assertRegex(fields["Content-Security-Policy"],
                         r"^default-src 'none'; style-src 'sha256-[\w+/]{43}='; form-action 'self'; "
                         r"frame-ancestors 'none'; base-uri 'none'$")
        self.assertNotIn("Set-Cookie", fields)
        self.check_tidy(text)
        form = {"host": "home", "token": TOKEN}
        self.check_tidy(self.ask("POST", SERVER, {**form, "token": "guess"}, tls=True)[2])
        for router in ("", "fritzbox", "openwrt", "opnsense", "pfsense", "unifi", "draytek", "synology", "qnap",
                       "ddclient", "curl", "other"):
            status, _, text = self.ask("POST", SERVER, {**form, "router": router, "do": "show"}, tls=True)
            self.assertEqual((status, "What to type" in text), (200, router != ""))
            self.assertNotIn(TOKEN, text)
            self.check_tidy(text)
        status, _, text = self.ask("POST", SERVER, {**form, "do": "set", "ip": "192.0.2.7,2001:db8::7/64"}, tls=True)
        self.assertIn("2001:db8::/64", text)
        self.check_tidy(text)


class OverPlainHttp(Scene):
    """Without [https]."""

    def test_by_keyboard(self):
        self.start(with_tls=False)
        browser = self.browse()
        browser.show_as(320, 640, "light")
        self.assertEqual(browser.go(f"http://{NAME}/"), 200)
        self.assertIn("This connection is not encrypted.", browser.text())
        self.picture(browser, "6-plain-light-320")
        self.fill(browser, "home", TOKEN, ip="192.0.2.7")
        browser.press("Tab")
        self.assertEqual(browser.submit(), 200)
        self.assertEqual(self.addresses(), ["192.0.2.7"])
        # a browser has this field for HTTPS only, and says that it ignores it
        self.assertEqual([entry["text"] for entry in browser.console()
                          if "Cross-Origin-Opener-Policy header has been ignored" not in entry["text"]], [])

    def test_off(self):
        self.start("page = no\n", with_tls=False)
        self.assertEqual(self.ask("GET", SERVER)[0], 404)
        self.assertEqual(self.ask("POST", SERVER, {"host": "home", "token": TOKEN, "do": "set"})[0], 404)


def main():
    Scene.build = Path(sys.argv[1]).resolve()
    lab.enter()
    for address in (SERVER, OTHER):
        lab.run("ip", "addr", "add", address, "dev", "lo")
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)


if __name__ == "__main__":
    main()

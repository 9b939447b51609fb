"""Sends the requests of table.py, which routers and clients send that are not at hand, and compares the replies and DNS."""
import json
import re
import socket
import subprocess
from urllib.parse import urlsplit

import scene
from scene import SERVER4, recipe
from table import BASIC, BASIC_WRONG, CLIENTS, HOST, OTHER, VALUE

# Clients find out whether a request was a success by words in the body, some at any status.
WORDS_OF_SUCCESS = re.compile("ok|good|true|success|nochg|updated|unchanged", re.IGNORECASE)

WRONG_SECRET = {(401, "badauth"), (403, "forbidden"), (403, "KO"), (401, '{"error":"forbidden"}')}


class Replay(scene.Scene):
    hosts = "[@home]\ntoken = a-token\n"

    def account(self):
        """The host's acme-dns account, and its line for the config."""
        done = subprocess.run([self.build / "bin/nanodnsd", "--acme-json", HOST], capture_output=True, text=True, check=True)
        return json.loads(done.stdout), re.search("acme_hash=.*", done.stderr)[0]

    def target(self, client, step):
        """The path and the query of the page's URL, filled in."""
        if not step.url:
            return ""
        url = recipe(client.page, *step.url).strip().removeprefix("curl ").strip('"')
        for place, value in step.fill.items():
            self.assertIn(place, url)
            url = url.replace(place, value)
        if url.startswith("/"):
            return url
        if "://" not in url:
            url = "https://" + url
        parts = urlsplit(url)
        self.assertEqual(parts.netloc, "ns.mydomain.test")
        return f"{parts.path}?{parts.query}"

    def send(self, request):
        """(status, body) of the reply."""
        with socket.create_connection((SERVER4, 80), scene.PATIENCE) as connection:
            connection.sendall(request.encode())
            reply = b""
            while piece := connection.recv(4096):
                reply += piece
        head, _, body = reply.decode().partition("\r\n\r\n")
        self.assertIn("\r\nX-Content-Type-Options: nosniff", head)
        return int(head.split()[1]), body

    def replay(self, client):
        words = {"basic": BASIC, "value": VALUE, "other": OTHER}
        hosts = client.hosts or recipe(client.page, "On the server")
        if "acme_hash=HASH" in hosts:
            account, line = self.account()
            hosts = hosts.replace("acme_hash=HASH", line)
            words |= {"user": account["username"], "key": account["password"], "subdomain": account["subdomain"]}
        self.reconfigure(hosts)
        for number, step in enumerate(client.steps):
            with self.subTest(step=number, request=step.request):
                self.take(client, step, words)
        self.refuses_another_secret(client, words)

    def request(self, client, step, words):
        text = step.request.format(**words, target=self.target(client, step), length="LENGTH")
        head, _, body = text.partition("\n\n")
        head = head.replace("LENGTH", str(len(body))).replace("\n", "\r\n")
        return f"{head}\r\n\r\n{body}"

    def refuses_another_secret(self, client, words):
        """Sends the first request again, if it has a secret."""
        first, last = client.steps[0], client.steps[-1]
        request = self.request(client, first, words | {"basic": BASIC_WRONG, "key": "w" * 40}).replace(scene.TOKEN, "wrong")
        if request != self.request(client, first, words):
            self.assertIn(self.send(request), WRONG_SECRET)
            self.answers(last)

    def answers(self, step):
        """Checks what DNS has after the step."""
        self.has(**step.dns)
        self.assertEqual(self.ask("_acme-challenge.home", "TXT"), sorted(f'"{value}"' for value in step.txt))

    def take(self, client, step, words):
        status, reply = self.send(self.request(client, step, words))
        pattern = step.body.format(**words)
        if not pattern.endswith(".*"):
            self.assertEqual((status, reply), (step.status, pattern))
        self.assertEqual(status, step.status, reply)
        self.assertRegex(reply, re.compile(pattern.removesuffix(".*"), re.ASCII))
        if status >= 400:
            self.assertNotRegex(reply, WORDS_OF_SUCCESS)
        self.answers(step)


class Pages(scene.Scene):
    def test_the_index_lists_each_page(self):
        index = (scene.PAGES / "README.md").read_text()
        pages = {page.name for page in scene.PAGES.glob("*.md")} - {"README.md"}
        self.assertEqual(set(re.findall(r"\]\(([^/)]+\.md)\)", index)), pages)

    def test_each_page_has_a_config_that_is_right_and_says_how_it_was_tried(self):
        for page in scene.PAGES.glob("*.md"):
            with self.subTest(page.name):
                if page.name == "README.md":
                    continue
                self.assertRegex(page.read_text(), "\n## How it was tried\n\n\\S")
                hosts = recipe(page.stem, "On the server")
                self.assertRegex(hosts, "\nexpire=(35d|never)\n")
                done = subprocess.run([self.build / "bin/nanodnsd", "--acme-json", HOST], capture_output=True, text=True,
                                      check=True)
                line = re.search("acme_hash=.*", done.stderr)[0]
                self.reconfigure(hosts.replace("acme_hash=HASH", line))

    def test_the_result_match_of_pfsense(self):
        """pfSense compares the whole reply with each alternative of this field."""
        alternatives = recipe("pfsense", "The entry", 2).strip().split("|")
        steps = [step for step in CLIENTS["pfsense"].steps if step.status == 200]
        self.assertTrue(steps)
        for step in steps:
            self.assertIn(step.body, [text.replace("%IP%", step.fill["%IP%"]) for text in alternatives])


def test_of(client):
    return lambda self: self.replay(client)


for name, client in CLIENTS.items():
    setattr(Replay, f"test_{name}", test_of(client))

if __name__ == "__main__":
    scene.main()

"""Headless Chromium, which is asked by the DevTools protocol over a pipe and gets its input as key presses.

https://chromedevtools.github.io/devtools-protocol/
"""
import base64
import json
import os
import select
import subprocess
import time

PATIENCE = 120  # seconds
# what would be something else than the page: checks for updates, attempts to use HTTPS instead of HTTP
QUIET = ("--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,OptimizationHints,MediaRouter")
KEYS = {"Tab": (9, None), "Enter": (13, "\r"), "ArrowDown": (40, None), " ": (32, " "), ".": (190, "."), ",": (188, ","),
        "-": (189, "-"), ":": (186, ":")}


class Chromium:
    """One page. `hosts`: {name: address}; no other name is known."""

    def __init__(self, folder, hosts):
        rules = ",".join(f"MAP {name} {address}" for name, address in hosts.items())
        asks, self.asks = os.pipe()
        self.answers, answers = os.pipe()
        command = ["/usr/bin/chromium", "--headless", "--no-sandbox", "--remote-debugging-pipe", "--disable-gpu",
                   "--disable-dev-shm-usage", "--ignore-certificate-errors", f"--user-data-dir={folder}/profile",
                   f"--host-resolver-rules={rules},MAP * ~NOTFOUND", *QUIET, "about:blank"]
        # the pipe's descriptors are 3 and 4
        with (folder / "chromium.log").open("w") as log:
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", f'exec "$@" 3<&{asks} 4>&{answers}', "sh", *command], pass_fds=(asks, answers),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)})
        os.close(asks)
        os.close(answers)
        self.buffer = b""
        self.number = 0
        self.session = None
        self.events = []
        page = next(each for each in self.ask("Target.getTargets")["targetInfos"] if each["type"] == "page")
        self.session = self.ask("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility"):
            self.ask(f"{domain}.enable")

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        os.close(self.asks)
        os.close(self.answers)

    def message(self):
        """The next one, which ends with a zero byte."""
        until = time.monotonic() + PATIENCE
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.answers], [], [], until - time.monotonic())
            piece = os.read(self.answers, 65536) if ready else b""
            if not piece:
                raise RuntimeError("Chromium does not answer")
            self.buffer += piece
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def ask(self, method, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.asks, json.dumps(request).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def wait(self, method):
        """The parameters of the next event of that kind that nobody has waited for."""
        while True:
            for number, event in enumerate(self.events):
                if event.get("method") == method:
                    del self.events[number]
                    return event["params"]
            self.events.append(self.message())

    def forget(self, *methods):
        self.events = [event for event in self.events if event.get("method") not in methods]

    def console(self):
        """All that the console has shown so far."""
        shown = []
        for event in self.events:
            if event.get("method") in ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
                shown.append(event["params"].get("entry", event["params"]))
        return shown

    def go(self, url):
        """The status of the page."""
        self.forget("Page.loadEventFired", "Network.responseReceived")
        self.ask("Page.navigate", url=url)
        return self.loaded()

    def loaded(self):
        status = None
        while status is None:
            response = self.wait("Network.responseReceived")
            if response["type"] == "Document":
                status = response["response"]["status"]
        self.wait("Page.loadEventFired")
        return status

    def press(self, key, shift=False):
        code, text = KEYS.get(key, (ord(key[0].upper()), key))
        what = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        if text:
            what["text"] = text
        self.ask("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **what)
        what.pop("text", None)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **what)

    def type(self, text):
        for each in text:
            self.press(each)

    def submit(self, key="Enter"):
        """The status of the page that the key leads to."""
        self.forget("Page.loadEventFired", "Network.responseReceived")
        self.press(key)
        return self.loaded()

    def value(self, expression):
        """For looking at the page only."""
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def text(self):
        return self.value("document.body.innerText")

    def focus(self):
        """What has the focus: its id or its text."""
        return self.value("document.activeElement.id || document.activeElement.innerText")

    def names(self):
        """What a screen reader says of the controls: [(role, name)]."""
        nodes = self.ask("Accessibility.getFullAXTree")["nodes"]
        return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes
                if not node["ignored"] and node["role"]["value"] in
                ("textbox", "combobox", "button", "heading", "alert", "status", "main", "region")]

    def show_as(self, width, height, scheme):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path):
        shot = self.ask("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(shot))

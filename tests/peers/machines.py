"""Two machines: this one, and a server with the addresses that the documents give it. No packet leaves them."""
import os
import shutil
from pathlib import Path

import lab
from servers import Ours

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path("/etc/nanodnsd/nanodnsd.conf")
SERVER = {"A": "192.0.2.53", "AAAA": "2001:db8::53"}


def check(is_so, text):
    if not is_so:
        raise AssertionError(text)


def make(here):
    """The server's network namespace, and a line to it. `here`: this machine's addresses. Call lab.enter() first."""
    lab.run("mount", "-t", "tmpfs", "tmpfs", "/run")  # for the name of the namespace; and so there is no systemd
    lab.run("ip", "netns", "add", "server")
    lab.run("ip", "link", "add", "line", "type", "veth", "peer", "name", "line", "netns", "server")
    for ip, own, other in ((("ip",), here, SERVER), (("ip", "-n", "server"), SERVER, here)):
        lab.run(*ip, "link", "set", "lo", "up")
        lab.run(*ip, "address", "add", own["A"], "dev", "line")
        lab.run(*ip, "address", "add", own["AAAA"], "dev", "line", "nodad")
        lab.run(*ip, "link", "set", "line", "up")
        lab.run(*ip, "route", "add", other["A"], "dev", "line", "src", own["A"])
        lab.run(*ip, "-6", "route", "add", other["AAAA"], "dev", "line")


def own_etc():
    """/etc can be changed from now on, in this mount namespace alone. Call make() first."""
    above = Path("/run/etc")
    for name in ("upper", "work"):
        (above / name).mkdir(parents=True)
    lab.run("mount", "-t", "overlay", "overlay", "-o",
            f"lowerdir=/etc,upperdir={above}/upper,workdir={above}/work", "/etc")
    shutil.rmtree(CONFIG.parent, ignore_errors=True)
    CONFIG.parent.mkdir()


def shell(line):
    """Runs a line as an operator pastes it."""
    print("$", line)
    output = lab.run("sh", "-c", line)
    print(output)
    return output


def block(heading, language=""):
    """The first block of a section of GUIDE.md."""
    text = (ROOT / "GUIDE.md").read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return text.partition(f"\n```{language}\n")[2].partition("\n```\n")[0]


class Machine(Ours):
    """The server, started by a line that is printed or in a document."""

    def __init__(self, folder, build):
        super().__init__(folder, build, SERVER["A"])
        os.environ["PATH"] = f"{self.folder}/bin:{os.environ['PATH']}"

    def run_line(self, line, domain):
        state = self.folder / "state"
        shutil.rmtree(state, ignore_errors=True)
        state.mkdir()
        os.environ["STATE_DIRECTORY"] = str(state)
        print("server$", line)
        return self.start(["ip", "netns", "exec", "server", "sh", "-c", f"exec {line}"], (domain, "SOA"))

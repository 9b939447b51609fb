"""What nanodnsd --init and README.md tell an operator to do works from an empty machine to the proving dig.

first_steps.py BUILD-FOLDER

NSD serves a root, test, mydomain.test and example.test. Unbound is the resolver of this machine. The server is
another machine: a network namespace of its own, with the addresses of the documents. The records go into the
zones of the DNS providers, and all commands are run as they are printed.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

import lab
from servers import Nsd, Ours, Unbound

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()
SERVER = {"A": "192.0.2.53", "AAAA": "2001:db8::53"}
HERE = {"A": "198.51.100.1", "AAAA": "2001:db8:1::1"}
DOMAIN = "dyn.mydomain.test"
HOST = f"home.{DOMAIN}"
ABOVE = ("test.", "mydomain.test.", "example.test.")


def check(is_so, text):
    if not is_so:
        raise AssertionError(text)


def make_machines():
    """The server's network namespace, and a line to it."""
    lab.run("mount", "-t", "tmpfs", "tmpfs", "/run")  # for the name of the namespace; and so there is no systemd
    lab.run("ip", "netns", "add", "server")
    lab.run("ip", "link", "add", "line", "type", "veth", "peer", "name", "line", "netns", "server")
    on_server = ("ip", "-n", "server")
    for ip, own, other in ((("ip",), HERE, SERVER), (on_server, SERVER, HERE)):
        lab.run(*ip, "link", "set", "lo", "up")
        lab.run(*ip, "address", "add", own["A"], "dev", "line")
        lab.run(*ip, "address", "add", own["AAAA"], "dev", "line", "nodad")
        lab.run(*ip, "link", "set", "line", "up")
        lab.run(*ip, "route", "add", other["A"], "dev", "line", "src", own["A"])
        lab.run(*ip, "-6", "route", "add", other["AAAA"], "dev", "line")


def zone(apex, more):
    """A zone of the parent's provider, whose name server is here."""
    return (f"$ORIGIN {apex}\n{apex} 3600 IN SOA a.parent.test. hostmaster.parent.test. 1 14400 3600 1209600 60\n"
            f"{apex} 3600 IN NS a.parent.test.\n{more}\n")


def zones(records):
    """`records`: {zone: lines of a zone file}, of the providers."""
    here = f"a.parent.test. 3600 IN A {HERE['A']}\n"
    below = "".join(f"{apex} 3600 IN NS a.parent.test.\n" for apex in ABOVE[1:])
    own = {".": f"test. 3600 IN NS a.parent.test.\n{here}", "test.": here + below}
    return {apex: zone(apex, own.get(apex, "") + records.get(apex, "")) for apex in (".", *ABOVE)}


def shell(line, **how):
    """Runs a line as an operator pastes it."""
    print("$", line)
    output = lab.run("sh", "-c", line, **how)
    print(output, end="")
    return output


def proves(line, address):
    """Whether the line is a dig whose answer is the address."""
    output = shell(line)
    check(re.search(rf"^\S+\s+\d+\s+IN\s+A+\s+{re.escape(address)}$", output, re.MULTILINE),
          f"{line}: no {address}")


class Machine(Ours):
    """The server, started by a line that is printed or in README.md."""

    def init(self, *options):
        self.config = self.folder / "etc/nanodnsd.conf"
        self.config.parent.mkdir(exist_ok=True)
        return lab.run(self.folder / "bin/nanodnsd", "--init", *options, "-c", self.config)

    def run_line(self, line):
        state = self.folder / "state"
        state.mkdir(exist_ok=True)
        os.environ["STATE_DIRECTORY"] = str(state)
        os.environ["PATH"] = f"{self.folder}/bin:{os.environ['PATH']}"
        print("server$", line)
        return self.start(["ip", "netns", "exec", "server", "sh", "-c", f"exec {line}"], (DOMAIN, "SOA"))


def section(steps, number):
    """The text of a step that --init prints."""
    return steps.partition(f"\n{number}. ")[2].partition(f"\n{number + 1}. ")[0]


def lines(text, start):
    return [line for line in text.splitlines() if line.startswith(start)]


def records_of(steps):
    """{zone: lines} for each provider that the first step names."""
    return {f"{apex}.": text for apex, text in
            re.findall(r"at the DNS provider of ([\w.]+)[^\n]*:\n\n(.*?)\n\n", section(steps, 1) + "\n\n",
                       re.DOTALL)}


def fritzbox(step):
    """Sends the request that a Fritz!Box makes of its fields."""
    url, domain, user, password = (re.search(rf"^{field} +(\S+)$", step, re.MULTILINE)[1]
                                   for field in ("Update URL", "Domain name", "User name", "Password"))
    for name, value in {"domain": domain, "username": user, "pass": password, "ipaddr": "198.51.100.7",
                        "ip6addr": "2001:db8:7::1", "ip6lanprefix": "2001:db8:7::/56"}.items():
        url = url.replace(f"<{name}>", value)
    return lab.run("curl", "-sS", url)


def first_steps(folder, build, name_server, families, providers):
    """--init with these options, its steps, and what a resolver then finds."""
    addresses = [f"--ip{'v4' if family == 'A' else 'v6'}={SERVER[family]}" for family in families]
    with Machine(folder, build, SERVER["A"]) as server, Nsd(folder, HERE["A"]) as nsd, \
            Unbound(folder, "127.0.0.1") as resolver:
        steps = server.init(f"--domain={DOMAIN}", f"--nameserver={name_server}",
                            "--email=hostmaster@mydomain.test", "--host=home", *addresses)
        print(steps)
        checked = subprocess.run([server.folder / "bin/nanodnsd", "-n", "-c", server.config], check=True,
                                 capture_output=True, text=True)
        check("warning" not in checked.stderr, checked.stderr)
        records = records_of(steps)
        check(set(records) == providers, f"records for {set(records)}")
        nsd.serve(zones(records), ("test.", "SOA"))
        server.address = SERVER[families[0]]
        server.run_line(*lines(section(steps, 2), "nanodnsd"))
        resolve(resolver)
        check(shell(*lines(section(steps, 3), "curl ")) == f"good {HERE[families[0]]}", "the update")
        found = lab.run("dig", "+short", HOST, families[0])
        check(found == f"{HERE[families[0]]}\n", f"the resolver finds {found}")
        proofs = lines(section(steps, 4), "dig ")
        check(len(proofs) == 2, steps)
        for line in proofs:
            proves(line, HERE[families[0]])
        check(fritzbox(section(steps, 3)) == "ok updated", "the update of the router")
        for family, address in (("A", "198.51.100.7"), ("AAAA", "2001:db8:7::1")):
            check(lab.run("dig", "+short", "+norecurse", f"@{server.address}", HOST, family) == f"{address}\n",
                  family)


def resolve(resolver):
    resolver.serve("stub-zone", ".", HERE["A"], ("test.", "SOA"), 'local-zone: "test." nodefault')


def block(heading, language=""):
    """The first block of a section of README.md."""
    text = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return text.partition(f"\n```{language}\n")[2].partition("\n```\n")[0]


def readme(folder, build):
    """The example config, the records and the commands of README.md."""
    with Machine(folder, build, SERVER["A"]) as server, Nsd(folder, HERE["A"]) as nsd, \
            Unbound(folder, "127.0.0.1") as resolver:
        config = server.write("nanodnsd.conf", block("Configure it", "ini"))
        records = block("Get the zone delegated")
        print(records)
        nsd.serve(zones({"mydomain.test.": records}), ("test.", "SOA"))
        server.run_line(f"nanodnsd -c {config}")
        resolve(resolver)
        proves(block("Get the zone delegated", "sh"), "192.0.2.7")
        check(shell(block("Tell your router", "sh")) == "ok updated", "the update")
        proves(f"dig +trace {HOST} AAAA", "2001:db8::7")


def main():
    lab.enter()
    make_machines()
    with lab.Folder() as top:
        resolv = top / "resolv.conf"
        resolv.write_text("nameserver 127.0.0.1\n")
        lab.run("mount", "--bind", resolv, os.path.realpath("/etc/resolv.conf"))
        for name, (name_server, families, providers) in {
                "in-the-zone": (f"ns.{DOMAIN}", ("A", "AAAA"), {"mydomain.test."}),
                "the-domain-itself": (DOMAIN, ("A",), {"mydomain.test."}),
                "beside-the-zone": ("ns.mydomain.test", ("AAAA",), {"mydomain.test."}),
                "elsewhere": ("ns.example.test", ("A", "AAAA"), {"mydomain.test.", "example.test."})}.items():
            print(f"--- {name}")
            folder = top / name
            folder.mkdir()
            first_steps(folder, sys.argv[1], name_server, families, providers)
        print("--- README.md")
        folder = top / "readme"
        folder.mkdir()
        readme(folder, sys.argv[1])


if __name__ == "__main__":
    main()

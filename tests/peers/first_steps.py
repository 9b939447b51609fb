"""What nanodnsd --init and GUIDE.md tell an operator to do works from an empty machine to the proving dig.

first_steps.py BUILD-FOLDER

NSD serves a root, test, mydomain.test and example.test. Unbound is the resolver of this machine. The server is
another machine: a network namespace of its own, with the addresses of the documents. The records go into the
zones of the DNS providers, and all commands are run as they are printed.
"""
import re
import subprocess
import sys
from pathlib import Path

import lab
import machines
from machines import SERVER, Machine, block, check, shell
from servers import Nsd, Unbound

HERE = {"A": "198.51.100.1", "AAAA": "2001:db8:1::1"}
DOMAIN = "dyn.mydomain.test"
HOST = f"home.{DOMAIN}"
ABOVE = ("test.", "mydomain.test.", "example.test.")


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


def proves(line, address):
    """Whether the line is a dig whose answer is the address."""
    output = shell(line)
    check(re.search(rf"^\S+\s+\d+\s+IN\s+A+\s+{re.escape(address)}$", output, re.MULTILINE),
          f"{line}: no {address}")


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
    with Machine(folder, build) as server, Nsd(folder, HERE["A"]) as nsd, \
            Unbound(folder, "127.0.0.1") as resolver:
        machines.CONFIG.unlink(missing_ok=True)
        steps = lab.run("nanodnsd", "--init", f"--domain={DOMAIN}", f"--nameserver={name_server}",
                        "--email=hostmaster@mydomain.test", "--host=home", *addresses)
        print(steps)
        checked = subprocess.run(["nanodnsd", "-n"], check=True,
                                 capture_output=True, text=True)
        check("warning" not in checked.stderr, checked.stderr)
        records = records_of(steps)
        check(set(records) == providers, f"records for {set(records)}")
        nsd.serve(zones(records), ("test.", "SOA"))
        server.address = SERVER[families[0]]
        server.run_line(*lines(section(steps, 2), "nanodnsd"), DOMAIN)
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
        check(f" serves {DOMAIN}, serial " in shell(*lines(section(steps, 5), "nanodnsctl ")), "the status")


def resolve(resolver):
    resolver.serve("stub-zone", ".", HERE["A"], ("test.", "SOA"), 'local-zone: "test." nodefault')


def guide(folder, build):
    """The example config, the rules of the firewall, the records and the commands of GUIDE.md."""
    lab.run("/usr/sbin/nft", "--check", "--file", "-", input="table inet filter {\nchain input {\n"
            "type filter hook input priority filter; policy drop;\n" + block("Open the firewall") + "\n}\n}\n")
    with Machine(folder, build) as server, Nsd(folder, HERE["A"]) as nsd, \
            Unbound(folder, "127.0.0.1") as resolver:
        machines.CONFIG.write_text(block("Configure it", "ini"))
        records = block("Get the zone delegated")
        print(records)
        nsd.serve(zones({"mydomain.test.": records}), ("test.", "SOA"))
        server.run_line("nanodnsd", DOMAIN)
        resolve(resolver)
        proves(block("Get the zone delegated", "sh"), "192.0.2.7")
        check(shell(block("Tell your router", "sh")) == "ok updated", "the update")
        proves(f"dig +trace {HOST} AAAA", "2001:db8::7")


def main():
    lab.enter()
    machines.make(HERE)
    with lab.Folder() as top:
        machines.own_etc()
        resolv = Path("/etc/resolv.conf")
        resolv.unlink()
        resolv.write_text("nameserver 127.0.0.1\n")
        for name, (name_server, families, providers) in {
                "in-the-zone": (f"ns.{DOMAIN}", ("A", "AAAA"), {"mydomain.test."}),
                "the-domain-itself": (DOMAIN, ("A",), {"mydomain.test."}),
                "beside-the-zone": ("ns.mydomain.test", ("AAAA",), {"mydomain.test."}),
                "elsewhere": ("ns.example.test", ("A", "AAAA"), {"mydomain.test.", "example.test."})}.items():
            print(f"--- {name}")
            folder = top / name
            folder.mkdir()
            first_steps(folder, sys.argv[1], name_server, families, providers)
        print("--- GUIDE.md")
        folder = top / "guide"
        folder.mkdir()
        guide(folder, sys.argv[1])


if __name__ == "__main__":
    main()

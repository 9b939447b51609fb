"""The examples of the manuals, and those of GUIDE.md that no other test runs, do what the pages show.

manuals.py BUILD-FOLDER

An example is a block of literal text. One with prompts is run line by line as it is printed, and what it prints
is compared with the page, if the page shows something. One with sections is a config, which is checked. Commands of
systemctl are run where systemd is (tests/nspawn).
"""
import os
import re
import subprocess
import sys
from pathlib import Path

import lab
import machines
from machines import CONFIG, ROOT, SERVER, Machine, block, check

HERE = {"A": "192.0.2.7", "AAAA": "2001:db8:1:2::7"}
DOMAIN = "dyn.mydomain.test"
VARIABLE = re.compile(r"[a-z]+=\S+")


def examples(page):
    """The literal blocks and lines of a manual, as a reader sees them."""
    text = (ROOT / page).read_text()
    found = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$|^\.Dl ([$#] [^\n]*)$", text, re.MULTILINE | re.DOTALL)
    for literal, line in found:
        yield (literal or line + "\n").replace("\\e", "\\").replace("\\(aq", "'").replace("\\&", "")


def commands(example):
    """[command, what the page shows that it prints], with the lines that continue a command."""
    steps = []
    for line in example.splitlines():
        if line.startswith(("$ ", "# ")):
            steps.append([line[2:], ""])
        elif steps[-1][0].endswith("\\"):
            steps[-1][0] += "\n" + line
        else:
            steps[-1][1] += line + "\n"
    return steps


def run_commands(page, folder):
    """Runs the examples with prompts, as in one shell. Returns their number."""
    variables = []
    steps = [step for example in examples(page) if example[0] in "$#" for step in commands(example)]
    for command, shown in steps:
        if VARIABLE.fullmatch(command):
            variables.append(command)
            continue
        if command.startswith("systemctl "):
            continue
        printed = lab.run("bash", "-ec", "\n".join([*variables, command]), cwd=folder)
        check(not shown or printed.rstrip("\n") == shown.rstrip("\n"),
              f"{page}: {command}\nprints\n{printed}\nnot\n{shown}")
    print(f"{page}: {len(steps)} commands")
    return len(steps)


def check_config(text):
    CONFIG.write_text(text)
    print(lab.run("nanodnsd", "-n").splitlines()[-1])


def whole(page):
    """The example that is a config by itself."""
    return next(example for example in examples(page) if example.startswith("[server]"))


def run_page(build, folder, page, config):
    with Machine(folder, build) as server:
        CONFIG.write_text(config)
        CONFIG.chmod(0o640)
        server.run_line("nanodnsd", DOMAIN)
        check(run_commands(page, folder) > 0, f"{page} has no examples")


def commands_of_nanodnsctl():
    """Those of its manual and of README.md that end by themselves, without the journal (tests/nspawn has one)."""
    shown = [command for example in examples("ctl/nanodnsctl.1") for command, _ in commands(example)]
    shown += [line.partition("#")[0].strip() for line in block("See what it does").splitlines()]
    return [line for line in shown if line.split()[1] not in ("watch", "log")]


def run_nanodnsctl(build, folder, config):
    control = Path("/run/nanodnsd/control")
    control.parent.mkdir()
    with Machine(folder, build) as server:
        CONFIG.write_text(f"{config}\n[control]\nsocket = {control}\n")
        server.run_line("nanodnsd", DOMAIN)
        lines = commands_of_nanodnsctl()
        for line in lines:
            done = subprocess.run(line.split(), capture_output=True, text=True, check=False)
            may_fail = line.split()[1] == "doctor"  # it sees the machine of the test
            check(done.stdout and (done.returncode == 0 or (may_fail and done.returncode == 1)),
                  f"{line}: exit {done.returncode}: {done.stdout}{done.stderr}")
        check({line.split()[1] for line in lines} >= {"status", "hosts", "show", "set", "clear", "reload"}, lines)
        home = lab.run("nanodnsctl", "show", "home")
        check("192.0.2.7" in home and "2001:db8::7" not in home, home)
    print(f"nanodnsctl: {len(lines)} commands")


def make_certificate():
    tls = CONFIG.parent / "tls"
    tls.mkdir(exist_ok=True)
    lab.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
            "/CN=ns.mydomain.test", "-addext", "subjectAltName=DNS:ns.mydomain.test", "-days", "2",
            "-keyout", tls / "privkey.pem", "-out", tls / "fullchain.pem")
    os.environ["CURL_CA_BUNDLE"] = str(tls / "fullchain.pem")


def main():
    build = sys.argv[1]
    lab.enter()
    machines.make(HERE)
    with lab.Folder() as folder:
        machines.own_etc()
        with open("/etc/hosts", "a", encoding="utf-8") as hosts:
            hosts.writelines(f"{address} ns.mydomain.test\n" for address in SERVER.values())
        lab.run("useradd", "--system", "--user-group", "--no-create-home", "nanodnsd")
        make_certificate()
        base = whole("etc/nanodnsd.conf.5")
        tls = "\n" + block("Serve HTTPS", "ini") + "\n"
        update = whole("daemon/nanodnsd-update.7")
        for page, config in {"daemon/nanodnsd-update.7": update, "daemon/nanodnsd-privsep.7": base,
                             "daemon/nanodnsd.8": base + tls}.items():
            of_page = folder / Path(page).name
            of_page.mkdir()
            run_page(build, of_page, page, config)
        (folder / "nanodnsctl").mkdir()
        run_nanodnsctl(build, folder / "nanodnsctl", base)
        for fragment in (one for one in examples("etc/nanodnsd.conf.5") if one.startswith("[@")):
            check_config(base.partition("[@")[0] + fragment)
        check_config(base)


if __name__ == "__main__":
    main()

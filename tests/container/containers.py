"""nanodnsd in containers, as contrib/container/README.md says. tests/container/run calls it, with an image made.

containers.py [TEST...]
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import proc

FOLDER = Path(__file__).resolve().parents[2] / "contrib/container"
USER = 10053
CONFIG = "/etc/nanodnsd/nanodnsd.conf"
FILTER = Path("/usr/share/containers/seccomp.json") # podman's default
NAMESPACES = {"unshare", "setns", "mount", "umount2", "pivot_root", "clone3"}
NEW_NAMESPACES = 0x7E020000 # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET
PATIENCE = 60 # seconds
HOME = "home.dyn.mydomain.test"


def run(*command, **how):
    """What a command writes; it must succeed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **how)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit {done.returncode}:\n{done.stdout}")
    return done.stdout


def podman(*arguments):
    return run("podman", *arguments)


def inspected(container):
    return json.loads(podman("inspect", container))[0]


def section(token):
    return f"[@home]\ntoken={token}\nexpire=35d\n"


def write_config(folder, token):
    """The example with a host, readable as README.md says."""
    path = Path(folder) / "nanodnsd.conf"
    path.write_text((FOLDER / "nanodnsd.conf").read_text() + section(token))
    os.chown(path, 0, USER)
    path.chmod(0o640)
    return path


def dockers_filter(folder):
    """Podman's filter without what Docker's refuses: new namespaces and mounts."""
    rules = json.loads(FILTER.read_text())
    for rule in rules["syscalls"]:
        rule["names"] = [name for name in rule["names"] if name not in NAMESPACES | {"clone"}]
    rules["syscalls"] = [rule for rule in rules["syscalls"] if rule["names"]]
    rules["syscalls"] += [
        {"names": ["clone"], "action": "SCMP_ACT_ALLOW",
         "args": [{"index": 0, "value": NEW_NAMESPACES, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
        {"names": sorted(NAMESPACES - {"clone3"}), "action": "SCMP_ACT_ERRNO", "errnoRet": 1},
    ]
    path = Path(folder) / "seccomp.json"
    path.write_text(json.dumps(rules))
    return str(path)


class Log:
    """The log of a container, as it is written."""

    def __init__(self, container):
        self.text = ""
        self.container = container
        self.process = subprocess.Popen(["podman", "logs", "-f", container], stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)

    def wait_for(self, text):
        """Reads on, up to a line that has this text, and returns the line."""
        watch = threading.Timer(PATIENCE, self.process.kill)
        watch.start()
        for line in self.process.stdout:
            self.text += line
            if text in line:
                watch.cancel()
                return line
        watch.cancel()
        raise AssertionError(f"the log of {self.container} ends without '{text}':\n{self.text}")

    def close(self):
        self.process.kill()
        self.process.stdout.close()
        self.process.wait()


class Containers(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.addCleanup(podman, "volume", "rm", "--all", "--force") # last: the page and the manifest use one name
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.token = podman("run", "--rm", "nanodnsd", "--new-token").splitlines()[0]
        self.address = "127.0.0.1"
        self.ports = {"dns": "53", "http": "80"}

    def log_of(self, container):
        log = Log(container)
        self.addCleanup(log.close)
        return log

    def start(self, name, *options):
        write_config(self.folder, self.token)
        podman("run", "--detach", "--name", name, "--publish", "53:1053/udp", "--publish", "53:1053/tcp",
               "--publish", "80:8080/tcp", "--volume", f"{self.folder}/nanodnsd.conf:{CONFIG}:ro",
               "--volume", f"{name}-state:/var/lib/nanodnsd", *options, "nanodnsd")
        self.addCleanup(podman, "rm", "--force", name)
        log = self.log_of(name)
        log.wait_for("nanodnsd: serving")
        return log

    def ask(self, *options):
        server = [f"@{self.address}", "-p", self.ports["dns"]]
        return run("dig", *server, "+short", "+tries=1", *options, HOME, "A").strip()

    def update(self, address):
        url = f"http://{self.address}:{self.ports['http']}/api/update"
        return run("curl", "--silent", "--show-error", "--get", "--data-urlencode", f"hostname={HOME}",
                   "--data-urlencode", f"ipv4={address}", "--header", f"Authorization: Bearer {self.token}", url)

    def check_service(self, container):
        """An update, answers over both transports, and what an administrator sees."""
        self.assertEqual(self.update("192.0.2.7"), "ok updated")
        self.assertEqual(self.ask("+notcp"), "192.0.2.7")
        self.assertEqual(self.ask("+tcp"), "192.0.2.7")
        self.assertRegex(podman("exec", container, "nanodnsctl", "hosts"), r"(?m)^home +192\.0\.2\.7 ")
        print(podman("exec", container, "nanodnsctl", "status"))

    def check_rights(self, container):
        """No process is another user, or has a capability outside of a user namespace of its own."""
        rows = [row.split() for row in podman("top", container, "hpid", "comm").splitlines()[1:]]
        outside = {os.readlink(f"/proc/{pid}/ns/user") for pid, name in rows if name == "tini"}
        daemon = [pid for pid, name in rows if name != "tini"]
        self.assertEqual(len(daemon), 5) # supervisor, responder, updater, keeper and console
        for pid in daemon:
            status = dict(line.split(":\t", 1) for line in proc.read(pid, "status").splitlines())
            self.assertEqual(status["Uid"].split(), [str(USER)] * 4, status["Name"])
            self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"), status["Name"])
            if os.readlink(f"/proc/{pid}/ns/user") in outside:
                self.assertEqual(int(status["CapPrm"], 16), 0, status["Name"])

    def check_life(self, name, log):
        """Reloads, stops, and starts with the same state."""
        podman("kill", "--signal=HUP", name)
        log.wait_for("nanodnsd: serving")
        self.assertEqual(self.ask(), "192.0.2.7")
        podman("stop", name)
        log.wait_for("stopping")
        self.assertEqual(inspected(name)["State"]["ExitCode"], 0)
        podman("start", name)
        again = self.log_of(name)
        again.wait_for("stopping") # the log of the first life comes first
        again.wait_for("nanodnsd: serving")
        self.assertEqual(self.ask(), "192.0.2.7")


class Podman(Containers):
    def test_the_image_asks_for_no_right(self):
        config = json.loads(podman("image", "inspect", "nanodnsd"))[0]
        base = json.loads(podman("image", "inspect", "localhost/debian"))[0]
        print(f"image: {(config['Size'] - base['Size']) / 1e6:.1f} MB above its base")
        self.assertEqual(config["Config"]["User"], f"{USER}:{USER}")
        self.assertEqual(set(config["Config"]["ExposedPorts"]), {"1053/udp", "1053/tcp", "8080/tcp", "8443/tcp"})
        self.assertEqual(set(config["Config"]["Volumes"]), {"/var/lib/nanodnsd"})
        found = podman("run", "--rm", "--entrypoint", "find", "nanodnsd", "/usr/bin", "/usr/libexec", "/etc", "-xdev",
                       "-perm", "/6000", "-path", "*nanodnsd*")
        self.assertEqual(found, "")

    def test_the_commands_of_the_page(self):
        page = (FOLDER / "README.md").read_text()
        clone = Path(self.folder) / "contrib/container"
        clone.mkdir(parents=True)
        write_config(clone, self.token)
        start = re.search(r"^podman run -d (?:.*\\\n)*.*$", page, re.MULTILINE).group(0)
        run("sh", "-c", start, cwd=self.folder)
        self.addCleanup(podman, "rm", "--force", "nanodnsd")
        log = self.log_of("nanodnsd")
        log.wait_for("nanodnsd: serving")
        self.assertIn("sandbox: complete", log.text) # podman's filter allows user namespaces
        self.check_service("nanodnsd")
        self.check_rights("nanodnsd")
        commands = re.findall(r"^\|[^|]*\| `(podman exec [^`]*)`", page, re.MULTILINE)
        self.assertEqual(len(commands), 2)
        for command in commands:
            print(f"$ {command}\n{run('sh', '-c', command)}")
        self.check_life("nanodnsd", log)

    def test_without_user_namespaces_and_any_right(self):
        log = self.start("tight", "--read-only", "--tmpfs", "/run/nanodnsd", "--cap-drop=all",
                         "--security-opt=no-new-privileges", f"--security-opt=seccomp={dockers_filter(self.folder)}")
        self.check_service("tight")
        self.check_rights("tight")
        line = re.search(r"sandbox: .*", log.text).group(0)
        print(line)
        self.assertIn("empty network namespace (no CAP_SYS_ADMIN and user namespaces are refused", line)
        self.assertIn("empty root directory (no CAP_SYS_CHROOT)", line)
        self.check_life("tight", log)

    def test_root_may_be_its_user(self):
        log = self.start("root", "--user=0")
        self.check_service("root")
        self.assertNotIn("cannot", log.text)


class Compose(Containers):
    def test_the_example(self):
        shutil.copy(FOLDER / "compose.yaml", self.folder)
        write_config(self.folder, self.token)
        run("podman-compose", "up", "--detach", "--no-build", cwd=self.folder)
        self.addCleanup(run, "podman-compose", "down", cwd=self.folder)
        name = podman("ps", "--all", "--format", "{{.Names}}").strip()
        log = self.log_of(name)
        log.wait_for("nanodnsd: serving")
        self.check_service(name)
        self.check_rights(name)
        self.check_life(name, log)
        self.assertTrue(inspected(name)["HostConfig"]["ReadonlyRootfs"])
        self.assertIn("sandbox: complete", log.text)


class Kubernetes(Containers):
    def manifest(self):
        """The example with a host. Its secret is a config map: podman 4.3 reads no stringData, and decodes no data."""
        text = (FOLDER / "kubernetes.yaml").read_text()
        host = "".join(f"    {line}\n" for line in section(self.token).splitlines())
        for old, new in (("kind: Secret\n", "kind: ConfigMap\n"), ("stringData:\n", "data:\n"),
                         ("    [control]\n", host + "    [control]\n"), ("secretName:", "name:"),
                         ("          secret:\n", "          configMap:\n")):
            self.assertEqual(text.count(old), 1, old)
            text = text.replace(old, new)
        return text

    def test_the_manifest(self):
        path = Path(self.folder) / "kubernetes.yaml"
        path.write_text(self.manifest())
        podman("kube", "play", str(path))
        self.addCleanup(podman, "kube", "down", str(path))
        names = podman("ps", "--all", "--format", "{{.Names}}").split()
        name = next(name for name in names if name.endswith("-nanodnsd"))
        log = self.log_of(name)
        log.wait_for("nanodnsd: serving")
        pod = json.loads(podman("pod", "inspect", inspected(name)["Pod"]))
        networks = inspected(pod["InfraContainerID"])["NetworkSettings"]["Networks"]
        self.address = next(iter(networks.values()))["IPAddress"]
        self.ports = {"dns": "1053", "http": "8080"} # a service of the cluster would map them
        self.check_service(name)
        self.check_rights(name)


if __name__ == "__main__":
    unittest.main(verbosity=2)

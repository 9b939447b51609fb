"""A new network namespace: nothing leaves it, port 53 is free, and all processes in it exit with the test."""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def enter():
    """Starts this program again in new namespaces for network and processes, with only a loopback device.

    Every address of 127.0.0.0/8 and fd00::/64 is local there. When the program exits or is killed, the kernel
    kills its servers.
    """
    if os.environ.get("NANODNSD_LAB") != "entered":
        if os.geteuid() != 0:
            sys.exit("must be root, for a network of its own")
        os.environ["NANODNSD_LAB"] = "entered"
        os.execvp("unshare", ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child",
                              "--mount-proc", sys.executable, "-B", *sys.argv])
    os.umask(0o022)  # servers that drop root's privileges must be able to read their files
    run("ip", "link", "set", "lo", "up")


def run(*command, **how):
    """The command's output. If it fails, the test fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **how)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {done.returncode}\n"
                           f"{done.stdout}{done.stderr}")
    return done.stdout


class Folder:
    """A temporary folder that servers without root's privileges may read; removed at the end of the block."""

    def __enter__(self):
        self.path = Path(tempfile.mkdtemp(prefix="nanodnsd-peers."))
        self.path.chmod(0o755)
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path)

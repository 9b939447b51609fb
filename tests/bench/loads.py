"""Runs a load generator against a server, and says what that cost the server."""
import os
import subprocess
import time

import processes

PATIENCE = 120


class WrongReplies(Exception):
    pass


def run(lab, program, server, **arguments):
    """What it counted: {"answered": 12345.0, ...}."""
    port = arguments.pop("port", server.port)
    command = [lab.program(program), f"address={server.address}", f"port={port}"]
    command += [f"{key}={value}" for key, value in arguments.items()]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                          timeout=PATIENCE, preexec_fn=processes.pinned(lab.load_cpu))
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr}\n"
                           f"{server.name} says:\n{server.log.read_text()[-1000:]}")
    return {key: float(value) for key, value in (word.split("=") for word in done.stdout.split())}


def measured(lab, program, server, **arguments):
    """CPU time of the server an answer, answers a second, and how much of its time the server was at work.

    Where that is well below one (a CPU), the server was not the bottleneck, and the rate says nothing of it.
    `stolen`: so much of its time it would have worked, and others had the CPU.
    """
    before, waited = server.cpu_ns()
    counted = run(lab, program, server, **arguments)
    time.sleep(0.005)  # until it rests: a thread's time is added up when it stops
    used, waited = (after - earlier for after, earlier in zip(server.cpu_ns(), (before, waited)))
    if counted.get("wrong") or not counted["answered"]:
        raise WrongReplies(f"{server.name}, {program} {arguments}: {counted}")
    seconds = counted["seconds"]
    found = {**counted, "cpu_ns": used / counted["answered"], "rate": counted["answered"] / seconds,
             "busy": used / 1e9 / seconds, "stolen": waited / 1e9 / seconds}
    if "others" in counted:
        found["packet_ns"] = used / counted["sent"]
        found["replies"] = (counted["answered"] + counted["others"]) / counted["sent"]
    return found


def cpus(pin):
    """One for the servers and one for the load, or none where they are not to be told apart."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[:2] if pin and len(usable) > 1 else (None, None)

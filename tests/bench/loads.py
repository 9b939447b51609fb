"""Runs a load generator against a server, and measures the server's cost."""
import os
import subprocess
import time

import processes

PATIENCE = 120


class WrongReplies(Exception):
    pass


def run(lab, program, server, **arguments):
    """The generator's counters: {"answered": 12345.0, ...}."""
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
    """The server's CPU time per answer, answers per second, and the share of the time that it was busy.

    If that share is well below 1 (a CPU), the server was not the bottleneck, and the rate does not describe it.
    `stolen`: the share of the time that it was ready to run and another process had the CPU.
    """
    before, waited = server.cpu_ns()
    counted = run(lab, program, server, **arguments)
    time.sleep(0.005)  # until its threads sleep: their time is accounted for then
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
    """One for the servers and one for the load, or none if they are not separated."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[:2] if pin and len(usable) > 1 else (None, None)

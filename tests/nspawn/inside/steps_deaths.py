"""Processes that are killed, and processes that hang."""
import contextlib
import os
import signal
import time

import proc
from bench import (CHILDREN, SERVICE, children, check, drop_in, note, processes, said, show, state,
                   supervisor, systemctl, until)
from client import HOME, PRINTER, ask_udp, serves, update

KILLS = 20


def killed_children_come_back():
    """kill -9 of a child: the supervisor restarts it and no other"""
    for name in CHILDREN:
        before = processes()
        os.kill(before[name], signal.SIGKILL)
        old = before[name]
        after = until(lambda: children().get(name, old) != old and processes(), f"a new {name}")
        others = {other for other in before if other != name}
        check(all(after[other] == before[other] for other in others), f"not only {name} is new")
        serves()
        note(f"{name}: {old} is now {after[name]}")


def killed_service_comes_back():
    """kill -9 of the main process: systemd restarts the service, and no acknowledged update is lost"""
    check(update("192.0.2.15") == "ok updated", "the update is refused")
    before = processes()
    begin = time.monotonic()
    os.kill(before["supervisor"], signal.SIGKILL)
    until(lambda: not any(proc.exists(pid) for pid in before.values()), "the end of all")
    check(ask_udp(HOME) == ["192.0.2.15"], "it serves something else")
    note(f"a query that came when all were dead was answered after {time.monotonic() - begin:.2f} s")
    check(not set(before.values()) & set(processes().values()), "a process lives on")
    serves()


def no_number_of_kills_turns_it_off():
    """kill -9 of the main process, many times: systemd always restarts it"""
    begin = time.monotonic()
    for _ in range(KILLS):
        old = until(supervisor, "a main process")
        os.kill(old, signal.SIGKILL)
        until(lambda: supervisor() not in (0, old), "another main process")
    until(lambda: state() == "active", "active")
    serves()
    note(f"{KILLS} kills in {time.monotonic() - begin:.1f} s; systemd counts {show('NRestarts')} restarts")
    for unit in ("nanodnsd-dns.socket", "nanodnsd-http.socket"):
        check(show("ActiveState", unit) == "active", f"{unit} is {show('ActiveState', unit)}")


def no_number_of_activations_turns_it_off():
    """stopped and queried, many times: the socket always starts the service"""
    for _ in range(KILLS // 2):
        systemctl("stop", SERVICE)
        check(ask_udp(PRINTER), "no answer")
    note(f"{KILLS // 2} activations in a row")


def stop(name):
    """Stops that process; returns all of its service. On a busy machine, the watchdog may replace them before."""
    while True:
        before = processes()
        with contextlib.suppress(ProcessLookupError):
            os.kill(before[name], signal.SIGSTOP)
            return before


def hanging_is_noticed(name):
    drop_in("WatchdogSec=1s\n")
    check(ask_udp(PRINTER), "no answer")
    begin = time.monotonic()
    before = stop(name)
    said("Watchdog timeout")
    said("Failed with result 'watchdog'")
    until(lambda: state() == "active" and supervisor() != before["supervisor"], "a new service")
    note(f"{name} hung; all is new after {time.monotonic() - begin:.1f} s (WatchdogSec=1s for the test)")
    check(not any(proc.exists(pid) for pid in before.values()), "a process lives on")
    serves()


def hanging_supervisor_is_noticed():
    """the watchdog stops a supervisor that hangs"""
    hanging_is_noticed("supervisor")


def hanging_keeper_is_noticed():
    """the watchdog stops a service whose keeper hangs"""
    hanging_is_noticed("keeper")


def hanging_responder_is_noticed():
    """the watchdog stops a service whose responder hangs"""
    hanging_is_noticed("responder")


def hanging_updater_is_noticed():
    """the watchdog stops a service whose updater hangs"""
    hanging_is_noticed("updater")


STEPS = (killed_children_come_back, killed_service_comes_back, no_number_of_kills_turns_it_off,
         no_number_of_activations_turns_it_off, hanging_supervisor_is_noticed, hanging_keeper_is_noticed,
         hanging_responder_is_noticed, hanging_updater_is_noticed)

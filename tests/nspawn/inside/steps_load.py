"""What clients that ask at a steady rate notice of a restart, a reload and a death."""
import os
import signal

from bench import SERVICE, check, children, note, processes, show, state, supervisor, systemctl, until
from client import HOME, ask_udp
from load import Load

ROUNDS = 5


def answers(load, number=300):
    """Waits for that many more answers over UDP."""
    client = load.clients["UDP"]
    goal = client.answered + number
    until(lambda: client.answered >= goal, "answers")


def nothing_is_lost_by(act, rounds=ROUNDS):
    with Load() as load:
        answers(load)
        for _ in range(rounds):
            act()
            answers(load)
    note(load.report())
    check(not any(load.lost().values()), f"lost: {load.lost()}")
    last = load.clients["updates"].acknowledged
    check(ask_udp(HOME) == [last], f"{last} was acknowledged, and {ask_udp(HOME)} is served")


def restarts_lose_nothing():
    """systemctl restart under load: every query and every update is answered"""
    nothing_is_lost_by(lambda: systemctl("restart", SERVICE))


def reloads_lose_nothing():
    """systemctl reload under load: every query and every update is answered"""
    def reload():
        before = children()
        systemctl("reload", SERVICE)
        until(lambda: all(children().get(name, pid) != pid for name, pid in before.items()), "new children")
    nothing_is_lost_by(reload)


def stops_lose_nothing():
    """systemctl stop under load: the next query starts the service, and every query is answered"""
    nothing_is_lost_by(lambda: systemctl("stop", SERVICE))


def killed_responders_lose_what_they_held():
    """kill -9 of a responder under load: only one batch and its connections are lost"""
    with Load() as load:
        answers(load)
        for _ in range(ROUNDS):
            old = processes()["responder"]
            os.kill(old, signal.SIGKILL)
            until(lambda: children().get("responder", old) != old, "a new responder")
            answers(load)
    note(load.report())
    lost = load.lost()
    # A killed process loses a batch of datagrams and the connections that it had accepted.
    check(lost["UDP"] <= 32 * ROUNDS and lost["TCP"] <= ROUNDS and lost["updates"] == 0, f"lost: {lost}")


def killed_services_lose_what_they_held():
    """kill -9 of the main process under load: only its children's batches and connections are lost"""
    with Load() as load:
        answers(load)
        for _ in range(ROUNDS):
            old = supervisor()
            os.kill(old, signal.SIGKILL)
            until(lambda: state() == "active" and supervisor() not in (0, old), "a new main process")
            answers(load)
    note(load.report())
    lost = load.lost()
    check(lost["UDP"] <= 32 * ROUNDS and lost["TCP"] <= ROUNDS and lost["updates"] <= ROUNDS, f"lost: {lost}")
    last = load.clients["updates"].acknowledged
    served = ask_udp(HOME)
    note(f"{show('NRestarts')} restarts; last acknowledged {last}, served {served}")


STEPS = (restarts_lose_nothing, reloads_lose_nothing, stops_lose_nothing,
         killed_responders_lose_what_they_held, killed_services_lose_what_they_held)

"""What an administrator does: reload, credentials, stop, and a config with errors."""
import os
import re
import signal
import subprocess
from pathlib import Path

import proc
from bench import (CONFIG, INSTALLED_CONFIG, SERVICE, check, drop_in, errors, journal, note, processes, run, said,
                   show, state, stop, supervisor, systemctl, until)
from client import HOME, PRINTER, TOKEN, ask_udp, serves, update

INVALID = INSTALLED_CONFIG + "[@broken]\na=this-is-no-address\n"


def reload_takes_a_new_config():
    """a reload takes a new config, and the main process stays"""
    before = supervisor()
    check(update("192.0.2.13") == "ok updated", "the update is refused")
    CONFIG.write_text(INSTALLED_CONFIG.replace("192.0.2.80", "192.0.2.81"))
    systemctl("reload", SERVICE)
    until(lambda: ask_udp(PRINTER) == ["192.0.2.81"], "the new address")
    check(supervisor() == before, "the main process is another one")
    until(lambda: show("SubState") == "running", "running")
    check(ask_udp(HOME) == ["192.0.2.13"], "the reload lost an update")


def a_new_file_in_its_place_is_seen():
    """a reload reads a config that an editor has replaced by a new file"""
    other = CONFIG.with_suffix(".new")
    other.write_text(INSTALLED_CONFIG.replace("192.0.2.80", "192.0.2.82"))
    about = CONFIG.stat()
    os.chown(other, about.st_uid, about.st_gid)
    os.chmod(other, 0o640)
    other.rename(CONFIG)
    systemctl("reload", SERVICE)
    until(lambda: ask_udp(PRINTER) == ["192.0.2.82"], "the new address")


def invalid_config_is_refused():
    """a reload of a config with an error fails and says why, and the old one stays in force"""
    before = processes()
    CONFIG.write_text(INVALID)
    systemctl("reload", SERVICE, may_fail=True)
    check(show("ReloadResult") == "exit-code", f"the reload's result is {show('ReloadResult')}")
    said("this-is-no-address")
    logged = [text for _, text in errors() if "this-is-no-address" in text]
    refused = [text for text in logged if "reload refused" in text]  # logged by the main process as well
    check(len(logged) - len(refused) == 1, f"of priority err: {logged}")
    note(next(line for line in journal().splitlines() if "this-is-no-address" in line))
    until(lambda: "the last reload was refused" in show("StatusText"), "a status that says so")
    check(state() == "active" and processes() == before, "a process is gone")
    serves()


def invalid_config_is_refused_by_the_main_process():
    """after SIGHUP the main process refuses a config with an error"""
    before = processes()
    CONFIG.write_text(INVALID)
    os.kill(before["supervisor"], signal.SIGHUP)
    said("reload refused, the old configuration stays in force")
    until(lambda: "the last reload was refused" in show("StatusText"), "a status that says so")
    note(show("StatusText"))
    check(state() == "active" and processes() == before, "a process is gone")
    serves()


def invalid_config_at_start_is_overcome():
    """a start with an error in the config is tried every 10 s until it is fixed; each logs one line as err"""
    CONFIG.write_text(INVALID)
    systemctl("restart", "--no-block", SERVICE)
    until(lambda: "not serving" in show("StatusText"), "a status that says so")
    note(show("StatusText"))
    until(lambda: len(errors()) == 3, "three attempts")
    check(all("this-is-no-address" in text for _, text in errors()), f"of priority err: {errors()}")
    times = [time for time, _ in errors()]
    note(f"attempts at {[round(one - times[0], 1) for one in times]} s")
    check(all(9.5 < after - before < 13 for before, after in zip(times, times[1:])), "not every 10 s")
    check("Killing process" not in journal(), "systemd found processes that were left behind")
    CONFIG.write_text(INSTALLED_CONFIG)
    systemctl("restart", SERVICE)
    serves()


def config_may_be_a_credential():
    """the config may be a credential that only root can read"""
    os.chown(CONFIG, 0, 0)
    os.chmod(CONFIG, 0o600)
    drop_in("LoadCredential=nanodnsd.conf:/etc/nanodnsd/nanodnsd.conf\n"
            "ExecStart=\n"
            "ExecStart=/usr/bin/nanodnsd -c ${CREDENTIALS_DIRECTORY}/nanodnsd.conf\n")
    main = supervisor()
    command = proc.read(main, "cmdline").replace("\0", " ")
    note(command)
    check("/run/credentials/nanodnsd.service/" in command, "it is started with another config")
    serves()


def tokens_are_nowhere():
    """no token is in the journal or on a command line"""
    serves()
    check(TOKEN not in run("journalctl", "-q", "-b", "-o", "cat", "-u", SERVICE), "the journal has it")
    for name, pid in processes().items():
        command = proc.read(pid, "cmdline")
        check("nanodnsd" in command and TOKEN not in command, f"{name} has it, or has exited")


def stop_is_clean():
    """after a stop all processes have exited in order, with status 0, and nothing is lost"""
    check(update("192.0.2.14") == "ok updated", "the update is refused")
    was = processes()
    stop()
    check(show("Result") == "success" and show("ExecMainStatus") == "0" and show("ExecMainCode") == "1",
          f"{show('Result')}, status {show('ExecMainStatus')}, code {show('ExecMainCode')}")
    check(not any(proc.exists(pid) for pid in was.values()), "a process is left")
    bad = [line for line in journal().splitlines() if re.search(r"\b(kill|fail)", line.lower())]
    check(not bad, f"the journal has {bad}")
    check(ask_udp(HOME) == ["192.0.2.14"], f"it serves {ask_udp(HOME)} afterwards")


def systemd_has_nothing_to_say():
    """systemd-analyze finds no error in the installed units, and an exposure of at most 0.1"""
    units = sorted(str(path) for path in Path("/usr/lib/systemd/system").glob("nanodnsd*"))
    check(len(units) == 6, f"units: {units}")
    found = run("systemd-analyze", "verify", "--man=no", *units, stderr=subprocess.STDOUT)
    check(not found, found)
    verdict = run("systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=1", SERVICE)
    note(next(line for line in verdict.splitlines() if "exposure" in line))


STEPS = (systemd_has_nothing_to_say, reload_takes_a_new_config, a_new_file_in_its_place_is_seen,
         invalid_config_is_refused, invalid_config_is_refused_by_the_main_process,
         invalid_config_at_start_is_overcome, config_may_be_a_credential, tokens_are_nowhere, stop_is_clean)

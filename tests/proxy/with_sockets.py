"""Starts a program with listening sockets, as systemd does (sd_listen_fds(3)).

with_sockets.py DNS-ADDRESS HTTP-SOCKET PROGRAM [ARGUMENT...]

DNS is on port 53 of the address. HTTP is on a Unix socket with the group and the mode of
contrib/proxy/unix-socket.conf.
"""
import fcntl
import os
import shutil
import socket
import sys

FIRST = 3  # sd_listen_fds(3)


def main():
    address, path, *command = sys.argv[1:]
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind((address, 53))
    stream = socket.create_server((address, 53))
    http = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    http.bind(path)
    http.listen()
    os.chmod(path, 0o660)
    shutil.chown(path, "root", "www-data")
    # first away from the numbers that they get; execv(3) closes all other descriptors
    passed = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 10) for each in (datagrams, stream, http)]
    for number, each in enumerate(passed, FIRST):
        os.dup2(each, number)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(passed)), LISTEN_FDNAMES="dns:dns:http")
    os.execv(command[0], command)


if __name__ == "__main__":
    main()

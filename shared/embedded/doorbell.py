"""Wakes workers that wait for messages, in this process and in others, at no cost while nothing happens.

Called by store.py: whoever commits messages rings, workers listen. Each listener is a datagram socket in a folder
beside the store file; ringing sends one byte to every socket there. A byte that comes between looking and waiting stays
in the socket, so no wake-up is lost; should one be lost all the same, workers look again after a second by themselves.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import socket
from pathlib import Path


class Listener:
    """One waiting thread's ear. Close it when the thread ends."""

    def __init__(self, folder: _Folder) -> None:
        self._folder = folder
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        self._socket.bind(folder.address(self._name))

    def wait(self, timeout_s: float) -> bool:
        """True as soon as somebody has rung since the last call, False after `timeout_s` seconds."""
        ready, _, _ = select.select([self._socket], [], [], max(0.0, timeout_s))
        if not ready:
            return False
        with contextlib.suppress(BlockingIOError):
            while True:
                self._socket.recv(16)
        return True

    def close(self) -> None:
        self._folder.remove(self._name)
        self._socket.close()


class Doorbell:
    """The bell of one store file."""

    def __init__(self, folder: Path) -> None:
        self._folder = _Folder(folder)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)

    def listen(self) -> Listener:
        return Listener(self._folder)

    def ring(self) -> None:
        """Wake every listener. Never blocks and never fails: a full socket has been rung already."""
        for name in self._folder.names():
            try:
                self._socket.sendto(b"!", self._folder.address(name))
            except BlockingIOError:
                continue
            except ConnectionRefusedError:  # its process was killed
                self._folder.remove(name)
            except OSError:
                continue

    def close(self) -> None:
        self._socket.close()
        self._folder.close()


class _Folder:
    """The folder of sockets. A socket's address may have 107 bytes: a descriptor stands for a long path."""

    def __init__(self, path: Path) -> None:
        path.mkdir(mode=0o700, exist_ok=True)
        self._path = path
        self._number = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._short = f"/proc/self/fd/{self._number}" if os.path.isdir("/proc/self/fd") else str(path)

    def address(self, name: str) -> str:
        return f"{self._short}/{name}"

    def names(self) -> list[str]:
        try:
            return os.listdir(self._path)
        except OSError:
            return []

    def remove(self, name: str) -> None:
        with contextlib.suppress(OSError):
            os.unlink(self._path / name)

    def close(self) -> None:
        if self._number >= 0:
            os.close(self._number)
            self._number = -1

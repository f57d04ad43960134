"""The supervisor: one HTTP process and one worker process, watched and started again when they end.

Called by `giaouoc run`. It owns the listening socket (a restarted HTTP process goes on where the last one stopped), asks
for the keys' passphrase once and hands it to its children through a pipe, never through their environment.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from infra.embedded.invoke import OVERDUE_EXIT
from shared.texts import say

GRACE_S: Final = 12.0
"""A child that was asked to stop gets this long, then it is killed."""
GIVE_UP: Final = (5, 30.0)
"""A child that ends so many times within so many seconds is not started again."""
LOG_LIMIT: Final = 20 * 1024 * 1024


class EngineError(Exception):
    """The engine cannot run: the sentence for the person at the keyboard, in both languages."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(f"{say(code, 'vi', **facts)}\n{say(code, 'en', **facts)}")
        self.code = code


@dataclass(slots=True)
class Child:
    """One process and when its kind was started lately."""

    name: str
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)


class Supervisor:
    """Runs `python -m infra.embedded.process <kind>` for http and worker until told to stop."""

    def __init__(
        self,
        environment: Mapping[str, str],
        passphrase: str,
        listener: socket.socket,
        logs: Path,
        http_processes: int = 1,
    ) -> None:
        self._environment = {**environment, "GIAOUOC_SOCKET": str(listener.fileno())}
        self._passphrase = passphrase
        self._listener = listener
        self._logs = logs
        names = ["worker", *(f"http-{number}" if number else "http" for number in range(http_processes))]
        self._children = [Child(name) for name in names]
        self._stopping = threading.Event()

    def start(self) -> None:
        """Starts the children; returns at once."""
        self._logs.mkdir(parents=True, exist_ok=True)
        for child in self._children:
            self._spawn(child)

    def run(self) -> int:
        """Watches the children until `stop` is called or one cannot be kept alive; the exit code."""
        while not self._stopping.wait(0.2):
            for child in self._children:
                if child.process is not None and child.process.poll() is not None and not self._again(child):
                    print(EngineError("engine.child_fails", name=child.name, log=self._log(child)), file=sys.stderr)
                    self._end_children()
                    return 1
        self._end_children()
        return 0

    def stop(self) -> None:
        """Ask for a graceful end; `run` returns when the children have finished what they had in hand."""
        self._stopping.set()

    def pids(self) -> dict[str, int]:
        """The children's process numbers by name."""
        return {child.name: child.process.pid for child in self._children if child.process is not None}

    def _again(self, child: Child) -> bool:
        now = time.monotonic()
        times, within = GIVE_UP
        child.starts = [at for at in child.starts if now - at < within]
        if len(child.starts) >= times:
            return False
        overdue = child.process is not None and child.process.returncode == OVERDUE_EXIT
        if not overdue and len(child.starts) > 1:
            self._stopping.wait(0.2 * 2 ** len(child.starts))
        self._spawn(child)
        return True

    def _spawn(self, child: Child) -> None:
        kind = child.name.partition("-")[0]
        log = self._log(child)
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            child.process = subprocess.Popen(
                [sys.executable, "-m", "infra.embedded.process", kind],
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                pass_fds=(self._listener.fileno(),),
                start_new_session=True,
            )
        assert child.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            child.process.stdin.write(self._passphrase.encode())
            child.process.stdin.close()
        child.starts.append(time.monotonic())

    def _log(self, child: Child) -> Path:
        return self._logs / f"{child.name}.log"

    def _end_children(self) -> None:
        for child in self._children:
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_S
        for child in self._children:
            if child.process is None:
                continue
            try:
                child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises EngineError when the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio sets NODELAY by it
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise EngineError("engine.port_in_use", port=port, other=port + 1) from error
    listener.listen(1024)
    listener.set_inheritable(True)
    return listener


def writable_folder(path: Path) -> Path:
    """The data folder, made if need be. Raises EngineError when it cannot be written to."""
    probe = path / f".probe-{os.getpid()}"
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        with contextlib.suppress(OSError):
            probe.unlink()
        code = "engine.disk_full" if error.errno == 28 else "engine.data_read_only"
        raise EngineError(code, path=path) from error
    return path

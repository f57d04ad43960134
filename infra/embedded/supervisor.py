"""The supervisor: one HTTP process and one worker process, watched and started again when they end.

Called by `giaouoc run`. It owns the listening socket (a restarted HTTP process goes on where the last one stopped), asks
for the keys' passphrase once and hands it to its children through a pipe, never through their environment. Each child
holds the reading end of a pipe that nobody writes to: its end tells them that the supervisor is gone, however it ended.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
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

from infra.embedded.errors import EngineError
from infra.embedded.logs import trim
from shared.texts import say

GRACE_S: Final = 12.0
"""A child that was asked to stop gets this long, then it is killed."""
CANNOT_RUN: Final = 1
"""Exit code of a child that could not even start, and has said why in its log."""
RENEW_EXIT: Final = 75
"""Exit code of a child that is idle and wants to be started anew, without the memory it gathered."""
GIVE_UP: Final = (5, 60.0)
"""So many starts that ended with CANNOT_RUN, within so many seconds, and the engine stops. One that is killed, or
whose handler was overdue, is always started again."""
LONGEST_PAUSE_S: Final = 5.0
PORT_PATIENCE_S: Final = 3.0
"""So long the children of a supervisor that was killed may still hold the port."""
TRIM_EVERY_S: Final = 30.0
LEAST_FREE_BYTES: Final = 16 * 1024 * 1024
"""With less room on its disk the engine does not begin: it would stop in the middle of a ceremony."""


@dataclass(slots=True)
class Child:
    """One process: when it was started lately, and when it may be started again."""

    name: str
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)
    failures: list[float] = field(default_factory=list)
    due: float = 0.0

    @property
    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None


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
        self._leash, self._leash_held = os.pipe()
        given = {"GIAOUOC_SOCKET": str(listener.fileno()), "GIAOUOC_LEASH": str(self._leash)}
        self._environment = {**environment, **given}
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
        trimmed = time.monotonic()
        try:
            while not self._stopping.wait(0.1):
                for child in self._children:
                    if child.ended:
                        self._start_again(child)
                if time.monotonic() > trimmed + TRIM_EVERY_S:
                    trimmed = time.monotonic()
                    for child in self._children:
                        trim(self._log(child))
        except EngineError as error:
            print(error, file=sys.stderr, flush=True)
            return 1
        finally:
            self._end_children()
        return 0

    def stop(self) -> None:
        """Ask for a graceful end; `run` returns when the children have finished what they had in hand."""
        self._stopping.set()

    def pids(self) -> dict[str, int]:
        """The children's process numbers by name, as of now."""
        return {child.name: child.process.pid for child in self._children if child.process is not None}

    def _start_again(self, child: Child) -> None:
        """Starts it when its pause is over. Raises EngineError when there is no use."""
        now = time.monotonic()
        if child.process is not None:
            self._note_end(child, child.process.returncode, now)
            child.process = None
        if now >= child.due:
            self._spawn(child)

    def _note_end(self, child: Child, code: int, now: float) -> None:
        if code == RENEW_EXIT:
            return
        times, within = GIVE_UP
        child.starts = [at for at in child.starts if now - at < within]
        child.failures = [at for at in child.failures if now - at < within]
        if code == CANNOT_RUN:
            child.failures.append(now)
        if len(child.failures) >= times:
            raise EngineError("engine.child_fails", name=child.name, log=self._log(child))
        lately = len(child.starts) - 1  # the first time it is started again at once
        child.due = now + (min(LONGEST_PAUSE_S, 0.1 * 2**lately) if lately > 0 else 0.0)
        print(say("engine.child_again", name=child.name, code=code, log=self._log(child)), file=sys.stderr, flush=True)

    def _spawn(self, child: Child) -> None:
        kind = child.name.partition("-")[0]
        with self._log(child).open("ab") as output:
            child.process = subprocess.Popen(
                [sys.executable, "-m", "infra.embedded.process", kind],
                env={**self._environment, "GIAOUOC_PROCESS": child.name},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                pass_fds=(self._leash, *((self._listener.fileno(),) if kind == "http" else ())),
                start_new_session=True,  # what is typed at the terminal is for the supervisor
            )
        assert child.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            child.process.stdin.write(self._passphrase.encode())
            child.process.stdin.close()
        child.starts.append(time.monotonic())

    def _log(self, child: Child) -> Path:
        return self._logs / f"{child.name}.log"

    def _end_children(self) -> None:
        self._listener.close()  # callers are turned away at once instead of waiting for nobody
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_S
        for process in running:
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises EngineError when the port is taken, forbidden or not on this machine."""
    deadline = time.monotonic() + PORT_PATIENCE_S
    while True:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio sets NODELAY by it
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(1024)
            listener.set_inheritable(True)
            return listener
        except OSError as error:
            listener.close()
            if error.errno == errno.EACCES:
                raise EngineError("engine.port_forbidden", port=port) from error
            if error.errno != errno.EADDRINUSE:
                raise EngineError("engine.bad_address", address=host) from error
            if time.monotonic() > deadline:
                raise EngineError("engine.port_in_use", port=port, other=port + 1 if port < 65535 else 8000) from error
        time.sleep(0.1)


def writable_folder(path: Path) -> Path:
    """The data folder, made if need be. Raises EngineError when it cannot be written to."""
    probe = path / f".probe-{os.getpid()}"
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
        if shutil.disk_usage(path).free < LEAST_FREE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError as error:
        with contextlib.suppress(OSError):
            probe.unlink()
        code = "engine.disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "engine.data_read_only"
        raise EngineError(code, path=path) from error
    return path

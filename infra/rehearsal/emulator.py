"""Starts and stops the emulator: ministack, a process of its own on the loopback address, with folders of its own.

Called by the rehearsal's tests and by whoever needs AWS's services on this machine:

    with emulator(Path(".build/rehearsal")) as running:
        running.client("sqs").create_queue(QueueName="one")

Nothing outlives the `with`: the server gets SIGTERM and two seconds, then SIGKILL (under traffic it does not heed the
first), and what is left of its session, the functions' worker processes, is killed by pid. State is thrown away.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config

ROOT: Final = Path(__file__).parents[2]
INTERPRETER: Final = ROOT / ".venv-cloud" / "bin" / "python"
MENDED: Final = Path(__file__).with_name("mended_emulator.py")
REGION: Final = "ap-southeast-1"
ACCOUNT: Final = "000000000000"
START_S: Final = 30.0
STOP_S: Final = 2.0
_SETTINGS: Final = {
    "BIND_HOST": "127.0.0.1",  # its own default is every interface
    "MINISTACK_REGION": REGION,
    "MINISTACK_ACCOUNT_ID": ACCOUNT,
    "PERSIST_STATE": "0",
    "S3_PERSIST": "0",
    "SFTP_ENABLED": "0",
    "IOT_MTLS_ENABLED": "0",
    "LOG_LEVEL": "WARNING",
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
}

_SCRATCH: Final = ("STATE_DIR", "S3_DATA_DIR", "TMPDIR", "HOME")
"""Folders of its own, below the one it is given; unpacked functions take 200 MB of it, and are taken away at the end."""


class EmulatorError(Exception):
    """The emulator did not start; the message says why and where its log is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """An emulator that answers. `pid` is also its session: every worker of it belongs there."""

    endpoint: str
    folder: Path
    pid: int
    _clients: dict[tuple[str, int], Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def client(self, service: str, attempts: int = 3) -> Any:
        """A client of one service, kept. `attempts` 1 sends nothing twice behind the caller's back."""
        with self._lock:
            if (service, attempts) not in self._clients:
                self._clients[service, attempts] = boto3.session.Session().client(
                    service,
                    region_name=REGION,
                    endpoint_url=self.endpoint,
                    aws_access_key_id="test",
                    aws_secret_access_key="test",
                    config=Config(
                        retries={"mode": "standard", "total_max_attempts": attempts},
                        connect_timeout=5,
                        read_timeout=120,
                        max_pool_connections=32,
                        signature_version="s3v4" if service == "s3" else None,
                        s3={"addressing_style": "path"},
                    ),
                )
            return self._clients[service, attempts]

    def ask(self, path: str, method: str = "GET") -> Any:
        """The JSON of one of the emulator's own pages, `/_ministack/...`."""
        request = urllib.request.Request(f"{self.endpoint}{path}", method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def reset(self) -> None:
        """Everything that was made in it is gone; cheaper than a new start."""
        self.ask("/_ministack/reset", "POST")

    def messages(self) -> dict[str, list[dict[str, Any]]]:
        """What lies in each queue, by its name, the ones under way too; looking changes nothing (Body, ReceiveCount...)."""
        regions = self.ask("/_ministack/sqs/messages")["messages"].get(ACCOUNT, {})
        return {url.rsplit("/", 1)[-1]: held for queues in regions.values() for url, held in queues.items()}

    def letters(self) -> list[dict[str, Any]]:
        """Every letter that was sent, oldest first (Source, To, Subject, BodyText, Type)."""
        return list(self.ask("/_ministack/ses/messages")["messages"].get(ACCOUNT, []))

    def processes(self) -> list[int]:
        """The living processes of its session, itself among them."""
        return session_of(self.pid)


@contextmanager
def emulator(folder: Path, port: int | None = None, settings: dict[str, str] | None = None) -> Iterator[Running]:
    """An empty account. `folder` gets its log and its data. Raises EmulatorError."""
    if not INTERPRETER.exists():
        raise EmulatorError(f"{INTERPRETER.parent.parent.name} is missing: make .venv-cloud/done")
    folder = folder.absolute()
    port = free_port(port)
    environment = _environment(folder, port) | (settings or {})
    with (folder / "emulator.log").open("ab") as log:
        process = subprocess.Popen(
            [str(INTERPRETER), "-P", str(MENDED)],  # -P: nothing of ours is seen by it
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    running = Running(endpoint=f"http://127.0.0.1:{port}", folder=folder, pid=process.pid)
    try:
        _wait(process, running)
        yield running
    finally:
        stop(process)
        for name in _SCRATCH:
            shutil.rmtree(folder / name.lower(), ignore_errors=True)


def free_port(wanted: int | None = None) -> int:
    """A port that nobody listens on. Raises EmulatorError if `wanted` is taken: another's health page would answer."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", wanted or 0))
        except OSError:
            raise EmulatorError(f"port {wanted} is taken by another process") from None
        return int(probe.getsockname()[1])


def stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, two seconds, SIGKILL; then the rest of the session."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
    if process.poll() is None:
        process.kill()
    process.wait()
    deadline = time.monotonic() + 10
    while left := session_of(process.pid):
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise EmulatorError(f"processes {left} of the emulator do not end")
        time.sleep(0.02)


def session_of(leader: int) -> list[int]:
    """The living processes of a session."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        with suppress(OSError):
            state, _parent, _group, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            if int(session) == leader and state != "Z":
                found.append(int(entry.name))
    return found


def _environment(folder: Path, port: int) -> dict[str, str]:
    """Nothing of this process's own: workers inherit it, and a function must live on what the template gives it."""
    places = {name: folder / name.lower() for name in _SCRATCH}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    given = {name: str(place) for name, place in places.items()}
    return {**_SETTINGS, **given, "GATEWAY_PORT": str(port), "PATH": os.environ.get("PATH", os.defpath)}


def _wait(process: subprocess.Popen[bytes], running: Running) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with suppress(OSError, urllib.error.URLError):
            running.ask("/_ministack/health")
            if process.poll() is None:  # the answer came from this very process
                return
        time.sleep(0.05)
    raise EmulatorError(
        f"the emulator does not answer (exit code {process.poll()}): read {running.folder}/emulator.log"
    )

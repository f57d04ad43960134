"""A whole engine as people start it (`python -m infra.commands run`), in processes of its own, on the trial service."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.embedded.template import load
from infra.embedded.world import policies, subscriptions
from shared.embedded.queues import Queues
from shared.embedded.store import Store

ROOT = Path(__file__).parents[1]
TRIAL = ROOT / "tests" / "trial"
SERVICE = load(TRIAL / "serverless.yml")
PATIENCE_S = 30.0


def environment(data: Path, **more: str) -> dict[str, str]:
    """What a command of the trial gets: nothing of this process's own settings."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    notes = data.parent / "notes"
    with contextlib.suppress(OSError):
        notes.mkdir(exist_ok=True)
    return {
        **kept,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{TRIAL}",
        "GIAOUOC_DESCRIPTION": str(TRIAL / "serverless.yml"),
        "GIAOUOC_TRIAL": str(notes),
        "DATA": str(data),
        **more,
    }


def command(*words: str, timeout: float = 60, **options: Any) -> subprocess.CompletedProcess[str]:
    """`giaouoc <words>`, to its end."""
    options.setdefault("env", environment(Path("/nowhere/data")))
    return subprocess.run(
        [sys.executable, "-m", "infra.commands", *words],
        cwd=ROOT, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL, **options,
    )  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: Any, what: str = "it happens", patience_s: float = PATIENCE_S) -> Any:
    """Waits until `true()` is; an AssertionError that names what was waited for, if it never is."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if found := true():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited in vain until {what}")


class Engine:
    """A running engine. `store` is the test's own view of its file, as a third process has it."""

    def __init__(self, data: Path, **more: str) -> None:
        self.data = data
        self.notes = data.parent / "notes"
        self.port = int(more.get("PORT") or free_port())
        self.output: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "infra.commands", "run"],
            cwd=ROOT,
            env=environment(data, **{"PORT": str(self.port), **more}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            self.output.extend(lines)

    def ready(self) -> "Engine":
        """Waits until both processes work."""
        until(lambda: self.process.poll() is not None or self.answers(), "the engine answers")
        assert self.process.poll() is None, self.said()
        self.pid("worker")
        return self

    def answers(self) -> bool:
        try:
            return self.get("/trial/pid")[0] == 200
        except OSError:
            return False

    def get(
        self, path: str, method: str = "GET", body: Any = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def pid(self, name: str) -> int:
        """The process number of a child that is there now."""
        return until(lambda: self.children().get(name), f"there is a {name}")

    def children(self) -> dict[str, int]:
        """Name -> process number of the supervisor's children."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                try:
                    parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                    given = (entry / "environ").read_bytes().split(b"\0")
                except (OSError, IndexError, ValueError):
                    continue
                if parent == self.process.pid and b"infra.embedded.process" in words:
                    name = next(each for each in given if each.startswith(b"GIAOUOC_PROCESS="))
                    found[name.partition(b"=")[2].decode()] = int(entry.name)
        return found

    def kill(self, pid: int) -> None:
        """kill -9 of one of its children."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    @contextmanager
    def store(self) -> Any:
        """(store, queues) on the engine's file."""
        with Store(self.data / "store.db", subscriptions(SERVICE)) as store:
            yield store, Queues(store, policies(SERVICE))

    def lines(self, name: str, queue: str = "told") -> list[str]:
        """What was written down about the messages of a queue."""
        path = self.notes / queue / name
        return path.read_text().splitlines() if path.exists() else []

    def said(self) -> str:
        """All that it has printed, and its children's logs."""
        logs = "".join(f"\n--- {path.name}\n{path.read_text()}" for path in sorted((self.data / "log").glob("*.log")))
        return "".join(self.output) + logs

    def end(self, number: int = signal.SIGTERM) -> int:
        """Asks it to stop; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(timeout=PATIENCE_S)
        self._reader.join(timeout=10)
        return code


@contextmanager
def engine(folder: Path, **more: str) -> Any:
    """A ready engine with its data in `folder`/data."""
    running = Engine(folder / "data", **more)
    try:
        yield running.ready()
    finally:
        running.end()


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie that nobody has buried yet counts)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True

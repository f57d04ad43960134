"""Starts, kills and stops the stream poller as a process beside the emulator. Called by the rehearsal and its tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

from infra.rehearsal.emulator import REGION, ROOT, Running

STOP_S: Final = 10.0


class PollerProcess:
    """One poller on the mappings of one deployment; it may be started again, and goes on where it stood."""

    def __init__(self, running: Running, mappings: Sequence[Mapping[str, Any]]) -> None:
        """`mappings` as stream_poller.py reads them."""
        folder = running.folder / "poller"
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "config.json"
        self._log = folder / "poller.log"
        self._checkpoints = folder / "checkpoints"
        self._process: subprocess.Popen[bytes] | None = None
        config = {
            "endpoint": running.endpoint,
            "region": REGION,
            "checkpoints": str(self._checkpoints),
            "mappings": list(mappings),
        }
        self._config.write_text(json.dumps(config, indent=1), "utf-8")

    def start(self) -> None:
        """Returns at once; delivery begins when it has found its streams."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "infra.rehearsal.stream_poller", str(self._config)],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def checkpoints(self) -> dict[str, str]:
        """The last settled sequence number of each mapping that has one."""
        files = sorted(self._checkpoints.glob("*.json"))
        return {path.stem: str(json.loads(path.read_text("utf-8"))["last"]) for path in files}

    def last(self, mapping: str) -> str | None:
        """The last settled sequence number of one mapping."""
        return self.checkpoints().get(mapping)

    def kill(self) -> None:
        """As a machine dies: SIGKILL."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def stop(self) -> None:
        """SIGTERM lets it finish what it has in hand."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_S)
        self.kill()


@contextmanager
def polling(running: Running, mappings: Sequence[Mapping[str, Any]]) -> Iterator[PollerProcess]:
    """A poller at work; nothing of it is left afterwards."""
    process = PollerProcess(running, mappings)
    process.start()
    try:
        yield process
    finally:
        process.stop()

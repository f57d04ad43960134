"""A packaged function's first answer in Lambda's own runtime interface. Called by cold_starts.py.

What Lambda's client loads anyway (json, logging, urllib) is in the floor here, a handler that does nothing, and no longer in
the function's figure. Counted is the CPU time of the runtime's process alone; its emulator, which plays the service, is not.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.rehearsal.emulator import session_of
from infra.rehearsal.runtime_interface import PackagedFunction, RuntimeFailed, start

NOTHING: Final = "def handler(event, context):\n    return {}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Milliseconds from the invocation to its answer: CPU of the runtime's process, and of the clock on the wall."""

    cpu_ms: float
    wall_ms: float


def floor(folder: Path, environment: Mapping[str, str]) -> Answered:
    """A handler that answers nothing, in a package of its own made in `folder`."""
    folder.mkdir(exist_ok=True)
    (folder / "nothing.py").write_text(NOTHING, "utf-8")
    nothing = PackagedFunction(
        name="nothing", physical_name="nothing", handler="nothing.handler", memory_mb=512, timeout_s=10, archive=""
    )
    return first_answer(nothing, folder, environment, {})


def first_answer(function: PackagedFunction, package: Path, environment: Mapping[str, str], event: Any) -> Answered:
    """One cold process. An error that the function raised is its answer, too. Raises ToolsError, RuntimeFailed at start."""
    with start(function, package, environment) as running:
        began = time.perf_counter()
        try:
            running.invoke(event)
        except RuntimeFailed:
            if running.process.poll() is not None:
                raise
        wall = time.perf_counter() - began
        runtime = [pid for pid in session_of(running.process.pid) if pid != running.process.pid]
        return Answered(cpu_ms=sum(map(_cpu_ms, runtime)), wall_ms=wall * 1000)


def _cpu_ms(pid: int) -> float:
    """Of all threads, from the scheduler's own account (nanoseconds)."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text("ascii").split()[0]) for thread in threads) / 1e6

"""Invokes Lambda handlers in this process, with a deadline: an invocation past it costs the process its life.

Called by the server (one invocation per request) and the worker (one per batch). Python cannot stop a thread, so the
engine does what Lambda does: the process ends and the supervisor starts another; what was under way is delivered again.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from infra.embedded.payloads import Context
from infra.embedded.template import Function

OVERDUE_EXIT: Final = 70
"""Exit code of a process whose handler passed its deadline; the supervisor starts a new one at once."""
GRACE_S: Final = 1.0
"""Other invocations of a doomed process get this long to end well."""

Handler = Callable[[Any, Any], Any]


def load_handler(function: Function) -> Handler:
    """The callable named in serverless.yml. Raises ImportError or AttributeError, at start and not at the first call."""
    handler: Handler = getattr(importlib.import_module(function.module), function.handler.rpartition(".")[2])
    return handler


class Watch:
    """Knows every invocation under way; ends the process when one is overdue."""

    def __init__(self, on_overdue: Callable[[str], None] | None = None) -> None:
        self._running: dict[int, tuple[float, str]] = {}
        self._on_overdue = on_overdue
        self._thread = threading.Thread(target=self._look, name="deadlines", daemon=True)
        self._thread.start()

    def call(self, function: Function, handler: Handler, event: Any) -> Any:
        """The handler's answer. Lets what it raises rise."""
        deadline = time.monotonic() + function.timeout_s
        context = Context(function.name, function.memory_mb, deadline)
        key = id(context)
        self._running[key] = (deadline, function.name)
        try:
            return handler(event, context)
        finally:
            del self._running[key]

    def _look(self) -> None:
        while True:
            time.sleep(0.25)
            now = time.monotonic()
            overdue = [name for deadline, name in list(self._running.values()) if now > deadline]
            if overdue:
                self._end(overdue[0])

    def _end(self, name: str) -> None:
        print(
            f"giaouoc: {name}: quá thời hạn, khởi động lại / past its deadline, restarting", file=sys.stderr, flush=True
        )
        if self._on_overdue is not None:
            self._on_overdue(name)
        time.sleep(GRACE_S)
        os._exit(OVERDUE_EXIT)

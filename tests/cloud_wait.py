"""Waiting in the rehearsal's tests: until what is looked at is as wanted, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(look: Callable[[], T], holds: Callable[[T], bool], within_s: float = 60.0) -> T:
    """What `look` sees as soon as it is as wanted. Raises AssertionError with the last sight."""
    deadline = time.monotonic() + within_s
    while True:
        seen = look()
        if holds(seen):
            return seen
        assert time.monotonic() < deadline, f"not within {within_s:.0f} s; last seen: {seen!r:.2000}"
        time.sleep(0.1)

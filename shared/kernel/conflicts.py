"""What a use case does when somebody else was faster: read again, decide again, a few times, then let the Conflict rise."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from shared.kernel.errors import Conflict

T = TypeVar("T")
TRIES = 5


def decide_again(attempt: Callable[[], T]) -> T:
    """`attempt()` reads, decides and commits; on Conflict it is made again, at most five times in all. Raises Conflict."""
    for _ in range(TRIES - 1):
        try:
            return attempt()
        except Conflict:
            continue
    return attempt()

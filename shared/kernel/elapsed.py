"""How long ago something was looked up, for caches that must not outlive their time (shared/edge/trust.py, shared/aws/keys.py).

A function's process is frozen between requests, and whether the monotonic clock runs meanwhile is the platform's affair;
the wall clock runs on, but may be set back. Each alone could keep a revoked key in force, so the longer of the two counts.
"""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """Both clocks at one moment, in seconds."""

    monotonic: float
    wall: float

    def since(self, earlier: Reading) -> float:
        """Seconds that have passed at most."""
        return max(self.monotonic - earlier.monotonic, self.wall - earlier.wall)


def read_clocks() -> Reading:
    """Now."""
    return Reading(time.monotonic(), time.time())

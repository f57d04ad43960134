"""Facts of identity: who entered, by what right. Never a secret, never an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened:
    """A one-time link was spent and a session opened. `kind` is PERSON or DEVICE."""

    principal: str
    kind: str
    expires_at: datetime


EVENTS: dict[tuple[str, int], type] = {("SessionOpened", 1): SessionOpened}

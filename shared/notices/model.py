"""What the ledger knows of a message. Used by usecases.py and by every function that sends (functions/*/send_*.py)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

_KIND = re.compile(r"[a-z][a-z-]{1,39}")
_REFERENCE = re.compile(r"[a-z][a-z-]{1,39}:[A-Za-z0-9._#/-]{1,160}")


class State(StrEnum):
    """Where a message stands. SENT, FAILED and SUPPRESSED are final: sending again is a new notice with a new id.

    One exception: what was SUPPRESSED only for want of an address goes on when the same duty comes with one.
    """

    PENDING = "PENDING"
    SENT = "SENT"
    FAILED = "FAILED"
    SUPPRESSED = "SUPPRESSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message to be sent: the argument of SendNotice.

    `id` is derived from the business key (`derived_id("notice", "invitation", ticket)`), so that the same duty met twice
    is one notice. `recipient` and `subject_ref` are references (`registration:<id>`, `ticket:<id>`); an `@` is refused.
    `carries_secret`: the letter holds a secret made at the moment of sending (a one-time link), which ends the one before.
    Raises ValueError for a kind or reference of another form: that is a fault of the caller.
    """

    id: str
    kind: str
    recipient: str
    address: str | None = field(repr=False)
    address_name: str = field(repr=False)
    subject_ref: str
    carries_secret: bool = False

    def __post_init__(self) -> None:
        if not _KIND.fullmatch(self.kind):
            raise ValueError("kind of a notice")
        if not (_REFERENCE.fullmatch(self.recipient) and _REFERENCE.fullmatch(self.subject_ref)):
            raise ValueError("reference of a notice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the ledger, as stored and as shown to organisers. `reason` is a code, for FAILED and SUPPRESSED."""

    id: str
    kind: str
    recipient: str
    subject_ref: str
    address_hint: str
    state: State
    attempts: int
    created_at: datetime
    settled_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What SendNotice found or did: `now` tells whether this very call settled it."""

    state: State
    attempts: int
    now: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """Ledger lines, newest first, and the cursor of the next page."""

    entries: tuple[Entry, ...]
    cursor: str | None = None


def address_hint(address: str | None) -> str:
    """`vy.doan@tinhdoan.vn` -> `v…@tinhdoan.vn`: enough for an organiser to see a wrong domain, and no contact datum."""
    if not address:
        return ""
    local, at, domain = address.strip().rpartition("@")
    return f"{local[:1]}…{at}{domain[:80]}" if at else f"…{address.strip()[-2:]}"

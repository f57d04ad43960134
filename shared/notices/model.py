"""What the ledger knows of a message. Used by usecases.py and by every function that sends (functions/*/send_*.py)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

_KIND = re.compile(r"[a-z][a-z-]{1,39}")
_REFERENCE = re.compile(r"[a-z][a-z-]{1,39}:[A-Za-z0-9._#/-]{1,160}")


class State(StrEnum):
    """Where a message stands. All but PENDING are final: sending again is a new notice with a new id.

    SENT becomes BOUNCED, or FAILED, when the mail service reports later that it came back or was never handed on. The
    exceptions all concern the address: what was SUPPRESSED for want of one, or because letters to it came back, goes on
    when the same duty comes with an address that gets letters; what BOUNCED, or FAILED because of its address, when the
    duty comes with another one, both unless the letter carries a secret (`usecases.goes_on`).
    """

    PENDING = "PENDING"
    SENT = "SENT"
    FAILED = "FAILED"
    SUPPRESSED = "SUPPRESSED"
    BOUNCED = "BOUNCED"


class Report(StrEnum):
    """What a mail service reports of a letter that it took, the weakest first.

    The strongest report stands, in whatever order and however often they come. UNSURE may be an absence note as well as
    a letter that came back, so an arrival (DELIVERED) outweighs it; RETURNED says why it came back this once (mailbox
    full, too large), even after the first server had taken it.
    """

    DELAYED = "DELAYED"
    UNSURE = "UNSURE"
    DELIVERED = "DELIVERED"
    RETURNED = "RETURNED"
    COMPLAINED = "COMPLAINED"
    REJECTED = "REJECTED"
    BOUNCED = "BOUNCED"


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
class Said:
    """The report that stands: `reason` is the code of its sentence, `at` when the service noticed."""

    report: Report
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the ledger, as shown to organisers. `reason` is a code, for all states but PENDING and SENT.

    `said`: what the mail service reported of the last letter. `lifted_at`: when an organiser let letters go to the
    address again, from this line.
    """

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
    said: Said | None = None
    lifted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A line with what is not shown: the digest of the last attempt's address, and the id of its letter (both empty in
    lines older than this release, and while there was no address)."""

    entry: Entry
    address: str = ""
    letter: str = ""


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


def address_key(address: str) -> str:
    """The digest under which an address is known here: 32 hex digits, the same for capitals and small letters.

    Who can read this table can read the directory too; the digest keeps addresses out of keys, logs and exports.
    """
    return hashlib.sha256(b"giaouoc/mail-address\0" + address.strip().casefold().encode()).hexdigest()[:32]

"""Facts of pledges (giao ước thi đua): drafted, opened, signed by one party after the other, sealed, withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeDrafted:
    """A draft stands; its text may still change. `ceremony` is where it is to be signed, if anywhere."""

    pledge: str
    title: str
    ceremony: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeOpened:
    """The text of this version is frozen (SHA-256 in hex) and the parties may sign it in their order."""

    pledge: str
    version: int
    text_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningGroupOpened:
    """It is the turn of these parties (their numbers in the text). Comes once per version and group."""

    pledge: str
    version: int
    group: int
    parties: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningLinkRequested:
    """A new link is to be sent to one party; the link before ends when it is made. `request` counts from 1."""

    pledge: str
    version: int
    party: int
    request: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningLinkDue:
    """A link that was put off because the unit's mail address had just been changed may go out, from `due_at` on. Put on
    the queue send-signing-links by Schedules."""

    pledge: str
    version: int
    party: int
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartySigned:
    """A party has signed this version, by `means` (LINK). One such fact per party and version."""

    pledge: str
    version: int
    party: int
    unit: str
    means: str
    signed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyDeferred:
    """A party that is absent signs later ("ký sau"): the next group need not wait for it, sealing does."""

    pledge: str
    version: int
    party: int
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeRevised:
    """Signing of this version has stopped for a new text; its signatures are kept and not counted."""

    pledge: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeCompleted:
    """The last counted signature of this version has landed (same commit)."""

    pledge: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeSealed:
    """The sealed PDF is stored under `pdf_key`; `pdf_sha256` in hex."""

    pledge: str
    version: int
    pdf_key: str
    pdf_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureDisputed:
    """A unit says in time that a signature was not its own. A sealed pledge is suspended by it: see `status_number`."""

    pledge: str
    version: int
    party: int
    unit: str
    issuer: str
    status_number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeWithdrawn:
    """Signing was stopped, or a pledge in force was withdrawn (then it has a `status_number`). The reason stays inside."""

    pledge: str
    version: int
    issuer: str
    status_number: int | None


EVENTS: dict[tuple[str, int], type] = {
    ("PledgeDrafted", 1): PledgeDrafted,
    ("PledgeOpened", 1): PledgeOpened,
    ("SigningGroupOpened", 1): SigningGroupOpened,
    ("SigningLinkRequested", 1): SigningLinkRequested,
    ("SigningLinkDue", 1): SigningLinkDue,
    ("PartySigned", 1): PartySigned,
    ("PartyDeferred", 1): PartyDeferred,
    ("PledgeRevised", 1): PledgeRevised,
    ("PledgeCompleted", 1): PledgeCompleted,
    ("PledgeSealed", 1): PledgeSealed,
    ("SignatureDisputed", 1): SignatureDisputed,
    ("PledgeWithdrawn", 1): PledgeWithdrawn,
}

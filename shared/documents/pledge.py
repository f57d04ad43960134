"""What stands on a pledge's paper (giao ước thi đua): plain values that the edge fills from the pledge's record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from shared.documents.certificate import Family
from shared.documents.fonts import SANS, SANS_ITALIC, SANS_SEMIBOLD, SERIF, SERIF_BOLD

Means = Literal["PASSKEY", "LINK", "DEVICE", "PAPER", "OFFICIAL"]
Original = Literal["PAPER", "OFFICIAL", "SYSTEM"]
PLEDGE_FACES: Final = (SERIF, SERIF_BOLD, SANS, SANS_SEMIBOLD, SANS_ITALIC)
"""What the paper is set in: every letter of a pledge must be in all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeTarget:
    """A measurable target; `per_party` where each party takes on its own share."""

    indicator: str
    unit: str
    planned: int
    per_party: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeContent:
    """One numbered content."""

    no: int
    text: str
    target: PledgeTarget | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeSignature:
    """One party's place in the grid. `role` is the printed word ("Khối trưởng"). `signed_at` carries its zone; None means
    that the party has not signed. `means` is shown for what it is; `binding` says how the signer's key was bound.
    `statement_sha256` is the hex digest of the signed statement, `mandate` whether a written authority is on record."""

    unit: str
    name: str
    office: str
    capacity: str = ""
    role: str = ""
    means: Means = "LINK"
    signed_at: datetime | None = None
    statement_sha256: str = ""
    binding: str = ""
    late: bool = False
    disputed: bool = False
    mandate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgePaper:
    """A pledge as agreed and signed. `issuer_name` keeps it; `block` is the emulation block, empty for free parties;
    `original` says which copy is the original; `checkpoint` is the public log's state of that day, if there is one;
    `text_sha256` the hex digest of the frozen text; `made_at` (with its zone) the document's date."""

    code_text: str
    family: Family
    title: str
    issuer_name: str
    period: tuple[date, date]
    contents: tuple[PledgeContent, ...]
    signatures: tuple[PledgeSignature, ...]
    text_sha256: str
    made_at: datetime
    original: Original = "SYSTEM"
    block: str = ""
    place: str = ""
    slogan: str = ""
    legal_bases: tuple[str, ...] = ()
    heading_lines: tuple[str, ...] = ()
    checkpoint: str = ""

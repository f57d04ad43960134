"""Pledges as values: the draft, the parties, who has signed, and what each stored item holds. Decided on in rules.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from shared.kernel.shapes import Shape


class State(StrEnum):
    """The states of domain notes 3 that are reached today (CIRCULATED, AGREED, REVIEWED, CLOSED come with following up).

    DRAFT -> OPEN_FOR_SIGNING -> PARTLY_SIGNED -> SIGNED (all counted signatures) -> IN_FORCE (sealed); a revision leads
    an open version back to DRAFT; WITHDRAWN is reached from everywhere and final.
    """

    DRAFT = "DRAFT"
    OPEN_FOR_SIGNING = "OPEN_FOR_SIGNING"
    PARTLY_SIGNED = "PARTLY_SIGNED"
    SIGNED = "SIGNED"
    IN_FORCE = "IN_FORCE"
    WITHDRAWN = "WITHDRAWN"


class Role(StrEnum):
    """HEAD of the block, MEMBER, or WITNESS (countersigns)."""

    HEAD = "HEAD"
    MEMBER = "MEMBER"
    WITNESS = "WITNESS"


class Heading(StrEnum):
    """Which heading lines stand above the text: of the State, of the Party, of the Front and mass organisations."""

    STATE = "STATE"
    PARTY = "PARTY"
    MASS_ORG = "MASS_ORG"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A measurable target: whole numbers of `unit`; `per_party` where each party has its own share."""

    indicator: str
    unit: str
    planned: int
    per_party: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentItem:
    """One numbered content (nội dung giao ước), with or without a target."""

    no: int
    text: str
    target: Target | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Representative:
    """Who signs for a unit: name, office, capacity style (`TM. BAN THƯỜNG VỤ`, `KT. CHỦ TỊCH`, `T/M`, or none)."""

    name: str
    office: str
    capacity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A party. `no` is its place in the text, from 1; `name` the unit's name as it was when drafted (a snapshot)."""

    no: int
    unit: str
    name: str
    role: Role
    group: int
    representative: Representative


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is agreed. Everything but `ceremony`, `occasion` and the representatives is frozen when it opens for signing.

    `block`: the name of the emulation block, empty for free parties; `occasion`: code of the ceremony or campaign as the
    token of the sealed pledge carries it (claim 5).
    """

    title: str
    year: int
    period: tuple[date, date]
    heading: Heading
    established_by: str
    legal_bases: tuple[str, ...]
    contents: tuple[ContentItem, ...]
    parties: tuple[Party, ...]
    block: str = ""
    slogan: str = ""
    ceremony: str | None = None
    occasion: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferral:
    """A party marked "ký sau", with the reason that the organiser gave."""

    party: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What the first commit of sealing decides, and what the last one adds. Token and digests in hex."""

    issued_at: datetime
    status_number: int
    token: str
    sealed_at: datetime | None = None
    pdf_key: str | None = None
    pdf_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Why and when signing was stopped, or by which decision a pledge in force was withdrawn. The reason is never public."""

    at: datetime
    reason: str
    decision_number: str | None = None
    decided_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pledge:
    """The aggregate. `version` is the text's (0 until first opened); `signed` and `deferred` are of this version alone.

    `public_id`: 39 digits, drawn when first opened. `requests`: how often a link was asked for again, per party number.
    """

    id: str
    issuer: str
    title: str
    state: State
    drafted_at: datetime
    period: tuple[date, date]
    parties: tuple[Party, ...]
    ceremony: str | None = None
    version: int = 0
    text_sha256: str = ""
    public_id: str | None = None
    opened_at: datetime | None = None
    completed_at: datetime | None = None
    open_group: int = 0
    signed: tuple[int, ...] = ()
    deferred: tuple[Deferral, ...] = ()
    disputed: tuple[int, ...] = ()
    requests: tuple[tuple[int, int], ...] = ()
    seal: Seal | None = None
    withdrawal: Withdrawal | None = None

    def party(self, no: int) -> Party | None:
        """The party of that number, or None."""
        return self.parties[no - 1] if 1 <= no <= len(self.parties) else None

    @property
    def waiting(self) -> bool:
        """Whether signatures are taken."""
        return self.state in (State.OPEN_FOR_SIGNING, State.PARTLY_SIGNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The one-time link of a party. Hashes are SHA-256 in hex; the secrets themselves are stored nowhere.

    `binding_sha256`: of the cookie value of the browser that tapped first. `statement`: the RFC 8785 text issued to it.
    """

    secret_sha256: str
    made_at: datetime
    expires_at: datetime
    binding_sha256: str | None = None
    statement: str | None = None
    statement_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretOwner:
    """Whose link, or whose way to object, a secret opens."""

    pledge: str
    version: int
    party: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature of one party over one version. Its identity is `nonce`; `attestation` the issuer's COSE_Sign1 (hex).

    Secrets with which the unit may object: `objection_sha256` of its receipt, `copies_sha256` of each further copy of it.
    """

    pledge: str
    version: int
    party: int
    means: str
    nonce: str
    statement: str
    attestation: str
    signed_at: datetime
    objection_sha256: str | None = None
    copies_sha256: tuple[tuple[int, str], ...] = ()
    disputed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """Who did what to a pledge, when and why."""

    at: datetime
    actor_kind: str
    actor_id: str
    verb: str
    party: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusClaim:
    """A status number taken by a pledge; `revoked_at` and `suspended_at` are what the lists of FORMATS 3 show."""

    pledge: str
    revoked_at: datetime | None = None
    suspended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardLine:
    """A party on the hall's board: `state` SIGNED or DEFERRED; `sequence` of the fact that said so."""

    unit: str
    state: str
    at: datetime
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicId:
    """Which pledge a public id names."""

    pledge: str


PLEDGE = Shape(Pledge, 1)
DRAFT = Shape(Draft, 1)
LINK = Shape(Link, 1)
SECRET_OWNER = Shape(SecretOwner, 1)
SIGNATURE = Shape(Signature, 1)
AUDIT_LINE = Shape(AuditLine, 1)
STATUS_CLAIM = Shape(StatusClaim, 1)
BOARD_LINE = Shape(BoardLine, 1)
PUBLIC_ID = Shape(PublicId, 1)

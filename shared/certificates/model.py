"""The facts of award decisions and certificates, as frozen values. Identifiers follow the glossary; texts stay Vietnamese.

Used by rules.py (what a list may hold), the use cases, and the edge, which shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

Day = date
"""The type of fields that are called `date` themselves."""


class AuthorityLevel(StrEnum):
    """Who decides: the level that the law's articles on competence speak of (Luật 06/2022/QH15, Điều 77-80)."""

    PRESIDENT = "PRESIDENT"
    PRIME_MINISTER = "PRIME_MINISTER"
    MINISTRY = "MINISTRY"
    PROVINCE = "PROVINCE"
    PROVINCE_DEPARTMENT = "PROVINCE_DEPARTMENT"
    UNIT = "UNIT"
    COMMUNE = "COMMUNE"
    ENTERPRISE = "ENTERPRISE"


class RecipientType(StrEnum):
    """Cá nhân, tập thể, hộ gia đình, doanh nghiệp (also co-operatives)."""

    INDIVIDUAL = "INDIVIDUAL"
    COLLECTIVE = "COLLECTIVE"
    HOUSEHOLD = "HOUSEHOLD"
    ENTERPRISE = "ENTERPRISE"


class AwardKind(StrEnum):
    """Loại hình khen thưởng: công trạng, đột xuất, phong trào, cống hiến, niên hạn, đối ngoại."""

    MERIT = "MERIT"
    SUDDEN = "SUDDEN"
    MOVEMENT = "MOVEMENT"
    DEDICATION = "DEDICATION"
    TENURE = "TENURE"
    EXTERNAL = "EXTERNAL"


class ListState(StrEnum):
    """RECEIVED: waits to be checked; ACCEPTED: checked to the end; UNREADABLE: refused whole, nothing taken from it."""

    RECEIVED = "RECEIVED"
    ACCEPTED = "ACCEPTED"
    UNREADABLE = "UNREADABLE"


class CertificateState(StrEnum):
    """REVOKED and REPLACED are final: their bit in the status list is never cleared (FORMATS 3)."""

    VALID = "VALID"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"
    REPLACED = "REPLACED"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerSnapshot:
    """The deciding unit as the directory names it on that day; kept for ever, whatever becomes of the unit.

    `code` is its issuer code (FORMATS 1: `[A-Z0-9][A-Z0-9-]{0,11}`), `kind` the directory's kind of unit (STATE, PARTY,
    MASS_ORG ...), which chooses the heading of papers, `heading_lines` its own heading if it has one, `place` the place
    of issue on papers.
    """

    unit: str
    code: str
    name: str
    kind: str = "STATE"
    heading_lines: tuple[str, ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Who signed the decision: `capacity` is TM., KT., TL., TUQ. or empty, `office` the office in capitals."""

    level: AuthorityLevel
    capacity: str
    office: str
    signer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardDecision:
    """A numbered decision (quyết định khen thưởng). `ceremony` is where its results are announced, if at one.

    `occasion` is the ceremony's or campaign's code as it stands in the token (claim 5); `published_at` is None until then.
    """

    id: str
    number: str
    date: Day
    subject: str
    kind: AwardKind
    issuer: IssuerSnapshot
    authority: Authority
    occasion: str
    ceremony: str | None = None
    announce_at: datetime | None = None
    recorded_at: datetime
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardList:
    """A file sent in for a decision and how far its check has come.

    `refusal` is the code of a file that was refused whole, with its `refusal_facts`; `unverified` names the sources of the
    catalogue that the awards rely on and nobody has checked ("chưa kiểm chứng"). `cleared_at`: the file and
    what was found in it were emptied (retention.py); the counts stay.
    """

    id: str
    decision: str
    object_key: str
    filename: str
    state: ListState
    received_at: datetime
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    notes: int = 0
    unverified: tuple[str, ...] = ()
    refusal: str | None = None
    refusal_facts: Mapping[str, str | int | None] = field(default_factory=dict)
    finding_chunks: int = 0
    cleared_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who is honoured, as written on the paper. `email` is where the slip goes, `area` the class of area (border, remote)."""

    type: RecipientType
    name: str
    salutation: str = ""
    position: str = ""
    unit: str = ""
    area: str = ""
    is_direct_worker: bool = False
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """One recipient's award in a decision. `form` is the catalogue's code, `row` the row of the list it came from."""

    id: str
    decision: str
    list_id: str
    row: int
    form: str
    form_name: str
    recipient: Recipient
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """The decision that ended or suspended a certificate. `reason` is private: it never leaves the issuer's console."""

    number: str
    date: Day
    reason: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """Where the finished documents lie, and what they are: object keys and SHA-256 in hex."""

    pdf_key: str
    pdf_sha256: str
    png_key: str
    png_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate as decided once: id (39 digits), status number, time of issue, snapshot of the award, signed token.

    `hidden`: the recipient asked that the public page shows nothing but the status. `erased_at`: names, citation, token and
    papers are gone; the status number stays. `token` is the hex of the COSE_Sign1 of FORMATS 1; `documents` is None until PDF
    and PNG are stored, `published_at` until the results are out; `fault` is the code of what could not be drawn. `replaces`
    and `replaced_by` are certificate ids.
    """

    id: str
    decision: str
    award: str
    issuer: IssuerSnapshot
    authority: Authority
    decision_number: str
    decision_date: date
    decision_subject: str
    occasion: str
    form: str
    form_name: str
    recipient: Recipient
    citation: str
    status_number: int
    issued_at: datetime
    token: str
    state: CertificateState = CertificateState.VALID
    documents: Documents | None = None
    published_at: datetime | None = None
    cancellation: Cancellation | None = None
    replaces: str | None = None
    replaced_by: str | None = None
    fault: str = ""
    hidden: bool = False
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicRecord:
    """What the verification page may say without a verified token (FORMATS 7): `published` False stands alone.

    Never the recipient or the citation (they stand on the paper and in its code), nor the reason of a cancellation. `erased`:
    the record was erased on request; `hidden`: nothing but the status is filled in.
    """

    id: str
    published: bool
    state: CertificateState | None = None
    title: str = ""
    issuer_code: str = ""
    issuer_name: str = ""
    decision_number: str = ""
    decision_date: date | None = None
    cancelled_by_number: str = ""
    cancelled_by_date: date | None = None
    replaced_by: str | None = None
    hidden: bool = False
    erased: bool = False

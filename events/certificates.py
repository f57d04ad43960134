"""Facts of the context certificates: award decisions, their lists, the certificates made from them, and what became of those.

No name, address, citation or token travels here: ids, and the numbers that a consumer needs. `decision` is the id of an
award decision, `award` the id of one award in it, `certificate` the public id of a certificate (39 digits, FORMATS 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardListReceived:
    """The file with the list of a decision has been uploaded and waits to be checked (queue check-awards)."""

    decision: str
    list_id: str
    object_key: str
    filename: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardListAccepted:
    """A list is checked to its end: `accepted` of its `rows` became awards, `rejected` await correction."""

    decision: str
    list_id: str
    rows: int
    accepted: int
    rejected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardGranted:
    """One award of a decision stands; its certificate is to be made (queue issue-certificate)."""

    decision: str
    award: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateIssued:
    """The certificate and its documents exist; `code_sha256` is of the signed bytes in its code.

    Issued is not published: nobody outside is told yet.
    """

    certificate: str
    decision: str
    award: str
    issuer: str
    code_sha256: str
    pdf_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsPublished:
    """The results of a decision may be seen from now on (queue publish-certificates)."""

    decision: str
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatePublished:
    """One certificate may be seen, and its recipient may be written to (queue send-certificate)."""

    certificate: str
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRevoked:
    """A decision cancelled the award (number and date; the reason stays with the issuer)."""

    certificate: str
    issuer: str
    status_number: int
    decision_number: str
    decided_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateReplaced:
    """A corrected certificate took the place of this one; the new one is to be made (queue issue-certificate)."""

    certificate: str
    replaced_by: str
    decision: str
    award: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged:
    """A bit of an issuer's status list changed: the list is to be signed again (queue sign-status-lists)."""

    issuer: str
    status_number: int
    purpose: Literal["revocation", "suspension"]


EVENTS: dict[tuple[str, int], type] = {
    ("AwardListReceived", 1): AwardListReceived,
    ("AwardListAccepted", 1): AwardListAccepted,
    ("AwardGranted", 1): AwardGranted,
    ("CertificateIssued", 1): CertificateIssued,
    ("ResultsPublished", 1): ResultsPublished,
    ("CertificatePublished", 1): CertificatePublished,
    ("CertificateRevoked", 1): CertificateRevoked,
    ("CertificateReplaced", 1): CertificateReplaced,
    ("StatusChanged", 1): StatusChanged,
}

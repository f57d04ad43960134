"""Which facts make an entry, and what each entry is about. Pure; called by shared/edge/transparency.py.

The id of an entry follows from what it is about, so that a fact that comes twice makes one entry. For a document that is its
public id, which is drawn in the commit that decides the document; hence the entry's id is decided there too.
"""

from __future__ import annotations

from dataclasses import dataclass

from events.certificates import CertificateIssued, CertificateReplaced, CertificateRevoked, StatusChanged
from events.envelope import Envelope
from events.pledges import PledgeSealed, PledgeWithdrawn, SignatureDisputed
from shared.kernel.ids import derived_id
from shared.kernel.tlog import CERTIFICATE, PLEDGE, TRUST_LIST
from shared.transparency.model import NewEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeSnapshot:
    """What the log needs of a pledge beyond its facts: its public id (39 digits) and the SHA-256 of its token, in hex."""

    public_id: str
    token_sha256: str


def document_entry_id(document: str) -> str:
    """The id of the entry by which a document (39 digits) was issued."""
    return derived_id("log-entry", "document", document)


def trust_list_entry_id(digest: bytes) -> str:
    """The id of the entry of a trust list, by its SHA-256."""
    return derived_id("log-entry", TRUST_LIST, digest.hex())


def issued_certificate(fact: CertificateIssued) -> NewEntry:
    return _document(CERTIFICATE, fact.certificate, fact.code_sha256, fact.pdf_sha256)


def sealed_pledge(fact: PledgeSealed, pledge: PledgeSnapshot) -> NewEntry:
    return _document(PLEDGE, pledge.public_id, pledge.token_sha256, fact.pdf_sha256)


def revoked_certificate(fact: CertificateRevoked, envelope: Envelope) -> NewEntry:
    """Number and date of the cancelling decision are bound; the reason never leaves the issuer."""
    return NewEntry(
        id=_fact_id(envelope),
        type="certificate-revoked",
        subject={
            "id": fact.certificate,
            "issuer": fact.issuer,
            "status_number": fact.status_number,
            "decision_number": fact.decision_number,
            "decided_on": fact.decided_on.isoformat(),
        },
    )


def replaced_certificate(fact: CertificateReplaced, envelope: Envelope) -> NewEntry:
    return NewEntry(
        id=_fact_id(envelope),
        type="certificate-replaced",
        subject={"id": fact.certificate, "replaced_by": fact.replaced_by},
    )


def changed_status(fact: StatusChanged, envelope: Envelope) -> NewEntry | None:
    """A suspension set or lifted. None for a revocation: the fact that revoked or replaced comes with it and says more."""
    if fact.purpose == "revocation":
        return None
    return _status(envelope, "certificate-suspension", envelope.subject, fact.issuer, fact.status_number)


def disputed_pledge(fact: SignatureDisputed, envelope: Envelope, pledge: PledgeSnapshot | None) -> NewEntry | None:
    """A sealed pledge that is suspended by an objection. None for one that was not sealed: no document is concerned."""
    if pledge is None or fact.status_number is None:
        return None
    return _status(envelope, "pledge-suspension", pledge.public_id, fact.issuer, fact.status_number)


def withdrawn_pledge(fact: PledgeWithdrawn, envelope: Envelope, pledge: PledgeSnapshot | None) -> NewEntry | None:
    """A pledge in force that was withdrawn. None for one that was never sealed."""
    if pledge is None or fact.status_number is None:
        return None
    return _status(envelope, "pledge-withdrawn", pledge.public_id, fact.issuer, fact.status_number)


def published_trust_list(digest: bytes) -> NewEntry:
    """A change of keys commits to the plain SHA-256 of the list, which is public."""
    return NewEntry(id=trust_list_entry_id(digest), type=TRUST_LIST, digest=digest)


def _document(kind: str, document: str, token_sha256: str, pdf_sha256: str) -> NewEntry:
    return NewEntry(
        id=document_entry_id(document),
        type=kind,
        subject={"id": document, "token_sha256": token_sha256, "pdf_sha256": pdf_sha256},
    )


def _status(envelope: Envelope, kind: str, document: str, issuer: str, status_number: int) -> NewEntry:
    subject: dict[str, str | int] = {"id": document, "issuer": issuer, "status_number": status_number}
    return NewEntry(id=_fact_id(envelope), type=kind, subject=subject)


def _fact_id(envelope: Envelope) -> str:
    return derived_id("log-entry", "fact", envelope.id)

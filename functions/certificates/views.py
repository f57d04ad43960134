"""What the API of decisions and certificates takes and answers. Called by http.py; the source of its OpenAPI."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from shared.certificates.issue import code_text
from shared.certificates.lists import AwardListReport
from shared.certificates.model import (
    AuthorityLevel,
    AwardDecision,
    AwardKind,
    AwardList,
    Certificate,
    CertificateState,
    Recipient,
)
from shared.certificates.records import CertificatePage
from shared.kernel.lists import RowNote, RowProblem
from shared.texts import Locale, say


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDecisionBody:
    """`unit` is the deciding unit's code in the directory; `capacity` TM., KT., TL., TUQ. or empty; `occasion` the
    ceremony's or campaign's code for the certificates (default: the ceremony's id, else the decision's number)."""

    number: str
    date: datetime.date
    subject: str
    kind: AwardKind
    unit: str
    level: AuthorityLevel
    office: str
    signer: str
    capacity: str = ""
    ceremony: str | None = None
    occasion: str = ""
    announce_at: datetime.datetime | None = None
    place: str = ""
    heading_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadBody:
    """`content_type` must be sent again with the file."""

    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveListBody:
    """`key` as .../uploads answered it; `filename` as the office called the file."""

    key: str
    filename: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBody:
    """The decision that ends or suspends; `reason` is never published."""

    decision_number: str
    decided_on: datetime.date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceBody:
    """The decision that corrects, and what the new certificate says otherwise."""

    decision_number: str
    decided_on: datetime.date
    reason: str
    name: str | None = None
    salutation: str | None = None
    position: str | None = None
    unit: str | None = None
    citation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """A decision and the lists sent in for it."""

    decision: AwardDecision
    lists: tuple[AwardList, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """One finding: where it stands (sheet row, STT, field, column), its code, and reason with remedy as a sentence."""

    row: int
    number: str
    field: str
    column: str
    value: str
    code: str
    text: str
    facts: Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """`refusal` is the sentence of a file that was refused whole; `problems` kept rows out, `notes` did not."""

    list: AwardList
    refusal: str
    problems: tuple[FindingView, ...]
    notes: tuple[FindingView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateView:
    """A certificate for its issuer. `qr_text` is the text of its code; `replaced_by` a certificate id."""

    id: str
    decision: str
    award: str
    state: CertificateState
    form_name: str
    recipient: Recipient
    citation: str
    decision_number: str
    decision_date: datetime.date
    issuer_code: str
    status_number: int
    issued_at: datetime.datetime
    published_at: datetime.datetime | None
    ready: bool
    fault: str
    qr_text: str
    pdf_sha256: str
    cancelled_by_number: str
    cancelled_by_date: datetime.date | None
    replaces: str | None
    replaced_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatePageView:
    certificates: tuple[CertificateView, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    url: str


def report_view(report: AwardListReport, locale: Locale) -> ReportView:
    refusal = say(report.list.refusal, locale, **report.list.refusal_facts) if report.list.refusal else ""
    return ReportView(
        list=report.list,
        refusal=refusal,
        problems=tuple(_finding(each, locale) for each in report.problems),
        notes=tuple(_finding(each, locale) for each in report.notes),
    )


def certificate_view(certificate: Certificate, origin: str) -> CertificateView:
    ended = certificate.cancellation
    return CertificateView(
        id=certificate.id,
        decision=certificate.decision,
        award=certificate.award,
        state=certificate.state,
        form_name=certificate.form_name,
        recipient=certificate.recipient,
        citation=certificate.citation,
        decision_number=certificate.decision_number,
        decision_date=certificate.decision_date,
        issuer_code=certificate.issuer.code,
        status_number=certificate.status_number,
        issued_at=certificate.issued_at,
        published_at=certificate.published_at,
        ready=certificate.documents is not None,
        fault=certificate.fault,
        qr_text=code_text(origin, certificate),
        pdf_sha256=certificate.documents.pdf_sha256 if certificate.documents else "",
        cancelled_by_number=ended.number if ended else "",
        cancelled_by_date=ended.date if ended else None,
        replaces=certificate.replaces,
        replaced_by=certificate.replaced_by,
    )


def page_view(page: CertificatePage, origin: str) -> CertificatePageView:
    return CertificatePageView(
        certificates=tuple(certificate_view(each, origin) for each in page.certificates), cursor=page.cursor
    )


def _finding(found: RowProblem | RowNote, locale: Locale) -> FindingView:
    return FindingView(
        row=found.row,
        number=found.number,
        field=found.field,
        column=found.column,
        value=found.value,
        code=found.code,
        text=say(found.code, locale, **found.facts),
        facts=found.facts,
    )

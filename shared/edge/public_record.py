"""What the public page of a document says, from the records of certificates and pledges. Called by functions/public/verify.py.

Decides the words alone: never the first answer of FORMATS 7 (that needs the verified token), nothing of an unpublished
record, of a cancellation number and date and never the reason, of a pledge no person's name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from shared.certificates.model import CertificateState
from shared.certificates.model import PublicRecord as CertificateRecord
from shared.documents.dates import short_date
from shared.texts import Locale, say

if TYPE_CHECKING:  # the page of a certificate loads nothing of pledges
    from shared.pledges.public_record import PublicRecord as PledgeRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPage:
    """`answer` is the heading, `tone` its class (`unknown`, `waiting`, `on-record`, `ended`), `rows` label and value.

    For the page's script: `state` (`unknown`, `not_published`, `on_record`, `revoked`, `replaced`, `suspended`), and of a
    cancellation `decision_number` and `decided_on` (ISO date).
    """

    id: str
    answer: str
    tone: str
    help: str
    state: str = "unknown"
    decision_number: str = ""
    decided_on: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    replaced_by: str | None = None

    @property
    def groups(self) -> str:
        """The id as it is printed beside the code: groups of four."""
        return " ".join(self.id[at : at + 4] for at in range(0, len(self.id), 4))


def unknown_page(typed: str, help_code: str, locale: Locale) -> PublicPage:
    """No record under that id, or no id at all."""
    shown = typed if typed.isascii() and typed.isdigit() and len(typed) <= 39 else ""
    return PublicPage(id=shown, answer=say("verify.unknown", locale), tone="unknown", help=say(help_code, locale))


def offline_page(locale: Locale) -> PublicPage:
    """The page that a browser keeps for the time without a network: no record at all."""
    return PublicPage(
        id="",
        answer=say("verify.offline_answer", locale),
        tone="waiting",
        help=say("verify.offline_help", locale),
        state="offline",
    )


def certificate_page(record: CertificateRecord, locale: Locale) -> PublicPage:
    """A certificate: kind, form, decision, authority as named then, status. Who was honoured, and for what, stands on the
    paper and in its code; the address alone, which logs and chat programs keep, gives no name."""
    if not record.published:
        return _waiting(record.id, locale)
    if record.erased:
        return erased_page(record.id, locale)
    state = record.state or CertificateState.VALID
    if record.hidden:
        return _hidden(record.id, state, locale)
    decision = say("verify.decision_line", locale, number=record.decision_number, date=_day(record.decision_date))
    rows = _rows(
        locale,
        ("verify.field_kind", say("verify.kind_certificate", locale)),
        ("verify.field_title", record.title),
        ("verify.field_decision", decision),
        ("verify.field_issuer", record.issuer_name),
    )
    if state is CertificateState.VALID:
        return _on_record(record.id, rows, locale)
    notes = []
    if record.cancelled_by_number:
        notes.append(
            say(
                "verify.cancelled_by",
                locale,
                number=record.cancelled_by_number,
                date=_day(record.cancelled_by_date),
            )
        )
    return PublicPage(
        id=record.id,
        answer=say(f"verify.{state.lower()}", locale),
        tone="ended",
        help=say("verify.ended_help", locale),
        state=state.lower(),
        decision_number=record.cancelled_by_number or "",
        decided_on=_iso(record.cancelled_by_date),
        rows=rows,
        notes=tuple(notes),
        replaced_by=record.replaced_by,
    )


def pledge_page(record: PledgeRecord, locale: Locale, *, issuer_name: str) -> PublicPage:
    """A pledge: title, issuer by its name, period, number of parties, digest of its text, status."""
    if not record.published:
        return _waiting(record.public_id, locale)
    rows = _rows(
        locale,
        ("verify.field_kind", say("verify.kind_pledge", locale)),
        ("verify.field_pledge", record.title),
        ("verify.field_issuer", issuer_name),
        ("verify.field_period", " - ".join(map(_day, record.period))),
        ("verify.field_parties", str(record.parties)),
        ("verify.field_digest", record.text_sha256),
    )
    if record.status == "valid":
        return _on_record(record.public_id, rows, locale)
    notes = []
    if record.decision_number:
        notes.append(say("verify.cancelled_by", locale, number=record.decision_number, date=_day(record.withdrawn_on)))
    return PublicPage(
        id=record.public_id,
        answer=say(f"verify.{record.status}", locale),
        tone="ended",
        help=say("verify.ended_help", locale),
        state=record.status,
        decision_number=record.decision_number or "",
        decided_on=_iso(record.withdrawn_on),
        rows=rows,
        notes=tuple(notes),
    )


def erased_page(id_: str, locale: Locale) -> PublicPage:
    """What was erased on request: that, and nothing more. Answered with 410 (FORMATS 4)."""
    return PublicPage(
        id=id_,
        answer=say("verify.erased", locale),
        tone="waiting",
        help=say("verify.erased_help", locale),
        state="erased",
    )


def _hidden(id_: str, state: CertificateState, locale: Locale) -> PublicPage:
    """The recipient asked that nothing but the status is shown."""
    if state is CertificateState.VALID:
        found = _on_record(id_, (), locale)
        return replace(found, notes=(say("verify.hidden", locale),))
    return PublicPage(
        id=id_,
        answer=say(f"verify.{state.lower()}", locale),
        tone="ended",
        help=say("verify.ended_help", locale),
        state=state.lower(),
        notes=(say("verify.hidden", locale),),
    )


def _waiting(id_: str, locale: Locale) -> PublicPage:
    return PublicPage(
        id=id_,
        answer=say("verify.not_published", locale),
        tone="waiting",
        help=say("verify.not_published_help", locale),
        state="not_published",
    )


def _on_record(id_: str, rows: tuple[tuple[str, str], ...], locale: Locale) -> PublicPage:
    return PublicPage(
        id=id_,
        answer=say("verify.on_record", locale),
        tone="on-record",
        help=say("verify.on_record_help", locale),
        state="on_record",
        rows=rows,
    )


def _rows(locale: Locale, *rows: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((say(code, locale), value) for code, value in rows if value)


def _day(day: date | None) -> str:
    return short_date(day) if day else ""


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""

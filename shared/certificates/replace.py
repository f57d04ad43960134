"""Replaces a certificate that says something wrong by a corrected one: new id, new status number; the old one REPLACED.

Called by functions/certificates/http.py; the documents of the new one are made by issue_certificate.py for the fact
CertificateReplaced. The old paper's code goes on answering, with what replaced it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from events.certificates import CertificateReplaced
from events.envelope import Act, wrap
from shared.certificates.issue import link_award, sign
from shared.certificates.model import Certificate, CertificateState
from shared.certificates.numbers import claim_status_number, draw_status_number
from shared.certificates.rules import MAX_TOKEN_TEXT_BYTES, token_title
from shared.certificates.status import Order, bit_writes, changed, is_same_order, moved
from shared.certificates.store import TRIES, decision_key, put_certificate, read_certificate, whole_seconds
from shared.kernel.codetext import id_digits
from shared.kernel.errors import Conflict, Invalid, Refused
from shared.kernel.ids import document_id
from shared.kernel.ports import ABSENT, Keyring, Table
from shared.kernel.text import nfc


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What the new certificate says otherwise; None leaves a text as it was."""

    name: str | None = None
    salutation: str | None = None
    position: str | None = None
    unit: str | None = None
    citation: str | None = None


class ReplaceCertificate:
    """Issues a corrected certificate in the place of a valid one."""

    def __init__(self, table: Table, keyring: Keyring) -> None:
        self._table = table
        self._keyring = keyring

    def __call__(self, act: Act, *, certificate: str, correction: Correction, order: Order) -> Certificate:
        """The new certificate, decided; its documents follow. The same order again answers the one it made.

        Raises NotFound, Invalid (nothing corrected, a text empty or too long, order), Refused `certificate.ended`.
        """
        cancellation = order.recorded(act)
        for _ in range(TRIES):
            old, version = read_certificate(self._table, certificate)
            if old.replaced_by and is_same_order(old.cancellation, cancellation):
                return read_certificate(self._table, old.replaced_by)[0]
            number = draw_status_number(self._table, old.issuer.code)
            new = sign(self._keyring, _corrected(act, old, correction, number))
            ended = replace(moved(old, CertificateState.REPLACED, cancellation), replaced_by=new.id)
            link = self._table.get(decision_key(old.decision), f"issued#{old.award}")
            if link is None or link.body["certificate"] != old.id:
                raise Refused("certificate.ended")
            fact = CertificateReplaced(certificate=old.id, replaced_by=new.id, decision=old.decision, award=old.award)
            writes = [
                put_certificate(ended, version),
                *bit_writes(old, "revocation"),
                *claim_status_number(self._table, old.issuer.code, number, new.id),
                put_certificate(new, ABSENT),
                link_award(new, link.version),
            ]
            facts = [
                wrap(fact, act, subject=old.id, version=version + 1),
                changed(act, old, version + 1, 1, "revocation"),
            ]
            try:
                self._table.commit(writes, facts)
            except Conflict:
                continue
            return new
        raise Conflict(key=certificate)


def _corrected(act: Act, old: Certificate, correction: Correction, number: int) -> Certificate:
    recipient = replace(
        old.recipient,
        name=_text("name", correction.name, old.recipient.name),
        salutation=_text("salutation", correction.salutation, old.recipient.salutation),
        position=_text("position", correction.position, old.recipient.position),
        unit=_text("unit", correction.unit, old.recipient.unit),
    )
    citation = _text("citation", correction.citation, old.citation)
    if (recipient, citation) == (old.recipient, old.citation):
        raise Invalid("correction.nothing", field="correction")
    if not recipient.name or not citation:
        raise Invalid("correction.empty", field="name" if not recipient.name else "citation")
    texts = (recipient.name, token_title(old.form_name, citation), old.decision_number, old.occasion)
    over = sum(len(text.encode()) for text in texts) - MAX_TOKEN_TEXT_BYTES
    if over > 0:
        raise Invalid("award.text_too_long", field="citation", over=over)
    return replace(
        old,
        id=id_digits(document_id()),
        recipient=recipient,
        citation=citation,
        status_number=number,
        issued_at=whole_seconds(act.at),
        token="",
        documents=None,
        published_at=None,
        replaces=old.id,
    )


def _text(field: str, given: str | None, before: str) -> str:
    if given is None:
        return before
    text = nfc(given)
    if len(text) > 500:
        raise Invalid("correction.too_long", field=field, most=500)
    return text

"""Makes the certificate of an award, and its documents. Called by issue_certificate.py for AwardGranted.

1. One commit decides: id and status number are drawn, the time of issue is noted, the token is signed and kept.
2. PDF and PNG are drawn from that record and stored, each only if absent.
3. One commit notes where they lie, with the fact CertificateIssued.
4. If the results are out already, the certificate is published at once.

Every step looks first whether it was done. A crash between any two loses nothing; a repeat issues nothing twice, because
the link of the award to its certificate is written in step 1 and only once.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from events.certificates import CertificateIssued
from events.envelope import Act, wrap
from shared.certificates.model import Award, AwardDecision, Certificate, Documents
from shared.certificates.numbers import claim_status_number, draw_status_number
from shared.certificates.publish import publish_certificate
from shared.certificates.rules import token_title
from shared.certificates.store import (
    TRIES,
    decision_key,
    put_certificate,
    read_award,
    read_certificate,
    read_decision,
    whole_seconds,
)
from shared.kernel.codetext import document_code, id_digits
from shared.kernel.errors import Conflict, NotFound, Refused
from shared.kernel.ids import document_id
from shared.kernel.ports import ABSENT, Keyring, Objects, Put, Table
from shared.kernel.tokens import DocumentClaims, DocumentKind, sign_document

PURPOSE: Final = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The documents of one certificate: a sealed PDF and a PNG for phones."""

    pdf: bytes
    png: bytes


Draw = Callable[[Certificate, str], Drawn]
"""Draws a certificate; the text is that of its QR code (`document_code`)."""


class IssueCertificate:
    """Issues the certificate of one award, whole or further from where an earlier attempt stopped."""

    def __init__(self, table: Table, objects: Objects, keyring: Keyring, origin: str, draw: Draw) -> None:
        self._table = table
        self._objects = objects
        self._keyring = keyring
        self._origin = origin
        self._draw = draw

    def __call__(self, act: Act, *, decision: str, award: str) -> Certificate:
        """The certificate with its documents.

        Raises NotFound (the award is not there yet), Unavailable (no key, no store), Malformed for texts no token takes.
        """
        certificate, version = self._decide(act, decision, award)
        return complete(self._table, self._objects, self._origin, self._draw, act, certificate, version)

    def _decide(self, act: Act, decision: str, award: str) -> tuple[Certificate, int]:
        for _ in range(TRIES):
            link = self._table.get(decision_key(decision), f"issued#{award}")
            if link is not None:
                return read_certificate(self._table, str(link.body["certificate"]))
            granted = read_award(self._table, decision, award)
            decided, _ = read_decision(self._table, decision)
            number = draw_status_number(self._table, decided.issuer.code)
            certificate = sign(self._keyring, new_certificate(act.at, decided, granted, number))
            writes = [
                *claim_status_number(self._table, decided.issuer.code, number, certificate.id),
                put_certificate(certificate, ABSENT),
                link_award(certificate, ABSENT),
            ]
            try:
                self._table.commit(writes)
            except Conflict:
                continue  # another worker decided this award, or took the number
            return certificate, 1
        raise Conflict(key=award)


def complete(
    table: Table, objects: Objects, origin: str, draw: Draw, act: Act, certificate: Certificate, version: int
) -> Certificate:
    """Steps 2 to 4 for a decided certificate, whichever of them are still to do.

    Raises Refused for texts that fit no layout or that no typeface has; its code is kept for the organiser's list.
    """
    if certificate.erased_at is not None:
        return certificate
    if certificate.documents is None:
        try:
            documents = _store(objects, certificate, draw, code_text(origin, certificate))
        except Refused as refused:
            _note_fault(table, certificate, version, refused.code)
            raise
        certificate = _note_documents(table, act, certificate, version, documents)
    decision, _ = read_decision(table, certificate.decision)
    if decision.published_at is not None:
        # Read after the documents were noted: the fan-out of ResultsPublished either sees them or has its facts read here.
        certificate = publish_certificate(table, act, certificate.id, decision.published_at)
    return certificate


def new_certificate(at: datetime, decision: AwardDecision, award: Award, number: int) -> Certificate:
    """A certificate decided at that time, with fresh id, its token still empty (`sign` fills it)."""
    return Certificate(
        id=id_digits(document_id()),
        decision=decision.id,
        award=award.id,
        issuer=decision.issuer,
        authority=decision.authority,
        decision_number=decision.number,
        decision_date=decision.date,
        decision_subject=decision.subject,
        occasion=decision.occasion,
        form=award.form,
        form_name=award.form_name,
        recipient=award.recipient,
        citation=award.citation,
        status_number=number,
        issued_at=whole_seconds(at),
        token="",
    )


def sign(keyring: Keyring, certificate: Certificate) -> Certificate:
    """The certificate with its token (FORMATS 1), signed with its issuer's document key."""
    claims = DocumentClaims(
        issuer=certificate.issuer.code,
        issued_at=int(certificate.issued_at.timestamp()),
        id=int(certificate.id),
        kind=DocumentKind.CERTIFICATE,
        recipient=certificate.recipient.name,
        title=token_title(certificate.form_name, certificate.citation),
        reference=certificate.decision_number,
        occasion=certificate.occasion,
        status_number=certificate.status_number,
    )
    return replace(certificate, token=sign_document(claims, keyring.signer(certificate.issuer.code, PURPOSE)).hex())


def code_text(origin: str, certificate: Certificate) -> str:
    """The text of the certificate's QR code."""
    return document_code(origin, int(certificate.id), bytes.fromhex(certificate.token))


def link_award(certificate: Certificate, expect: int) -> Put:
    """The write that makes `certificate` the one of its award."""
    return Put(
        partition=decision_key(certificate.decision),
        sort=f"issued#{certificate.award}",
        body={"certificate": certificate.id},
        expect=expect,
    )


def _store(objects: Objects, certificate: Certificate, draw: Draw, code: str) -> Documents:
    pdf_key, png_key = (
        f"certificates/{certificate.id}/certificate.pdf",
        f"certificates/{certificate.id}/certificate.png",
    )
    pdf, png = _stored(objects, pdf_key), _stored(objects, png_key)
    if pdf is None or png is None:
        drawn = draw(certificate, code)
        pdf = _put(objects, pdf_key, drawn.pdf, "application/pdf")
        png = _put(objects, png_key, drawn.png, "image/png")
    return Documents(
        pdf_key=pdf_key,
        pdf_sha256=hashlib.sha256(pdf).hexdigest(),
        png_key=png_key,
        png_sha256=hashlib.sha256(png).hexdigest(),
    )


def _stored(objects: Objects, key: str) -> bytes | None:
    try:
        return objects.get(key)
    except NotFound:
        return None


def _put(objects: Objects, key: str, data: bytes, content_type: str) -> bytes:
    """The bytes that stand under the key afterwards. A seal differs each time it is made (ECDSA): the first one counts."""
    try:
        objects.put_new(key, data, content_type)
    except Conflict:
        return objects.get(key)
    return data


def _note_fault(table: Table, certificate: Certificate, version: int, code: str) -> None:
    # Conflict: somebody else got further, and says what stands.
    with contextlib.suppress(Conflict):
        table.commit([put_certificate(replace(certificate, fault=code), version)])


def _note_documents(
    table: Table, act: Act, certificate: Certificate, version: int, documents: Documents
) -> Certificate:
    for _ in range(TRIES):
        noted = replace(certificate, documents=documents, fault="")
        fact = CertificateIssued(
            certificate=certificate.id,
            decision=certificate.decision,
            award=certificate.award,
            issuer=certificate.issuer.code,
            code_sha256=hashlib.sha256(bytes.fromhex(certificate.token)).hexdigest(),
            pdf_sha256=documents.pdf_sha256,
        )
        try:
            table.commit(
                [put_certificate(noted, version)], [wrap(fact, act, subject=certificate.id, version=version + 1)]
            )
        except Conflict:
            certificate, version = read_certificate(table, certificate.id)
            if certificate.documents is not None:
                return certificate
            continue
        return noted
    raise Conflict(key=certificate.id)

"""Sealing a completed pledge: first decide, then render outside, then record. Called by functions/pledges/seal.py.

Order of steps, so that a crash between any two loses nothing and makes nothing twice:

1. BeginSealing commits the time of issue, the status number and the token; a repeat gets the same plan.
2. The caller draws the PDF from the plan and stores it under `pdf_key`, which follows from pledge and version: whoever
   comes second finds the first one's bytes there and goes on with them.
3. RecordSealed commits its digest, IN_FORCE and PledgeSealed; a repeat changes nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.envelope import Act
from shared.kernel.codetext import id_from_digits
from shared.kernel.errors import Conflict
from shared.kernel.ports import ABSENT, Keyring, Table, Write
from shared.kernel.tokens import DocumentClaims, DocumentKind, sign_document
from shared.pledges import rules
from shared.pledges.items import RETRIES, Loaded, commit, load, load_draft, load_signatures, put, put_audit
from shared.pledges.model import STATUS_CLAIM, Draft, Party, Pledge, Role, Seal, Signature, StatusClaim
from shared.pledges.statement import read_statement, sha256_hex
from shared.pledges.text import text_fields
from shared.pledges.usecases import status_write

BLOCK_NUMBERS = 131_072
"""Status numbers of one list (FORMATS 3)."""
LOWER_HALF = 65_536
"""Numbers of certificates in each block; those of pledges lie above (see this package's docstring)."""
_TRIES_A_BLOCK = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedBy:
    """A line of the signature grid: the party, who signed for it (as its statement says), by what means and when (UTC).

    `statement_sha256` in hex.
    """

    no: int
    unit: str
    name: str
    role: str
    signer: str
    office: str
    capacity: str
    means: str
    signed_at: datetime
    statement_sha256: str
    disputed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SealPlan:
    """All that the sealed document is made of; the same for every repeat."""

    pledge: str
    issuer: str
    public_id: str
    version: int
    draft: Draft
    text: dict[str, Any]
    text_sha256: str
    opened_at: datetime
    completed_at: datetime
    issued_at: datetime
    status_number: int
    token: bytes
    signatures: tuple[SignedBy, ...]
    pdf_key: str


class BeginSealing:
    """Decides time of issue, status number and token of a completed pledge, once."""

    def __init__(self, table: Table, keyring: Keyring) -> None:
        self._table = table
        self._keyring = keyring

    def __call__(self, act: Act, pledge: str, version: int) -> SealPlan:
        """The plan. Raises Refused (not completed, withdrawn, another version), Conflict after many lost races."""
        for attempt in range(_TRIES_A_BLOCK * 8):
            loaded = load(self._table, pledge)
            rules.may_be_sealed(loaded.pledge, version)
            if loaded.pledge.seal is not None:
                return self._plan(loaded.pledge)
            number = _draw(attempt)
            after, _ = rules.begin_sealing(loaded.pledge, version, self._seal(act, loaded.pledge, number))
            claim = StatusClaim(pledge=pledge, suspended_at=act.at if after.disputed else None)
            taken = put(f"status#{after.issuer}", f"{number:010d}", STATUS_CLAIM, claim, ABSENT)
            audit = put_audit(act, pledge, loaded.version + 1, "BEGIN_SEALING")
            try:
                commit(self._table, act, loaded, after, (), [taken, audit])
            except Conflict:
                continue
            return self._plan(after)
        raise Conflict(key=pledge)

    def _seal(self, act: Act, pledge: Pledge, number: int) -> Seal:
        at = act.at.replace(microsecond=0)
        claims = _claims(pledge, load_draft(self._table, pledge.id, pledge.version), at, number)
        token = sign_document(claims, self._keyring.signer(pledge.issuer, "document"))
        return Seal(issued_at=at, status_number=number, token=token.hex())

    def _plan(self, pledge: Pledge) -> SealPlan:
        if pledge.seal is None or pledge.public_id is None or pledge.completed_at is None or pledge.opened_at is None:
            raise ValueError("a completed pledge has all of these")
        draft = load_draft(self._table, pledge.id, pledge.version)
        return SealPlan(
            pledge=pledge.id,
            issuer=pledge.issuer,
            public_id=pledge.public_id,
            version=pledge.version,
            draft=draft,
            text=text_fields(draft),
            text_sha256=pledge.text_sha256,
            opened_at=pledge.opened_at,
            completed_at=pledge.completed_at,
            issued_at=pledge.seal.issued_at,
            status_number=pledge.seal.status_number,
            token=bytes.fromhex(pledge.seal.token),
            signatures=tuple(map(signed_by, load_signatures(self._table, pledge.id, pledge.version))),
            pdf_key=f"pledges/{pledge.id}/v{pledge.version}/sealed.pdf",
        )


class RecordSealed:
    """Records the stored PDF: the pledge is in force."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, plan: SealPlan, *, pdf_sha256: str) -> Pledge:
        """The pledge in force; a repeat changes nothing. `pdf_sha256` in hex. Raises Refused if it was withdrawn meanwhile."""
        for _ in range(RETRIES):
            loaded = load(self._table, plan.pledge)
            after, facts = rules.record_sealed(
                loaded.pledge,
                plan.version,
                at=act.at,
                pdf_key=plan.pdf_key,
                pdf_sha256=pdf_sha256,
            )
            if not facts:
                return after
            try:
                commit(self._table, act, loaded, after, facts, self._more(act, loaded))
            except Conflict:
                continue
            return after
        raise Conflict(key=plan.pledge)

    def _more(self, act: Act, loaded: Loaded) -> list[Write]:
        writes: list[Write] = [put_audit(act, loaded.pledge.id, loaded.version + 1, "SEAL")]
        if loaded.pledge.disputed:  # an objection that came before the seal suspends what is now sealed
            writes.append(status_write(self._table, loaded.pledge, suspended_at=act.at))
        return writes


def _claims(pledge: Pledge, draft: Draft, at: datetime, number: int) -> DocumentClaims:
    """What the token in the printed code says (FORMATS 1)."""
    start, end = draft.period
    return DocumentClaims(
        issuer=pledge.issuer,
        issued_at=int(at.timestamp()),
        id=id_from_digits(pledge.public_id or ""),
        kind=DocumentKind.PLEDGE,
        recipient=draft.block or _head(draft.parties).name,
        title=draft.title,
        reference=f"{start:%d/%m/%Y} - {end:%d/%m/%Y}",
        occasion=draft.occasion,
        status_number=number,
        text_sha256=bytes.fromhex(pledge.text_sha256),
    )


def signed_by(signature: Signature) -> SignedBy:
    """The grid's line of a signature, from what was signed and not from what stands in the directory today."""
    said = read_statement(signature.statement)
    return SignedBy(
        no=signature.party,
        unit=said["party"]["unit"],
        name=said["party"]["name"],
        role=said["party"]["role"],
        signer=said["signer"]["name"],
        office=said["signer"]["office"],
        capacity=said["signer"]["capacity"],
        means=signature.means,
        signed_at=signature.signed_at,
        statement_sha256=sha256_hex(signature.statement),
        disputed=signature.disputed_at is not None,
    )


def _draw(attempt: int) -> int:
    """A number of the upper half of a block; after several taken ones a block further, so that there is always room."""
    block = attempt // _TRIES_A_BLOCK
    return block * BLOCK_NUMBERS + LOWER_HALF + secrets.randbelow(BLOCK_NUMBERS - LOWER_HALF)


def _head(parties: tuple[Party, ...]) -> Party:
    return next((party for party in parties if party.role is Role.HEAD), parties[0])

"""Ends or suspends a certificate by a decision, and tells which bits of the status lists are set (FORMATS 3).

The document itself never changes: what a verifier learns later stands in the status list and on the verification page,
with number and date of the cancelling decision and never its reason. A revocation bit is never cleared.
Called by functions/certificates/http.py; `StatusBits` and `ListsInUse` by sign_status_lists.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final, Literal

from events.certificates import CertificateRevoked, StatusChanged
from events.envelope import Act, Envelope, wrap
from shared.certificates.model import Cancellation, Certificate, CertificateState
from shared.certificates.numbers import BLOCK, number_sort
from shared.certificates.store import TRIES, put_certificate, read_certificate
from shared.kernel.errors import Conflict, Invalid, Refused
from shared.kernel.ports import ABSENT, ANY, Delete, Put, Table, Write
from shared.kernel.text import nfc

Purpose = Literal["revocation", "suspension"]
Day = date
"""The type of fields that are called `date` themselves."""


_AHEAD: Final = timedelta(hours=14)
"""The day is already tomorrow somewhere: a decision of today in any zone is not one of the future."""
ALLOWED: Final[Mapping[CertificateState, frozenset[CertificateState]]] = MappingProxyType(
    {
        CertificateState.VALID: frozenset(
            {CertificateState.SUSPENDED, CertificateState.REVOKED, CertificateState.REPLACED}
        ),
        CertificateState.SUSPENDED: frozenset({CertificateState.VALID, CertificateState.REVOKED}),
        CertificateState.REVOKED: frozenset(),
        CertificateState.REPLACED: frozenset(),
    }
)
"""From which state a certificate may go to which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The decision by which a certificate is ended, suspended or restored: `reason` is kept and never published."""

    number: str
    date: Day
    reason: str

    def recorded(self, act: Act) -> Cancellation:
        """Raises Invalid for a missing number or reason, and for a decision dated in the future."""
        number, reason = nfc(self.number), nfc(self.reason)
        if not number or len(number) > 40:
            raise Invalid("cancellation.number", field="number", most=40)
        if not reason or len(reason) > 2000:
            raise Invalid("cancellation.reason", field="reason", most=2000)
        if self.date > (act.at + _AHEAD).date():
            raise Invalid("cancellation.date", field="date")
        return Cancellation(number=number, date=self.date, reason=reason, recorded_at=act.at)


class RevokeCertificate:
    """Ends a certificate for good. Revoking what the same decision revoked before answers it as it stands."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, *, certificate: str, order: Order) -> Certificate:
        """Raises NotFound, Invalid (order), Refused `certificate.ended` if it was ended otherwise."""
        cancellation = order.recorded(act)
        for _ in range(TRIES):
            standing, version = read_certificate(self._table, certificate)
            if standing.state is CertificateState.REVOKED and is_same_order(standing.cancellation, cancellation):
                return standing
            revoked = moved(standing, CertificateState.REVOKED, cancellation)
            try:
                self._table.commit(
                    [put_certificate(revoked, version), *bit_writes(standing, "revocation")],
                    [_revoked(act, revoked, version + 1), changed(act, revoked, version + 1, 1, "revocation")],
                )
            except Conflict:
                continue
            return revoked
        raise Conflict(key=certificate)


class SuspendCertificate:
    """Suspends a certificate while something is examined (FORMATS 3, purpose suspension)."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, *, certificate: str, order: Order) -> Certificate:
        """Raises NotFound, Invalid (order), Refused `certificate.ended`."""
        return _switch(self._table, act, certificate, CertificateState.SUSPENDED, order.recorded(act))


class RestoreCertificate:
    """Lifts a suspension: the only status that can be taken back."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, *, certificate: str) -> Certificate:
        """Raises NotFound, Refused `certificate.ended`."""
        return _switch(self._table, act, certificate, CertificateState.VALID, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBits:
    """Bits that certificates have set in one block of an issuer's numbers, as positions 0 .. 131071 in the list."""

    revocation: frozenset[int]
    suspension: frozenset[int]


class ListsInUse:
    """The status lists that must exist: (issuer code, block), as soon as one certificate drew a number in it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self) -> tuple[tuple[str, int], ...]:
        found: list[tuple[str, int]] = []
        cursor: str | None = None
        while True:
            page = self._table.query("issuers", limit=500, cursor=cursor)
            found += [(str(item.body["issuer"]), int(item.body["block"])) for item in page.items]
            cursor = page.cursor
            if cursor is None:
                return tuple(found)


class StatusBits:
    """The bits set in one block of one issuer, read consistently."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, issuer: str, block: int) -> SetBits:
        return SetBits(
            revocation=self._bits(issuer, block, "revocation"), suspension=self._bits(issuer, block, "suspension")
        )

    def _bits(self, issuer: str, block: int, purpose: Purpose) -> frozenset[int]:
        first, last = number_sort(block * BLOCK), number_sort((block + 1) * BLOCK - 1)
        found: set[int] = set()
        cursor: str | None = None
        while True:
            page = self._table.query(
                f"bits#{issuer}", between=(f"{purpose}#{first}", f"{purpose}#{last}"), limit=1000, cursor=cursor
            )
            found |= {int(item.body["number"]) % BLOCK for item in page.items}
            cursor = page.cursor
            if cursor is None:
                return frozenset(found)


def moved(standing: Certificate, state: CertificateState, cancellation: Cancellation | None) -> Certificate:
    """The certificate in its next state. Raises Refused `certificate.ended`, `certificate.suspended` where it may not."""
    if state not in ALLOWED[standing.state]:
        raise Refused("certificate.suspended" if standing.state is CertificateState.SUSPENDED else "certificate.ended")
    return replace(standing, state=state, cancellation=cancellation)


def bit_writes(standing: Certificate, purpose: Purpose) -> list[Write]:
    """The writes that set a bit of the status list; a bit that is set stays set."""
    sort = f"{purpose}#{number_sort(standing.status_number)}"
    expect = ABSENT if purpose == "revocation" else ANY
    bit = Put(
        partition=f"bits#{standing.issuer.code}", sort=sort, body={"number": standing.status_number}, expect=expect
    )
    return [bit]


def changed(act: Act, certificate: Certificate, version: int, place: int, purpose: Purpose) -> Envelope:
    """The fact that the issuer's list is to be signed again."""
    fact = StatusChanged(issuer=certificate.issuer.code, status_number=certificate.status_number, purpose=purpose)
    return wrap(fact, act, subject=certificate.id, version=version, place=place)


def _revoked(act: Act, certificate: Certificate, version: int) -> Envelope:
    if certificate.cancellation is None:
        raise ValueError("a revoked certificate has its decision")
    fact = CertificateRevoked(
        certificate=certificate.id,
        issuer=certificate.issuer.code,
        status_number=certificate.status_number,
        decision_number=certificate.cancellation.number,
        decided_on=certificate.cancellation.date,
    )
    return wrap(fact, act, subject=certificate.id, version=version)


def _switch(
    table: Table, act: Act, certificate: str, state: CertificateState, cancellation: Cancellation | None
) -> Certificate:
    """Into suspension and out of it."""
    for _ in range(TRIES):
        standing, version = read_certificate(table, certificate)
        if standing.state is state:
            return standing
        switched = moved(standing, state, cancellation)
        try:
            table.commit(
                [put_certificate(switched, version), *_suspension_writes(standing, state)],
                [changed(act, switched, version + 1, 0, "suspension")],
            )
        except Conflict:
            continue
        return switched
    raise Conflict(key=certificate)


def _suspension_writes(standing: Certificate, state: CertificateState) -> list[Write]:
    if state is CertificateState.SUSPENDED:
        return bit_writes(standing, "suspension")
    sort = f"suspension#{number_sort(standing.status_number)}"
    return [Delete(partition=f"bits#{standing.issuer.code}", sort=sort, expect=ANY)]


def is_same_order(standing: Cancellation | None, given: Cancellation) -> bool:
    """Whether two orders are one decision (number and date)."""
    return standing is not None and (standing.number, standing.date) == (given.number, given.date)

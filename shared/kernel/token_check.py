"""The checks that one token can pass by itself and the trust list (FORMATS 1, last bullet). Called by gates and verification.

`authentic_ticket` is the door's hot path: one pattern, one signature. `check_document` serves shared.kernel.verification.
Both go through the same steps in the same order and stop at the first that fails; until all have passed, nobody sees a claim.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from shared.kernel import tokens
from shared.kernel.codetext import BadCode, Code, CodeKind, parse_code
from shared.kernel.cose import BadCose
from shared.kernel.malformed import Malformed
from shared.kernel.tokens import Claims, DocumentClaims, TicketClaims
from shared.kernel.trust import Purpose, TrustedKey, TrustList

CLOCK_SKEW = 300
"""Seconds by which the issuer's clock may be ahead of the verifier's."""
C = TypeVar("C", DocumentClaims, TicketClaims)


class Check(StrEnum):
    """What is checked, in this order."""

    FORM = "form"
    KEY = "key"  # known, and made for this purpose
    SIGNATURE = "signature"
    PURPOSE = "purpose"  # the token says so too
    ISSUER = "issuer"
    PERIOD = "period"
    HOST = "host"
    ID = "id"
    EXPIRY = "expiry"
    STATUS = "status"
    LOG = "log"


class NotVerified(Malformed):
    """A check failed: `check` says which, `reason` why. `usable` is False if the text is not a code of this kind at all."""

    def __init__(self, check: Check, reason: str, *, usable: bool = True) -> None:
        super().__init__(reason)
        self.check = check
        self.usable = usable


@dataclass(frozen=True, slots=True)
class VerifiedTicket:
    """A ticket whose token verified. The token itself is a bearer secret: store `seed` and `proof` (FORMATS 5)."""

    claims: TicketClaims
    key: TrustedKey
    sample: bool
    token: bytes = field(repr=False)

    @property
    def seed(self) -> bytes:
        return tokens.ticket_seed(self.token)

    @property
    def proof(self) -> bytes:
        return tokens.ticket_proof(self.token)


def check_ticket(text: str, trust: TrustList, now: int) -> VerifiedTicket:
    """Verifies a scanned ticket at unix time `now`: everything but what only the lists know (window, category, used).

    Raises NotVerified as `authentic_ticket`, and `expired`.
    """
    found = authentic_ticket(text, trust, now)
    if now >= found.claims.expires_at:
        raise NotVerified(Check.EXPIRY, "expired")
    return found


def authentic_ticket(text: str, trust: TrustList, now: int) -> VerifiedTicket:
    """The ticket as its issuer made it, in time or not: for those who have the record and tell their own story of time.

    Raises NotVerified: `not_a_code`, `not_a_ticket`, `unknown_key`, `bad_signature`, `wrong_purpose`, `wrong_issuer`,
    `key_...`, `issued_in_future`, `wrong_host`, and reasons of a malformed token.
    """
    code = read_code(text, CodeKind.TICKET)
    claims, key = _check(code, trust, now, Purpose.TICKET, TicketClaims)
    if key.compromised:
        raise NotVerified(Check.PERIOD, "key_compromised")
    return VerifiedTicket(claims, key, code.sample, code.token)


def check_document(code: Code, trust: TrustList, now: int) -> tuple[DocumentClaims, TrustedKey]:
    """Verifies the token of a document up to its id; expiry and a compromised key are the caller's to judge.

    Raises NotVerified like `check_ticket`, and `wrong_id` (the path names another document).
    """
    claims, key = _check(code, trust, now, Purpose.DOCUMENT, DocumentClaims)
    if code.id != claims.id:
        raise NotVerified(Check.ID, "wrong_id")
    return claims, key


def read_code(text: str, kind: CodeKind) -> Code:
    """Takes a text apart. Raises NotVerified(FORM): reasons of `parse_code`, or `not_a_ticket`, `not_a_document`."""
    try:
        code = parse_code(text)
    except BadCode as problem:
        usable = problem.reason == "token_prefix"  # the form of a code, another content
        raise NotVerified(Check.FORM, problem.reason, usable=usable) from None
    if code.kind is not kind:
        raise NotVerified(Check.FORM, f"not_a_{kind.value}", usable=False)
    return code


def _check(code: Code, trust: TrustList, now: int, purpose: Purpose, kind: type[C]) -> tuple[C, TrustedKey]:
    sealed = _formed(lambda: tokens.read(code.token))
    key = trust.key(sealed.kid)
    if key is None:
        raise NotVerified(Check.KEY, "unknown_key")
    if key.purpose is not purpose:
        raise NotVerified(Check.KEY, "wrong_purpose")
    claims: Claims = _formed(lambda: sealed.open(key.verifier))
    if not isinstance(claims, kind):
        raise NotVerified(Check.PURPOSE, "wrong_purpose")
    if claims.issuer != key.issuer:
        raise NotVerified(Check.ISSUER, "wrong_issuer")
    reason = "issued_in_future" if claims.issued_at > now + CLOCK_SKEW else key.refusal(claims.issued_at)
    if reason is not None:
        raise NotVerified(Check.PERIOD, reason)
    issuer = trust.issuer(claims.issuer)
    if issuer is None or not issuer.serves(code):
        raise NotVerified(Check.HOST, "wrong_host")
    return claims, key


T = TypeVar("T")


def _formed(step: Callable[[], T]) -> T:
    try:
        return step()
    except BadCose as problem:
        signature = problem.reason in ("bad_signature", "wrong_key")
        raise NotVerified(Check.SIGNATURE if signature else Check.FORM, problem.reason) from None
    except Malformed as problem:
        raise NotVerified(Check.FORM, problem.reason) from None

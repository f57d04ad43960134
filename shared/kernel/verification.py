"""Decides the one answer about a document's code (FORMATS 7) from facts. Called by `/v/<id>` and `giaouoc verify`.

Three kinds of facts meet here: the token under the trust list, the status, the log proof; whoever calls has fetched them.
The answer is MATCHES only if every check passed. A definite "no" (revoked, replaced, suspended, expired) needs less than a
"yes": a revocation is never taken back, so an old list that revokes still counts, while an old list that does not says
nothing. Claims are given out only once the token is verified.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.codetext import Code, CodeKind
from shared.kernel.statuslist import CLOCK_SKEW, StatusList, StatusPurpose
from shared.kernel.token_check import Check, NotVerified, check_document, read_code
from shared.kernel.tokens import DocumentClaims
from shared.kernel.trust import TrustedKey, TrustList

_TOKEN_CHECKS = (
    *(Check.FORM, Check.KEY, Check.SIGNATURE, Check.PURPOSE),
    *(Check.ISSUER, Check.PERIOD, Check.HOST, Check.ID),
)


class Answer(StrEnum):
    MATCHES = "matches"
    REVOKED = "revoked"
    REPLACED = "replaced"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    CANNOT_CHECK_NOW = "cannot_check_now"
    NO_MATCH = "no_match"


_OVER = frozenset({Answer.REVOKED, Answer.REPLACED, Answer.SUSPENDED, Answer.EXPIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFacts:
    """The status of one document, from the issuer's record or from status lists; good in [issued_at, expires_at).

    `decision` and `decided_on` (ISO date) name the cancelling or replacing decision where the source knows it.
    """

    revoked: bool
    suspended: bool
    issued_at: int
    expires_at: int
    replaced: bool = False
    decision: str | None = None
    decided_on: str | None = None

    def is_fresh(self, now: int) -> bool:
        return self.issued_at - CLOCK_SKEW <= now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFacts:
    """A log proof given for this very token: whether it verifies, and when outsiders had seen it (None: nobody has)."""

    included: bool
    anchored_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found. `checks` has True or False for each check made; a check not in it could not be made.

    `claims` and `key` are None unless the token is verified (and, under a compromised key, anchored before its revocation).
    `reason` is the machine word of what failed or is missing. `old_list`: say that the trust list is old.
    """

    answer: Answer
    checks: Mapping[Check, bool]
    reason: str | None
    claims: DocumentClaims | None
    key: TrustedKey | None
    status: StatusFacts | None
    sample: bool
    old_list: bool
    usable: bool

    @property
    def passed(self) -> tuple[Check, ...]:
        return tuple(check for check in Check if self.checks.get(check) is True)

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in Check if self.checks.get(check) is False)

    @property
    def missing(self) -> tuple[Check, ...]:
        return tuple(check for check in Check if check not in self.checks)

    @property
    def exit_code(self) -> int:
        """FORMATS 7: 0 genuine and status checked, 1 not genuine, 2 no longer good, 3 status not checked, 4 unusable.

        A code whose status was checked but whose log proof is not at hand is 0, though the words are "cannot check now".
        """
        if not self.usable:
            return 4
        if self.answer is Answer.NO_MATCH:
            return 1
        if self.answer in _OVER:
            return 2
        return 0 if self.claims is not None and self.checks.get(Check.STATUS) else 3


def verify_document(
    text: str,
    trust: TrustList,
    now: int,
    *,
    status: StatusFacts | None = None,
    status_lists: Iterable[StatusList] = (),
    log: LogFacts | None = None,
) -> Verification:
    """The answer about a scanned text at unix time `now`. Never raises for what the text holds.

    `status` is the record's own; without it the verified `status_lists` are asked. `log` must be about this token.
    """
    code: Code | None = None
    try:
        code = read_code(text, CodeKind.DOCUMENT)
        claims, key = check_document(code, trust, now)
    except NotVerified as problem:
        return _refused(problem, sample=code is not None and code.sample, old_list=trust.is_old(now))
    if status is None:
        status = status_from_lists(claims, status_lists)
    answer, reason = _answer(claims, key, status, log, now)
    known = answer is not Answer.NO_MATCH and not _unproven(key, log)
    return Verification(
        answer=answer,
        checks=_checks(claims, status, log, now),
        reason=reason,
        claims=claims if known else None,
        key=key if known else None,
        status=status if known else None,
        sample=code.sample,
        old_list=trust.is_old(now),
        usable=True,
    )


def status_from_lists(claims: DocumentClaims, lists: Iterable[StatusList]) -> StatusFacts | None:
    """What verified lists say about a document; None if they leave it open.

    It takes both lists to say that nothing is wrong, the list of revocations alone to say that it is revoked. Of two lists of
    one name the later counts, except that a revocation stands.
    """
    said: dict[StatusPurpose, StatusList] = {}
    revoked_by: StatusList | None = None
    for one in sorted(lists, key=lambda found: found.issued_at):
        bit = one.says(claims.issuer, claims.status_number)
        if bit is None:
            continue
        said[one.purpose] = one
        if bit and one.purpose is StatusPurpose.REVOCATION:
            revoked_by = one
    if revoked_by is None and len(said) < len(StatusPurpose):
        return None
    suspension = said.get(StatusPurpose.SUSPENSION)
    used = [revoked_by] if revoked_by is not None else list(said.values())
    return StatusFacts(
        revoked=revoked_by is not None,
        suspended=suspension is not None and bool(suspension.says(claims.issuer, claims.status_number)),
        issued_at=max(one.issued_at for one in used),
        expires_at=min(one.expires_at for one in used),
    )


def _answer(
    claims: DocumentClaims, key: TrustedKey, status: StatusFacts | None, log: LogFacts | None, now: int
) -> tuple[Answer, str | None]:
    if log is not None and not log.included:
        return Answer.NO_MATCH, "log_proof_wrong"
    if _unproven(key, log):
        return Answer.CANNOT_CHECK_NOW, "key_compromised"
    over = _no_longer_good(claims, status, now)
    if over is not None:
        return over, over.value
    if status is None or not status.is_fresh(now):
        return Answer.CANNOT_CHECK_NOW, "no_status" if status is None else "status_not_fresh"
    if log is None:
        return Answer.CANNOT_CHECK_NOW, "no_log_proof"
    return Answer.MATCHES, None


def _no_longer_good(claims: DocumentClaims, status: StatusFacts | None, now: int) -> Answer | None:
    if status is not None and (status.revoked or status.replaced):
        return Answer.REPLACED if status.replaced else Answer.REVOKED
    if status is not None and status.suspended and status.is_fresh(now):
        return Answer.SUSPENDED
    if claims.expires_at is not None and now >= claims.expires_at:
        return Answer.EXPIRED
    return None


def _unproven(key: TrustedKey, log: LogFacts | None) -> bool:
    """Whether a thief of the key could have made this token: only an anchor from before the revocation excludes it."""
    if not key.compromised or key.revoked_at is None:
        return False
    return log is None or not log.included or log.anchored_at is None or log.anchored_at >= key.revoked_at


def _checks(claims: DocumentClaims, status: StatusFacts | None, log: LogFacts | None, now: int) -> dict[Check, bool]:
    checks = dict.fromkeys(_TOKEN_CHECKS, True)
    checks[Check.EXPIRY] = claims.expires_at is None or now < claims.expires_at
    if status is not None and (status.is_fresh(now) or status.revoked or status.replaced):
        checks[Check.STATUS] = not (status.revoked or status.replaced or status.suspended)
    if log is not None:
        checks[Check.LOG] = log.included
    return checks


def _refused(problem: NotVerified, *, sample: bool, old_list: bool) -> Verification:
    before = _TOKEN_CHECKS[: _TOKEN_CHECKS.index(problem.check)]
    return Verification(
        answer=Answer.NO_MATCH,
        checks=dict.fromkeys(before, True) | {problem.check: False},
        reason=problem.reason,
        claims=None,
        key=None,
        status=None,
        sample=sample,
        old_list=old_list,
        usable=problem.usable,
    )

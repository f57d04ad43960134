"""Where the items of this context lie and how they are read and written: keys, shapes, puts. Used by its use cases alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from shared.certificates.model import Award, AwardDecision, AwardList, Certificate
from shared.kernel.errors import NotFound
from shared.kernel.ports import Put, Table
from shared.kernel.shapes import Shape
from shared.kernel.text import name_key

DECISION: Final = Shape(AwardDecision, 1)
LIST: Final = Shape(AwardList, 1)
AWARD: Final = Shape(Award, 1)
CERTIFICATE: Final = Shape(Certificate, 1)

BEGAN: Final = "began"
"""Sort key of the note that a ceremony's decisions were published: none can be announced there any more."""
TRIES: Final = 5
"""How often a use case reads again and decides again when somebody else was faster."""


def decision_key(decision: str) -> str:
    return f"decision#{decision}"


def certificate_key(certificate: str) -> str:
    return f"certificate#{certificate}"


def read_decision(table: Table, decision: str) -> tuple[AwardDecision, int]:
    """The decision and its version. Raises NotFound."""
    item = table.get(decision_key(decision), "decision")
    if item is None:
        raise NotFound("decision.unknown", decision=decision)
    return DECISION.read(item.body), item.version


def read_list(table: Table, decision: str, list_id: str) -> tuple[AwardList, int]:
    """The list and its version. Raises NotFound."""
    item = table.get(decision_key(decision), f"list#{list_id}")
    if item is None:
        raise NotFound("award_list.unknown", list=list_id)
    return LIST.read(item.body), item.version


def read_award(table: Table, decision: str, award: str) -> Award:
    """Raises NotFound."""
    item = table.get(decision_key(decision), f"award#{award}")
    if item is None:
        raise NotFound("award.unknown", award=award)
    return AWARD.read(item.body)


def read_certificate(table: Table, certificate: str) -> tuple[Certificate, int]:
    """The certificate and its version. Raises NotFound."""
    item = table.get(certificate_key(certificate), "certificate")
    if item is None:
        raise NotFound("certificate.unknown", certificate=certificate)
    return CERTIFICATE.read(item.body), item.version


def put_decision(decision: AwardDecision, expect: int) -> Put:
    return Put(
        partition=decision_key(decision.id),
        sort="decision",
        body=DECISION.body(decision),
        expect=expect,
        index1=("decisions", f"{decision.date.isoformat()}#{decision.number}"),
    )


def put_list(award_list: AwardList, expect: int) -> Put:
    return Put(
        partition=decision_key(award_list.decision),
        sort=f"list#{award_list.id}",
        body=LIST.body(award_list),
        expect=expect,
    )


def put_award(award: Award, expect: int) -> Put:
    return Put(
        partition=decision_key(award.decision),
        sort=f"award#{award.id}",
        body=AWARD.body(award),
        expect=expect,
        index1=(f"awards#{award.decision}", _by_name(award.recipient.name, award.id)),
        index2=_by_address(award.recipient.email, f"award#{award.decision}#{award.id}"),
    )


def put_certificate(certificate: Certificate, expect: int) -> Put:
    return Put(
        partition=certificate_key(certificate.id),
        sort="certificate",
        body=CERTIFICATE.body(certificate),
        expect=expect,
        index1=(f"issued#{certificate.decision}", _by_name(certificate.recipient.name, certificate.id)),
        index2=_by_address(certificate.recipient.email, f"certificate#{certificate.id}"),
    )


def whole_seconds(at: datetime) -> datetime:
    """`at` in UTC without fractions, as tokens and papers carry it."""
    return at.astimezone(UTC).replace(microsecond=0)


def _by_name(name: str, unique: str) -> str:
    return f"{name_key(name[:120])}#{unique}"


def _by_address(email: str, unique: str) -> tuple[str, str] | None:
    from shared.kernel.contacts import holder_digest  # for what is written; public verification reads

    return (f"holder#{holder_digest(email)}", unique) if email else None

"""Signs the status lists (FORMATS 3) and puts them where verifiers fetch them: `/status/<issuer>-r0.cwt` and `-s0.cwt`.

Called by functions/certificates/sign_status_lists.py. A list holds the bits of all contexts that set any: certificates
(lower half of a block) and pledges (upper half). Every issuer of this host's trust list has its first lists from the start,
so that a verifier never has to guess what a missing list means.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from shared.certificates.status import ListsInUse, SetBits, StatusBits
from shared.edge import telemetry
from shared.edge.trust import trust_list
from shared.edge.wiring import Ports
from shared.kernel.errors import Conflict, Unavailable
from shared.kernel.statuslist import (
    LIST_BITS,
    VALID_FOR,
    StatusList,
    StatusPurpose,
    empty_bits,
    sign_status_list,
    with_bits,
)
from shared.pledges.reading import ListStatusNumbers

_TRIES: Final = 5


def sign_all(ports: Ports, now: datetime) -> tuple[str, ...]:
    """Every list anew; their names. An issuer whose key is not at hand holds up no other, but is not passed over in
    silence: its lists end in a day. Raises Unavailable, the first one's, when all others are signed."""
    signed: list[str] = []
    missing: Unavailable | None = None
    for issuer, block in _lists(ports):
        try:
            signed += sign_block(ports, issuer, block, now)
        except Unavailable as error:
            telemetry.fault("sign-status-lists", error, issuer)
            missing = missing or error
    if missing is not None:
        raise missing
    return tuple(signed)


def sign_block(ports: Ports, issuer: str, block: int, now: datetime) -> tuple[str, ...]:
    """Both lists of one block. Raises Unavailable for a missing key.

    What is stored must not be older than what was set while it was being signed: the bits are read once more after the
    list is stored, and if they changed, it is signed again.
    """
    for _ in range(_TRIES):
        bits = _bits(ports, issuer, block)
        names = (
            _store(ports, issuer, block, StatusPurpose.REVOCATION, bits.revocation, now),
            _store(ports, issuer, block, StatusPurpose.SUSPENSION, bits.suspension, now),
        )
        if _bits(ports, issuer, block) == bits:
            return names
    raise Conflict(key=f"{issuer}-{block}")


def _lists(ports: Ports) -> tuple[tuple[str, int], ...]:
    first = {(issuer.code, 0) for issuer in trust_list(ports).issuers}
    return tuple(sorted(first | set(ListsInUse(ports.table("certificates"))())))


def _bits(ports: Ports, issuer: str, block: int) -> SetBits:
    certificates = StatusBits(ports.table("certificates"))(issuer, block)
    revoked, suspended = ListStatusNumbers(ports.table("pledges"))(issuer)
    return SetBits(
        revocation=certificates.revocation | _within(revoked, block),
        suspension=certificates.suspension | _within(suspended, block),
    )


def _within(numbers: Iterable[int], block: int) -> frozenset[int]:
    return frozenset(number % LIST_BITS for number in numbers if number // LIST_BITS == block)


def _store(ports: Ports, issuer: str, block: int, purpose: StatusPurpose, places: Iterable[int], now: datetime) -> str:
    issued_at = int(now.timestamp())
    status_list = StatusList(
        origin=ports.settings.origin,
        issuer=issuer,
        purpose=purpose,
        index=block,
        issued_at=issued_at,
        expires_at=issued_at + VALID_FOR,
        bits=with_bits(empty_bits(), places),
    )
    signed = sign_status_list(status_list, lambda size: ports.keyring.signer(issuer, "document", length=size))
    ports.public.replace(f"status/{status_list.name}.cwt", signed, "application/cwt")
    return status_list.name

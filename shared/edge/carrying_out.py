"""What an officer granted to a person is carried out, record by record. Called by functions/privacy/http.py.

Each step may be repeated: a crash leaves a request GRANTED, and carrying it out again finds what is done already. What only a
person can do (a correction, a unit's contact, an account) the officer does where it belongs, and then marks the request.
"""

from __future__ import annotations

from typing import Final

from events.envelope import Act
from shared.ceremonies.erasing import EraseRegistration
from shared.certificates.erasing import EraseCertificate, HideCertificate
from shared.edge.wiring import Ports
from shared.identity.subject_requests import DecideRequest, SubjectRequest, Wish
from shared.transparency.forget import ForgetEntry

BY_ITSELF: Final = frozenset({
    (Wish.ERASE, "registration"), (Wish.ERASE, "certificate"), (Wish.HIDE, "certificate"),
})  # fmt: skip
"""What is done here; all else is done by an officer on the page of the thing."""


def by_hand(request: SubjectRequest) -> tuple[str, ...]:
    """The records of the request that an officer has to see to."""
    return tuple(ref for ref in request.things if (request.wish, ref.partition(":")[0]) not in BY_ITSELF)


def carry_out(ports: Ports, act: Act, request: SubjectRequest) -> SubjectRequest:
    """Hides or erases what the request names, then marks it. Raises what the contexts raise: nothing is marked then."""
    for ref in request.things:
        kind, _, id_ = ref.partition(":")
        if (request.wish, kind) not in BY_ITSELF:
            continue
        if kind == "registration":
            EraseRegistration(ports.table("ceremonies"))(act, id_)
        elif request.wish is Wish.HIDE:
            HideCertificate(ports.table("certificates"))(act, id_)
        else:
            ForgetEntry(ports.table("transparency"))(act, id_)
            EraseCertificate(ports.table("certificates"), ports.objects)(act, id_)
    return DecideRequest(ports.table("identity")).carried_out(act, request.id)

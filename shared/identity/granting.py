"""Who may give and take which grant, and who may change or end whose account. Pure; called by shared/identity/people.py.

- only an ADMIN makes ADMINs and grants for the whole office, and only an ADMIN takes them away
- an office-wide ORGANISER grants ORGANISER, CLERK and AUDITOR of one unit; an ORGANISER of a unit grants CLERKs of that unit
- nobody gives more than they hold, and nobody changes their own: so the ADMIN who takes the rights of another remains, and
  the last one cannot be taken away (the use case checks, in the same commit, that the giver's account has not changed)
- a changed address, or an end, reaches everything that the account holds: it takes the right to give all of it
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from shared.identity.model import Account, Grant, Role
from shared.identity.rules import ON_DEVICES, WHOLE
from shared.kernel.errors import Forbidden, Invalid, Refused

MOST_GRANTS: Final = 20
_UNIT: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{0,11}")
"""A code of the directory; whether it stands there is for the edge to ask."""
_ALWAYS_WHOLE: Final = frozenset({Role.ADMIN})
_ALWAYS_OF_A_UNIT: Final = frozenset({Role.CLERK})


def checked(grant: Grant) -> Grant:
    """The grant as people hold it. Raises Invalid: `grant.device_role`, `grant.reach_whole`, `grant.reach_unit`."""
    if grant.role in ON_DEVICES:
        raise Invalid("grant.device_role", field="role")
    if grant.role in _ALWAYS_WHOLE and grant.reach != WHOLE:
        raise Invalid("grant.reach_whole", field="reach")
    if grant.reach == WHOLE:
        if grant.role in _ALWAYS_OF_A_UNIT:
            raise Invalid("grant.reach_unit", field="reach")
    elif not _UNIT.fullmatch(grant.reach):
        raise Invalid("grant.reach_unit", field="reach")
    return replace(grant, place=None)


def may_give(giver: Iterable[Grant], grant: Grant) -> bool:
    """Whether somebody with these grants may give this one, and take it away."""
    return any(_gives(held, grant) for held in giver)


def may_change(giver: Iterable[Grant], whose: Iterable[Grant]) -> bool:
    """Whether somebody may change the address of an account with these grants, or end it. An account without any grant
    was somebody's before: it takes the office-wide right."""
    held, theirs = tuple(giver), tuple(whose)
    if not theirs:
        return any(grant.reach == WHOLE and grant.role in (Role.ADMIN, Role.ORGANISER) for grant in held)
    return all(may_give(held, grant) for grant in theirs)


def given(giver: Account, receiver: Account, grant: Grant) -> Account:
    """The receiver with one more grant. Raises Invalid as `checked`, Refused: `grant.own`, `grant.ended`, `grant.too_many`;
    Forbidden(`grant.not_yours_to_give`). The same grant again changes nothing."""
    wanted = checked(grant)
    _not_oneself(giver, receiver)
    if receiver.ended_at is not None:
        raise Refused("grant.ended")
    if not may_give(giver.grants, wanted):
        raise Forbidden("grant.not_yours_to_give")
    if wanted in receiver.grants:
        return receiver
    if len(receiver.grants) >= MOST_GRANTS:
        raise Refused("grant.too_many", most=MOST_GRANTS)
    return replace(receiver, grants=(*receiver.grants, wanted))


def taken(giver: Account, receiver: Account, grant: Grant) -> Account:
    """The receiver without the grant. Raises as `given`. What is not held is taken already."""
    _not_oneself(giver, receiver)
    if not may_give(giver.grants, grant):
        raise Forbidden("grant.not_yours_to_give")
    return replace(receiver, grants=tuple(held for held in receiver.grants if not _same(held, grant)))


def begun(giver: Account, new: Account) -> Account:
    """A new account as somebody may make it: with at least one grant, each theirs to give. Raises as `given`."""
    if not new.grants:
        raise Invalid("grant.none", field="grants")
    made = replace(new, grants=())
    for grant in new.grants:
        made = given(giver, made, grant)
    return made


def changeable(giver: Account, receiver: Account) -> None:
    """Raises Refused(`grant.own`), Forbidden(`grant.not_yours_to_change`) unless the giver may change or end the account."""
    _not_oneself(giver, receiver)
    if not may_change(giver.grants, receiver.grants):
        raise Forbidden("grant.not_yours_to_change")


def _not_oneself(giver: Account, receiver: Account) -> None:
    if giver.id == receiver.id:
        raise Refused("grant.own")


def _gives(held: Grant, grant: Grant) -> bool:
    if held.role is Role.ADMIN and held.reach == WHOLE:
        return True
    if held.role is not Role.ORGANISER or grant.reach == WHOLE:
        return False
    if held.reach == WHOLE:
        return grant.role in (Role.ORGANISER, Role.CLERK, Role.AUDITOR)
    return grant.role is Role.CLERK and grant.reach == held.reach


def _same(held: Grant, grant: Grant) -> bool:
    return (held.role, held.reach) == (grant.role, grant.reach)

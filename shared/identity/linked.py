"""Two accounts of one hand: who changed whose account lately, and whether two of them hang together by it. Pure.

Where two people are needed, one person must not be both by an account of their own making: neither made directly, nor
through a third account, in either order. Asked by approvals.py and by the edge (recovery of passkeys, confirmation of an
address); what happened is read from the audit trail (shared/edge/linked_accounts.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

LATELY: Final = timedelta(hours=24)
"""Before the first of the two words was given; what was changed earlier, the person concerned has been told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The account `to` was made or changed (rights, address) by the account `by`."""

    by: str
    to: str
    at: datetime


def are_linked(one: str, other: str, given: Iterable[Given], since: datetime) -> bool:
    """Whether what was changed after `since` leads from one account to the other, over whichever accounts."""
    near: dict[str, set[str]] = {}
    for each in given:
        if each.at > since and each.by != each.to:
            near.setdefault(each.by, set()).add(each.to)
            near.setdefault(each.to, set()).add(each.by)
    found, ahead = {one}, [one]
    while ahead:
        for neighbour in near.get(ahead.pop(), set()) - found:
            found.add(neighbour)
            ahead.append(neighbour)
    return other in found

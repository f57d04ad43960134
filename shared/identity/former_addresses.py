"""The address that a person's account had before a colleague changed it, kept so long as a letter may have to go there.

Written by people.py in the commit of the change, read by the sender of letters (shared/edge/sign_in_letters.py): facts hold no
addresses.

    left#<account>   <version of the account>   the address until that version; a week
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from events.envelope import Act
from shared.kernel.ports import ABSENT, Put, Table
from shared.kernel.shapes import Shape

LETTER_WITHIN: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    address: str = field(repr=False)
    expires_at: datetime


LEFT: Final = Shape(Left, 1)


def left_address(account: str, address: str, number: int, at: datetime) -> Put:
    """The write that keeps `address`, which stood until the account's version `number`."""
    left = Left(address=address, expires_at=at + LETTER_WITHIN)
    return Put(
        partition=f"left#{account}",
        sort=f"{number:09d}",
        body=LEFT.body(left),
        expect=ABSENT,
        expires_at=left.expires_at,
    )


class FormerAddress:
    """The address that stood until a version of the account."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, account: str, number: int) -> str | None:
        """None where its week is over."""
        item = self._table.get(f"left#{account}", f"{number:09d}")
        left = LEFT.read(item.body) if item else None
        return left.address if left and act.at < left.expires_at else None

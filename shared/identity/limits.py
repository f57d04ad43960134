"""How often somebody may ask, per address and per place in the network: counted in windows, alike for known and unknown.

Called by signin.py and functions/identity/*.py. A count is one item of a short life; its key is a digest, never the address.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.kernel.errors import Refused
from shared.kernel.ports import ABSENT, Put, Table
from shared.kernel.shapes import Shape

WINDOW: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What was counted since `began`."""

    began: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """`most` acts of one `kind` by one `who` in `window`."""

    kind: str
    most: int
    window: timedelta = WINDOW


LETTERS_TO_ADDRESS: Final = Limit(kind="letters-address", most=4)
LETTERS_A_DAY: Final = Limit(kind="letters-day", most=24, window=timedelta(days=1))
"""Each letter's code may be guessed five times: at four letters a quarter of an hour, for ever, one account in two would be
guessed within a year. So it is one in a thousand in nine days, and nobody overlooks two hundred letters."""
LETTERS_FROM_NETWORK: Final = Limit(kind="letters-network", most=40)
"""An office goes out by one address: forty officers may come to work in the same quarter of an hour."""
CHALLENGES_FROM_NETWORK: Final = Limit(kind="challenges-network", most=240)
LINKS_FROM_NETWORK: Final = Limit(kind="links-network", most=240)

_COUNT: Final = Shape(Count, 1)


def counted(table: Table, limit: Limit, who: str, now: datetime) -> Put:
    """The write that counts one more; for the commit of the act. Raises Refused(identity.too_many) with `minutes` to wait."""
    digest = hashlib.sha256(f"giaouoc/limit/1\0{limit.kind}\0{who}".encode()).hexdigest()
    partition = f"limit#{digest}"
    item = table.get(partition, "limit")
    standing = None if item is None else _COUNT.read(item.body)
    if standing is None or now - standing.began >= limit.window:
        standing = Count(began=now, count=0)
    if standing.count >= limit.most:
        left = standing.began + limit.window - now
        raise Refused("identity.too_many", minutes=max(1, -(-int(left.total_seconds()) // 60)))
    body = _COUNT.body(Count(began=standing.began, count=standing.count + 1))
    return Put(
        partition=partition, sort="limit", body=body, expect=ABSENT if item is None else item.version,
        expires_at=standing.began + limit.window,
    )  # fmt: skip

"""Registrations written by earlier releases come under the addresses that they bear.

Called once a day by shared/edge/retention.py.
"""

from __future__ import annotations

from datetime import UTC, datetime

from shared.ceremonies.model import REGISTRATION
from shared.ceremonies.registrations import SHARD, ListDelegateLists, registration_put
from shared.ceremonies.retention import CeremoniesBefore
from shared.kernel.errors import Conflict
from shared.kernel.ports import Item, Table

_FAR = datetime(9000, 1, 1, tzinfo=UTC)


class IndexHolders:
    """Adds what is missing in the index of addresses (erasing.py). New registrations bring it along."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, *, most: int) -> int:
        """How many were added, at most about `most`; whoever was faster wins, the next run sees."""
        count = 0
        for ceremony in CeremoniesBefore(self._table)(_FAR):
            shards = (
                max((each.last_order for each in ListDelegateLists(self._table)(ceremony.id)), default=0) // SHARD + 1
            )
            for shard in range(shards):
                count += self._shard(f"registrations#{ceremony.id}#{shard}")
                if count >= most:
                    return count
        return count

    def _shard(self, partition: str) -> int:
        count, cursor = 0, None
        while True:
            page = self._table.query(partition, limit=200, cursor=cursor, index=1)
            count += sum(self._add(item) for item in page.items)
            cursor = page.cursor
            if cursor is None:
                return count

    def _add(self, item: Item) -> int:
        put = registration_put(REGISTRATION.read(item.body), item.version)
        if item.index2 == put.index2:
            return 0
        try:
            self._table.commit([put])
        except Conflict:
            return 0
        return 1

"""A table that reads from another one as ever. What becomes of a commit is said by those who derive from it: the line of the
audit trail (audit.py), the right to the thing (access.py), the key of a repeated call (idempotency.py), the second officer
(four_eyes.py)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shared.kernel.ports import Item, Page, Table


@dataclass(frozen=True, slots=True)
class ReadThrough:
    """The reading half of a Table, handed on to `table`."""

    table: Table

    def get(self, partition: str, sort: str) -> Item | None:
        return self.table.get(partition, sort)

    def query(
        self,
        partition: str,
        *,
        prefix: str = "",
        between: tuple[str, str] | None = None,
        limit: int = 100,
        cursor: str | None = None,
        reverse: bool = False,
        index: Literal[1, 2] | None = None,
    ) -> Page:
        return self.table.query(
            partition, prefix=prefix, between=between, limit=limit, cursor=cursor, reverse=reverse, index=index
        )

"""The audit trail (DESIGN 5): every change by a person or a device leaves who, when, from where and what, in its own commit.

Called by the HTTP edge, which gives a route's code the tables of its request through `audited`. Because the line rides in
the change's commit there is no change without it and no line without a change. Lines are only ever added.

    audit#<day>    <time>#<random>    a line; in the table of the context that changed
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from events.envelope import Act, Envelope
from shared.kernel.ids import random_id
from shared.kernel.ports import ABSENT, Check, Item, Page, Put, Table, Write

MOST_KEYS = 40
"""Keys named in a line; a chunk of a list touches more, and its first ones tell which list it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """From where and by which route: the caller's network address, `POST /api/v1/...` with its {names}, and the path."""

    address: str
    route: str
    path: str


@dataclass(frozen=True, slots=True)
class AuditedTable:
    """A table whose commits each carry a line of the trail."""

    table: Table
    act: Act
    source: Source

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

    def commit(self, writes: Sequence[Write], events: Sequence[Envelope] = ()) -> None:
        self.table.commit([*writes, self._line(writes, events)], events)

    def _line(self, writes: Sequence[Write], events: Sequence[Envelope]) -> Put:
        at = self.act.at.isoformat().replace("+00:00", "Z")
        keys = [f"{write.partition} {write.sort}" for write in writes if not isinstance(write, Check)]
        body = {
            "shape": 1,
            "who": {"kind": self.act.actor.kind, "id": self.act.actor.id},
            "at": at,
            "from": self.source.address,
            "route": self.source.route,
            "path": self.source.path,
            "changed": keys[:MOST_KEYS],
            "facts": sorted({event.type for event in events}),
            "correlation_id": self.act.correlation_id,
        }
        sort = f"{at}#{random_id()}"  # a client chooses correlation ids: they may come twice
        return Put(partition=f"audit#{at[:10]}", sort=sort, body=body, expect=ABSENT)


def audited(table: Callable[[str], Table], act: Act, source: Source) -> Callable[[str], Table]:
    """The same tables, leaving a line for every commit of this request."""
    return lambda context: AuditedTable(table(context), act, source)

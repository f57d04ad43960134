"""Lines of the audit trail as values, and how they are read from one context's table. Called by trail.py and four_eyes.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shared.kernel.ports import Item, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailLine:
    """One line. `place` is its own for ever; `changed` are keys of the store, `facts` the events that the change published.

    `reads`: personal data of this kind was read in bulk, `count` of it, with `filters`; nothing was changed then.
    `approval`, `proposer`: a second officer carried out what the first had proposed.
    """

    place: str
    at: datetime
    context: str
    who_kind: str
    who: str
    address: str
    route: str
    path: str
    changed: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    correlation_id: str = ""
    reads: str = ""
    count: int | None = None
    filters: Mapping[str, str] | None = None
    approval: str = ""
    proposer: str = ""


def lines_of_day(table: Table, context: str, day: date, low: str, high: str) -> Iterator[TrailLine]:
    """The lines of one day (UTC), places from `low` to before `high`, the latest first, read as they are taken."""
    partition, bounds, cursor = f"audit#{day.isoformat()}", (low, high), None
    while True:
        page = table.query(partition, between=bounds, limit=200, cursor=cursor, reverse=True)
        yield from (_line(item, context) for item in page.items if item.sort != high)
        cursor = page.cursor
        if cursor is None:
            return


def _line(item: Item, context: str) -> TrailLine:
    body: Mapping[str, Any] = item.body
    return TrailLine(
        place=item.sort,
        at=datetime.fromisoformat(body["at"]),
        context=context,
        who_kind=body["who"]["kind"],
        who=body["who"]["id"],
        address=body["from"],
        route=body["route"],
        path=body["path"],
        changed=tuple(body["changed"]),
        facts=tuple(body["facts"]),
        correlation_id=body["correlation_id"],
        reads=body.get("reads", ""),
        count=body.get("count"),
        filters=body.get("filters"),
        approval=body.get("approval", ""),
        proposer=body.get("proposer", ""),
    )

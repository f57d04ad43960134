"""How the ledger's entries are stored and found. Called by the use cases of this context only; keys: `__init__.py`."""

from __future__ import annotations

from datetime import UTC
from typing import Any, Final

from events.envelope import Act, Envelope, wrap
from events.notices import NoticeBounced, NoticeSent, NoticeSuppressed
from shared.kernel.ports import Item, Put, Table
from shared.kernel.shapes import Shape
from shared.notices.model import Entry, Record, State

_ENTRY: Final = Shape(Entry, 2, {1: lambda body: body})
"""Shape 2 has reports and BOUNCED. Beside the entry the body keeps `address` and `letter` (model.Record)."""


def find(table: Table, notice: str) -> tuple[Record, int] | None:
    """The record of a notice and its version."""
    item = table.get(_partition(notice), "entry")
    if item is None:
        return None
    record = Record(
        entry=_ENTRY.read(item.body), address=item.body.get("address", ""), letter=item.body.get("letter", "")
    )
    return record, item.version


def entry_of(item: Item) -> Entry:
    """The line in an item of an index."""
    return _ENTRY.read(item.body)


def put(record: Record, expect: int) -> Put:
    """The write of a record."""
    entry = record.entry
    body: dict[str, Any] = {**_ENTRY.body(entry), "address": record.address, "letter": record.letter}
    created = entry.created_at.astimezone(UTC).isoformat(timespec="milliseconds")
    return Put(
        partition=_partition(entry.id),
        sort="entry",
        body=body,
        expect=expect,
        index1=(f"kind#{entry.kind}", f"{entry.state}#{created}#{entry.id}"),
        index2=(f"state#{entry.state}", f"{created}#{entry.id}"),
    )


def fact_of(act: Act, entry: Entry, version: int) -> Envelope:
    """What is published when an entry has come to rest in a state; `version` is the item's after the commit."""
    reason = entry.reason or ""
    fact: NoticeSent | NoticeBounced | NoticeSuppressed
    if entry.state is State.SENT:
        fact = NoticeSent(notice=entry.id, kind=entry.kind, channel="MAIL")
    elif entry.state is State.BOUNCED:
        fact = NoticeBounced(notice=entry.id, kind=entry.kind, reason=reason)
    else:
        fact = NoticeSuppressed(notice=entry.id, kind=entry.kind, reason=reason)
    return wrap(fact, act, subject=entry.id, version=version)


def _partition(notice: str) -> str:
    return f"notice#{notice}"

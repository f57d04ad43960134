"""Takes entries into the log: noted once, then placed in batches; the head's version decides between several writers.

Called by shared/edge/transparency.py for the queue write-log and by the schedule. Steps 1 and 2 of this package's docstring.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

from events.envelope import Act
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Conflict
from shared.kernel.ports import ABSENT, Objects, Put, Table
from shared.kernel.tlog import SALT_BYTES
from shared.transparency.model import (
    BATCH,
    ENTRY,
    HEAD,
    Batch,
    Head,
    LogEntry,
    NewEntry,
    batch_sort,
    entry_key,
    put_entry,
    read_head,
    tree_after,
)
from shared.transparency.tiles import BINARY, encode_bundle
from shared.transparency.tree import Frontier

MAX_BATCH: Final = 90
"""Entries placed by one commit: with head and batch they stay below the 100 writes that a commit holds."""


class NoteEntry:
    """Stores an entry if absent and draws its salt: from then on what it will say in the log is fixed but for place and time."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, new: NewEntry) -> str:
        """The entry's id, noted now or before."""
        entry = LogEntry(
            id=new.id,
            type=new.type,
            noted_at=act.at,
            subject=new.subject,
            salt=None if new.subject is None else secrets.token_bytes(SALT_BYTES),
            digest=new.digest,
        )
        with suppress(Conflict):  # it was noted before: its salt stands
            self._table.commit([put_entry(entry, ABSENT)])
        return new.id


class PendingEntries:
    """Ids of entries noted but not placed, from the index: what an interrupted writer left behind. The newest may be missing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, limit: int = 1000) -> tuple[str, ...]:
        page = self._table.query("pending", limit=limit, index=1)
        return tuple(item.partition.removeprefix(entry_key("")) for item in page.items)


class AppendEntries:
    """Gives noted entries their places in the log."""

    def __init__(self, table: Table, objects: Objects) -> None:
        self._table = table
        self._objects = objects

    def __call__(self, act: Act, entries: Iterable[str]) -> None:
        """Places the entries of these ids in their order; those that have a place keep it, unknown ones are passed over.

        Raises Conflict when other writers were faster five times in a row, Unavailable.
        """
        ids = tuple(dict.fromkeys(entries))
        for at in range(0, len(ids), MAX_BATCH):
            decide_again(partial(self._place, act, ids[at : at + MAX_BATCH]))

    def _place(self, act: Act, ids: Sequence[str]) -> None:
        standing = read_head(self._table)
        head, version = standing if standing is not None else (None, ABSENT)
        tree = head.tree if head is not None else Frontier()
        time = _whole_seconds(act.at if head is None else max(act.at, head.time))
        placed = self._pending(ids, tree.size, time)
        if not placed:
            return
        data = tuple(entry.data for entry, _ in placed)
        batch = Batch(first=tree.size, count=len(data), key=self._store(tree.size, data))
        after = tree_after(tree, data)
        moved = Head(size=after.size, frontier=after.hashes, batch=batch.key, time=time)
        self._table.commit(
            [
                Put(partition="log", sort="head", body=HEAD.body(moved), expect=version),
                Put(partition="batches", sort=batch_sort(batch.first), body=BATCH.body(batch), expect=ABSENT),
                *(put_entry(entry, expect) for entry, expect in placed),
            ]
        )

    def _pending(self, ids: Sequence[str], first: int, time: datetime) -> list[tuple[LogEntry, int]]:
        """The entries without a place, with the place and time that they get, and their versions."""
        found: list[tuple[LogEntry, int]] = []
        for each in ids:
            item = self._table.get(entry_key(each), "entry")
            if item is None:
                continue
            entry = ENTRY.read(item.body)
            if entry.index is None:
                found.append((replace(entry, index=first + len(found), time=time), item.version))
        return found

    def _store(self, first: int, data: Sequence[bytes]) -> str:
        """The batch object's key. It follows from the content: a batch that lost the race for the head harms nothing."""
        bundle = encode_bundle(data)
        key = f"log/batches/{batch_sort(first)}-{hashlib.sha256(bundle).hexdigest()}"
        self._objects.put_new(key, bundle, BINARY)
        return key


def _whole_seconds(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)

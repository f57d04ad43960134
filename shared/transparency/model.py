"""The log's items as values: an entry with what opens it, the head, and where a batch lies. Used by this context's use cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.kernel.clock import rfc3339
from shared.kernel.errors import NotFound
from shared.kernel.merkle import leaf_hash
from shared.kernel.ports import Put, Table
from shared.kernel.shapes import Shape
from shared.kernel.tlog import Disclosure, entry_bytes
from shared.transparency.tree import Frontier

Fact = str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """What is to stand in the log. `subject` is what its salted hash covers, without the time; None where `digest` stands
    in its place: the plain SHA-256 of something public (a trust list)."""

    id: str
    type: str
    subject: Mapping[str, Fact] | None = None
    digest: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """An entry as stored. `index` and `time` (whole seconds, never decreasing along the log) are None until it is placed.

    `salt` and `subject` are secrets of those who hold the document. `erased_at`: both are gone; what stands in the log says
    nothing any more.
    """

    id: str
    type: str
    noted_at: datetime
    subject: Mapping[str, Fact] | None = None
    salt: bytes | None = None
    digest: bytes | None = None
    index: int | None = None
    time: datetime | None = None
    erased_at: datetime | None = None

    @property
    def disclosure(self) -> Disclosure:
        """What opens the entry. Raises ValueError for one that needs no opening or has no time yet."""
        if self.subject is None or self.salt is None or self.time is None:
            raise ValueError("an entry that cannot be opened")
        return Disclosure(self.salt, {**self.subject, "type": self.type, "time": rfc3339(self.time)})

    @property
    def data(self) -> bytes:
        """The entry's bytes in the log. Raises ValueError while it has no time."""
        if self.digest is None:
            return self.disclosure.entry
        if self.time is None:
            raise ValueError("an entry without a time")
        return entry_bytes(self.digest, time=rfc3339(self.time), kind=self.type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How far the log is committed: size and frontier of its tree, the key of the last batch object, its latest time."""

    size: int
    frontier: tuple[bytes, ...]
    batch: str
    time: datetime

    @property
    def tree(self) -> Frontier:
        return Frontier(self.size, self.frontier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One batch object (an entry bundle of `count` entries from index `first`)."""

    first: int
    count: int
    key: str


ENTRY: Final = Shape(LogEntry, 1)
HEAD: Final = Shape(Head, 1)
BATCH: Final = Shape(Batch, 1)


def entry_key(entry: str) -> str:
    return f"entry#{entry}"


def read_entry(table: Table, entry: str) -> tuple[LogEntry, int]:
    """The entry and its version. Raises NotFound."""
    item = table.get(entry_key(entry), "entry")
    if item is None:
        raise NotFound("log.no_entry")
    return ENTRY.read(item.body), item.version


def is_noted(table: Table, entry: str) -> bool:
    """Whether the entry is in the log or on its way there."""
    return table.get(entry_key(entry), "entry") is not None


def put_entry(entry: LogEntry, expect: int) -> Put:
    """An entry stands in the index of pending ones until it has its place."""
    return Put(
        partition=entry_key(entry.id),
        sort="entry",
        body=ENTRY.body(entry),
        expect=expect,
        index1=("pending", entry.id) if entry.index is None else None,
    )


def read_head(table: Table) -> tuple[Head, int] | None:
    """The head and its version, or None before the first batch."""
    item = table.get("log", "head")
    return None if item is None else (HEAD.read(item.body), item.version)


def batch_sort(first: int) -> str:
    return f"{first:012d}"


def tree_after(tree: Frontier, entries: tuple[bytes, ...]) -> Frontier:
    """The tree with these entries after the present ones."""
    return tree.extended(map(leaf_hash, entries))

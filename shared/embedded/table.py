"""Table on SQLite: the items of one context, and commits with their events (port Table; contract tests/contract).

Made by Store.table. Everything that can be computed or refused without the file is done in the caller's thread; under
the writer's lock only rows are looked up and written.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from events.envelope import Envelope
from shared.embedded.bridge import event_text
from shared.kernel.errors import Conflict
from shared.kernel.limits import TooMuch, check_body, check_commit
from shared.kernel.ports import ABSENT, Add, Check, Delete, Item, Page, Put, Write

if TYPE_CHECKING:
    from shared.embedded.store import Store

_COLUMNS = "pk, sk, version, body, i1pk, i1sk, i2pk, i2sk"
_GET = f"SELECT {_COLUMNS} FROM items WHERE context = ? AND pk = ? AND sk = ?"  # noqa: S608
_QUERY = f"SELECT {_COLUMNS} FROM items WHERE context = ? AND {{pk}} = ?{{where}} ORDER BY {{order}} LIMIT ?"  # noqa: S608
_VERSION = "SELECT version FROM items WHERE context = ? AND pk = ? AND sk = ?"
_COUNTED = "SELECT version, body FROM items WHERE context = ? AND pk = ? AND sk = ?"
_INSERT = "INSERT INTO items VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?)"
_UPDATE = (
    "UPDATE items SET version = version + 1, body = ?, i1pk = ?, i1sk = ?, i2pk = ?, i2sk = ?, expires_at = ?"
    " WHERE context = ? AND pk = ? AND sk = ?"
)
_COUNT = "UPDATE items SET version = version + 1, body = ? WHERE context = ? AND pk = ? AND sk = ?"
_DELETE = "DELETE FROM items WHERE context = ? AND pk = ? AND sk = ?"
_SEND = "INSERT INTO messages (queue, body, visible_at, sent_at) VALUES (?, ?, ?, ?)"

MAX_LIMIT = 1000


class EmbeddedTable:
    """The items of `context` in a store."""

    def __init__(self, store: Store, context: str) -> None:
        self._store = store
        self._context = context

    def get(self, partition: str, sort: str) -> Item | None:
        with self._store.reading() as connection:
            row = connection.execute(_GET, (self._context, partition, sort)).fetchone()
        return None if row is None else _item(row)

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
        if not 1 <= limit <= MAX_LIMIT:
            raise ValueError("limit is 1 to 1000")
        if prefix and between is not None:
            raise ValueError("prefix or between, not both")
        sk = "sk" if index is None else f"i{index:d}sk"
        place = (sk,) if index is None else (sk, "pk", "sk")
        mark = _fingerprint(self._context, partition, prefix, between, reverse, index)
        where, values = _range(sk, prefix, between)
        if cursor is not None:
            where += f" AND ({', '.join(place)}) {'<' if reverse else '>'} ({', '.join('?' * len(place))})"
            values += _open_cursor(cursor, mark, len(place))
        statement = _QUERY.format(
            pk="pk" if index is None else f"i{index:d}pk",
            where=where,
            order=", ".join(f"{column} DESC" if reverse else column for column in place),
        )
        with self._store.reading(index=index is not None) as connection:
            rows = connection.execute(statement, (self._context, partition, *values, limit + 1)).fetchall()
        items = tuple(_item(row) for row in rows[:limit])
        if len(rows) <= limit:
            return Page(items=items)
        last = items[-1]
        indexed = last.index1 if index == 1 else last.index2
        here = [last.sort] if index is None or indexed is None else [indexed[1], last.partition, last.sort]
        return Page(items=items, cursor=_cursor(mark, here))

    def commit(self, writes: Sequence[Write], events: Sequence[Envelope] = ()) -> None:
        bodies = check_commit(writes, events)
        rows = [_row(write, body) for write, body in zip(writes, bodies, strict=True)]
        messages = self._messages(events)
        context = self._context
        self._store.transact(lambda connection: _apply(connection, context, rows, messages))
        if messages:
            self._store.ring()

    def _messages(self, events: Sequence[Envelope]) -> list[tuple[str, str, int, int]]:
        if not events:
            return []
        due, sent = time.monotonic_ns() // 1_000_000, time.time_ns() // 1_000_000
        messages = []
        for event in events:
            queues = self._store.subscriptions.get((event.source, event.type), ())
            text = event_text(event) if queues else ""
            messages += [(queue, text, due, sent) for queue in queues]
        return messages


class _Row(NamedTuple):
    """A write, ready for the file."""

    write: Write
    partition: str
    sort: str
    expect: int | None
    body: str
    rest: tuple[str | None, str | None, str | None, str | None, int | None]


def _row(write: Write, body: str | None) -> _Row:
    if isinstance(write, Put):
        i1, i2 = write.index1 or (None, None), write.index2 or (None, None)
        until = None if write.expires_at is None else int(write.expires_at.timestamp())
        return _Row(write, write.partition, write.sort, write.expect, body or "", (*i1, *i2, until))
    expect = None if isinstance(write, Add) else write.expect
    return _Row(write, write.partition, write.sort, expect, "", (None, None, None, None, None))


def _apply(
    connection: sqlite3.Connection, context: str, rows: list[_Row], messages: list[tuple[str, str, int, int]]
) -> None:
    """Looks at everything first (and may raise Conflict), then writes."""
    execute = connection.execute
    steps: list[tuple[str, tuple[Any, ...]]] = []
    for place, row in enumerate(rows):
        key = (context, row.partition, row.sort)
        if isinstance(row.write, Add):
            steps.append(_addition(key, execute(_COUNTED, key).fetchone(), row.write))
            continue
        found = execute(_VERSION, key).fetchone()
        if row.expect is not None and row.expect != (ABSENT if found is None else found[0]):
            raise Conflict(write=place, key=f"{row.partition} {row.sort}")
        if isinstance(row.write, Put):
            if found is None:
                steps.append((_INSERT, (*key, row.body, *row.rest)))
            else:
                steps.append((_UPDATE, (row.body, *row.rest, *key)))
        elif isinstance(row.write, Delete):
            steps.append((_DELETE, key))
        else:
            assert isinstance(row.write, Check)  # noqa: S101
    for statement, values in steps:
        execute(statement, values)
    for message in messages:
        execute(_SEND, message)


def _addition(key: tuple[str, str, str], found: tuple[int, str] | None, write: Add) -> tuple[str, tuple[Any, ...]]:
    body = {} if found is None else json.loads(found[1])
    before = body.get(write.counter, 0)
    if type(before) is not int:
        raise TooMuch("store.not_a_counter", key=f"{write.partition} {write.sort}", counter=write.counter)
    text = check_body({**body, write.counter: before + write.amount})
    if found is None:
        return _INSERT, (*key, text, None, None, None, None, None)
    return _COUNT, (text, *key)


def _item(row: tuple[Any, ...]) -> Item:
    pk, sk, version, body, i1pk, i1sk, i2pk, i2sk = row
    return Item(
        partition=pk,
        sort=sk,
        version=version,
        body=json.loads(body),
        index1=None if i1pk is None else (i1pk, i1sk),
        index2=None if i2pk is None else (i2pk, i2sk),
    )


def _range(column: str, prefix: str, between: tuple[str, str] | None) -> tuple[str, list[str]]:
    """What narrows the sort keys, and its values."""
    if between is not None:
        return f" AND {column} >= ? AND {column} <= ?", list(between)
    end = _after_prefix(prefix)
    if end is None:
        return f" AND {column} >= ?", [prefix]
    return f" AND {column} >= ? AND {column} < ?", [prefix, end]


def _after_prefix(prefix: str) -> str | None:
    """The least text above all that begin with `prefix`; None if there is none."""
    while prefix:
        last = ord(prefix[-1])
        if last < 0x10FFFF:
            return prefix[:-1] + chr(0xE000 if last == 0xD7FF else last + 1)  # surrogates are no characters
        prefix = prefix[:-1]
    return None


def _fingerprint(*query: object) -> str:
    return hashlib.sha256(repr(query).encode()).hexdigest()[:16]


def _cursor(mark: str, place: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps([mark, *place]).encode()).decode()


def _open_cursor(cursor: str, mark: str, length: int) -> list[str]:
    try:
        found, *place = map(str, json.loads(base64.urlsafe_b64decode(cursor.encode())))
    except (ValueError, TypeError) as error:
        raise ValueError("not a cursor") from error
    if found != mark or len(place) != length:
        raise ValueError("the cursor of another query")
    return place

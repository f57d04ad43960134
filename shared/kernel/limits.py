"""What both stores refuse alike, so that a laptop never accepts what the cloud would not (DESIGN 1). Called by adapters."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from events.envelope import Envelope
from shared.kernel.errors import Refused
from shared.kernel.ports import ABSENT, Check, Put, Write

MAX_WRITES = 100
"""Writes of one commit, events counted: what one DynamoDB transaction holds."""
MAX_ITEM_BYTES = 300 * 1024
MAX_COMMIT_BYTES = 3 * 1024 * 1024
"""Bodies of one commit together: one DynamoDB transaction holds 4 MB, keys and events included."""
MAX_KEY_BYTES = 1024
MAX_OBJECT_KEY = 900
TRAIL = "audit#"
"""Partitions of the audit trail, in every context's table: their items are added and never changed or removed (DESIGN 5)."""
_OBJECT_KEY = re.compile(r"[a-zA-Z0-9._-]{1,200}(/[a-zA-Z0-9._-]{1,200})*")


class TooMuch(Refused):
    """The commit could never succeed: too many writes, one item twice, an item too large, a float, an empty key."""


def check_commit(writes: Sequence[Write], events: Sequence[Envelope]) -> tuple[str | None, ...]:
    """Raises TooMuch for what neither store takes; says nothing about expectations.

    Answers, for each write in turn, the compact JSON of its body (None where it has none).
    """
    if not writes and not events:
        raise TooMuch("store.empty_commit")
    if len(writes) + len(events) > MAX_WRITES:
        raise TooMuch("store.too_many_writes", count=len(writes) + len(events))
    seen: set[tuple[str, str]] = set()
    bodies: list[str | None] = []
    for write in writes:
        key = (write.partition, write.sort)
        if key in seen:
            raise TooMuch("store.item_twice", key=f"{key[0]} {key[1]}")
        seen.add(key)
        _check_keys(key)
        if write.partition.startswith(TRAIL) and not _only_adds(write):
            raise TooMuch("store.trail_only_grows")
        if isinstance(write, Put):
            _check_keys(write.index1 or (), write.index2 or ())
        bodies.append(check_body(write.body) if isinstance(write, Put) else None)
    size = sum(_size(body) for body in bodies if body) if len(bodies) > MAX_COMMIT_BYTES // MAX_ITEM_BYTES else 0
    if size > MAX_COMMIT_BYTES:
        raise TooMuch("store.commit_too_large", size=size)
    if len({event.id for event in events}) != len(events):
        raise TooMuch("store.event_twice")
    return tuple(bodies)


def _only_adds(write: Write) -> bool:
    return isinstance(write, Check) or (isinstance(write, Put) and write.expect == ABSENT and write.expires_at is None)


def check_body(body: Mapping[str, Any]) -> str:
    """The compact JSON of a body. Raises TooMuch for floats, other types and items over MAX_ITEM_BYTES."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=_refuse, allow_nan=False)
    size = _size(text)
    if size > MAX_ITEM_BYTES:
        raise TooMuch("store.item_too_large", size=size)
    if "." in text or "e" in text:  # cheap look before the slow one
        _refuse_floats(body)
    return text


def check_object_key(key: str) -> None:
    """Raises Refused(objects.bad_key) for what is no key of an object on both engines: a path that leads nowhere else."""
    if len(key) > MAX_OBJECT_KEY or not _OBJECT_KEY.fullmatch(key) or not {".", ".."}.isdisjoint(key.split("/")):
        raise Refused("objects.bad_key", key=key[:80])


def _check_keys(*keys: tuple[str, ...]) -> None:
    for part in (part for key in keys for part in key):
        if not part or _size(part) > MAX_KEY_BYTES:
            raise TooMuch("store.bad_key", key=part[:80])


def _size(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:  # half of a surrogate pair is no character
        raise TooMuch("store.bad_value", type="surrogate") from None


def _refuse(value: object) -> Any:
    raise TooMuch("store.bad_value", type=type(value).__name__)


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TooMuch("store.float")
    if isinstance(value, Mapping):
        for each in value.values():
            _refuse_floats(each)
    elif isinstance(value, list | tuple):
        for each in value:
            _refuse_floats(each)

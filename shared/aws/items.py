"""How an item stands in DynamoDB, and how a query's cursor is spelled. Called by table.py and actions.py.

attribute     holds
pk, sk        partition and sort key
v             version
body          the body as JSON text
n             whole numbers added since the body was put, by counter (`Add`)
w             the commit that wrote it last (recognises our own write when its answer was lost)
g1pk, g1sk    index1; g2pk, g2sk index2
ttl           seconds since 1970

The body is text and not a map: a map's numbers have 38 digits and document ids up to 39; text keeps a body exactly as
the embedded store keeps it, byte for byte and limit for limit; and the SDK need not take apart what we parse anyway.
`Add` cannot reach into text, so it adds to `n`, and a reader sums both. A Put empties `n`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final, Literal

from shared.kernel.limits import MAX_KEY_BYTES, TooMuch
from shared.kernel.ports import ABSENT, IndexKey, Item

Attributes = dict[str, dict[str, Any]]
Index = Literal[1, 2]

KEYS: Final[Mapping[Index | None, tuple[str, str]]] = {None: ("pk", "sk"), 1: ("g1pk", "g1sk"), 2: ("g2pk", "g2sk")}


def key_of(partition: str, sort: str) -> Attributes:
    """The primary key."""
    return {"pk": {"S": partition}, "sk": {"S": sort}}


def can_be_key(part: str) -> bool:
    """Whether anything can stand under it: a stranger's path may hold an empty, endless or ill-formed one."""
    try:
        return 0 < len(part.encode()) <= MAX_KEY_BYTES
    except UnicodeEncodeError:
        return False


def item_of(attributes: Attributes) -> Item:
    """The item, its counters summed."""
    body = json.loads(attributes["body"]["S"])
    for counter, number in attributes["n"]["M"].items():
        body[counter] = body.get(counter, 0) + int(number["N"])
    return Item(
        partition=attributes["pk"]["S"],
        sort=attributes["sk"]["S"],
        version=int(attributes["v"]["N"]),
        body=body,
        index1=_index_key(attributes, 1),
        index2=_index_key(attributes, 2),
    )


def counter_place(attributes: Attributes | None, counter: str) -> int | None:
    """Where an Add finds its counter: None if it stands in `n`; else the version whose body takes it, or ABSENT.

    Raises TooMuch if the body holds something else than a whole number there.
    """
    if attributes is None:
        return ABSENT
    if counter in attributes["n"]["M"]:
        return None
    item = item_of(attributes)
    if type(item.body.get(counter, 0)) is not int:
        raise TooMuch("store.not_a_counter", key=f"{item.partition} {item.sort}", counter=counter)
    return item.version


def _index_key(attributes: Attributes, index: Index) -> IndexKey | None:
    partition, sort = KEYS[index]
    return (attributes[partition]["S"], attributes[sort]["S"]) if partition in attributes else None


def query_mark(*parts: object) -> str:
    """A short name of a query, to know its cursors by."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def cursor_after(item: Item, mark: str, index: Index | None) -> str:
    """The cursor that goes on after `item`."""
    key = [item.sort]
    if index is not None:
        index_key = item.index1 if index == 1 else item.index2
        if index_key is None:
            raise TypeError("an item without an index key came out of the index")
        key = [index_key[1], item.partition, item.sort]
    text = json.dumps([mark, *key], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def start_of(cursor: str, mark: str, partition: str, index: Index | None) -> Attributes:
    """The key to start after. Raises ValueError for a cursor that is not from this query.

    The partition is taken from the query and never from the cursor, so a forged one cannot lead elsewhere.
    """
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        parts = json.loads(text)
    except (binascii.Error, UnicodeError, ValueError):
        raise ValueError("not a cursor") from None
    length = 2 if index is None else 4
    if not isinstance(parts, list) or len(parts) != length or not all(isinstance(part, str) for part in parts):
        raise ValueError("not a cursor")
    if parts[0] != mark or not all(can_be_key(part) for part in parts[1:]):
        raise ValueError("a cursor of another query")
    if index is None:
        return key_of(partition, parts[1])
    index_partition, index_sort = KEYS[index]
    return {index_partition: {"S": partition}, index_sort: {"S": parts[1]}, **key_of(parts[2], parts[3])}

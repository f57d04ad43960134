"""`Table` on DynamoDB: one table per context, keys `pk` and `sk`, indexes `index1` and `index2` (called by use cases).

items.py says how an item stands there, actions.py how a commit is spelled. This file decides what an answer means.

The SDK repeats a request whose answer was lost or that was throttled; a transaction goes under one ClientRequestToken,
which the service honours for ten minutes. Besides, every item carries the stamp of the commit that wrote it last: where
a condition fails against our own stamp, the earlier attempt had succeeded. So a lost answer never turns into a false
Conflict, and no Add counts twice. A commit that lost to another one under way is tried again here, with jitter.
"""

from __future__ import annotations

import random
import secrets
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final, Literal

from botocore.exceptions import ClientError

from events.envelope import Envelope
from shared.aws.actions import Action, event_action, write_action
from shared.aws.faults import code_of, unavailable_when_later
from shared.aws.items import KEYS, can_be_key, counter_place, cursor_after, item_of, key_of, query_mark, start_of
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.errors import Conflict, Unavailable
from shared.kernel.limits import check_commit
from shared.kernel.ports import Add, Delete, Item, Page, Put, Write

OUTBOX_LIFETIME: Final = timedelta(days=7)
ATTEMPTS: Final = 6
MAX_PAGE: Final = 1000
_CONTENTION: Final = frozenset({"TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"})

Reason = dict[str, Any]
"""Why one action was cancelled: `Code`, and the `Item` that stood there."""


class DynamoTable:
    """The items of one context, and the outbox that its commits publish through."""

    def __init__(
        self,
        client: Any,
        table_name: str,
        outbox_table_name: str,
        *,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`clock` dates the outbox items' end; `sleep` waits between attempts, in seconds."""
        self._client = client
        self._table = table_name
        self._outbox = outbox_table_name
        self._clock = clock or SystemClock()
        self._sleep = sleep

    def get(self, partition: str, sort: str) -> Item | None:
        """See ports.Table. A consistent read."""
        if not can_be_key(partition) or not can_be_key(sort):
            return None
        with unavailable_when_later("store.unavailable"):
            answer = self._client.get_item(TableName=self._table, Key=key_of(partition, sort), ConsistentRead=True)
        return item_of(answer["Item"]) if "Item" in answer else None

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
        """See ports.Table. Consistent but for indexes."""
        if not 1 <= limit <= MAX_PAGE:
            raise ValueError(f"limit is 1 to {MAX_PAGE}")
        if prefix and between:
            raise ValueError("prefix or between, not both")
        mark = query_mark(self._table, partition, prefix, between, reverse, index)
        request: dict[str, Any] = {
            "TableName": self._table,
            "ScanIndexForward": not reverse,
            **({"ConsistentRead": True} if index is None else {"IndexName": f"index{index}"}),
        }
        if cursor is not None:
            request["ExclusiveStartKey"] = start_of(cursor, mark, partition, index)
        condition = _key_condition(partition, prefix, between, KEYS[index])
        if condition is None:
            return Page(items=())
        items = self._read({**request, **condition}, limit + 1)  # one more tells whether there is another page
        page = tuple(items[:limit])
        return Page(items=page, cursor=cursor_after(page[-1], mark, index) if len(items) > limit else None)

    def commit(self, writes: Sequence[Write], events: Sequence[Envelope] = ()) -> None:
        """See ports.Table. Raises the SDK's own error for a request that the service calls malformed."""
        bodies = check_commit(writes, events)
        stamp = secrets.token_hex(12)
        expires_at = self._clock.now() + OUTBOX_LIFETIME
        published = [event_action(self._outbox, event, expires_at) for event in events]
        found: dict[int, int | None] = {}  # by place, where an Add finds its counter
        for attempt in range(ATTEMPTS):
            actions = [
                write_action(self._table, write, body, stamp, found=found.get(place))
                for place, (write, body) in enumerate(zip(writes, bodies, strict=True))
            ]
            with unavailable_when_later("store.unavailable"):
                reasons = self._send(writes, [*actions, *published])
            if not reasons or any(_stamp_of(reason) == stamp for reason in reasons):
                return
            if not _settle(writes, reasons, found) and attempt + 1 < ATTEMPTS:
                self._sleep(random.uniform(0.005, 0.03 * 2**attempt))  # noqa: S311 - spreads attempts, guards nothing
        raise Unavailable("store.unavailable")

    def _send(self, writes: Sequence[Write], actions: Sequence[Action]) -> Sequence[Reason]:
        """Tries once. The reasons of a cancelled commit, one per action; none if it succeeded."""
        try:
            if _may_go_alone(writes, actions):
                self._send_alone(actions[0])
            else:
                # One token for all repeats that the SDK makes of this very request.
                self._client.transact_write_items(TransactItems=list(actions), ClientRequestToken=str(uuid.uuid4()))
        except ClientError as error:
            match code_of(error):
                case "TransactionCanceledException":
                    return _reasons(error)
                case "ConditionalCheckFailedException":
                    return [{"Code": "ConditionalCheckFailed", "Item": error.response.get("Item")}]
                case "TransactionConflictException":
                    return [{"Code": "TransactionConflict"}]
            raise
        return ()

    def _send_alone(self, action: Action) -> None:
        """One write without events costs half as much outside a transaction."""
        if "Update" in action:
            self._client.update_item(**action["Update"])
        else:
            self._client.delete_item(**action["Delete"])

    def _read(self, request: dict[str, Any], wanted: int) -> list[Item]:
        items: list[Item] = []
        while True:
            with unavailable_when_later("store.unavailable"):
                answer = self._client.query(**request, Limit=wanted - len(items))
            items += [item_of(attributes) for attributes in answer["Items"]]
            if len(items) >= wanted or "LastEvaluatedKey" not in answer:
                return items
            request = {**request, "ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _may_go_alone(writes: Sequence[Write], actions: Sequence[Action]) -> bool:
    """One write, no event; sent twice it does no harm: a Put knows its own stamp, a Delete of whatever is there too."""
    if len(actions) != 1 or len(writes) != 1:
        return False
    write = writes[0]
    return isinstance(write, Put) or (isinstance(write, Delete) and write.expect is None)


def _reasons(error: ClientError) -> Sequence[Reason]:
    """Raises `error` again where an action was malformed: no retry can help, and nobody was faster."""
    reasons: Sequence[Reason] = error.response.get("CancellationReasons", ())
    codes = {reason.get("Code", "None") for reason in reasons} - {"None"}
    if not codes or codes - _CONTENTION - {"ConditionalCheckFailed"}:
        raise error
    return reasons


def _stamp_of(reason: Reason) -> str | None:
    item = reason.get("Item") or {}
    stamp: str | None = item.get("w", {}).get("S")
    return stamp


def _settle(writes: Sequence[Write], reasons: Sequence[Reason], found: dict[int, int | None]) -> bool:
    """What a cancelled commit means. Raises Conflict for a failed expectation.

    An Add expects nothing; its condition only says where its counter stands, which is noted in `found` for the next
    attempt, made at once (True). False: the commit lost against another one under way and waits a little.
    """
    failed = [place for place, reason in enumerate(reasons) if reason.get("Code") == "ConditionalCheckFailed"]
    for place in failed:
        write = writes[place]
        if not isinstance(write, Add):
            raise Conflict(write=place, key=f"{write.partition} {write.sort}")
        found[place] = counter_place(reasons[place].get("Item"), write.counter)
    return bool(failed)


def _key_condition(
    partition: str, prefix: str, between: tuple[str, str] | None, names: tuple[str, str]
) -> dict[str, Any] | None:
    """The key condition, or None where nothing can match: the service refuses empty and inverted ranges."""
    if not can_be_key(partition):
        return None
    expression, values = "#pk = :pk", {":pk": {"S": partition}}
    if prefix:
        if not can_be_key(prefix):
            return None
        expression, values = f"{expression} AND begins_with(#sk, :prefix)", {**values, ":prefix": {"S": prefix}}
    if between:
        low, high = between
        if high < low or not high:
            return None
        if low:
            expression += " AND #sk BETWEEN :low AND :high"
            values |= {":low": {"S": low}, ":high": {"S": high}}
        else:
            expression += " AND #sk <= :high"
            values |= {":high": {"S": high}}
    sort_named = {"#sk": names[1]} if prefix or between else {}
    return {
        "KeyConditionExpression": expression,
        "ExpressionAttributeNames": {"#pk": names[0], **sort_named},
        "ExpressionAttributeValues": values,
    }

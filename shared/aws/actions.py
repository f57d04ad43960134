"""How a commit is spelled as the actions of one DynamoDB transaction. Called by table.py.

Every Put is an UpdateItem, so that versions grow even where no version is expected. An event is an item of the outbox
table (pk = its id), whose stream feeds the relay. It is put without a condition: the same id is the same fact
(events/envelope.py: id follows from subject, sequence and type), and the stream shows a repeat as MODIFY, which the
relay passes over. So a commit repeated by its caller publishes once, and is judged by its writes alone, as in the
embedded store.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from events.envelope import Envelope
from shared.aws.items import KEYS, Attributes, key_of
from shared.kernel.ports import ABSENT, Add, Check, Delete, Put, Write

Action = dict[str, Any]

OUTBOX_SORT: Final = "event"
_OLD: Final = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}  # shows `w`: whether the write that won was our own


def number(value: int) -> dict[str, str]:
    """A number as the service spells it."""
    return {"N": str(value)}


def write_action(table: str, write: Write, body: str | None, stamp: str, *, found: int | None = None) -> Action:
    """The action of one write. `body`: the JSON of a Put; `found`: see `_add`."""
    target: Action = {"TableName": table, "Key": key_of(write.partition, write.sort), **_OLD}
    match write:
        case Put():
            return {"Update": {**target, **_put(write, body or "{}", stamp)}}
        case Add():
            return {"Update": {**target, **_add(write, stamp, found)}}
        case Delete():
            return {"Delete": {**target, **_expectation(write.expect)}}
        case Check():
            return {"ConditionCheck": {**target, **_expectation(write.expect)}}


def event_action(outbox: str, envelope: Envelope, expires_at: datetime) -> Action:
    """The action that puts an event into the outbox."""
    text = json.dumps(envelope.wire(), ensure_ascii=False, separators=(",", ":"))
    item: Attributes = {
        **key_of(envelope.id, OUTBOX_SORT),
        "envelope": {"S": text},
        "ttl": number(int(expires_at.timestamp())),
    }
    return {"Put": {"TableName": outbox, "Item": item}}


def _put(write: Put, body: str, stamp: str) -> Action:
    values: Attributes = {":body": {"S": body}, ":none": {"M": {}}, ":w": {"S": stamp}}
    names = {"#body": "body", "#n": "n", "#w": "w", "#v": "v"}
    sets = ["#body = :body", "#n = :none", "#w = :w"]
    removes = []
    for attribute, value in _optional_attributes(write).items():
        names[f"#{attribute}"] = attribute
        if value is None:
            removes.append(f"#{attribute}")
        else:
            values[f":{attribute}"] = value
            sets.append(f"#{attribute} = :{attribute}")
    if write.expect is None:
        values |= {":zero": number(0), ":one": number(1)}
        sets.append("#v = if_not_exists(#v, :zero) + :one")
    else:
        values[":next"] = number(write.expect + 1)
        sets.append("#v = :next")
    condition = _expectation(write.expect)
    names |= condition.pop("ExpressionAttributeNames", {})
    values |= condition.pop("ExpressionAttributeValues", {})
    return {
        "UpdateExpression": f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(removes)}" if removes else ""),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        **condition,
    }


def _optional_attributes(write: Put) -> dict[str, dict[str, str] | None]:
    found: dict[str, dict[str, str] | None] = {}
    for names, key in ((KEYS[1], write.index1), (KEYS[2], write.index2)):
        for place, name in enumerate(names):
            found[name] = {"S": key[place]} if key else None
    found["ttl"] = number(int(write.expires_at.timestamp())) if write.expires_at else None
    return found


def _expectation(expect: int | None) -> Action:
    if expect is None:
        return {}
    if expect == ABSENT:
        return {"ConditionExpression": "attribute_not_exists(#pk)", "ExpressionAttributeNames": {"#pk": "pk"}}
    return {
        "ConditionExpression": "#v = :expected",
        "ExpressionAttributeNames": {"#v": "v"},
        "ExpressionAttributeValues": {":expected": number(expect)},
    }


def _add(write: Add, stamp: str, found: int | None) -> Action:
    """Usually the counter has been counted before (`found` is None): then it is a whole number, and stands in `n`.

    Otherwise `found` is the version of the item that was seen to take such a counter, or ABSENT.
    """
    names = {"#n": "n", "#w": "w", "#v": "v"}
    values: Attributes = {":amount": number(write.amount), ":w": {"S": stamp}, ":one": number(1)}
    if found is None:
        update, condition = "#n.#counter = #n.#counter + :amount, #v = #v + :one", "attribute_exists(#n.#counter)"
        names["#counter"] = write.counter
    elif found == ABSENT:
        update, condition = "#body = :body, #n = :n, #v = :one", "attribute_not_exists(#pk)"
        names |= {"#body": "body", "#pk": "pk"}
        values |= {":body": {"S": "{}"}, ":n": {"M": {write.counter: values.pop(":amount")}}}
    else:
        update, condition = "#n.#counter = :amount, #v = #v + :one", "#v = :expected"
        names["#counter"] = write.counter
        values[":expected"] = number(found)
    return {
        "UpdateExpression": f"SET {update}, #w = :w",
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }

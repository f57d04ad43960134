"""Commit -> outbox stream -> relay -> bus -> rule -> queue -> handler, on the resources that serverless.yml describes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from events.envelope import Actor, Envelope, read_envelope
from shared.embedded.bridge import event_text
from shared.kernel.errors import Conflict
from shared.kernel.ports import ABSENT, ANY, Add, Put
from tests.aws_world import AwsWorld, aws_world

AT = datetime(2027, 2, 12, 0, 30, tzinfo=UTC)
QUEUE, FUNCTION = "issue-ticket", "ceremoniesIssueTicket"


def fact(number: int) -> Envelope:
    """As `wrap` makes it; of a type that a rule of serverless.yml carries, whatever its fields are."""
    return Envelope(
        id=f"{number:032x}",
        type="DelegateRegistered",
        version=1,
        source="giaouoc.ceremonies",
        subject=f"R-{number}",
        sequence=100,
        occurred_at=AT,
        actor=Actor(kind="SYSTEM", id="giaouoc"),
        correlation_id="c-1",
        causation_id=None,
        data={"registration": f"R-{number}", "unit": "Sở Nội vụ"},
    )


def register(world: AwsWorld, number: int) -> None:
    item = Put(partition="ceremony", sort=f"R-{number}", body={"n": number}, expect=ABSENT)
    world.table("ceremonies").commit([item], [fact(number)])


class Ticketing:
    """A consumer whose effect is idempotent by its business key; `broken` ids fail."""

    def __init__(self, world: AwsWorld) -> None:
        self.table = world.table("ceremonies")
        self.seen: list[str] = []
        self.broken: set[str] = set()

    def __call__(self, event: dict[str, Any], _context: object) -> dict[str, Any]:
        failures = []
        for record in event["Records"]:
            envelope = read_envelope(json.loads(record["body"])["detail"])
            self.seen.append(envelope.subject)
            if envelope.subject in self.broken:
                failures.append({"itemIdentifier": record["messageId"]})
                continue
            try:
                self.table.commit(
                    [
                        Put(partition="tickets", sort=envelope.subject, body={}, expect=ABSENT),
                        Add(partition="tickets", sort="#count", counter="issued", amount=1),
                    ]
                )
            except Conflict:
                continue  # issued before
        return {"batchItemFailures": failures}

    def issued(self) -> int:
        item = self.table.get("tickets", "#count")
        return 0 if item is None else int(item.body["issued"])


@pytest.fixture
def world() -> Iterator[AwsWorld]:
    with aws_world() as made:
        yield made


def test_the_message_is_the_one_that_the_embedded_engine_writes(world: AwsWorld) -> None:
    register(world, 1)
    assert world.pump_outbox() == 1
    (message,) = world.messages(QUEUE)
    expected = json.loads(event_text(fact(1)))
    own = ("id", "region", "account")  # the bus gives its own; consumers know a fact by the envelope's id
    assert {**message, **dict.fromkeys(own)} == {**expected, **dict.fromkeys(own)}
    assert read_envelope(message["detail"]) == fact(1)


def test_every_registration_gets_its_ticket(world: AwsWorld) -> None:
    ticketing = world.handlers[FUNCTION] = Ticketing(world)
    for number in range(23):
        register(world, number)
    assert world.drain() == 23
    assert ticketing.issued() == 23
    assert world.drain() == 0


def test_a_commit_that_failed_publishes_nothing(world: AwsWorld) -> None:
    register(world, 1)
    with pytest.raises(Conflict):
        world.table("ceremonies").commit(
            [Put(partition="ceremony", sort="R-1", body={}, expect=ABSENT)], [replace(fact(2), subject="R-1")]
        )
    world.pump_outbox()
    assert len(world.messages(QUEUE)) == 1


def test_a_commit_repeated_by_its_caller_publishes_once(world: AwsWorld) -> None:
    for _ in range(2):
        world.table("ceremonies").commit([Put(partition="c", sort="R-1", body={}, expect=ANY)], [fact(1)])
    world.pump_outbox()
    assert len(world.messages(QUEUE)) == 1


def test_a_record_delivered_twice_has_no_second_effect(world: AwsWorld) -> None:
    ticketing = world.handlers[FUNCTION] = Ticketing(world)
    for number in range(3):
        register(world, number)
    world.drain()
    world._last = 0  # the stream from its beginning: as after a failure behind everything
    assert world.drain() == 3
    assert len(ticketing.seen) == 6
    assert ticketing.issued() == 3


def test_deletions_by_ttl_are_no_facts(world: AwsWorld) -> None:
    register(world, 1)
    key = {"pk": {"S": fact(1).id}, "sk": {"S": "event"}}
    world.client("dynamodb").delete_item(TableName=f"{world.service.prefix}-outbox", Key=key)
    assert world.pump_outbox() == 2
    assert len(world.messages(QUEUE)) == 1


def test_a_poison_message_ends_in_the_dead_letters_and_holds_up_nobody(world: AwsWorld) -> None:
    ticketing = world.handlers[FUNCTION] = Ticketing(world)
    ticketing.broken.add("R-1")
    for number in range(4):
        register(world, number)
    world.drain()
    attempts = world.service.queue(QUEUE).max_attempts
    assert ticketing.seen.count("R-1") == attempts
    assert ticketing.issued() == 3
    (dead,) = world.messages("issue-ticket-dead")
    assert dead["detail"]["subject"] == "R-1"


def test_a_handler_that_raises_loses_nothing(world: AwsWorld) -> None:
    ticketing = Ticketing(world)
    calls = []

    def falls_once(event: dict[str, Any], context: object) -> dict[str, Any]:
        calls.append(len(event["Records"]))
        if len(calls) == 1:
            raise RuntimeError("power cut")
        return ticketing(event, context)

    world.handlers[FUNCTION] = falls_once
    for number in range(3):
        register(world, number)
    world.drain()
    assert ticketing.issued() == 3

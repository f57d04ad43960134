"""Batches of a stream: every good record is done, every poison is alone in the queue, and what is settled stays settled."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.rehearsal.stream_delivery import (
    Outcome,
    Record,
    Rules,
    check_pattern,
    deliver,
    failure_message,
    first_failed,
    number_of,
    wanted,
)


def record(number: int, name: str = "INSERT", **image: Any) -> Record:
    return {
        "eventName": name,
        "eventSourceARN": "arn:aws:dynamodb:ap-southeast-1:000000000000:table/t/stream/s",
        "dynamodb": {
            "SequenceNumber": f"{number:021}",
            "ApproximateCreationDateTime": 1_790_000_000,
            "NewImage": image,
        },
    }


class Manner(Enum):
    """How a function fails of a poison record."""

    RAISES = "raises"
    NAMES_THE_FIRST = "names the first"
    NAMES_ALL = "names all, the last first"
    NAMES_NONSENSE = "names what it did not get"


@dataclass
class Recorder:
    """A function that does what it can, and the queue and the checkpoint behind it."""

    poison: frozenset[str]
    manner: Manner
    done: Counter[str] = field(default_factory=Counter)
    given_up: list[tuple[list[str], int]] = field(default_factory=list)
    alone: Counter[str] = field(default_factory=Counter)
    settled: list[str] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def invoke(self, records: Sequence[Record]) -> Outcome:
        numbers = [number_of(each) for each in records]
        if len(numbers) == 1:
            self.alone[numbers[0]] += 1
        bad = [number for number in numbers if number in self.poison]
        if not bad:
            self.done.update(numbers)
            return Outcome(failed=None)
        if self.manner is Manner.RAISES:
            self.done.update(numbers[: numbers.index(bad[0])])
            return Outcome(failed=0, function_error="Unhandled")
        self.done.update(number for number in numbers if number not in bad)
        named = {Manner.NAMES_THE_FIRST: bad[:1], Manner.NAMES_ALL: bad[::-1], Manner.NAMES_NONSENSE: ["other"]}
        answer = {"batchItemFailures": [{"itemIdentifier": one} for one in named[self.manner]]}
        return Outcome(failed=first_failed(answer, records))

    def advance(self, number: str) -> None:
        self.settled.append(number)

    def give_up(self, records: Sequence[Record], attempts: int, last: Outcome) -> None:
        self.given_up.append(([number_of(each) for each in records], attempts))

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


@given(
    count=st.integers(1, 60),
    poison=st.sets(st.integers(0, 59), max_size=6),
    manner=st.sampled_from(Manner),
    retries=st.integers(0, 4),
)
def test_with_bisect_every_good_record_is_done_and_each_poison_is_given_up_alone(
    count: int, poison: set[int], manner: Manner, retries: int
) -> None:
    records = [record(number) for number in range(count)]
    bad = {number_of(records[place]) for place in poison if place < count}
    target = Recorder(frozenset(bad), manner)
    deliver(records, Rules(retries=retries, bisect=True, report=True), target)
    assert set(target.done) == {number_of(each) for each in records} - bad
    assert target.given_up == [([number], retries + 1) for number in sorted(bad)]
    assert all(target.alone[number] == retries + 1 for number in bad)
    assert target.settled == sorted(target.settled)
    assert target.settled[-1] == number_of(records[-1])
    assert all(0 < pause <= 1 for pause in target.pauses)


@given(count=st.integers(1, 40), place=st.integers(0, 39), manner=st.sampled_from(Manner), retries=st.integers(0, 3))
def test_without_bisect_the_rest_of_the_batch_is_given_up_in_one_message(
    count: int, place: int, manner: Manner, retries: int
) -> None:
    records = [record(number) for number in range(count)]
    bad = {number_of(records[place])} if place < count else set()
    target = Recorder(frozenset(bad), manner)
    deliver(records, Rules(retries=retries, bisect=False, report=True), target)
    lost = [number for numbers, _ in target.given_up for number in numbers]
    assert set(target.done) | set(lost) == {number_of(each) for each in records}
    assert len(target.given_up) == len(bad)
    assert bad <= set(lost)
    assert target.settled[-1] == number_of(records[-1])


def test_what_comes_before_the_failure_is_not_delivered_again() -> None:
    records = [record(number) for number in range(10)]
    target = Recorder(frozenset({number_of(records[7])}), Manner.NAMES_THE_FIRST)
    deliver(records, Rules(retries=1, bisect=True, report=True), target)
    assert all(target.done[number_of(each)] == 1 for each in records[:7])


def test_a_target_that_cannot_be_reached_leaves_the_checkpoint_where_it_is() -> None:
    class Unreachable(Recorder):
        def invoke(self, records: Sequence[Record]) -> Outcome:
            raise ConnectionError

    target = Unreachable(frozenset(), Manner.RAISES)
    with pytest.raises(ConnectionError):
        deliver([record(1), record(2)], Rules(retries=0, bisect=True, report=True), target)
    assert target.settled == []
    assert target.given_up == []


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (None, None),
        ({}, None),
        ({"batchItemFailures": None}, None),
        ({"batchItemFailures": []}, None),
        ({"batchItemFailures": [{"itemIdentifier": f"{2:021}"}]}, 2),
        ({"batchItemFailures": [{"itemIdentifier": f"{2:021}"}, {"itemIdentifier": f"{1:021}"}]}, 1),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, 0),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, 0),
        ({"batchItemFailures": [{"wrong": "name"}]}, 0),
        ({"batchItemFailures": [{"itemIdentifier": "unknown"}]}, 0),
        ({"batchItemFailures": "text"}, 0),
        ("text", 0),
    ],
)
def test_an_answer_that_is_not_understood_fails_the_whole_batch(answer: Any, failed: int | None) -> None:
    assert first_failed(answer, [record(number) for number in range(3)]) == failed


def test_filter_patterns_take_exact_values_at_any_depth() -> None:
    inserts = check_pattern({"eventName": ["INSERT"], "dynamodb": {"NewImage": {"kind": {"S": ["fact", "note"]}}}})
    assert wanted(record(1, kind={"S": "fact"}), [inserts])
    assert not wanted(record(1, kind={"S": "other"}), [inserts])
    assert not wanted(record(1), [inserts])
    assert not wanted(record(1, "REMOVE", kind={"S": "fact"}), [inserts])
    assert wanted(record(1, "REMOVE"), [inserts, {"eventName": ["REMOVE"]}])
    assert wanted(record(1), [])


@pytest.mark.parametrize("pattern", [{"eventName": [{"prefix": "INS"}]}, {"eventName": "INSERT"}, "x", {"a": {"b": 1}}])
def test_a_filter_pattern_of_another_kind_is_refused(pattern: Any) -> None:
    with pytest.raises(ValueError, match="not a filter pattern"):
        check_pattern(pattern)


def test_the_message_of_a_lost_batch_says_where_it_stands_and_nothing_of_what_it_holds() -> None:
    records = [record(4, name={"S": "Nguyễn Văn A"}), record(5, name={"S": "Trần Thị B"})]
    text = failure_message(
        records,
        3,
        Outcome(failed=0, request_id="r-1", function_error="Unhandled"),
        function_arn="arn:aws:lambda:x",
        shard="shard-1",
        now=datetime(2026, 11, 20, 8, 0, 0, 123000, tzinfo=UTC),
    )
    message = json.loads(text)
    assert "Nguyễn" not in json.dumps(message, ensure_ascii=False)
    assert message["timestamp"] == "2026-11-20T08:00:00.123Z"
    assert message["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert message["requestContext"]["approximateInvokeCount"] == 3
    assert message["responseContext"]["functionError"] == "Unhandled"
    where = message["DDBStreamBatchInfo"]
    assert (where["startSequenceNumber"], where["endSequenceNumber"]) == (f"{4:021}", f"{5:021}")
    assert (where["batchSize"], where["shardId"]) == (2, "shard-1")

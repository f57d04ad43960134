"""The outbox relay alone: which records go, in which requests, and which one is named when some do not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from events.directory import UnitRegistered
from events.envelope import SYSTEM, Act, Envelope, wrap
from functions.outbox.relay import handler
from shared.aws.bus import delivered_text
from shared.aws.clients import Clients
from shared.aws.relay import MAX_REQUEST_BYTES, Relay, batches
from shared.embedded.bridge import event_text
from tests.support_aws import REGION

AT = datetime(2027, 2, 12, 0, 30, tzinfo=UTC)


def fact(number: int) -> Envelope:
    act = Act(actor=SYSTEM, at=AT, correlation_id="c-1")
    event = UnitRegistered(unit=f"U-{number}", name="Sở Nội vụ", kind="SO")
    return wrap(event, act, subject=f"U-{number}", version=1)


def record(number: int, *, text: str | None = None, name: str = "INSERT") -> dict[str, Any]:
    image = {"envelope": {"S": json.dumps(fact(number).wire()) if text is None else text}}
    return {
        "eventName": name,
        "dynamodb": {"SequenceNumber": f"10{number:04}", **({} if name == "REMOVE" else {"NewImage": image})},
    }


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Relay, Stubber]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = Clients(REGION).get("events")
    with Stubber(client) as stubber:
        yield Relay(client, "bus"), stubber
        stubber.assert_no_pending_responses()


Stubbed = tuple[Relay, Stubber]


def answer(*taken: bool) -> dict[str, Any]:
    entries = [{"EventId": "e"} if each else {"ErrorCode": "ThrottlingException"} for each in taken]
    return {"FailedEntryCount": taken.count(False), "Entries": entries}


def carried(stubbed: Stubbed, records: list[dict[str, Any]]) -> list[str]:
    failures = handler({"Records": records}, None, stubbed[0])["batchItemFailures"]
    return [failure["itemIdentifier"] for failure in failures]


def test_all_taken_names_none(stubbed: Stubbed) -> None:
    stubbed[1].add_response("put_events", answer(*[True] * 10))
    stubbed[1].add_response("put_events", answer(*[True] * 3))
    assert carried(stubbed, [record(number) for number in range(13)]) == []


def test_an_entry_is_the_envelope_word_for_word(stubbed: Stubbed) -> None:
    text = json.dumps(fact(1).wire())
    expected = {
        "EventBusName": "bus",
        "Source": "giaouoc.directory",
        "DetailType": "UnitRegistered",
        "Time": AT,
        "Detail": text,
    }
    stubbed[1].add_response("put_events", answer(True), {"Entries": [expected]})
    assert carried(stubbed, [record(1, text=text)]) == []


def test_the_first_that_was_not_taken_is_named(stubbed: Stubbed) -> None:
    stubbed[1].add_response("put_events", answer(True, True, False, True, False))
    assert carried(stubbed, [record(number) for number in range(5)]) == ["100002"]


def test_nothing_is_sent_behind_a_failure(stubbed: Stubbed) -> None:
    stubbed[1].add_response("put_events", answer(*[True] * 10))
    stubbed[1].add_response("put_events", answer(False, *[True] * 9))  # a third request would be one too many
    assert carried(stubbed, [record(number) for number in range(25)]) == ["100010"]


def test_a_request_that_fails_as_a_whole_names_its_first(stubbed: Stubbed) -> None:
    stubbed[1].add_response("put_events", answer(*[True] * 10))
    stubbed[1].add_client_error("put_events", "InternalException", http_status_code=500)
    assert carried(stubbed, [record(number) for number in range(12)]) == ["100010"]


def test_no_network_names_the_first() -> None:
    class Unplugged:
        def put_events(self, **_: Any) -> Any:
            raise EndpointConnectionError(endpoint_url="https://events")

    assert Relay(Unplugged(), "bus").carry([record(0), record(1)]) == "100000"


def test_deletions_and_repeats_are_passed_over(stubbed: Stubbed) -> None:
    stubbed[1].add_response("put_events", answer(True))
    records = [record(0, name="REMOVE"), record(1, name="MODIFY"), record(2), record(3, name="REMOVE")]
    assert carried(stubbed, records) == []
    assert carried(stubbed, [record(0, name="REMOVE")]) == []
    assert carried(stubbed, []) == []


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"source":1,"type":"T","occurred_at":"2027-01-01T00:00:00Z"}'])
def test_a_record_that_can_never_pass_is_named_after_those_before_it_went(stubbed: Stubbed, text: str) -> None:
    stubbed[1].add_response("put_events", answer(True, True))
    assert carried(stubbed, [record(0), record(1), record(2, text=text), record(3)]) == ["100002"]
    assert carried(stubbed, [record(2, text=text)]) == ["100002"]


def test_requests_stay_under_both_limits() -> None:
    def entries(*sizes: int) -> list[tuple[str, dict[str, Any]]]:
        return [
            (str(place), {"Source": "", "DetailType": "", "Detail": "x" * size}) for place, size in enumerate(sizes)
        ]

    assert [len(batch) for batch in batches(entries(*[1] * 21))] == [10, 10, 1]
    half = MAX_REQUEST_BYTES // 2
    assert [len(batch) for batch in batches(entries(half, half - 100, half, half + 1, 2 * half + 5, 1))] == [
        2,
        1,
        1,
        1,
        1,
    ]
    assert list(batches([])) == []


def test_what_comes_by_another_way_reads_like_the_embedded_engines_message() -> None:
    text = delivered_text(fact(1), account="000000000000", region="local")
    assert json.loads(text) == json.loads(event_text(fact(1)))

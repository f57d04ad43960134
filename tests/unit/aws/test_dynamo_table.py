"""What the contract suite cannot ask of every store: lost answers, contention, the outbox, forged cursors."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.stub import Stubber

from events.directory import UnitRegistered
from events.envelope import SYSTEM, Act, Envelope, read_envelope, wrap
from shared.aws.clients import Clients
from shared.aws.table import ATTEMPTS, DynamoTable
from shared.kernel.clock import FixedClock
from shared.kernel.errors import Conflict, Unavailable
from shared.kernel.ports import ABSENT, ANY, Add, Check, Delete, Put, Write
from tests.support_aws import REGION, make_outbox, make_table

AT = datetime(2027, 2, 12, 0, 30, tzinfo=UTC)


def put(sort: str, expect: int | None = ANY, **body: Any) -> Put:
    return Put(partition="p", sort=sort, body=body, expect=expect)


def fact(unit: str = "U-01", version: int = 1) -> Envelope:
    act = Act(actor=SYSTEM, at=AT, correlation_id="c-1")
    return wrap(UnitRegistered(unit=unit, name="Sở Nội vụ", kind="SO"), act, subject=unit, version=version)


class AnswerLost:
    """Every write reaches the service, its answer does not, and the SDK sends the same request once more."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.sent: list[str] = []

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._client, name)

        def send(**request: Any) -> Any:
            self.sent.append(name)
            if name in ("transact_write_items", "update_item", "delete_item"):
                operation(**request)
            return operation(**request)

        return send


@pytest.fixture
def dynamodb(client: Callable[[str], Any]) -> Any:
    dynamodb = client("dynamodb")
    make_table(dynamodb, "directory")
    make_outbox(dynamodb, "outbox")
    return dynamodb


@pytest.fixture
def table(dynamodb: Any) -> DynamoTable:
    return DynamoTable(dynamodb, "directory", "outbox", clock=FixedClock(AT))


def published(dynamodb: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = dynamodb.scan(TableName="outbox")["Items"]
    return items


def test_reads_see_what_was_just_committed(table: DynamoTable, dynamodb: Any) -> None:
    """The service may answer with what stood there a second ago, unless it is asked not to; indexes know nothing else."""
    asked: list[tuple[str, Any]] = []
    dynamodb.meta.events.register(
        "before-parameter-build.dynamodb",
        lambda params, model, **_: asked.append((model.name, params.get("ConsistentRead"))),
    )
    table.get("p", "U-01")
    table.query("p")
    table.query("p", index=1)
    assert asked == [("GetItem", True), ("Query", True), ("Query", None)]


def test_events_stand_in_the_outbox_of_the_same_transaction(table: DynamoTable, dynamodb: Any) -> None:
    table.commit([put("U-01", ABSENT)], [fact()])
    with pytest.raises(Conflict):
        table.commit([put("U-01", ABSENT)], [fact("U-02")])
    (item,) = published(dynamodb)
    assert read_envelope(json.loads(item["envelope"]["S"])) == fact()
    assert item["pk"]["S"] == fact().id
    assert int(item["ttl"]["N"]) == int(AT.timestamp()) + 7 * 86400


def test_an_event_alone_is_published(table: DynamoTable, dynamodb: Any) -> None:
    table.commit([], [fact()])
    assert len(published(dynamodb)) == 1


def test_a_commit_repeated_by_its_caller_is_judged_by_its_writes(table: DynamoTable, dynamodb: Any) -> None:
    table.commit([put("U-01", ABSENT)], [fact()])
    with pytest.raises(Conflict) as caught:
        table.commit([put("U-01", ABSENT)], [fact()])
    assert caught.value.write == 0
    table.commit([put("U-01", ANY, n=2)], [fact()])
    assert len(published(dynamodb)) == 1


@pytest.mark.parametrize(
    ("before", "writes", "events"),
    [
        ([], [put("s", ABSENT, n=1)], []),
        ([put("s")], [put("s", 1, n=2)], []),
        ([put("s")], [put("s", ANY, n=2)], []),
        ([put("s")], [Delete(partition="p", sort="s", expect=ANY)], []),
        ([], [put("s", ABSENT), put("t", ABSENT)], [fact()]),
        ([put("s")], [put("s", 1), Check(partition="p", sort="x", expect=ABSENT)], [fact()]),
        ([put("s")], [Delete(partition="p", sort="s", expect=1), put("t", ABSENT)], []),
        ([], [Add(partition="p", sort="s", counter="n", amount=2), put("t", ABSENT)], [fact()]),
    ],
)
def test_a_lost_answer_is_no_conflict(
    table: DynamoTable, dynamodb: Any, before: list[Write], writes: list[Write], events: list[Envelope]
) -> None:
    """The service's own idempotency of tokens is left out here (the stand-in has none): the stamps alone tell."""
    if before:
        table.commit(before)
    DynamoTable(AnswerLost(dynamodb), "directory", "outbox").commit(writes, events)
    assert len(published(dynamodb)) == len(events)
    for write in writes:
        item = table.get("p", write.sort)
        if isinstance(write, Add):
            assert item is not None
            assert item.body == {"n": 2}
        elif isinstance(write, Put):
            assert item is not None
            assert item.body == write.body


def test_another_ones_write_is_a_conflict_even_if_its_words_are_the_same(table: DynamoTable) -> None:
    table.commit([put("s", ABSENT, winner="?")])
    with pytest.raises(Conflict):
        table.commit([put("s", ABSENT, winner="?")])


def test_one_write_without_events_needs_no_transaction(dynamodb: Any) -> None:
    watched = AnswerLost(dynamodb)
    table = DynamoTable(watched, "directory", "outbox")
    table.commit([put("s")])
    table.commit([Delete(partition="p", sort="s", expect=ANY)])
    assert watched.sent == ["update_item", "delete_item"]
    table.commit([put("s", ABSENT)], [fact()])
    assert watched.sent[2:] == ["transact_write_items"]


def test_a_counter_counts_on_after_the_item_was_put_again(table: DynamoTable) -> None:
    add = Add(partition="p", sort="s", counter="n", amount=3)
    for expected in (3, 6):
        table.commit([add])
        item = table.get("p", "s")
        assert item is not None
        assert item.body["n"] == expected
    table.commit([put("s", 2, n=10, name="x")])
    table.commit([add])
    table.commit([add, put("t")], [fact()])
    item = table.get("p", "s")
    assert item is not None
    assert (item.version, item.body) == (5, {"n": 16, "name": "x"})


def cancelled(*codes: str) -> dict[str, Any]:
    return {
        "service_error_code": "TransactionCanceledException",
        "http_status_code": 400,
        "modeled_fields": {"CancellationReasons": [{"Code": code} for code in codes]},
    }


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[DynamoTable, Stubber, list[float]]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = Clients(REGION).get("dynamodb")
    pauses: list[float] = []
    with Stubber(client) as stubber:
        yield DynamoTable(client, "directory", "outbox", sleep=pauses.append), stubber, pauses
        stubber.assert_no_pending_responses()


Stubbed = tuple[DynamoTable, Stubber, list[float]]


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_contention_is_tried_again(stubbed: Stubbed, code: str) -> None:
    table, stubber, pauses = stubbed
    stubber.add_client_error("transact_write_items", **cancelled("None", code))
    stubber.add_client_error("transact_write_items", **cancelled(code, "None"))
    stubber.add_response("transact_write_items", {})
    table.commit([put("s"), put("t")])
    assert len(pauses) == 2
    assert all(pause > 0 for pause in pauses)


def test_contention_without_end_is_unavailable(stubbed: Stubbed) -> None:
    table, stubber, pauses = stubbed
    for _ in range(ATTEMPTS):
        stubber.add_client_error("update_item", "TransactionConflictException", http_status_code=400)
    with pytest.raises(Unavailable):
        table.commit([put("s")])
    assert len(pauses) == ATTEMPTS - 1


def test_a_failed_expectation_counts_more_than_contention(stubbed: Stubbed) -> None:
    table, stubber, _ = stubbed
    reasons = ("TransactionConflict", "ConditionalCheckFailed", "ConditionalCheckFailed")
    stubber.add_client_error("transact_write_items", **cancelled(*reasons))
    with pytest.raises(Conflict) as caught:
        table.commit([put("a", 1), put("b", 1), put("c", 1)])
    assert (caught.value.write, caught.value.key) == (1, "p b")


def test_what_the_service_calls_malformed_is_loud(stubbed: Stubbed) -> None:
    table, stubber, _ = stubbed
    stubber.add_client_error("transact_write_items", **cancelled("ConditionalCheckFailed", "ValidationError"))
    with pytest.raises(ClientError):
        table.commit([put("s", 1), put("t")])
    for code in ("ValidationException", "AccessDeniedException", "ResourceNotFoundException"):
        stubber.add_client_error("update_item", code, http_status_code=400)
        with pytest.raises(ClientError):
            table.commit([put("s")])


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError", "RequestLimitExceeded"])
def test_what_passes_with_time_is_unavailable(stubbed: Stubbed, code: str) -> None:
    table, stubber, _ = stubbed
    for operation in ("get_item", "query", "update_item"):
        stubber.add_client_error(operation, code, http_status_code=500 if code == "InternalServerError" else 400)
    with pytest.raises(Unavailable):
        table.get("p", "s")
    with pytest.raises(Unavailable):
        table.query("p")
    with pytest.raises(Unavailable):
        table.commit([put("s")])


def test_no_network_is_unavailable() -> None:
    class Unplugged:
        def __getattr__(self, name: str) -> Any:
            def send(**_: Any) -> Any:
                raise EndpointConnectionError(endpoint_url="https://dynamodb")

            return send

    table = DynamoTable(Unplugged(), "directory", "outbox")
    with pytest.raises(Unavailable):
        table.get("p", "s")
    with pytest.raises(Unavailable):
        table.commit([put("s")], [fact()])


@pytest.mark.parametrize("key", ["", "x" * 1025, "\ud800"])
def test_under_an_impossible_key_nothing_stands(table: DynamoTable, key: str) -> None:
    table.commit([put("s")])
    assert table.get(key, "s") is None
    assert table.get("p", key) is None
    assert table.query(key).items == ()
    assert table.query("p", between=("z", "a")).items == ()
    assert [item.sort for item in table.query("p", between=("", "t")).items] == ["s"]


def test_pages_hold_what_was_asked_for_although_the_service_stops_at_a_megabyte(table: DynamoTable) -> None:
    for number in range(8):
        table.commit([put(f"{number}", ABSENT, text="x" * 290_000)])
    assert len(table.query("p").items) == 8
    page = table.query("p", limit=7)
    assert len(page.items) == 7
    assert [item.sort for item in table.query("p", cursor=page.cursor).items] == ["7"]


def test_a_forged_cursor_does_not_leave_the_partition(table: DynamoTable) -> None:
    table.commit([put(sort) for sort in "abc"])
    table.commit([Put(partition="secret", sort="a", body={}, expect=ANY)])
    cursor = table.query("p", limit=1).cursor
    assert cursor is not None
    mark, *_ = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps([mark, "b"]).encode()).decode()
    assert [item.partition for item in table.query("p", cursor=forged).items] == ["p"]
    for parts in ([mark], [mark, 1], [mark, ""], [mark, "a", "secret", "a"], {"mark": mark}):
        bad = base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()
        with pytest.raises(ValueError):
            table.query("p", cursor=bad)

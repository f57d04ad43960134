"""`giaouoc redrive` for a stage on AWS: what lay dead is seen, comes back to where it was for, and nothing is lost."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.commands import redrive_on_aws
from infra.commands.__main__ import main, parser
from infra.commands.redrive_on_aws import dead_queues
from infra.embedded.errors import EngineError
from shared.aws.dead_letters import DeadLetters, DeadQueue
from shared.aws.outbox_rescue import read_message
from tests.aws_world import AwsWorld, aws_world
from tests.support_aws import REGION
from tests.unit.aws.test_outbox_chain import FUNCTION, QUEUE, Ticketing, fact, register

ARN = f"arn:aws:sqs:{REGION}:123456789012:giaouoc-dev-"


@pytest.fixture
def world() -> Iterator[AwsWorld]:
    with aws_world() as made:
        yield made


@pytest.fixture
def typed(world: AwsWorld, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """`typed("issue-ticket", "--id", ...)`: what the command prints; its exit code is the last line."""
    monkeypatch.setattr(redrive_on_aws, "DeadLetters", functools.partial(DeadLetters, poll_s=0))
    stage: Any = SimpleNamespace(prefix=world.service.prefix, clients=SimpleNamespace(get=world.client))

    def run(*words: str) -> str:
        capsys.readouterr()
        code = redrive_on_aws.redrive(stage, parser().parse_args(["redrive", "--stage", "dev", *words]))
        return f"{capsys.readouterr().out}{code}"

    return run


def dead(world: AwsWorld, name: str, body: str, **attributes: str) -> str:
    url = world.client("sqs").get_queue_url(QueueName=f"{world.service.prefix}-{name}-dead")["QueueUrl"]
    told = {key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()}
    answer = world.client("sqs").send_message(QueueUrl=url, MessageBody=body, MessageAttributes=told)
    return str(answer["MessageId"])


def event(number: int) -> str:
    return json.dumps({"detail": fact(number).wire()})


def arrived(world: AwsWorld, queue: str) -> list[str]:
    return sorted(message["detail"]["subject"] for message in world.messages(queue))


def test_what_failed_for_good_is_seen_and_done_after_the_cause_is_mended(
    world: AwsWorld, typed: Callable[..., str]
) -> None:
    ticketing = world.handlers[FUNCTION] = Ticketing(world)
    ticketing.broken = {"R-1"}
    for number in range(3):
        register(world, number)
    world.drain()
    shown = typed()
    assert f"{QUEUE:28}      1" in shown
    assert "DelegateRegistered" in shown
    assert "c-1" in shown
    assert "Sở Nội vụ" not in shown, "no datum of the fact"
    ticketing.broken.clear()
    (letter,) = letters_of(world).look(queue_of(world, QUEUE))
    assert "đưa 1 việc" in typed(QUEUE, "--id", letter.id)
    world.drain()
    assert ticketing.seen[-1] == "R-1"
    assert f"{QUEUE:28}      0" in typed()


def letters_of(world: AwsWorld) -> DeadLetters:
    return DeadLetters(world.client("sqs"), world.service.prefix, dead_queues(), poll_s=0)


def queue_of(world: AwsWorld, name: str) -> DeadQueue:
    return next(queue for queue in letters_of(world).queues() if queue.name == name)


def test_one_message_goes_and_the_others_stay(world: AwsWorld, typed: Callable[..., str]) -> None:
    first, second = dead(world, QUEUE, event(1)), dead(world, QUEUE, event(2))
    assert typed(QUEUE, "--id", second).endswith("0")
    assert arrived(world, QUEUE) == ["R-2"]
    again = typed(QUEUE, "--id", second)
    assert "1 số không thấy" in again
    assert again.endswith("1"), "the exit code says that it was not there"
    (left,) = letters_of(world).look(queue_of(world, QUEUE))
    assert left.id == first


def test_a_stage_whose_name_goes_on_is_another_stage(world: AwsWorld, typed: Callable[..., str]) -> None:
    other = world.client("sqs").create_queue(QueueName=f"{world.service.prefix}-x-{QUEUE}-dead")["QueueUrl"]
    world.client("sqs").send_message(QueueUrl=other, MessageBody=event(1))
    shown = typed()
    assert f"{QUEUE:28}      0" in shown
    assert f"x-{QUEUE}" not in shown
    with pytest.raises(EngineError) as caught:
        typed(f"x-{QUEUE}")
    assert caught.value.code == "engine.no_queue"


def test_looking_hides_nothing_from_the_next_who_looks(world: AwsWorld) -> None:
    for number in range(12):
        dead(world, QUEUE, event(number))
    letters = letters_of(world)
    for _ in range(2):
        assert len(letters.look(queue_of(world, QUEUE))) == 12
    assert queue_of(world, QUEUE).count == 12


def test_what_the_bus_could_not_deliver_goes_where_it_was_for(world: AwsWorld, typed: Callable[..., str]) -> None:
    dead(world, "bus", event(1), TARGET_ARN=ARN + QUEUE, ERROR_CODE="NO_PERMISSIONS")
    dead(world, "bus", event(2))  # a schedule's, told by the rules alone
    dead(world, "bus", json.dumps({"detail": {"type": "Unheard"}}))
    dead(world, "bus", event(3), TARGET_ARN="arn:aws:sqs:ap-southeast-1:999999999999:somebody-elses")
    assert "NO_PERMISSIONS" in typed()
    told = typed("bus")
    assert "đưa 3 việc" in told
    assert "1 việc của bus còn ở lại" in told
    assert told.endswith("1"), "the exit code says that something stays"
    assert arrived(world, QUEUE) == ["R-1", "R-2", "R-3"]
    assert queue_of(world, "bus").count == 1


def given_up(world: AwsWorld, first: int, last: int, began: datetime, ended: datetime) -> str:
    stream = world.client("dynamodb").describe_table(TableName=f"{world.service.prefix}-outbox")["Table"]
    streams = world.client("dynamodbstreams")
    shard = streams.describe_stream(StreamArn=stream["LatestStreamArn"])["StreamDescription"]["Shards"][0]["ShardId"]
    info = {
        "shardId": shard,
        "startSequenceNumber": str(first),
        "endSequenceNumber": str(last),
        "approximateArrivalOfFirstRecord": began.isoformat().replace("+00:00", "Z"),
        "approximateArrivalOfLastRecord": ended.isoformat().replace("+00:00", "Z"),
        "batchSize": last - first + 1,
        "streamArn": stream["LatestStreamArn"],
    }
    return json.dumps({"requestContext": {"condition": "RetryAttemptsExhausted"}, "DDBStreamBatchInfo": info})


def sequence_numbers(world: AwsWorld) -> list[int]:
    return [int(record["dynamodb"]["SequenceNumber"]) for record in world._new_records()]


def test_a_batch_that_the_relay_gave_up_is_read_from_the_stream_first_to_last(
    world: AwsWorld, typed: Callable[..., str]
) -> None:
    for number in range(5):
        register(world, number)
    numbers, now = sequence_numbers(world), datetime.now(UTC)
    dead(world, "outbox", given_up(world, numbers[1], numbers[3], now, now))
    assert "đưa 1 việc" in typed("outbox")
    assert arrived(world, QUEUE) == ["R-1", "R-2", "R-3"]
    assert queue_of(world, "outbox").count == 0


def test_after_a_day_the_facts_are_still_in_the_outbox(
    world: AwsWorld, typed: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        register(world, number)
    now = datetime.now(UTC)
    message = given_up(world, 1, 2, now - timedelta(seconds=5), now)
    dead(world, "outbox", message)

    class Trimmed:
        def get_shard_iterator(self, **_: Any) -> Any:
            raise ClientError({"Error": {"Code": "TrimmedDataAccessException"}}, "GetShardIterator")

    client = world.client
    monkeypatch.setattr(world, "client", lambda name: Trimmed() if name == "dynamodbstreams" else client(name))
    stage: Any = SimpleNamespace(prefix=world.service.prefix, clients=SimpleNamespace(get=world.client))
    words = parser().parse_args(["redrive", "--stage", "dev", "outbox"])
    assert redrive_on_aws.redrive(stage, words) == 0
    assert arrived(world, QUEUE) == ["R-0", "R-1", "R-2"]
    assert queue_of(world, "outbox").count == 0


def test_all_since_an_hour_can_be_carried_again(world: AwsWorld, typed: Callable[..., str]) -> None:
    """The relay was switched off for days: the stream has forgotten, and told nobody."""
    for number in range(12):
        register(world, number)
    since = (datetime.now(UTC) - timedelta(hours=30)).isoformat(timespec="minutes")
    assert "12 sự kiện" in typed("outbox", "--since", since)
    assert len(arrived(world, QUEUE)) == 12
    for text in ("gestern", (datetime.now(UTC) - timedelta(days=8)).isoformat(), "2999-01-01"):
        with pytest.raises(EngineError) as caught:
            typed("outbox", "--since", text)
        assert caught.value.code == "redrive.since_form"


def test_while_the_bus_takes_nothing_the_message_stays(
    world: AwsWorld, typed: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    register(world, 1)
    (number,), now = sequence_numbers(world), datetime.now(UTC)
    dead(world, "outbox", given_up(world, number, number, now, now))
    dead(world, "outbox", "no such message")
    client = world.client

    class NoBus:
        def put_events(self, **_: Any) -> Any:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "PutEvents")

    monkeypatch.setattr(world, "client", lambda name: NoBus() if name == "events" else client(name))
    stage: Any = SimpleNamespace(prefix=world.service.prefix, clients=SimpleNamespace(get=world.client))
    words = parser().parse_args(["redrive", "--stage", "dev", "outbox"])
    assert redrive_on_aws.redrive(stage, words) == 1
    assert queue_of(world, "outbox").count == 2


def test_a_queue_that_is_none_is_named_with_those_that_are(typed: Callable[..., str]) -> None:
    with pytest.raises(EngineError) as caught:
        typed("no-such")
    assert QUEUE in str(caught.value)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((QUEUE, "--since", "2027-02-12T08:00+07:00"), "redrive.since_outbox"),
        (("--since", "2027-02-12T08:00+07:00"), "redrive.since_outbox"),
        (("--stop",), "redrive.which_queue"),
        (("--id", "m-1"), "redrive.which_queue"),
    ],
)
def test_a_word_that_cannot_be_heeded_moves_nothing(
    world: AwsWorld, typed: Callable[..., str], words: tuple[str, ...], code: str
) -> None:
    dead(world, QUEUE, event(1))
    with pytest.raises(EngineError) as caught:
        typed(*words)
    assert caught.value.code == code
    assert queue_of(world, QUEUE).count == 1


@pytest.mark.parametrize(
    "body", ["", "{}", "[]", '{"DDBStreamBatchInfo": {}}', '{"DDBStreamBatchInfo": {"shardId": 1}}']
)
def test_what_is_no_message_about_records_is_told_apart(body: str) -> None:
    assert read_message(body) is None


def test_numbers_of_messages_on_this_machine_are_numbers(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["redrive", "--data", str(tmp_path), "issue-ticket", "--id", "m-1"]) == 1
    assert "không phải số" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("--stop",), ("--rate", "5"), ("--since", "2027-02-12")])
def test_on_this_machine_no_word_for_aws_is_passed_over(
    tmp_path: Any, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """Who asks to stop must not start."""
    assert main(["redrive", "--data", str(tmp_path), "issue-ticket", *words]) == 1
    assert "--stage" in capsys.readouterr().err

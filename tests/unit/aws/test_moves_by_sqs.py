"""Dead letters that SQS moves itself: told truly how a move began, ended and how many stay, also while its list is late."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from infra.commands import redrive_on_aws
from infra.commands.__main__ import parser
from shared.aws.clients import OPERATORS, Clients
from shared.aws.dead_letters import LISTED, UNLISTED, DeadLetters, DeadQueue, Moved
from tests.support_aws import REGION

QUEUE = "issue-ticket"
ARN = f"arn:aws:sqs:{REGION}:123456789012:giaouoc-dev-"
BODY = '{"detail": {}}'


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[DeadLetters, Stubber, DeadQueue]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = Clients(REGION, OPERATORS).get("sqs")
    queue = DeadQueue(name=QUEUE, url=f"https://sqs/{QUEUE}-dead", arn=f"{ARN}{QUEUE}-dead", count=7)
    with Stubber(client) as stubber:
        yield DeadLetters(client, "giaouoc-dev", [QUEUE], sleep=lambda _: None), stubber, queue
        stubber.assert_no_pending_responses()


def task(started: int, status: str, moved: int = 0, **more: Any) -> dict[str, Any]:
    return {"StartedTimestamp": started, "Status": status, "ApproximateNumberOfMessagesMoved": moved, **more}


def listed(stubber: Stubber, *tasks: dict[str, Any]) -> None:
    asked = {"SourceArn": f"{ARN}{QUEUE}-dead", "MaxResults": 10}
    stubber.add_response("list_message_move_tasks", {"Results": list(tasks)}, asked)


def begun(stubber: Stubber, *earlier: dict[str, Any]) -> None:
    listed(stubber, *earlier)
    stubber.add_response("start_message_move_task", {"TaskHandle": "t"})


def test_a_whole_queue_is_moved_by_sqs_itself(stubbed: tuple[DeadLetters, Stubber, DeadQueue]) -> None:
    """Back to its queue by name: of what SNS put into the dead letters SQS knows no source, and would move nothing."""
    letters, stubber, queue = stubbed
    back = {"SourceArn": f"{ARN}{QUEUE}-dead", "DestinationArn": f"{ARN}{QUEUE}", "MaxNumberOfMessagesPerSecond": 50}
    listed(stubber)
    stubber.add_response("start_message_move_task", {"TaskHandle": "t"}, back)
    listed(stubber, task(20, "RUNNING", 3, TaskHandle="t"))
    listed(stubber, task(20, "COMPLETED", 7))
    assert letters.move_all(queue, 50) == Moved(count=7)


def test_a_move_that_ended_long_ago_is_not_taken_for_this_one(stubbed: tuple[DeadLetters, Stubber, DeadQueue]) -> None:
    letters, stubber, queue = stubbed
    old = task(10, "COMPLETED", 500)
    begun(stubber, old)
    listed(stubber, old)
    listed(stubber, old, task(20, "RUNNING", 3, TaskHandle="t"))
    listed(stubber, old, task(20, "COMPLETED", 7))
    assert letters.move_all(queue, None) == Moved(count=7)


def test_a_move_that_is_not_listed_is_not_told_as_done(stubbed: tuple[DeadLetters, Stubber, DeadQueue]) -> None:
    letters, stubber, queue = stubbed
    begun(stubber)
    for _ in range(LISTED):
        listed(stubber)
    assert letters.move_all(queue, None) == Moved(count=0, reason=UNLISTED)


@pytest.mark.parametrize(("told", "reason"), [({"FailureReason": "AccessDenied"}, "AccessDenied"), ({}, "FAILED")])
def test_a_move_that_ends_early_says_why_and_how_many_stay(
    stubbed: tuple[DeadLetters, Stubber, DeadQueue], told: dict[str, str], reason: str
) -> None:
    letters, stubber, queue = stubbed
    begun(stubber)
    listed(stubber, task(20, "FAILED", 3, ApproximateNumberOfMessagesToMove=7, **told))
    assert letters.move_all(queue, None) == Moved(count=3, stuck=4, reason=reason)


@pytest.mark.parametrize(("reason", "said"), [("AccessDenied", "giữa chừng: AccessDenied"), (UNLISTED, "sau một phút")])
def test_the_command_tells_why_a_move_ended(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], reason: str, said: str
) -> None:
    queue = DeadQueue(name=QUEUE, url="https://sqs/q", arn=ARN, count=7)
    ended = Moved(count=3, reason=reason)
    letters = SimpleNamespace(queues=lambda: (queue,), move_all=lambda *_: ended)
    monkeypatch.setattr(redrive_on_aws, "DeadLetters", lambda *_: letters)
    stage: Any = SimpleNamespace(prefix="giaouoc-dev", clients=SimpleNamespace(get=lambda _: None))
    assert redrive_on_aws.redrive(stage, parser().parse_args(["redrive", "--stage", "dev", QUEUE])) == 1
    assert said in capsys.readouterr().out


def test_a_move_can_be_stopped(stubbed: tuple[DeadLetters, Stubber, DeadQueue]) -> None:
    letters, stubber, queue = stubbed
    listed(stubber, task(10, "COMPLETED", 500), task(20, "RUNNING", 3, TaskHandle="t"))
    stubber.add_response("cancel_message_move_task", {"ApproximateNumberOfMessagesMoved": 4}, {"TaskHandle": "t"})
    assert letters.stop(queue) == 4
    listed(stubber)
    assert letters.stop(queue) is None


def test_a_second_move_at_once_is_refused_aloud(stubbed: tuple[DeadLetters, Stubber, DeadQueue]) -> None:
    letters, stubber, queue = stubbed
    listed(stubber)
    stubber.add_client_error("start_message_move_task", "UnsupportedOperationByQueue", http_status_code=400)
    with pytest.raises(ClientError):
        letters.move_all(queue, None)


def test_without_moves_by_the_service_the_messages_are_carried(stubbed: tuple[DeadLetters, Stubber, DeadQueue]) -> None:
    letters, stubber, queue = stubbed
    stubber.add_client_error("list_message_move_tasks", "InvalidAction", http_status_code=400)
    message = {"MessageId": "m", "ReceiptHandle": "r", "Body": BODY}
    stubber.add_response("receive_message", {"Messages": [message]})
    stubber.add_response("get_queue_url", {"QueueUrl": "https://sqs/q"}, {"QueueName": f"giaouoc-dev-{QUEUE}"})
    stubber.add_response("send_message", {}, {"QueueUrl": "https://sqs/q", "MessageBody": BODY})
    stubber.add_response("delete_message", {}, {"QueueUrl": queue.url, "ReceiptHandle": "r"})
    for _ in range(2):
        stubber.add_response("receive_message", {})
    assert letters.move_all(queue, None).count == 1


def test_a_message_that_was_held_too_long_spoils_no_report(stubbed: tuple[DeadLetters, Stubber, DeadQueue]) -> None:
    """A slow move outlasts the time for which messages are hidden: what stays is back by itself."""
    letters, stubber, queue = stubbed
    stuck = {"MessageId": "m", "ReceiptHandle": "r", "Body": "{}"}
    stubber.add_response("receive_message", {"Messages": [stuck]})
    for _ in range(2):
        stubber.add_response("receive_message", {})
    stubber.add_client_error("change_message_visibility", "AWS.SimpleQueueService.MessageNotInflight")
    moved = letters.move(queue, None, route=lambda _: None)
    assert (moved.count, moved.stuck) == (0, 1)

"""What EventBridge Scheduler may answer, and what that means: moto gives none of these answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from shared.aws.clients import Clients
from shared.aws.schedules import SOON, AwsSchedules
from shared.kernel.clock import FixedClock
from shared.kernel.errors import Unavailable
from tests.support_aws import REGION
from tests.unit.aws.test_outbox_chain import fact

NOW = datetime(2027, 2, 12, 0, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
Stubbed = tuple[AwsSchedules, Stubber]


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubbed]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = Clients(REGION).get("scheduler")
    schedules = AwsSchedules(
        client,
        group="giaouoc-dev",
        role_arn="arn:aws:iam::123456789012:role/schedules",
        queue_arn_prefix=f"arn:aws:sqs:{REGION}:123456789012:giaouoc-dev-",
        clock=FixedClock(NOW),
    )
    with Stubber(client) as stubber:
        yield schedules, stubber
        stubber.assert_no_pending_responses()


def put(schedules: AwsSchedules, at: datetime = LATER) -> None:
    schedules.put("remind", at=at, queue="remind", envelope=fact(1))


def asked(at: datetime) -> dict[str, Any]:
    return {
        "Name": ANY, "GroupName": ANY, "ScheduleExpression": f"at({at:%Y-%m-%dT%H:%M:%S})", "Target": ANY,
        "ScheduleExpressionTimezone": "UTC", "FlexibleTimeWindow": {"Mode": "OFF"}, "ActionAfterCompletion": "NONE",
    }  # fmt: skip


def test_a_name_that_stands_or_has_fired_changes_nothing(stubbed: Stubbed) -> None:
    stubbed[1].add_client_error("create_schedule", "ConflictException", http_status_code=409)
    put(stubbed[0])


@pytest.mark.parametrize(("code", "status"), [("ThrottlingException", 429), ("InternalServerException", 500)])
def test_what_passes_with_time_is_later(stubbed: Stubbed, code: str, status: int) -> None:
    schedules, stubber = stubbed
    stubber.add_client_error("create_schedule", code, http_status_code=status)
    with pytest.raises(Unavailable):
        put(schedules)
    stubber.add_client_error("get_schedule", code, http_status_code=status)
    with pytest.raises(Unavailable):
        schedules.delete("remind")


@pytest.mark.parametrize(
    "code", ["ServiceQuotaExceededException", "ResourceNotFoundException", "AccessDeniedException"]
)
def test_a_fault_of_ours_stays_loud(stubbed: Stubbed, code: str) -> None:
    stubbed[1].add_client_error("create_schedule", code, http_status_code=400)
    with pytest.raises(ClientError):
        put(stubbed[0])


def test_a_time_that_passed_on_the_way_goes_off_soon(stubbed: Stubbed) -> None:
    schedules, stubber = stubbed
    at = NOW + timedelta(seconds=1)
    stubber.add_client_error("create_schedule", "ValidationException", http_status_code=400, expected_params=asked(at))
    stubber.add_response("create_schedule", {"ScheduleArn": "arn"}, asked(NOW + SOON))
    put(schedules, at)


def test_what_the_service_calls_malformed_is_not_tried_at_another_time(stubbed: Stubbed) -> None:
    stubbed[1].add_client_error("create_schedule", "ValidationException", http_status_code=400)
    with pytest.raises(ClientError):
        put(stubbed[0])


def test_taking_back_what_is_gone_or_fired_is_no_error(stubbed: Stubbed) -> None:
    schedules, stubber = stubbed
    stubber.add_client_error("get_schedule", "ResourceNotFoundException", http_status_code=404)
    schedules.delete("remind")
    stubber.add_response("get_schedule", {"ScheduleExpression": f"at({NOW:%Y-%m-%dT%H:%M:%S})"})
    schedules.delete("remind")  # has fired: stays, so that its name stays taken


def test_taking_back_what_is_being_changed_is_later(stubbed: Stubbed) -> None:
    schedules, stubber = stubbed
    stubber.add_response("get_schedule", {"ScheduleExpression": f"at({LATER:%Y-%m-%dT%H:%M:%S})"})
    stubber.add_client_error("delete_schedule", "ConflictException", http_status_code=409)
    with pytest.raises(Unavailable):
        schedules.delete("remind")

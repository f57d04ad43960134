"""`Schedules` on EventBridge Scheduler: one-time schedules that send a fact to a queue (called by use cases).

A name fires once for ever, so a schedule is kept after it has fired (ActionAfterCompletion NONE): the service itself
then refuses the name, in one step that no crash can split, and no second store has to agree with it. `delete` takes
back only what is still to come. Fired ones cost nothing but count towards a million schedules an account; `forget`
removes those of past years.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from events.envelope import Envelope
from shared.aws.bus import delivered_text
from shared.aws.faults import code_of, unavailable_when_later
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.errors import Unavailable
from shared.kernel.ids import derived_id

SOON: Final = timedelta(seconds=60)
"""The service may refuse a time that has passed; what is due goes off this much later."""
ATTEMPTS: Final = 185
WITHIN_S: Final = 24 * 3600
DEAD_LETTERS: Final = "bus-dead"
"""The queue for what could not be delivered in that time (infra/bus.yml)."""


class AwsSchedules:
    """The schedules of one group. `queue_arn_prefix` + queue name = a queue's ARN; `role_arn` may send to them."""

    def __init__(
        self, client: Any, *, group: str, role_arn: str, queue_arn_prefix: str, clock: Clock | None = None
    ) -> None:
        self._client = client
        self._group = group
        self._role = role_arn
        self._queues = queue_arn_prefix
        self._clock = clock or SystemClock()

    def put(self, name: str, *, at: datetime, queue: str, envelope: Envelope) -> None:
        """See ports.Schedules. Raises ValueError for a time without a zone."""
        if at.tzinfo is None:
            raise ValueError("a time without a zone")
        _, _, _, region, account, *_ = self._queues.split(":")
        text = delivered_text(envelope, account=account, region=region)
        target = {
            "Arn": self._queues + queue,
            "RoleArn": self._role,
            "Input": text.replace("<", "\\u003c"),  # <aws.scheduler...> would be filled in
            "RetryPolicy": {"MaximumRetryAttempts": ATTEMPTS, "MaximumEventAgeInSeconds": WITHIN_S},
            "DeadLetterConfig": {"Arn": self._queues + DEAD_LETTERS},
        }
        soon = self._clock.now() + SOON
        try:
            self._create(name, at if at > self._clock.now() else soon, target)
        except ClientError as error:
            if code_of(error) != "ValidationException" or at > soon:
                raise
            self._create(name, soon, target)  # it came due while the request was on its way

    def _create(self, name: str, at: datetime, target: dict[str, Any]) -> None:
        try:
            with unavailable_when_later("schedules.unavailable"):
                self._client.create_schedule(
                    Name=physical_name(name),
                    GroupName=self._group,
                    ScheduleExpression=_expression(at),
                    ScheduleExpressionTimezone="UTC",
                    FlexibleTimeWindow={"Mode": "OFF"},
                    ActionAfterCompletion="NONE",
                    Target=target,
                )
        except ClientError as error:
            if code_of(error) != "ConflictException":  # one of that name stands or has fired
                raise

    def delete(self, name: str) -> None:
        """See ports.Schedules. One that has fired stays, so that its name stays taken."""
        key = {"Name": physical_name(name), "GroupName": self._group}
        try:
            with unavailable_when_later("schedules.unavailable"):
                if _time(self._client.get_schedule(**key)["ScheduleExpression"]) > self._clock.now():
                    self._client.delete_schedule(**key)
        except ClientError as error:
            if code_of(error) == "ConflictException":  # it is being changed at this moment
                raise Unavailable("schedules.unavailable") from error
            if code_of(error) != "ResourceNotFoundException":
                raise

    def forget(self, before: datetime) -> int:
        """Removes schedules that fired before `before`; how many. Their names could fire again: go years back."""
        if before >= self._clock.now():
            raise ValueError("only what has fired can be forgotten")
        forgotten = 0
        with unavailable_when_later("schedules.unavailable"):
            for name in self._names():
                key = {"Name": name, "GroupName": self._group}
                if _time(self._client.get_schedule(**key)["ScheduleExpression"]) < before:
                    self._client.delete_schedule(**key)
                    forgotten += 1
        return forgotten

    def _names(self) -> Iterator[str]:
        for page in self._client.get_paginator("list_schedules").paginate(GroupName=self._group):
            yield from (each["Name"] for each in page["Schedules"])


def physical_name(name: str) -> str:
    """A schedule's name as the service takes it (64 letters, few signs): readable in front, exact at the end."""
    readable = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name)[:36]
    return f"{readable}.{derived_id('schedule', name)}"


def _expression(at: datetime) -> str:
    whole = at.astimezone(UTC)
    if whole.microsecond:
        whole = whole.replace(microsecond=0) + timedelta(seconds=1)  # never before its time
    return f"at({whole:%Y-%m-%dT%H:%M:%S})"


def _time(expression: str) -> datetime:
    return datetime.strptime(expression, "at(%Y-%m-%dT%H:%M:%S)").replace(tzinfo=UTC)

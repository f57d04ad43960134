"""What goes wrong in the rehearsal on purpose. Called by the tests of dead letters.

A deployment that forgets a variable is the mishap: it is made on the deployed function, never in the template.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from infra.rehearsal.stage import Stage


@contextmanager
def without_variable(stage: Stage, function: str, variable: str) -> Iterator[None]:
    """The function (by its short name) as if its description had lost a variable."""
    functions, name = stage.running.client("lambda"), f"{stage.prefix}-{function}"
    given = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    left = {key: value for key, value in given.items() if key != variable}
    assert left != given
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": left})
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": given})


@contextmanager
def impatient(stage: Stage, queue: str) -> Iterator[None]:
    """A queue whose messages come again after two seconds, not after the minutes that the template gives them: five failures
    would take as long as a ceremony. The template's own value is restored; tests/architecture compares it with the time-out."""
    sqs, url = stage.running.client("sqs"), stage.queue_url(queue)
    kept = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    assert int(kept["VisibilityTimeout"]) >= 60
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "2"})
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=kept)


def alarms_in_breach(stage: Stage) -> set[str]:
    """The names of queues whose alarm would ring: those of the deployed alarms, judged by what SQS reports as the metric."""
    sqs, found = stage.running.client("sqs"), set()
    for page in stage.running.client("cloudwatch").get_paginator("describe_alarms").paginate():
        for alarm in page["MetricAlarms"]:
            if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible" and _breaches(sqs, alarm):
                found.add(alarm["Dimensions"][0]["Value"])
    return found


def _breaches(sqs: Any, alarm: dict[str, Any]) -> bool:
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    (dimension,) = alarm["Dimensions"]
    url = sqs.get_queue_url(QueueName=dimension["Value"])["QueueUrl"]
    asked = ["ApproximateNumberOfMessages"]
    held = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=asked)["Attributes"][asked[0]]
    return int(held) > alarm["Threshold"]

"""Rules of queues: each with its dead letters and their alarm, closed, encrypted, and watched while messages wait; and of
the outbox's stream, which is emptied as a queue is. Called by test_template_rules.py."""

import json
from collections.abc import Iterator

from tests.architecture.template_reading import Properties, Template, consumers, of, target, watched

Faults = Iterator[str]

DAY = 24 * 3600
TWO_WEEKS = 14 * DAY
TO_MEND = 10 * DAY
"""Least time among the dead letters. SQS counts a message's age from its first sending, in the second queue too."""


def queues_are_trios(template: Template) -> Faults:
    queues = of(template, "AWS::SQS::Queue")
    for name, function in consumers(template).items():
        queue = queues[name]
        redrive = queue.get("RedrivePolicy", {})
        dead = target(redrive.get("deadLetterTargetArn"))
        if dead not in queues:
            yield f"{name} has no dead letters"
            continue
        if redrive["maxReceiveCount"] < 5:
            yield f"{name} gives up after {redrive['maxReceiveCount']} attempts"
        if queue.get("VisibilityTimeout", 30) < 6 * function["Timeout"]:
            yield (
                f"{name} shows a message again while {function['FunctionName']} may still work on it: "
                f"its VisibilityTimeout is at least {6 * function['Timeout']}, 6 x the function's timeout"
            )
        kept = queues[dead].get("MessageRetentionPeriod", 0)
        if kept != TWO_WEEKS:
            yield f"{dead} forgets before 14 days"
        if kept - queue.get("MessageRetentionPeriod", 4 * DAY) < TO_MEND:
            yield f"what waited long in {name} is gone from {dead} within days"
        arn = {"Fn::Sub": f"arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{queue['QueueName']}"}
        if queues[dead].get("RedriveAllowPolicy") != {"redrivePermission": "byQueue", "sourceQueueArns": [arn]}:
            yield f"{dead} may be used by other queues than {name}"


def dead_letters_ring(template: Template) -> Faults:
    """A queue from which no function takes holds what failed, be it of a queue, of the bus or of the outbox's stream."""
    alarms = of(template, "AWS::CloudWatch::Alarm")
    found = {queue: alarms[name] for name, queue in watched(template, "ApproximateNumberOfMessagesVisible")}
    at_the_first = {
        "Statistic": "Maximum",
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    for queue in of(template, "AWS::SQS::Queue").keys() - consumers(template).keys():
        if queue not in found:
            yield f"{queue} rings no alarm"
        elif wrong := {name for name, value in at_the_first.items() if found[queue].get(name) != value}:
            yield f"the alarm of {queue} does not ring at the first message: see its {', '.join(sorted(wrong))}"


def the_stream_loses_nothing(template: Template) -> Faults:
    """A stream keeps what it holds for a day: a fact that never passes has to be out of the way, and kept, before that."""
    queues = of(template, "AWS::SQS::Queue")
    for name, one in of(template, "AWS::Lambda::EventSourceMapping").items():
        if target(one["EventSourceArn"]) in queues:
            continue
        aside = target(one.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"))
        if aside not in queues:
            yield f"{name} drops what fails: it has no destination onFailure"
        elif queues[aside].get("MessageRetentionPeriod") != TWO_WEEKS:
            yield f"{aside} forgets before 14 days"
        if not 5 <= one.get("MaximumRetryAttempts", -1) <= 50:
            yield f"{name}: one fact that never passes holds up all until the stream forgets them (maximumRetryAttempts)"
        if one.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{name} cannot be told from which fact on to deliver again (functionResponseType)"
        if _patterns(one) != [{"eventName": ["INSERT"]}]:
            yield f"{name} does not give the relay exactly what was put: {_patterns(one)}"


def _patterns(mapping: Properties) -> list[object]:
    return [json.loads(one["Pattern"]) for one in mapping.get("FilterCriteria", {}).get("Filters", ())]


def queues_limit_their_functions(template: Template) -> Faults:
    """Without a limit a list of thousands takes all the functions that an account runs at once, the door's too."""
    for name, one in of(template, "AWS::Lambda::EventSourceMapping").items():
        queue = target(one["EventSourceArn"])
        most = one.get("ScalingConfig", {}).get("MaximumConcurrency")
        if queue in consumers(template) and not 2 <= (most or 0) <= 10:
            yield f"{queue} may run its function {most or 'any number of'} times at once: maximumConcurrency of {name}"


def queues_are_closed(template: Template) -> Faults:
    for name, queue in of(template, "AWS::SQS::Queue").items():
        if queue.get("SqsManagedSseEnabled") is not True:
            yield f"{name} is not encrypted"
        if name not in consumers(template) and "RedriveAllowPolicy" not in queue:
            yield f"{name} may be used by any queue"


def queues_are_reached_by_tls_alone(template: Template) -> Faults:
    policies = of(template, "AWS::SQS::QueuePolicy")
    for queue in of(template, "AWS::SQS::Queue"):
        mine = [one for one in policies.values() if {"Ref": queue} in one["Queues"]]
        if len(mine) != 1:
            yield f"{queue} has {len(mine)} policies; AWS keeps one"
        elif not any(
            one["Effect"] == "Deny" and one.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
            for one in mine[0]["PolicyDocument"]["Statement"]
        ):
            yield f"{queue} may be reached without TLS"


def waiting_is_watched(template: Template) -> Faults:
    seen = [queue for _, queue in watched(template, "ApproximateAgeOfOldestMessage")]
    for queue in consumers(template):
        if seen.count(queue) != 1:
            yield f"the age of {queue}'s oldest message is watched {seen.count(queue)} times"
    for name, alarm in of(template, "AWS::CloudWatch::Alarm").items():
        if sum("MetricStat" in one for one in alarm.get("Metrics", ())) > 10:
            yield f"{name} has more metrics than an alarm takes"


RULES = (
    queues_are_trios, dead_letters_ring, the_stream_loses_nothing, queues_limit_their_functions,
    queues_are_closed, queues_are_reached_by_tls_alone, waiting_is_watched,
)  # fmt: skip

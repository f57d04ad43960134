"""Rules of queues: each a trio with its dead letters and their alarm, closed, encrypted, and watched while messages wait."""

from collections.abc import Iterator

from tests.architecture.template_reading import Template, consumers, of, target, watched

Faults = Iterator[str]

DAY = 24 * 3600
TWO_WEEKS = 14 * DAY
TO_MEND = 10 * DAY
"""Least time among the dead letters. SQS counts a message's age from its first sending, in the second queue too."""


def queues_are_trios(template: Template) -> Faults:
    queues = of(template, "AWS::SQS::Queue")
    rings = {queue for _, queue in watched(template, "ApproximateNumberOfMessagesVisible")}
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
            yield f"{name} shows a message again while its function may still work on it"
        kept = queues[dead].get("MessageRetentionPeriod", 0)
        if kept != TWO_WEEKS:
            yield f"{dead} forgets before 14 days"
        if kept - queue.get("MessageRetentionPeriod", 4 * DAY) < TO_MEND:
            yield f"what waited long in {name} is gone from {dead} within days"
        arn = {"Fn::Sub": f"arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{queue['QueueName']}"}
        if queues[dead].get("RedriveAllowPolicy") != {"redrivePermission": "byQueue", "sourceQueueArns": [arn]}:
            yield f"{dead} may be used by other queues than {name}"
        if dead not in rings:
            yield f"{dead} rings no alarm"


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


RULES = (queues_are_trios, queues_are_closed, queues_are_reached_by_tls_alone, waiting_is_watched)

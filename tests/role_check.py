"""Roles compared with what functions did: nothing missing, nothing beyond; each finding says what to change where.

`findings` looks at a template and at the calls of journeys. A permission is one action on one resource pattern. What Lambda
itself does for a function (its log, its trace, taking from its trigger, putting aside what failed) no journey can show:
these permissions are derived from the template's own triggers, and have to be there exactly. So is the right to list a
bucket: whoever reads in it must have it, else S3 answers 403 where an object is not there, and a journey would have to
lose every object once to show it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.aws_calls import Call
from tests.aws_permissions import Facts, Need, needs
from tests.aws_template import LambdaFunction, Template
from tests.iam_policy import Grant, Role, roles

EVERYTHING = {
    "xray:PutTraceSegments": "traces have no resource to name",
    "xray:PutTelemetryRecords": "traces have no resource to name",
    "sns:Publish": "a text message goes to a number, which is no resource",
}
"""The only actions that may stand with the resource `*`, and why."""
ON_CONDITION = {("ses", "identity/*"): ("StringLike", "ses:FromAddress")}
"""Resources of no one name that may stand where the statement names the sender's domain: whom a letter may reach in SES's
sandbox is not known to the template, and from whom it must come is."""
_ELSEWHERE = {"SchedulesRole": "infra/schedules.yml"}
_NAMED = ("dynamodb", "events", "iam", "ses", "sqs")
"""Services whose resources all have names that the template knows: tables, indexes, queues..."""
_OF_STREAMS = ("dynamodb:ListStreams",)
"""A stream's name ends with the moment when it was made."""
_FROM_QUEUE = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
_FROM_STREAM = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")


def findings(template: Template, calls: Iterable[Call], facts: Facts) -> list[str]:
    """What is wrong with the roles, one sentence each; none when they are exact."""
    held = roles(template)
    used: dict[str, set[Grant]] = {name: set() for name in held}
    missing: dict[tuple[str, str, str], None] = {}
    for caller, need in _distinct(calls, facts):
        role = held[role_of(template, caller)]
        allowing = [grant for grant in role.grants if grant.allows(need)]
        used[role.name] |= set(allowing)
        if not allowing:
            missing[caller, need.action, _readable(need.resource)] = None
    said = [
        f"{caller} needs {action} on {resource}: add it to {role_of(template, caller)} in {_file(template, caller)}"
        for caller, action, resource in missing
    ]
    for name, role in held.items():
        own = {*_by_lambda(template, name), *_by_reading(role)}
        said += [
            f"{name} lacks {grant}, which its trigger or what it reads demands: add it in {_file(template, name)}"
            for grant in sorted(own - set(role.grants), key=str)
        ]
        said += [
            f"{name} may {grant}, which no journey uses: take it out of {_file(template, name)}, or add the journey"
            for grant in sorted(set(role.grants) - used[name] - own, key=str)
        ]
        said += _too_wide(template, role)
    return said


def _distinct(calls: Iterable[Call], facts: Facts) -> Iterable[tuple[str, Need]]:
    """(who, what) of all calls, each once. A schedule's role needs what its target says, whoever makes the schedule."""
    found: dict[Any, tuple[str, Need]] = {}
    for call in calls:
        pairs = [(call.by, need) for need in needs(call, facts)]
        if call.operation == "CreateSchedule":
            target = call.parameters["Target"]
            queues = (target["Arn"], target["DeadLetterConfig"]["Arn"])
            role = target["RoleArn"].rpartition("/")[2]
            pairs += [(role, Need(action="sqs:SendMessage", resource=queue)) for queue in queues]
        for caller, need in pairs:
            found[caller, need.action, need.resource, need.context.get("dynamodb:LeadingKeys")] = (caller, need)
    return found.values()


def role_of(template: Template, caller: str) -> str:
    """The logical id of a function's role; a role itself may call too (SchedulesRole)."""
    function = template.functions.get(caller)
    return function.role if function else caller


def _by_lambda(template: Template, role: str) -> Iterator[Grant]:
    """What a role is used for without a call of its function's code."""
    function = next((one for one in template.functions.values() if one.role == role), None)
    if function is None:
        return
    log = template.resolved({"Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"})
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        yield Grant(action, f"{log}{function.log}:*")
    for action in ("xray:PutTraceSegments", "xray:PutTelemetryRecords"):
        yield Grant(action, "*")
    for mapping in _mappings(template, function):
        source = str(template.resolved(mapping["EventSourceArn"]))
        is_queue = source.startswith("arn:aws:sqs:")
        for action in _FROM_QUEUE if is_queue else _FROM_STREAM:
            yield Grant(action, source)
        if not is_queue:
            yield Grant("dynamodb:ListStreams", f"{source.partition('/stream/')[0]}/stream/*")
        aside = mapping.get("DestinationConfig", {}).get("OnFailure")
        if aside:
            yield Grant("sqs:SendMessage", str(template.resolved(aside["Destination"])))


def _by_reading(role: Role) -> Iterator[Grant]:
    """Who may read an object may know that it is not there."""
    for grant in role.grants:
        if grant.action == "s3:GetObject":
            yield Grant("s3:ListBucket", grant.resource.partition("/")[0])


def _mappings(template: Template, function: LambdaFunction) -> Iterator[Mapping[str, Any]]:
    for one in template.resources.values():
        if one["Type"] == "AWS::Lambda::EventSourceMapping":
            target = one["Properties"]["FunctionName"]["Fn::GetAtt"][0]
            if target == function.logical_id:
                yield one["Properties"]


def _too_wide(template: Template, role: Role) -> Iterator[str]:
    where = _file(template, role.name)
    for grant in role.grants:
        if "*" in grant.action:
            yield f"{role.name} may {grant}: name each action that is used, in {where}"
        if grant.resource == "*" and grant.action not in EVERYTHING:
            yield f"{role.name} may {grant.action} on *: name the resource in {where}"
        elif "*" in grant.resource and grant.action.partition(":")[0] in _NAMED and not _is_narrowed(grant):
            yield f"{role.name} may {grant}: name it whole, in {where}"


def _is_narrowed(grant: Grant) -> bool:
    kind = (grant.action.partition(":")[0], grant.resource.rpartition(":")[2])
    of_a_domain = [
        values
        for operator, key, values in grant.conditions
        if (operator, key) == ON_CONDITION.get(kind) and all(re.fullmatch(r"\*@[a-z0-9.-]+", each) for each in values)
    ]
    return grant.action in _OF_STREAMS or bool(of_a_domain)


def _readable(resource: str) -> str:
    """Without what differs from document to document."""
    service, _, rest = resource.partition(":::")
    if service == "arn:aws:s3" and rest.count("/") > 1:
        return f"{service}:::{'/'.join(rest.split('/')[:3])}..."
    return resource


def _file(template: Template, name: str) -> str:
    """Where a function's role, or another role, is written."""
    function = template.functions.get(name) or next(
        (one for one in template.functions.values() if one.role == name), None
    )
    return f"infra/functions/{function.context}.yml" if function else _ELSEWHERE.get(name, "infra/*.yml")


ELSEWHERE = {
    "AWS_REGION": "Lambda sets it",
    "GIAOUOC_DATA": "the embedded engine's folder",
    "LOG_LEVEL": "an operator may set it for a while to see more",
    "PATH": "the system's",
    "SMTP_URL": "the embedded engine's mail server; on AWS letters go by SES",
}
"""Variables that code asks for and no function is given, and why."""


def variables(template: Template, asked: Mapping[str, set[str]]) -> list[str]:
    """What functions ask their environment for (`asked`, by function) compared with what they are given."""
    said = []
    somebody = set[str]().union(*asked.values())
    for name, function in template.functions.items():
        given, wanted = set(function.environment), asked.get(name, set()) - set(ELSEWHERE)
        where = f"serverless.yml (for all) or {_file(template, name)}"
        said += [f"{name} reads {each}, which is not set: add it in {where}" for each in sorted(wanted - given)]
        said += [
            f"{name} is given {each}, which nothing reads: take it out of {where}" for each in sorted(given - somebody)
        ]
    return said

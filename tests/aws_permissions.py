"""Which permissions a call needs, as the service authorization reference of AWS lists them.

A transaction needs the action of each item on its table; an index is a resource of its own; S3 answers 404 only to who
may list the bucket, and 403 to others; a key is named by its ARN even when asked for by an alias. A raw letter by SES
version 2 is judged as ses:SendRawEmail (what the service's refusals name), beside the operation's own ses:SendEmail; in
the sandbox on each recipient's identity too (refusals that others published name it), so that a trial stage can send.
An operation that is not described here is an error: say first what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.aws_calls import Call
from tests.aws_template import ACCOUNT, REGION

_TRANSACTION = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
_READS_OBJECT = ("GetObject", "HeadObject")
_OF_QUEUES = ("SendMessage", "GetQueueAttributes", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility")


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One action on one resource; `context` are the condition keys that a policy may look at."""

    action: str
    resource: str
    context: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}"


class UnknownCall(AssertionError):
    """An operation whose permissions are not described here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the account knows: a key's ARN by whatever names it, the aliases of a key, the domain that sends for an
    address."""

    key_arn: Callable[[str], str]
    aliases_of: Callable[[str], frozenset[str]]
    identity_of: Callable[[str], str]


def needs(call: Call, facts: Facts) -> tuple[Need, ...]:
    """All that the caller must be allowed. Raises UnknownCall."""
    described = _SERVICES.get(call.service)
    found = tuple(described(call, facts)) if described else ()
    if not found:
        raise UnknownCall(f"{call.by} calls {call.service} {call.operation}: say in {__name__} what that needs")
    return found


def _arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def _dynamodb(call: Call, _facts: Facts) -> Iterator[Need]:
    parameters = call.parameters
    if call.operation == "TransactWriteItems":
        for item in parameters["TransactItems"]:
            for kind, action in item.items():
                context = _leading(action.get("Key") or action["Item"])
                yield Need(
                    action=f"dynamodb:{_TRANSACTION[kind]}", resource=_table(action["TableName"]), context=context
                )
    elif call.operation == "Query":
        table, index = _table(parameters["TableName"]), parameters.get("IndexName")
        partition = {"pk": parameters["ExpressionAttributeValues"][":pk"]}
        context = {} if index else _leading(partition)
        yield Need(action="dynamodb:Query", resource=f"{table}/index/{index}" if index else table, context=context)
    elif call.operation == "DescribeContinuousBackups":
        yield Need(action=f"dynamodb:{call.operation}", resource=_table(parameters["TableName"]))
    elif call.operation in ("GetItem", "PutItem", "UpdateItem", "DeleteItem"):
        context = _leading(parameters.get("Key") or parameters["Item"])
        yield Need(action=f"dynamodb:{call.operation}", resource=_table(parameters["TableName"]), context=context)


def _leading(key: Mapping[str, Mapping[str, str]]) -> Mapping[str, frozenset[str]]:
    """What a condition on the partition may look at, without the part that differs from thing to thing: `proposal#`."""
    kind, sign, _ = key["pk"]["S"].partition("#")
    return {"dynamodb:LeadingKeys": frozenset({kind + sign})}


def _table(name: str) -> str:
    return name if name.startswith("arn:") else _arn("dynamodb", f"table/{name}")


def _s3(call: Call, _facts: Facts) -> Iterator[Need]:
    bucket = f"arn:aws:s3:::{call.parameters['Bucket']}"
    if call.operation in _READS_OBJECT:
        yield Need(action="s3:GetObject", resource=f"{bucket}/{call.parameters['Key']}")
        if call.status == 404:
            yield Need(action="s3:ListBucket", resource=bucket)
    elif call.operation == "PutObject":
        yield Need(action="s3:PutObject", resource=f"{bucket}/{call.parameters['Key']}")


def _kms(call: Call, facts: Facts) -> Iterator[Need]:
    if call.operation in ("Sign", "GetPublicKey", "Decrypt", "DescribeKey"):
        key = facts.key_arn(call.parameters["KeyId"])
        context = {"kms:ResourceAliases": facts.aliases_of(key)}
        for name, value in call.parameters.get("EncryptionContext", {}).items():
            context[f"kms:EncryptionContext:{name}"] = frozenset({value})
        yield Need(action=f"kms:{call.operation}", resource=key, context=context)


def _sesv2(call: Call, facts: Facts) -> Iterator[Need]:
    if call.operation == "SendEmail" and "Raw" in call.parameters["Content"]:
        name, _, _ = call.parameters["FromEmailAddress"].rpartition("@")
        identity = facts.identity_of(call.parameters["FromEmailAddress"])
        resources = [_arn("ses", f"identity/{identity}")]
        if "ConfigurationSetName" in call.parameters:
            resources.append(_arn("ses", f"configuration-set/{call.parameters['ConfigurationSetName']}"))
        resources += [_arn("ses", f"identity/{each}") for each in call.parameters["Destination"]["ToAddresses"]]
        context = {"ses:FromAddress": frozenset({f"{name}@{identity}"})}
        for resource in resources:
            yield Need(action="ses:SendEmail", resource=resource, context=context)
            yield Need(action="ses:SendRawEmail", resource=resource, context=context)


def _scheduler(call: Call, _facts: Facts) -> Iterator[Need]:
    if call.operation in ("CreateSchedule", "GetSchedule", "DeleteSchedule"):
        name = f"schedule/{call.parameters['GroupName']}/{call.parameters['Name']}"
        yield Need(action=f"scheduler:{call.operation}", resource=_arn("scheduler", name))
    if call.operation == "CreateSchedule":
        passed = {"iam:PassedToService": frozenset({"scheduler.amazonaws.com"})}
        yield Need(action="iam:PassRole", resource=call.parameters["Target"]["RoleArn"], context=passed)


def _events(call: Call, _facts: Facts) -> Iterator[Need]:
    if call.operation == "PutEvents":
        for name in sorted({entry["EventBusName"] for entry in call.parameters["Entries"]}):
            bus = name if name.startswith("arn:") else _arn("events", f"event-bus/{name}")
            yield Need(action="events:PutEvents", resource=bus)


def _sns(call: Call, _facts: Facts) -> Iterator[Need]:
    if call.operation == "Publish" and "PhoneNumber" in call.parameters:
        yield Need(action="sns:Publish", resource="*")  # a phone number is no resource


def _sqs(call: Call, _facts: Facts) -> Iterator[Need]:
    if call.operation == "GetQueueUrl":
        yield Need(action="sqs:GetQueueUrl", resource=_arn("sqs", call.parameters["QueueName"]))
    elif call.operation in _OF_QUEUES:
        queue = call.parameters["QueueUrl"].rpartition("/")[2]
        yield Need(action=f"sqs:{call.operation}", resource=_arn("sqs", queue))


_SERVICES: Mapping[str, Callable[[Call, Facts], Iterator[Any]]] = {
    "dynamodb": _dynamodb,
    "events": _events,
    "kms": _kms,
    "s3": _s3,
    "scheduler": _scheduler,
    "sesv2": _sesv2,
    "sns": _sns,
    "sqs": _sqs,
}

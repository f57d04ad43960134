"""CloudFormation resources that mean something on the embedded engine: queues, rules, schedules, tables.

A short list of types means nothing here (policies, roles, alarms, log groups, buckets...) and is passed over; any
other type is an error, and so is any property of the known types that would change what happens.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from infra.embedded.template.error import TemplateError, Where
from infra.embedded.template.expressions import Cron, Rate, parse
from infra.embedded.template.model import EMBEDDED_ACCOUNT, Queue, Schedule, Subscription, Table, TableIndex
from infra.embedded.template.source import Intrinsic, Node

_QUEUE, _RULE, _BUS = "AWS::SQS::Queue", "AWS::Events::Rule", "AWS::Events::EventBus"
_SCHEDULE, _GROUP, _TABLE = "AWS::Scheduler::Schedule", "AWS::Scheduler::ScheduleGroup", "AWS::DynamoDB::Table"
_READ_HERE = {_QUEUE, _RULE, _BUS, _SCHEDULE, _GROUP, _TABLE}
_MEAN_NOTHING_HERE = {
    "AWS::CloudFront::CachePolicy",
    "AWS::CloudFront::Distribution",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::ResponseHeadersPolicy",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Events::Archive",
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SES::ConfigurationSet",
    "AWS::SES::ConfigurationSetEventDestination",
    "AWS::SES::EmailIdentity",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
}
_NAMES = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::EventBus": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Scheduler::ScheduleGroup": "Name",
}
_SERVICES = {"DynamoDB": "dynamodb", "Events": "events", "IAM": "iam", "S3": "s3", "SNS": "sns", "SQS": "sqs"}


class Resources:
    """The resources of one service by logical id. Every method raises TemplateError."""

    def __init__(self, entries: dict[str, Node], region: str) -> None:
        self._types: dict[str, str] = {}
        self._properties: dict[str, Node] = {}
        self._where: dict[str, Where] = {}
        self._region = region
        for logical_id, entry in entries.items():
            fields = entry.fields(required="Type", optional="Properties DeletionPolicy UpdateReplacePolicy DependsOn")
            kind = fields["Type"].text()
            if kind not in _READ_HERE | _MEAN_NOTHING_HERE:
                raise TemplateError("template.unknown_resource", fields["Type"].where, type=kind)
            self._types[logical_id] = kind
            self._properties[logical_id] = fields.get("Properties", Node({}, entry.where))
            self._where[logical_id] = entry.where
        for kind in (_BUS, _GROUP):
            for _, properties in self._of(kind):
                properties.fields(required="Name", optional="Description Tags")

    def queues(self) -> Iterator[tuple[Queue, Where]]:
        """Every queue, not yet knowing its consumer."""
        for logical_id, properties in self._of(_QUEUE):
            fields = properties.fields(
                required="QueueName",
                optional="VisibilityTimeout DelaySeconds RedrivePolicy MessageRetentionPeriod SqsManagedSseEnabled "
                "RedriveAllowPolicy KmsMasterKeyId ReceiveMessageWaitTimeSeconds Tags",
            )
            name, attempts, dead_letter = fields["QueueName"].text(), None, None
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,80}", name):  # also refuses .fifo: nothing here relies on order
                raise fields["QueueName"].wrong("[A-Za-z0-9_-]{1,80}")
            if "RedrivePolicy" in fields:
                redrive = fields["RedrivePolicy"].fields(required="deadLetterTargetArn maxReceiveCount")
                attempts = redrive["maxReceiveCount"].integer(1, 1000)
                dead_letter = self.queue_of(redrive["deadLetterTargetArn"])
            yield (
                Queue(
                    logical_id=logical_id,
                    name=name,
                    arn=self._arn("sqs", name),
                    function=None,
                    batch_size=10,
                    window_s=0,
                    visibility_s=fields["VisibilityTimeout"].integer(0, 43200) if "VisibilityTimeout" in fields else 30,
                    delay_s=fields["DelaySeconds"].integer(0, 900) if "DelaySeconds" in fields else 0,
                    max_attempts=attempts,
                    dead_letter=dead_letter,
                    max_concurrency=None,
                ),
                self._where[logical_id],
            )

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Each rule's sources x types x targets."""
        found = []
        for _, properties in self._of(_RULE):
            fields = properties.fields(
                required="EventBusName EventPattern Targets", optional="Name Description State Tags"
            )
            self._is_a(_BUS, fields["EventBusName"], fields["EventBusName"].reference())
            if "State" in fields:
                fields["State"].exactly("ENABLED")
            pattern = fields["EventPattern"].fields(required="source detail-type")
            for target in fields["Targets"].items():
                parts = target.fields(required="Id Arn", optional="DeadLetterConfig RetryPolicy")
                queue = self.queue_of(parts["Arn"])
                found += [
                    Subscription(source=source.text(), detail_type=kind.text(), queue=queue)
                    for source in pattern["source"].items()
                    for kind in pattern["detail-type"].items()
                ]
        return tuple(found)

    def schedules(self) -> tuple[Schedule, ...]:
        """The schedules that send to queues at fixed times. (To a function: its own `schedule` event.)"""
        found = []
        for logical_id, properties in self._of(_SCHEDULE):
            fields = properties.fields(
                required="ScheduleExpression FlexibleTimeWindow Target",
                optional="Name GroupName Description State ScheduleExpressionTimezone",
            )
            fields["FlexibleTimeWindow"].fields(required="Mode")["Mode"].exactly("OFF")
            if "State" in fields:
                fields["State"].exactly("ENABLED")
            if "ScheduleExpressionTimezone" in fields:
                fields["ScheduleExpressionTimezone"].exactly("UTC")
            target = fields["Target"].fields(required="Arn RoleArn Input", optional="DeadLetterConfig RetryPolicy")
            found.append(
                Schedule(
                    name=fields["Name"].text() if "Name" in fields else logical_id,
                    expression=expression(fields["ScheduleExpression"]),
                    function=None,
                    queue=self.queue_of(target["Arn"]),
                    input=_json(target["Input"]),
                )
            )
        return tuple(found)

    def tables(self) -> tuple[Table, ...]:
        found = []
        for logical_id, properties in self._of(_TABLE):
            fields = properties.fields(
                required="TableName KeySchema AttributeDefinitions",
                optional="BillingMode DeletionProtectionEnabled PointInTimeRecoverySpecification SSESpecification "
                "TimeToLiveSpecification GlobalSecondaryIndexes StreamSpecification Tags",
            )
            partition_key, sort_key = _keys(fields["KeySchema"])
            indexes = fields.get("GlobalSecondaryIndexes", Node((), properties.where)).items()
            found.append(
                Table(
                    logical_id=logical_id,
                    name=fields["TableName"].text(),
                    partition_key=partition_key,
                    sort_key=sort_key,
                    indexes=tuple(_index(index) for index in indexes),
                    streamed="StreamSpecification" in fields,
                )
            )
        return tuple(found)

    def queue_of(self, arn: Node) -> str:
        """The queue X of `!GetAtt X.Arn`."""
        return self._is_a(_QUEUE, arn, arn.attribute_of("Arn"))

    def table_of(self, stream_arn: Node) -> str:
        """The table X of `!GetAtt X.StreamArn`."""
        return self._is_a(_TABLE, stream_arn, stream_arn.attribute_of("StreamArn"))

    def local_value(self, node: Node) -> str:
        """What a value of an environment is here: texts as they are, references as names, ARNs with a stand-in account.

        `!Ref AWS::StackId` is a text that no stack has: nothing comes through a distribution here."""
        content = node.content
        if not isinstance(content, Intrinsic):
            return str(content) if isinstance(content, (str, int)) and not isinstance(content, bool) else node.text()
        if content.kind == "Sub":
            raise node.wrong("!Ref, !GetAtt")
        if content == Intrinsic("Ref", "AWS::StackId"):
            return "embedded"
        if content.target not in self._types:
            raise TemplateError("template.no_such_resource", node.where, name=content.target)
        kind = self._types[content.target]
        given = self._properties[content.target].mapping().get(_NAMES.get(kind, ""))
        name = given.content if given is not None and isinstance(given.content, str) else content.target
        if content.kind == "Ref":
            return name
        if content.attribute == "Arn":
            return self._arn(_SERVICES.get(kind.split("::")[1], "none"), name)
        if content.attribute == "RegionalDomainName":
            return f"{name}.s3.{self._region}.amazonaws.com"
        raise node.wrong("!Ref X, !GetAtt X.Arn, !GetAtt X.RegionalDomainName")

    def _arn(self, service: str, name: str) -> str:
        return f"arn:aws:{service}:{self._region}:{EMBEDDED_ACCOUNT}:{name}"

    def _of(self, kind: str) -> Iterator[tuple[str, Node]]:
        return ((name, self._properties[name]) for name, one in self._types.items() if one == kind)

    def _is_a(self, kind: str, node: Node, logical_id: str) -> str:
        if self._types.get(logical_id) != kind:
            raise TemplateError("template.no_such_resource", node.where, name=f"{logical_id} ({kind})")
        return logical_id


def expression(node: Node) -> Rate | Cron:
    """The rate() or cron() in a node."""
    try:
        return parse(node.text())
    except ValueError as error:
        raise TemplateError("template.schedule", node.where, part=str(error), text=node.text()) from None


def _json(node: Node) -> Any:
    try:
        return json.loads(node.text())
    except json.JSONDecodeError:
        raise node.wrong("JSON") from None


def _keys(schema: Node) -> tuple[str, str]:
    """(partition key, sort key) of a KeySchema."""
    parts = [part.fields(required="AttributeName KeyType") for part in schema.items()]
    if [part["KeyType"].content for part in parts] != ["HASH", "RANGE"]:
        raise schema.wrong("HASH, RANGE")
    return parts[0]["AttributeName"].text(), parts[1]["AttributeName"].text()


def _index(node: Node) -> TableIndex:
    fields = node.fields(required="IndexName KeySchema Projection")
    fields["Projection"].fields(required="ProjectionType")["ProjectionType"].exactly("ALL")
    partition_key, sort_key = _keys(fields["KeySchema"])
    return TableIndex(name=fields["IndexName"].text(), partition_key=partition_key, sort_key=sort_key)

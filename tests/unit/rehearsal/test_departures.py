"""The rehearsal's template: what is departed from is said, and a departure without need stops the rehearsal."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from infra.rehearsal.departures import CODE_BUCKET, DepartureError, depart, poller_mappings

MAPPING = {
    "EventSourceArn": {"Fn::GetAtt": ["OutboxTable", "StreamArn"]},
    "FunctionName": {"Fn::GetAtt": ["Relay", "Arn"]},
    "StartingPosition": "TRIM_HORIZON",
    "MaximumRetryAttempts": 20,
    "BisectBatchOnFunctionError": True,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["Lost", "Arn"]}}},
    "FilterCriteria": {"Filters": [{"Pattern": '{"eventName":["INSERT"]}'}]},
}


def template() -> dict[str, Any]:
    """A small one that needs every departure."""
    resources: dict[str, tuple[str, dict[str, Any]]] = {
        "ServerlessDeploymentBucket": ("AWS::S3::Bucket", {}),
        "Relay": ("AWS::Lambda::Function", {"FunctionName": "relay", "Code": {"S3Key": "a/b/edge.zip"}, "Timeout": 30}),
        "OutboxTable": ("AWS::DynamoDB::Table", {"TableName": "outbox"}),
        "Lost": ("AWS::SQS::Queue", {"QueueName": "lost", "VisibilityTimeout": 360}),
        "FromStream": ("AWS::Lambda::EventSourceMapping", MAPPING),
        "FromQueue": ("AWS::Lambda::EventSourceMapping", {"EventSourceArn": {"Fn::GetAtt": ["Lost", "Arn"]}}),
        "Archive": ("AWS::Events::Archive", {}),
        "OneMetric": ("AWS::CloudWatch::Alarm", {"MetricName": "m"}),
        "Computed": ("AWS::CloudWatch::Alarm", {"Metrics": []}),
    }
    return {
        "Resources": {name: {"Type": kind, "Properties": dict(given)} for name, (kind, given) in resources.items()},
        "Outputs": {
            "ServerlessDeploymentBucketName": {},
            "Mail": {"Value": {"Fn::GetAtt": ["MailDomain", "DkimDNSTokenName1"]}},
            "HttpApiId": {"Value": {"Ref": "HttpApi"}},
        },
    }


def test_only_what_the_table_names_is_changed() -> None:
    before, after = template(), template()
    changed = depart(after)
    named = {name for names in changed.values() for name in names}
    for name, resource in before["Resources"].items():
        if name not in named:
            assert after["Resources"][name] == resource
    assert set(after["Resources"]) == {"Relay", "OutboxTable", "Lost", "FromQueue", "OneMetric"}
    assert after["Resources"]["Relay"]["Properties"]["Code"] == {"S3Bucket": CODE_BUCKET, "S3Key": "edge.zip"}
    assert set(after["Outputs"]) == {"HttpApiId"}


@pytest.mark.parametrize("name", ["Archive", "Computed", "FromStream"])
def test_a_departure_that_is_not_needed_any_more_stops_the_rehearsal(name: str) -> None:
    given = template()
    del given["Resources"][name]
    with pytest.raises(DepartureError, match="not needed any more"):
        depart(given)


def test_the_poller_gets_what_the_mapping_says() -> None:
    assert poller_mappings(template()) == [
        {
            "name": "FromStream",
            "function": "relay",
            "table": "outbox",
            "batch": 100,
            "start": "TRIM_HORIZON",
            "retries": 20,
            "bisect": True,
            "report": True,
            "patterns": [{"eventName": ["INSERT"]}],
            "on_failure": "lost",
        }
    ]


def test_a_setting_that_the_poller_does_not_know_is_not_passed_over() -> None:
    given = copy.deepcopy(template())
    given["Resources"]["FromStream"]["Properties"]["ParallelizationFactor"] = 2
    with pytest.raises(DepartureError, match="ParallelizationFactor"):
        poller_mappings(given)
    assert "ParallelizationFactor" not in json.dumps(template())

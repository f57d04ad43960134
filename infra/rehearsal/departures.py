"""In what the rehearsal departs from the packaged template, each with its reason. Called by deploy.py.

Nothing else is changed: a variable that a function is not given, a queue's time, a rule's pattern are rehearsed as they are
packaged. A departure that finds nothing to do any more stops the deployment: it must be taken off this list then.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

Template = dict[str, Any]
CODE_BUCKET: Final = "rehearsal-code"


class DepartureError(Exception):
    """The template is not what the departure was written for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """`apply` changes the template in place and returns the logical names of what it changed."""

    name: str
    reason: str
    apply: Callable[[Template], list[str]]


def _without_deployment_bucket(template: Template) -> list[str]:
    gone = [name for name in template["Resources"] if name.startswith("ServerlessDeploymentBucket")]
    for name in gone:
        del template["Resources"][name]
    template["Outputs"].pop("ServerlessDeploymentBucketName")
    return gone


def _code_from_own_bucket(template: Template) -> list[str]:
    changed = []
    for name, resource in _of_type(template, "AWS::Lambda::Function"):
        code = resource["Properties"]["Code"]
        resource["Properties"]["Code"] = {"S3Bucket": CODE_BUCKET, "S3Key": code["S3Key"].rsplit("/", 1)[-1]}
        changed.append(name)
    return changed


def _without_stream_mappings(template: Template) -> list[str]:
    gone = [name for name, _ in stream_mappings(template)]
    for name in gone:
        del template["Resources"][name]
    return gone


def _without_types(*kinds: str) -> Callable[[Template], list[str]]:
    def apply(template: Template) -> list[str]:
        gone = [name for kind in kinds for name, _ in _of_type(template, kind)]
        for name in gone:
            del template["Resources"][name]
        return gone

    return apply


def _without_metric_math(template: Template) -> list[str]:
    gone = [name for name, each in _of_type(template, "AWS::CloudWatch::Alarm") if "Metrics" in each["Properties"]]
    for name in gone:
        del template["Resources"][name]
    return gone


def _without_mail_records(template: Template) -> list[str]:
    gone = [name for name, each in template["Outputs"].items() if "DkimDNSToken" in json.dumps(each)]
    for name in gone:
        del template["Outputs"][name]
    return gone


def stream_mappings(template: Template) -> list[tuple[str, dict[str, Any]]]:
    """Event source mappings that read a table's stream."""
    return [
        (name, resource)
        for name, resource in _of_type(template, "AWS::Lambda::EventSourceMapping")
        if resource["Properties"]["EventSourceArn"].get("Fn::GetAtt", ["", ""])[1] == "StreamArn"
    ]


def poller_mappings(template: Template) -> list[dict[str, Any]]:
    """The same mappings as stream_poller.py reads them. Raises DepartureError for a setting that it does not know."""
    return [_poller_mapping(template, name, resource["Properties"]) for name, resource in stream_mappings(template)]


_KNOWN: Final = frozenset(
    {
        "BatchSize",
        "BisectBatchOnFunctionError",
        "DestinationConfig",
        "Enabled",
        "EventSourceArn",
        "FilterCriteria",
        "FunctionName",
        "FunctionResponseTypes",
        "MaximumRetryAttempts",
        "StartingPosition",
    }
)


def _poller_mapping(template: Template, name: str, given: dict[str, Any]) -> dict[str, Any]:
    if strange := set(given) - _KNOWN:
        raise DepartureError(f"{name}: the poller does not know {sorted(strange)}")
    resources = template["Resources"]
    queue = given.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    return {
        "name": name,
        "function": resources[given["FunctionName"]["Fn::GetAtt"][0]]["Properties"]["FunctionName"],
        "table": resources[given["EventSourceArn"]["Fn::GetAtt"][0]]["Properties"]["TableName"],
        "batch": given.get("BatchSize", 100),
        "start": given["StartingPosition"],
        "retries": given["MaximumRetryAttempts"],
        "bisect": given.get("BisectBatchOnFunctionError", False),
        "report": "ReportBatchItemFailures" in given.get("FunctionResponseTypes", []),
        "patterns": [json.loads(each["Pattern"]) for each in given.get("FilterCriteria", {}).get("Filters", [])],
        "on_failure": resources[queue["Fn::GetAtt"][0]]["Properties"]["QueueName"] if queue else None,
    }


def _of_type(template: Template, kind: str) -> list[tuple[str, dict[str, Any]]]:
    return [(name, resource) for name, resource in template["Resources"].items() if resource["Type"] == kind]


DEPARTURES: Final = (
    Departure(
        name="no deployment bucket",
        reason="osls makes it by a stack of its own before this one; the archives lie in a bucket of the rehearsal",
        apply=_without_deployment_bucket,
    ),
    Departure(
        name="code from the rehearsal's bucket",
        reason="follows from the former: the archives of the target `host`, by their file names",
        apply=_code_from_own_bucket,
    ),
    Departure(
        name="streams are read by stream_poller.py",
        reason="the emulator's own mapping takes a record that a function reports as failed for done, tries one that makes "
        "it raise for ever, and never tells the on-failure queue",
        apply=_without_stream_mappings,
    ),
    Departure(
        name="no archive of the bus",
        reason="the emulator's CloudFormation does not know the type; nothing that runs reads the archive",
        apply=_without_types("AWS::Events::Archive"),
    ),
    Departure(
        name="no alarms of computed metrics",
        reason="the emulator's CloudFormation refuses Metrics in an alarm; the alarms of one metric are made",
        apply=_without_metric_math,
    ),
    Departure(
        name="no name server's records of the mail domain",
        reason="outputs for a person to enter; the emulator's mail identity has no DKIM tokens",
        apply=_without_mail_records,
    ),
)


def depart(template: Template) -> dict[str, list[str]]:
    """Applies all; the names changed by each. Raises DepartureError for one that is not needed any more."""
    changed = {}
    for departure in DEPARTURES:
        changed[departure.name] = departure.apply(template)
        if not changed[departure.name]:
            raise DepartureError(f"not needed any more, take it off the list: {departure.name} ({departure.reason})")
    return changed

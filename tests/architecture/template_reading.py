"""Reading a packaged CloudFormation template: what the rules about it (template_rules.py and others) share."""

from collections.abc import Iterator
from typing import Any

Template = dict[str, Any]
Properties = dict[str, Any]


def of(template: Template, kind: str) -> dict[str, Properties]:
    """Logical id -> properties of all resources of a type."""
    return {name: one.get("Properties", {}) for name, one in template["Resources"].items() if one["Type"] == kind}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def target(value: Any) -> str:
    """The logical id that a !Ref or !GetAtt points to, "" for anything else."""
    if isinstance(value, dict) and set(value) == {"Ref"}:
        return str(value["Ref"])
    if isinstance(value, dict) and set(value) == {"Fn::GetAtt"}:
        return str(value["Fn::GetAtt"][0])
    return ""


def consumers(template: Template) -> dict[str, Properties]:
    """Working queues: logical id -> properties of the function that takes from it."""
    return {
        target(mapping["EventSourceArn"]): template["Resources"][target(mapping["FunctionName"])]["Properties"]
        for mapping in of(template, "AWS::Lambda::EventSourceMapping").values()
        if mapping["EventSourceArn"]["Fn::GetAtt"][1] == "Arn"
    }


def alarm_metrics(template: Template) -> Iterator[tuple[str, Properties]]:
    """(alarm, metric) of every alarm: the one that it is on, or all within its expression."""
    for name, alarm in of(template, "AWS::CloudWatch::Alarm").items():
        metrics = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", ()) if "MetricStat" in one]
        for one in metrics or [alarm]:
            yield name, one


def watched(template: Template, metric: str) -> Iterator[tuple[str, str]]:
    """(alarm, what it watches: a logical id) for every alarm on a metric, alone or within an expression."""
    for name, one in alarm_metrics(template):
        if one["MetricName"] == metric:
            for dimension in one.get("Dimensions", ()):
                yield name, target(dimension["Value"])


def counted_answers(template: Template) -> Iterator[tuple[str, str]]:
    """(alarm, what of a log it counts: log group and pattern) of every alarm on a figure that is made from a log."""
    made = {
        (one["MetricNamespace"], one["MetricName"]): f"{target(counted['LogGroupName'])} {counted['FilterPattern']}"
        for counted in of(template, "AWS::Logs::MetricFilter").values()
        for one in counted["MetricTransformations"]
        if one["MetricValue"] == "1" and not one.get("Dimensions")
    }
    for name, one in alarm_metrics(template):
        if not one.get("Dimensions") and (one["Namespace"], one["MetricName"]) in made:
            yield name, made[one["Namespace"], one["MetricName"]]


def function_id(name: str) -> str:
    """The logical id of a function of serverless.yml."""
    return name[0].upper() + name[1:] + "LambdaFunction"

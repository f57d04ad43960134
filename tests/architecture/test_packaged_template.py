"""The packaged CloudFormation template: it lints, is small enough, and says what the embedded engine runs. Everything else
that the template must keep to is in template_rules.py, queue_rules.py and distribution_rules.py, what its roles grant in
test_exact_roles.py."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.embedded.template import Service, load
from tests.architecture.packaging import ROOT
from tests.architecture.template_reading import Template

Resources = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def resources(whole_template: Template) -> Resources:
    found: Resources = whole_template["Resources"]
    return found


@pytest.fixture(scope="module")
def service() -> Service:
    return load(ROOT / "serverless.yml")


def of(resources: Resources, kind: str) -> dict[str, dict[str, Any]]:
    return {name: one["Properties"] for name, one in resources.items() if one["Type"] == kind}


def lambdas(resources: Resources) -> dict[str, dict[str, Any]]:
    """The functions by the name that serverless.yml gives them."""
    named = of(resources, "AWS::Lambda::Function").values()
    return {properties["FunctionName"].removeprefix("giaouoc-dev-"): properties for properties in named}


def logical(function: str) -> str:
    return function[0].upper() + function[1:] + "LambdaFunction"


def arn(logical_id: str, attribute: str = "Arn") -> dict[str, list[str]]:
    return {"Fn::GetAtt": [logical_id, attribute]}


def test_lints(template_file: Path) -> None:
    # W3005: the packaging tool writes DependsOn beside the references that imply them.
    # W8003: the one condition compares a parameter of the packaging, which is a constant when CloudFormation sees it.
    ran = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), "--ignore-checks", "W3005", "W8003", "--", str(template_file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_stays_far_from_the_limit_of_500_resources(resources: Resources) -> None:
    assert len(resources) < 450


def test_leaves_nothing_in_the_repository() -> None:
    assert not (ROOT / ".serverless").exists()


def test_functions_are_the_ones_that_the_embedded_engine_runs(resources: Resources, service: Service) -> None:
    assert {(name, one["Handler"], one["Timeout"], one["MemorySize"]) for name, one in lambdas(resources).items()} == {
        (one.name, one.handler, one.timeout_s, one.memory_mb) for one in service.functions
    }
    assert {one["Runtime"] for one in lambdas(resources).values()} == {"python3.13"}
    assert {tuple(one["Architectures"]) for one in lambdas(resources).values()} == {("arm64",)}


def test_a_function_is_named_like_its_module(service: Service) -> None:
    for function in service.functions:
        _, context, verb, _ = function.handler.split(".")
        assert function.name == context + "".join(word.capitalize() for word in verb.split("_"))


def test_routes_are_the_ones_that_the_embedded_engine_serves(resources: Resources, service: Service) -> None:
    found = set()
    for route in of(resources, "AWS::ApiGatewayV2::Route").values():
        integration = route["Target"]["Fn::Join"][1][1]["Ref"]
        uri = of(resources, "AWS::ApiGatewayV2::Integration")[integration]["IntegrationUri"]
        found.add((route["RouteKey"], uri["Fn::GetAtt"][0]))
    assert found == {(route.key, logical(route.function)) for route in service.routes}
    formats = {one["PayloadFormatVersion"] for one in of(resources, "AWS::ApiGatewayV2::Integration").values()}
    assert formats == {"2.0"}


def sqs_mappings(resources: Resources) -> Iterator[dict[str, Any]]:
    for mapping in of(resources, "AWS::Lambda::EventSourceMapping").values():
        if mapping["EventSourceArn"]["Fn::GetAtt"][1] == "Arn":
            yield mapping


def test_queues_have_the_consumers_that_the_embedded_engine_gives_them(resources: Resources, service: Service) -> None:
    found = {
        (
            mapping["EventSourceArn"]["Fn::GetAtt"][0],
            mapping["FunctionName"]["Fn::GetAtt"][0],
            mapping["BatchSize"],
            mapping["MaximumBatchingWindowInSeconds"],
            mapping.get("ScalingConfig", {}).get("MaximumConcurrency"),
            tuple(mapping["FunctionResponseTypes"]),
        )
        for mapping in sqs_mappings(resources)
    }
    assert found == {
        (one.logical_id, logical(one.function), one.batch_size, one.window_s, one.max_concurrency, ("ReportBatchItemFailures",))
        for one in service.queues
        if one.function
    }  # fmt: skip


def test_only_the_outbox_has_a_stream_consumer(resources: Resources) -> None:
    streams = [
        mapping
        for mapping in of(resources, "AWS::Lambda::EventSourceMapping").values()
        if mapping["EventSourceArn"]["Fn::GetAtt"][1] == "StreamArn"
    ]
    assert [one["EventSourceArn"]["Fn::GetAtt"][0] for one in streams] == ["OutboxTable"]
    relay = streams[0]
    assert (relay["BisectBatchOnFunctionError"], relay["StartingPosition"]) == (True, "TRIM_HORIZON")
    assert relay["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_rules_may_send_to_their_queues_and_have_dead_letters(resources: Resources) -> None:
    policies = of(resources, "AWS::SQS::QueuePolicy").values()
    for name, rule in of(resources, "AWS::Events::Rule").items():
        if "ScheduleExpression" in rule:
            continue  # runs a function at fixed times: no fact that could be lost
        for target in rule["Targets"]:
            queue = target["Arn"]["Fn::GetAtt"][0]
            assert target["DeadLetterConfig"]["Arn"] == arn("BusDeadQueue"), name
            granted = [
                statement
                for policy in policies
                if {"Ref": queue} in policy["Queues"]
                for statement in policy["PolicyDocument"]["Statement"]
            ]
            assert any(
                statement["Condition"] == {"ArnEquals": {"aws:SourceArn": arn(name)}}
                and statement["Principal"] == {"Service": "events.amazonaws.com"}
                and (statement["Action"], statement["Resource"]) == ("sqs:SendMessage", arn(queue))
                for statement in granted
            ), f"{queue} does not let {name} send to it"


def test_each_function_has_a_role_of_its_own_and_there_is_no_shared_one(resources: Resources) -> None:
    roles = [one["Role"]["Fn::GetAtt"][0] for one in lambdas(resources).values()]
    assert len(set(roles)) == len(roles)
    assert "IamRoleLambdaExecution" not in resources


def test_tables_are_alike(service: Service) -> None:
    for table in service.tables:
        assert (table.partition_key, table.sort_key) == ("pk", "sk")
        assert [index.name for index in table.indexes] == ([] if table.streamed else ["index1", "index2"])
    assert [table.logical_id for table in service.tables if table.streamed] == ["OutboxTable"]

"""The deployed functions have what the template gives them, no more: variables, and rights that are enforced."""

from __future__ import annotations

import json

import pytest

from infra.rehearsal.stage import Stage
from infra.sample.client import ApiError
from tests.cloud_wait import until


def test_functions_have_the_variables_of_the_template_and_no_others(stage: Stage) -> None:
    functions = [one for one in stage.deployed.template["Resources"].values() if one["Type"] == "AWS::Lambda::Function"]
    assert len(functions) > 30
    for function in functions:
        given = function["Properties"]["Environment"]["Variables"]
        assert set(stage.deployed.environment(function["Properties"]["FunctionName"])) == set(given)


def test_queues_wait_as_long_as_the_template_says(stage: Stage) -> None:
    queues = [one for one in stage.deployed.template["Resources"].values() if one["Type"] == "AWS::SQS::Queue"]
    for queue in queues:
        wanted = queue["Properties"].get("VisibilityTimeout", 30)
        url = stage.running.client("sqs").get_queue_url(QueueName=queue["Properties"]["QueueName"])["QueueUrl"]
        asked = ["VisibilityTimeout"]
        kept = stage.running.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=asked)["Attributes"]
        assert int(kept["VisibilityTimeout"]) == wanted


def test_what_its_role_does_not_allow_a_function_cannot_do(stage: Stage) -> None:
    """The rehearsal would show a missing permission: every call of the functions is judged by their roles."""
    iam, role = stage.running.client("iam"), stage.deployed.physical["CampaignsHttpRole"]
    office = stage.organiser()
    assert office.get("/api/v1/campaigns")["campaigns"] is not None
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    kept = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    left = [each for each in kept["Statement"] if f"table/{stage.prefix}-campaigns" not in str(each["Resource"])]
    assert len(left) < len(kept["Statement"])
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps({**kept, "Statement": left}))
    try:
        with pytest.raises(ApiError) as refused:
            office.get("/api/v1/campaigns")
        assert refused.value.status == 500
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(kept))
    until(lambda: office.get("/api/v1/campaigns"), bool)
    log = (stage.running.folder / "emulator.log").read_text("utf-8", "replace")
    assert "denied: dynamodb:Query" in log

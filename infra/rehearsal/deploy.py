"""Deploys the packaged template with its archives on the emulator. Called by the rehearsal.

`make package` has made both (infra/build); this departs from the template only as departures.py says.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.rehearsal.departures import CODE_BUCKET, Template, depart, poller_mappings
from infra.rehearsal.emulator import Running

STACK: Final = "giaouoc-rehearsal"
CREATE_S: Final = 120.0
MAX_BODY: Final = 51_200
TEMPLATE_BUCKET: Final = "rehearsal-templates"


class DeploymentError(Exception):
    """The stack did not come to be; the message holds the failed resources."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A stack that stands. `mappings` are for the stream poller, `physical` names by logical name, `consumed` the names of
    queues that a function reads."""

    running: Running
    template: Template
    mappings: list[dict[str, Any]]
    physical: Mapping[str, str]
    consumed: frozenset[str]

    def common_environment(self) -> dict[str, str]:
        """What every function is given, the same for all."""
        listed = self.running.client("lambda").get_paginator("list_functions").paginate()
        given = [each["Environment"]["Variables"] for page in listed for each in page["Functions"]]
        return {name: value for name, value in given[0].items() if all(each.get(name) == value for each in given)}

    def environment(self, function: str) -> dict[str, str]:
        """What a function is given, by its physical name."""
        answer = self.running.client("lambda").get_function_configuration(FunctionName=function)
        return dict(answer["Environment"]["Variables"])


def deploy(running: Running, template_file: Path, archives: Path) -> Deployed:
    """Creates the stack. `archives` is the folder of the zips. Raises DeploymentError, DepartureError."""
    template: Template = json.loads(template_file.read_text("utf-8"))
    mappings = poller_mappings(template)
    depart(template)
    _upload_code(running, template, archives)
    cloudformation = running.client("cloudformation")
    cloudformation.create_stack(
        StackName=STACK, Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"], **_body(running, template)
    )
    _wait(running)
    listed = cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
    resources = [each for page in listed for each in page["StackResourceSummaries"]]
    physical = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}
    if missing := set(template["Resources"]) - set(physical):
        raise DeploymentError(f"not made: {sorted(missing)}")
    listed = running.client("lambda").get_paginator("list_event_source_mappings").paginate()
    sources = [each["EventSourceArn"] for page in listed for each in page["EventSourceMappings"]]
    consumed = frozenset(arn.rsplit(":", 1)[-1] for arn in sources if ":sqs:" in arn)
    return Deployed(running=running, template=template, mappings=mappings, physical=physical, consumed=consumed)


def _upload_code(running: Running, template: Template, archives: Path) -> None:
    s3 = running.client("s3")
    s3.create_bucket(Bucket=CODE_BUCKET, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    functions = [each for each in template["Resources"].values() if each["Type"] == "AWS::Lambda::Function"]
    for name in sorted({each["Properties"]["Code"]["S3Key"] for each in functions}):
        path = archives / name
        if not path.exists():
            raise DeploymentError(f"{path} is missing: make package")
        s3.put_object(Bucket=CODE_BUCKET, Key=name, Body=path.read_bytes())


def _body(running: Running, template: Template) -> dict[str, str]:
    """As CloudFormation takes it: the text itself up to a limit, else an address in S3."""
    text = json.dumps(template, separators=(",", ":"), ensure_ascii=False)
    if len(text.encode()) <= MAX_BODY:
        return {"TemplateBody": text}
    s3 = running.client("s3")
    s3.create_bucket(Bucket=TEMPLATE_BUCKET, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    s3.put_object(Bucket=TEMPLATE_BUCKET, Key="template.json", Body=text.encode())
    return {"TemplateURL": f"{running.endpoint}/{TEMPLATE_BUCKET}/template.json"}


def _wait(running: Running) -> None:
    deadline = time.monotonic() + CREATE_S
    while True:
        (stack,) = running.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        status = stack["StackStatus"]
        if status == "CREATE_COMPLETE":
            return
        if not status.endswith("_IN_PROGRESS") or time.monotonic() > deadline:
            raise DeploymentError(f"{status}: {_complaints(running)}")
        time.sleep(0.1)


def _complaints(running: Running) -> str:
    """Why resources were not made: the emulator says it in its log, not in the stack's events."""
    lines = (running.folder / "emulator.log").read_text("utf-8", "replace").splitlines()
    return "\n".join(line for line in lines if " ERROR " in line) or f"read {running.folder}/emulator.log"

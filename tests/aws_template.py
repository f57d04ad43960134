"""What CloudFormation would make of the description: physical names and ARNs instead of references.

`described()` reads serverless.yml as the embedded engine's loader resolves it, which a test holds equal to what the
packaging tool understands; `packaged_template()` reads what that tool wrote. Both give the same `Template`: functions with the
environment and the role that AWS gives them, and resources whose references `resolved` replaces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.embedded.template.assemble import resolve

ACCOUNT = "123456789012"
"""moto's."""
REGION = "ap-southeast-1"
_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/giaouoc-dev/1",
    "AWS::StackName": "giaouoc-dev",
}
_PHYSICAL = ("TableName", "BucketName", "QueueName", "TopicName", "RoleName", "FunctionName", "Name", "EmailIdentity")
_ARNS = {
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:{place}:table/{name}",
    "AWS::Events::EventBus": "arn:aws:events:{place}:event-bus/{name}",
    "AWS::Events::Rule": "arn:aws:events:{place}:rule/{name}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{name}",
    "AWS::KMS::Key": "arn:aws:kms:{place}:key/{name}",
    "AWS::Lambda::Function": "arn:aws:lambda:{place}:function:{name}",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SNS::Topic": "arn:aws:sns:{place}:{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:{place}:{name}",
    "AWS::Scheduler::ScheduleGroup": "arn:aws:scheduler:{place}:schedule-group/{name}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaFunction:
    """A function as it will stand on AWS; `role` is the logical id of its role, `log` its log group."""

    name: str
    context: str
    environment: Mapping[str, Any]
    role: str
    timeout_s: int
    log: str

    @property
    def logical_id(self) -> str:
        """As the packaging tool makes it."""
        return self.name[0].upper() + self.name[1:] + "LambdaFunction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Functions by name and resources by logical id, references in them as CloudFormation writes them."""

    functions: Mapping[str, LambdaFunction]
    resources: Mapping[str, Mapping[str, Any]]

    def environment(self, function: str) -> dict[str, str]:
        """What the description sets for a function, as its process will read it."""
        return {name: str(self.resolved(value)) for name, value in self.functions[function].environment.items()}

    def name(self, logical_id: str) -> str:
        """A resource's physical name; its logical id where CloudFormation would invent one."""
        properties = self.resources[logical_id].get("Properties", {})
        given = next((properties[key] for key in _PHYSICAL if key in properties), logical_id)
        return str(self.resolved(given))

    def arn(self, logical_id: str) -> str:
        """A resource's ARN. Raises KeyError for a kind that roles do not name."""
        pattern = _ARNS[self.resources[logical_id]["Type"]]
        return pattern.format(place=f"{REGION}:{ACCOUNT}", account=ACCOUNT, name=self.name(logical_id))

    def resolved(self, value: Any) -> Any:
        """`value` without references. Raises KeyError for what is not known here."""
        if isinstance(value, list):
            return [self.resolved(each) for each in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (kind, inner), *_ = value.items()
            if kind == "Ref":
                return self._reference(inner)
            if kind == "Fn::GetAtt":
                return self._attribute(*(inner.split(".", 1) if isinstance(inner, str) else inner))
            if kind == "Fn::Sub":
                return self._filled(inner)
            if kind == "Fn::Join":
                return inner[0].join(str(part) for part in self.resolved(inner[1]))
        return {key: self.resolved(each) for key, each in value.items()}

    def _reference(self, name: str) -> str:
        if name in _PSEUDO:
            return _PSEUDO[name]
        is_topic = self.resources[name]["Type"] == "AWS::SNS::Topic"
        return self.arn(name) if is_topic else self.name(name)

    def _attribute(self, logical_id: str, attribute: str) -> str:
        if attribute in ("Arn", "TopicArn"):
            return self.arn(logical_id)
        if attribute == "StreamArn":
            return f"{self.arn(logical_id)}/stream/2027-01-01T00:00:00.000"
        if attribute == "RegionalDomainName":
            return f"{self.name(logical_id)}.s3.{REGION}.amazonaws.com"
        if attribute.endswith("Name"):
            return self.name(logical_id)
        raise KeyError(f"{logical_id}.{attribute}")

    def _filled(self, text: Any) -> str:
        def one(found: re.Match[str]) -> str:
            name, _, attribute = found[1].partition(".")
            return self._attribute(name, attribute) if attribute else self._reference(name)

        return re.sub(r"\$\{([^}]+)\}", one, text)


def described(path: Path, parameters: Mapping[str, str]) -> Template:
    """serverless.yml as it stands; raises TemplateError where the embedded engine would."""
    whole = resolve(path, {"region": REGION}, parameters)[0].plain()
    provider = whole["provider"]
    prefix = f"{whole['service']}-{provider['stage']}-"
    functions = {
        name: LambdaFunction(
            name=name,
            context=one["handler"].split(".")[1],
            environment={**provider.get("environment", {}), **one.get("environment", {})},
            role=str(one.get("role", "")),
            timeout_s=one.get("timeout", provider.get("timeout", 6)),
            log=f"/aws/lambda/{prefix}{name}",
        )
        for name, one in _merged(whole["functions"]).items()
    }
    blocks = whole["resources"] if isinstance(whole["resources"], list) else [whole["resources"]]
    return Template(functions=functions, resources=_merged([block.get("Resources", {}) for block in blocks]))


def packaged_template(resources: Mapping[str, Mapping[str, Any]], prefix: str = "giaouoc-dev-") -> Template:
    """The resources of a template that the packaging tool wrote."""
    functions = {}
    for one in resources.values():
        if one["Type"] == "AWS::Lambda::Function":
            properties = one["Properties"]
            name = properties["FunctionName"].removeprefix(prefix)
            functions[name] = LambdaFunction(
                name=name,
                context=properties["Handler"].split(".")[1],
                environment=properties.get("Environment", {}).get("Variables", {}),
                role=properties["Role"]["Fn::GetAtt"][0],
                timeout_s=properties["Timeout"],
                log=f"/aws/lambda/{properties['FunctionName']}",
            )
    return Template(functions=functions, resources=resources)


def _merged(blocks: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for block in blocks if isinstance(blocks, list) else [blocks]:
        whole |= block
    return whole

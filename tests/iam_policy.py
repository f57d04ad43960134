"""What the roles of a template allow: as much of IAM's evaluation as they use, and an error for more.

Everything is refused that no statement allows; `*` and `?` stand for any letters in actions, resources and StringLike;
all conditions of a statement must hold. Deny, NotAction and NotResource are not written in this service.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.aws_permissions import Need
from tests.aws_template import Template


@dataclass(frozen=True, slots=True)
class Grant:
    """One action on one resource pattern of one statement: the smallest thing that can be unused."""

    action: str
    resource: str
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """(operator, condition key, values)."""

    def allows(self, need: Need) -> bool:
        """Whether this grant alone is enough."""
        return (
            _like(self.action.lower(), need.action.lower())
            and _like(self.resource, need.resource)
            and all(_holds(operator, need.context.get(key), values) for operator, key, values in self.conditions)
        )

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role by its logical id."""

    name: str
    grants: tuple[Grant, ...]

    def allows(self, need: Need) -> bool:
        """Whether the policy permits it."""
        return any(grant.allows(need) for grant in self.grants)


def roles(template: Template) -> dict[str, Role]:
    """Every role of the template."""
    return {
        name: Role(name=name, grants=tuple(_grants(template, name, one.get("Properties", {}))))
        for name, one in template.resources.items()
        if one["Type"] == "AWS::IAM::Role"
    }


def _grants(template: Template, name: str, properties: Mapping[str, Any]) -> Iterator[Grant]:
    assert "ManagedPolicyArns" not in properties, f"{name}: policies that AWS manages change without us"
    for policy in properties.get("Policies", []):
        for statement in policy["PolicyDocument"]["Statement"]:
            known = {"Effect", "Action", "Resource", "Condition", "Sid"}
            assert (statement["Effect"], set(statement) - known) == ("Allow", set()), f"{name}: {statement}"
            conditions = tuple(
                (operator, key, tuple(_listed(template.resolved(values))))
                for operator, one in statement.get("Condition", {}).items()
                for key, values in one.items()
            )
            for action in _listed(statement["Action"]):
                for resource in _listed(template.resolved(statement["Resource"])):
                    yield Grant(action, resource, conditions)


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _holds(operator: str, given: frozenset[str] | None, values: tuple[str, ...]) -> bool:
    """A key that the request does not have fails its condition."""
    if given is None:
        return False
    several, _, comparison = operator.rpartition(":")
    assert several in ("", "ForAnyValue"), operator
    assert several or len(given) == 1, f"{operator} on a key with several values"
    if comparison == "StringEquals":
        return any(value in values for value in given)
    assert comparison == "StringLike", f"say in {__name__} what {operator} means"
    return any(_like(pattern, value) for pattern in values for value in given)


@functools.cache
def _pattern(text: str) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(letter) or re.escape(letter) for letter in text), re.DOTALL)


def _like(pattern: str, text: str) -> bool:
    return _pattern(pattern).fullmatch(text) is not None

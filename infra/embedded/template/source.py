"""YAML files as nodes that remember their file and line; used by variables.py and, node by node, by the readers.

Two YAML versions meet here: PyYAML reads 1.1, the packaging tool 1.2. A plain scalar that the two read differently
(`on`, `010`, `1e3`, `2012-10-17`) is refused: in quotes both read the same. Anchors, merge keys, repeated keys and
tags other than !Ref, !GetAtt and !Sub are refused too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from infra.embedded.template.error import TemplateError, Where

_YAML = "tag:yaml.org,2002:"
_OTHER_PLAIN = {"null", "timestamp", "binary", "merge", "value"}
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)")
_FRACTION = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
_NUMBER_ELSEWHERE = re.compile(r"[-+]?(\d[\d_]*(\.[\d_]*)?|\.\d[\d_]*)([eE][-+]?\d+)?|0[box][\da-fA-F_]+")


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """A CloudFormation function: !Ref X, !GetAtt X.Arn (`target` X, `attribute` Arn), or !Sub text (`target`)."""

    kind: Literal["Ref", "GetAtt", "Sub"]
    target: str
    attribute: str = ""


Content = str | int | float | bool | Intrinsic | tuple["Node", ...] | dict[str, "Node"] | None


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place. Every reading method raises TemplateError there when the value is of another kind."""

    content: Content
    where: Where

    def text(self) -> str:
        if isinstance(self.content, str):
            return self.content
        raise self.wrong("text")

    def integer(self, low: int, high: int) -> int:
        if isinstance(self.content, int) and not isinstance(self.content, bool) and low <= self.content <= high:
            return self.content
        raise self.wrong(f"{low}..{high}")

    def items(self) -> tuple[Node, ...]:
        if isinstance(self.content, tuple):
            return self.content
        raise self.wrong("[...]")

    def mapping(self) -> dict[str, Node]:
        if isinstance(self.content, dict):
            return self.content
        raise self.wrong("key: value")

    def fields(self, *, required: str = "", optional: str = "") -> dict[str, Node]:
        """The mapping's values; `required` and `optional` are key names apart by blanks, any other key is an error."""
        values = self.mapping()
        known = {*required.split(), *optional.split()}
        for key, value in values.items():
            if key not in known:
                raise TemplateError("template.unknown_key", value.where, key=key, known=", ".join(sorted(known)))
        for key in required.split():
            if key not in values:
                raise TemplateError("template.missing_key", self.where, key=key)
        return values

    def exactly(self, value: str | int | bool) -> None:
        """Refuses any value but this one."""
        if self.content != value or type(self.content) is not type(value):
            raise self.wrong(str(value))

    def attribute_of(self, attribute: str) -> str:
        """X of `!GetAtt X.<attribute>`."""
        if isinstance(self.content, Intrinsic) and (self.content.kind, self.content.attribute) == ("GetAtt", attribute):
            return self.content.target
        raise self.wrong(f"!GetAtt X.{attribute}")

    def reference(self) -> str:
        """X of `!Ref X`."""
        if isinstance(self.content, Intrinsic) and self.content.kind == "Ref":
            return self.content.target
        raise self.wrong("!Ref X")

    def wrong(self, expected: str) -> TemplateError:
        return TemplateError("template.wrong_value", self.where, expected=expected, found=str(self.plain())[:80])

    def plain(self) -> Any:
        """As JSON, CloudFormation functions in their long form."""
        content = self.content
        if isinstance(content, dict):
            return {key: value.plain() for key, value in content.items()}
        if isinstance(content, tuple):
            return [value.plain() for value in content]
        if isinstance(content, Intrinsic):
            if content.kind == "Ref":
                return {"Ref": content.target}
            value = [content.target, content.attribute] if content.kind == "GetAtt" else content.target
            return {f"Fn::{content.kind}": value}
        return content


class _MarkedLoader(yaml.SafeLoader):
    """SafeLoader that leaves nodes as they are composed, refusing anchors and aliases."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "anchor", None) is not None:
            raise yaml.composer.ComposerError(problem="&anchor, *alias", problem_mark=event.start_mark)
        return super().compose_node(parent, index)


def read(root: Path, name: str, asked_from: Where) -> Node:
    """The nodes of the file `name`, a path relative to `root`. Raises TemplateError."""
    try:
        text = (root / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise TemplateError("template.unreadable", asked_from, name=name) from None
    try:
        loader = _MarkedLoader(text)
        try:
            document = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise TemplateError("template.not_yaml", Where(name, line), reason=error.problem or "") from None
    except yaml.reader.ReaderError as error:  # a character that YAML does not allow
        line = text.count("\n", 0, error.position) + 1
        raise TemplateError("template.not_yaml", Where(name, line), reason=f"U+{error.character:04X}") from None
    if document is None:
        raise TemplateError("template.not_yaml", Where(name, 1), reason="empty")
    return _convert(document, name, Where(name, document.start_mark.line + 1))


def _convert(node: yaml.Node, file: str, where: Where) -> Node:
    if isinstance(node, yaml.ScalarNode):
        return Node(_scalar(node, where), where)
    if isinstance(node, yaml.SequenceNode) and node.tag == _YAML + "seq":
        return Node(tuple(_convert(item, file, _at(item, file)) for item in node.value), where)
    if isinstance(node, yaml.MappingNode) and node.tag == _YAML + "map":
        return Node(_mapping(node, file), where)
    raise TemplateError("template.unknown_tag", where, tag=node.tag)


def _mapping(node: yaml.MappingNode, file: str) -> dict[str, Node]:
    values: dict[str, Node] = {}
    for key_node, value_node in node.value:
        where = _at(key_node, file)  # the key's line: a value below it may begin lines later
        if not isinstance(key_node, yaml.ScalarNode) or not isinstance(key := _scalar(key_node, where), str):
            raise TemplateError("template.ambiguous", where, text=str(key_node.value)[:40])
        if key in values:
            raise TemplateError("template.repeated", where, name=key)
        values[key] = _convert(value_node, file, where)
    return values


def _scalar(node: yaml.ScalarNode, where: Where) -> str | int | float | bool | Intrinsic | None:
    text: str = node.value
    kind = node.tag.removeprefix(_YAML)
    if kind == "str":
        if node.style is None and _NUMBER_ELSEWHERE.fullmatch(text):
            raise TemplateError("template.ambiguous", where, text=text)
        return text
    readers: Mapping[str, Any] = {
        "int": lambda: int(text) if _DECIMAL.fullmatch(text) else None,
        "float": lambda: float(text) if _FRACTION.fullmatch(text) else None,
        "bool": lambda: {"true": True, "false": False}.get(text),
        "!Ref": lambda: Intrinsic("Ref", text) if text else None,
        "!GetAtt": lambda: Intrinsic("GetAtt", *text.split(".", 1)) if re.fullmatch(r"\w+\.[\w.]+", text) else None,
        "!Sub": lambda: Intrinsic("Sub", text),
    }
    if kind == "null" and text in ("", "~", "null"):
        return None
    if kind not in readers and kind not in _OTHER_PLAIN:
        raise TemplateError("template.unknown_tag", where, tag=kind)
    value: str | int | float | bool | Intrinsic | None = readers.get(kind, lambda: None)()
    if value is None:
        raise TemplateError("template.ambiguous", where, text=text[:40])
    return value


def _at(node: yaml.Node, file: str) -> Where:
    return Where(file, node.start_mark.line + 1)

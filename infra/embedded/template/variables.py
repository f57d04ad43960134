"""Variables of serverless.yml replaced by what they stand for; called once, by assemble.py.

Known: ${file(path)} and ${file(path):a.b}, ${self:a.b}, ${opt:name, 'default'}, ${param:name, 'default'}, ${sls:stage}.
${AWS::Region} and the like stay for CloudFormation, and so does ${X} or ${X.Arn} inside !Sub. Every other source
(env, ssm, cf, aws...) is an error: they need credentials or differ from machine to machine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from infra.embedded.template.error import TemplateError, Where
from infra.embedded.template.source import Intrinsic, Node, read

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_FILE = re.compile(r"file\(([\w./-]+\.yml)\)(?::([\w.-]+))?")
_SELF = re.compile(r"self:([\w.-]+)")
_GIVEN = re.compile(r"(opt|param):([\w-]+)(?:,\s*'([^']*)')?")
_PSEUDO = re.compile(r"AWS::[A-Za-z]+")
_RESOURCE = re.compile(r"[A-Za-z0-9]+(\.[A-Za-z0-9.]+)?")


class Variables:
    """The files of one service with their variables resolved, given options (`stage`, `region`) and parameters."""

    def __init__(self, root: Path, name: str, options: Mapping[str, str], parameters: Mapping[str, str]) -> None:
        self._root = root
        self._given = {"opt": options, "param": parameters}
        self._files: dict[str, Node] = {}
        self._under_way: list[str] = []
        self._start = self._file(name, Where(name, 1))

    def resolved(self) -> Node:
        """The whole description without variables. Raises TemplateError."""
        return self._resolve(self._start)

    def stage(self) -> str:
        return self._stage(self._start.where).text()

    def _resolve(self, node: Node) -> Node:
        content = node.content
        if isinstance(content, dict):
            return replace(node, content={key: self._resolve(value) for key, value in content.items()})
        if isinstance(content, tuple):
            return replace(node, content=tuple(self._resolve(value) for value in content))
        if isinstance(content, Intrinsic):
            text = self._fill(content.target, node.where, in_sub=content.kind == "Sub")
            return replace(node, content=replace(content, target=text))
        if isinstance(content, str):
            whole = _VARIABLE.fullmatch(content)
            if whole and (value := self._value(whole[1], node.where)) is not None:
                return value
            return replace(node, content=self._fill(content, node.where, in_sub=False))
        return node

    def _fill(self, text: str, where: Where, *, in_sub: bool) -> str:
        def one(found: re.Match[str]) -> str:
            value = self._value(found[1], where, in_sub=in_sub)
            if value is None:
                return found[0]
            if isinstance(value.content, (str, int)) and not isinstance(value.content, bool):
                return str(value.content)
            raise TemplateError("template.not_text", where, variable=found[1])

        filled = _VARIABLE.sub(one, text)
        if "${" in _VARIABLE.sub("", text):
            raise TemplateError("template.unknown_variable", where, variable=text[:60])
        return filled

    def _value(self, inner: str, where: Where, *, in_sub: bool = False) -> Node | None:
        """What `${inner}` stands for; None when it is CloudFormation's own and stays as it is."""
        if _PSEUDO.fullmatch(inner) or (in_sub and _RESOURCE.fullmatch(inner)):
            return None
        if inner == "sls:stage":
            return self._stage(where)
        if found := _GIVEN.fullmatch(inner):
            source, name, default = found.groups()
            value = self._given[source].get(name, default)
            if value is None:
                raise TemplateError("template.not_given", where, variable=inner)
            return Node(value, where)
        if found := _FILE.fullmatch(inner):
            return self._once(inner, where, self._file(found[1], where), found[2])
        if found := _SELF.fullmatch(inner):
            return self._once(inner, where, self._start, found[1])
        raise TemplateError("template.unknown_variable", where, variable=inner)

    def _stage(self, where: Where) -> Node:
        if "stage" in self._given["opt"]:
            return Node(self._given["opt"]["stage"], where)
        return self._once("self:provider.stage", where, self._start, "provider.stage")

    def _once(self, inner: str, where: Where, start: Node, path: str | None) -> Node:
        """The resolved node at `path` below `start`, refusing to go in circles."""
        if inner in self._under_way:
            raise TemplateError("template.circle", where, variable=inner)
        self._under_way.append(inner)
        try:
            node = start
            for key in path.split(".") if path else ():
                if not isinstance(node.content, dict):  # the value on the way is itself a variable
                    node = self._resolve(node)
                if not isinstance(node.content, dict) or key not in node.content:
                    raise TemplateError("template.nothing_there", where, variable=inner)
                node = node.content[key]
            return self._resolve(node)
        finally:
            self._under_way.pop()

    def _file(self, name: str, where: Where) -> Node:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise TemplateError("template.unreadable", where, name=name)
        if name not in self._files:
            self._files[name] = read(self._root, name, where)
        return self._files[name]

"""Which route serves a request, as API Gateway's HTTP APIs decide it; called by the embedded HTTP server.

Order: a route that fits the whole path, else one with a greedy {name+}, else $default. Among those, segment by segment
from the left, text beats {name} beats {name+}; on the same path a method beats ANY. (API Gateway developer guide,
"Routing API requests".) A {name} takes one segment, a {name+} one or more, never an empty one: `/v/` is not `/v/{id}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from infra.embedded.template.model import Route

_VARIABLE = re.compile(r"\{([A-Za-z0-9._-]+)(\+?)\}")
_TEXT, _ONE, _GREEDY = range(3)


@dataclass(frozen=True, slots=True)
class Match:
    """The route of a request, and its path variables with percent-encoding removed."""

    route: Route
    path_parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Pattern:
    route: Route
    segments: tuple[tuple[int, str], ...]

    def order(self) -> tuple[bool, tuple[int, ...], bool]:
        kinds = tuple(kind for kind, _ in self.segments)
        return (_GREEDY in kinds, kinds, self.route.method == "ANY")

    def parameters(self, path: list[str]) -> dict[str, str] | None:
        """The variables' values where the path fits, else None."""
        greedy = self.segments[-1][0] == _GREEDY
        if len(path) != len(self.segments) and not (greedy and len(path) > len(self.segments)):
            return None
        values: dict[str, str] = {}
        for place, (kind, text) in enumerate(self.segments):
            part = "/".join(path[place:]) if kind == _GREEDY else path[place]
            if kind == _TEXT:
                if part != text:
                    return None
            elif not part:
                return None
            else:
                values[text] = part
        return values


class Router:
    """The routes of a service, ready to be asked."""

    def __init__(self, routes: Iterable[Route]) -> None:
        routes = tuple(routes)
        self._default = next((route for route in routes if route.path == "$default"), None)
        patterns = [_Pattern(route, tuple(_segments(route.path))) for route in routes if route.path != "$default"]
        patterns.sort(key=_Pattern.order)
        self._texts: dict[tuple[str, ...], list[Route]] = {}  # paths without variables: one look-up
        self._patterns: list[_Pattern] = []
        for pattern in patterns:
            if all(kind == _TEXT for kind, _ in pattern.segments):
                self._texts.setdefault(tuple(text for _, text in pattern.segments), []).append(pattern.route)
            else:
                self._patterns.append(pattern)

    def match(self, method: str, path: str) -> Match | None:
        """The route for `path`, as it stands in the request line: percent-encoded, without the query. None: 404."""
        parts = [unquote(part) for part in path.removeprefix("/").split("/")]
        for route in self._texts.get(tuple(parts), ()):
            if route.method in (method, "ANY"):
                return Match(route, {})
        for pattern in self._patterns:
            if pattern.route.method in (method, "ANY") and (values := pattern.parameters(parts)) is not None:
                return Match(pattern.route, values)
        return Match(self._default, {}) if self._default else None


def _segments(path: str) -> Iterable[tuple[int, str]]:
    for part in path.removeprefix("/").split("/"):
        variable = _VARIABLE.fullmatch(part)
        if variable is None:
            yield _TEXT, part
        else:
            yield (_GREEDY if variable[2] else _ONE), variable[1]


def well_formed(path: str) -> bool:
    """Whether API Gateway takes `path`: braces around whole segments, names once, a greedy variable only at the end."""
    if not re.fullmatch(r"/[^\s?#]*", path):
        return False
    segments = list(_segments(path))
    names = [text for kind, text in segments if kind != _TEXT]
    braces = any(set(text) & {"{", "}"} for kind, text in segments if kind == _TEXT)
    greedy_early = any(kind == _GREEDY for kind, _ in segments[:-1])
    return not braces and not greedy_early and len(set(names)) == len(names)

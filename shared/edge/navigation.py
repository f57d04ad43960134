"""The ways of the organisers' console: which ones a person's rights reach, and which one is open. Called by shared/edge/pages.py.

What is shown here opens nothing: each page asks for its own scope again (edge/http.py). A test compares the scopes below with
those of the pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from shared.identity.principal import Principal
from shared.identity.rules import allows


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A page that the navigation leads to: `title` is a code of the catalogues, `scope` what its page asks for."""

    path: str
    title: str
    scope: str
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Ways that belong together; `title` is a code of the catalogues, or nothing."""

    title: str
    ways: tuple[Way, ...]


def _group(title: str, *ways: tuple[str, str, str]) -> Group:
    made = tuple(Way(path=path, title=f"ui.way_{name}", scope=scope) for path, name, scope in ways)
    return Group(title=title, ways=made)


GROUPS: Final = (
    _group("", ("/console", "home", "ceremony:read"), ("/console/approvals", "approvals", "approval:read")),
    _group(
        "ui.ways_people",
        ("/console/units", "units", "directory:read"),
        ("/console/blocks", "blocks", "directory:read"),
        ("/console/people", "people", "people:read"),
    ),
    _group(
        "ui.ways_work",
        ("/console/ceremonies", "ceremonies", "ceremony:read"),
        ("/console/pledges", "pledges", "pledge:read"),
        ("/console/decisions", "decisions", "certificate:read"),
        ("/console/campaigns", "campaigns", "campaign:read"),
        ("/console/notices", "notices", "notices:read"),
        ("/console/papers", "papers", "paper:read"),
    ),
    _group(
        "ui.ways_order",
        ("/console/audit", "audit", "audit:read"),
        ("/console/privacy", "privacy", "privacy:read"),
        ("/console/settings", "settings", "setting:read"),
    ),
    _group("ui.ways_technical", ("/console/operations", "operations", "operation:read")),
)


def reachable(principal: Principal, path: str) -> tuple[Group, ...]:
    """The groups with what this person may open; the way that `path` stands under is the current one."""
    found = (
        Group(title=group.title, ways=tuple(_marked(way, path) for way in group.ways if allows(principal, way.scope)))
        for group in GROUPS
    )
    return tuple(group for group in found if group.ways)


def _marked(way: Way, path: str) -> Way:
    inside = path == way.path or (way.path != "/console" and path.startswith(f"{way.path}/"))
    return Way(path=way.path, title=way.title, scope=way.scope, current=inside)

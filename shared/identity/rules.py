"""Which role reaches which scope: the one place where rights are decided. Called by the edge for every request."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from shared.identity.model import Principal, Role


class Reach(StrEnum):
    """How far a grant must reach to enter a route.

    ALL: the whole office ("*"). UNIT: a grant of one unit enters too, and the route's code says whose the thing is
    (`request.need(scope, unit=...)`) before anything is changed or answered. CEREMONY: the same for the devices of one ceremony.
    """

    ALL = "ALL"
    UNIT = "UNIT"
    CEREMONY = "CEREMONY"


SCOPES: Final = frozenset({
    "public", "admit", "hall:read", "directory:read", "directory:write", "ceremony:read", "ceremony:write", "pledge:read",
    "pledge:write", "certificate:read", "certificate:write", "campaign:read", "campaign:write", "notices:read",
    "notices:write",
})  # fmt: skip

_READ: Final = frozenset(scope for scope in SCOPES if scope.endswith(":read"))
_OFFICE: Final = SCOPES - {"public"}

REACHES: Final[Mapping[Role, frozenset[str]]] = {
    Role.ADMIN: _OFFICE,
    Role.ORGANISER: _OFFICE,
    Role.CLERK: frozenset({"ceremony:read", "pledge:read", "directory:read"}),
    Role.AUDITOR: _READ,
    Role.GATE: frozenset({"admit"}),
    Role.SCREEN: frozenset({"hall:read"}),
}


def allows(principal: Principal, scope: str, *, ceremony: str | None = None) -> bool:
    """Whether one of the principal's grants reaches the scope, and the ceremony where one is named.

    An unknown scope is a refusal: a route that asks for one could otherwise be open by a slip of the pen.
    """
    if scope == "public":
        return True
    if scope not in SCOPES:
        return False
    return any(
        scope in REACHES[grant.role] and _reaches(grant.role, grant.reach, ceremony) for grant in principal.grants
    )


def _reaches(role: Role, reach: str, ceremony: str | None) -> bool:
    """A grant bound to one unit reaches nothing yet: routes do not say whose a thing is, and a doubt is a refusal."""
    if role in (Role.GATE, Role.SCREEN):
        return ceremony is None or reach == ceremony
    return reach == "*"

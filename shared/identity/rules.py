"""Who may do what: the one place where rights are decided (DESIGN 5). Pure; called by the edge for every request.

A role carries scopes, a grant is a role with a reach (the whole office, one unit, one ceremony), a route needs a scope and
says how far a grant must reach to enter it. What nothing here allows is refused: an unknown scope, a doubt, an empty reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.identity.principal import Grant, Principal, Role

WHOLE: Final = "*"
"""The reach of a grant for the whole office."""


class Reach(StrEnum):
    """How far a grant must reach to enter a route.

    ALL: the whole office ("*"). UNIT: a grant of one unit enters too, and the route says whose the thing is (`whose=`, or
    `request.need(scope, unit=...)` in its code) before anything is changed or answered. CEREMONY: the same, and the devices
    of one ceremony enter as well.
    """

    ALL = "ALL"
    UNIT = "UNIT"
    CEREMONY = "CEREMONY"


_AREAS: Final = (
    "approval", "audit", "campaign", "ceremony", "certificate", "device", "directory", "notices", "operation", "paper",
    "people", "pledge", "privacy", "setting", "token",
)  # fmt: skip
OWN: Final = frozenset({"account:read", "account:write", "draft:read", "draft:write"})
"""One's own account and unfinished work: every person who has signed in, and nobody for another."""
OFFICE: Final = frozenset(
    {f"{area}:{verb}" for area in _AREAS for verb in ("read", "write")} | {"pledge:prepare", "admit", "hall:read"}
)
PRESENCE: Final = "presence"
"""A device says that it is there, or leaves."""
SCOPES: Final = OFFICE | OWN | {"public", PRESENCE}
"""Every scope that a route may ask for."""

_RUNS_THE_SYSTEM: Final = frozenset({"operation:write", "setting:write"})
_READ: Final = frozenset(scope for scope in OFFICE if scope.endswith(":read")) - {"token:read"}

CARRIES: Final[Mapping[Role, frozenset[str]]] = {
    Role.ADMIN: OFFICE,
    Role.ORGANISER: OFFICE - _RUNS_THE_SYSTEM,
    Role.CLERK: frozenset({
        "campaign:read", "ceremony:read", "directory:read", "paper:read", "paper:write", "pledge:prepare", "pledge:read",
    }),
    Role.AUDITOR: _READ,
    Role.GATE: frozenset({"admit", PRESENCE}),
    Role.SCREEN: frozenset({"hall:read", PRESENCE}),
}  # fmt: skip
"""Which role carries which scopes. A clerk prepares and never signs, opens or issues; an auditor reads."""
ON_DEVICES: Final = frozenset({Role.GATE, Role.SCREEN})
NOT_BY_TOKEN: Final = OWN | {
    "admit", "approval:write", "hall:read", "people:write", PRESENCE, "token:read", "token:write",
}  # fmt: skip
"""What a program never does for its maker: make people or tokens, approve another's act, stand at a door, and anything that
is the person's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a request asks for. `units` and `ceremony` say whose the thing is: a grant for one of these units, or a device of
    this ceremony, reaches it. Both None: nothing is known of the thing yet, and `reach` says who may enter all the same."""

    scope: str
    reach: Reach = Reach.ALL
    units: frozenset[str] | None = None
    ceremony: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """`bound`: only by a grant of one unit or ceremony, and nobody has said yet whose the thing is."""

    bound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """`code` is that of the sentence; `right` the scope that is missing, `own` the reaches that the caller has for it."""

    code: str
    right: str
    own: tuple[str, ...] = ()


def decide(principal: Principal, need: Need) -> Allowed | Denied:
    """May this caller do this? The only decision about rights; everything else calls it."""
    if need.scope == "public":
        return Allowed()
    if principal.kind == "PUBLIC":
        return Denied(code="http.sign_in", right=need.scope)
    if need.scope not in SCOPES or (principal.scopes is not None and need.scope not in principal.scopes):
        return Denied(code="access.missing", right=need.scope)
    if need.scope in OWN:
        own = principal.kind == "PERSON"
        return Allowed() if own else Denied(code="access.persons_only", right=need.scope)
    grants = carrying(principal, need.scope)
    if any(_is_whole(grant) for grant in grants):
        return Allowed()
    if need.units is None and need.ceremony is None:
        enters = any(_enters(grant, need.reach) for grant in grants)
        return Allowed(bound=True) if enters else _denied(need.scope, grants)
    if any(_reaches(grant, need.units or frozenset(), need.ceremony) for grant in grants):
        return Allowed()
    return _denied(need.scope, grants)


def carrying(principal: Principal, scope: str) -> tuple[Grant, ...]:
    """The caller's grants whose role carries the scope. A device's grant names its ceremony: "*" is none."""
    return tuple(
        grant
        for grant in principal.grants
        if scope in CARRIES[grant.role] and grant.reach and not (grant.role in ON_DEVICES and grant.reach == WHOLE)
    )


def units_of(principal: Principal, scope: str) -> frozenset[str]:
    """The units for which the caller holds the scope by a grant of one unit."""
    return frozenset(
        grant.reach
        for grant in carrying(principal, scope)
        if grant.role not in ON_DEVICES and grant.reach != WHOLE
    )  # fmt: skip


def _is_whole(grant: Grant) -> bool:
    return grant.reach == WHOLE


def _enters(grant: Grant, reach: Reach) -> bool:
    if grant.role in ON_DEVICES:
        return reach is Reach.CEREMONY
    return reach is not Reach.ALL


def _reaches(grant: Grant, units: frozenset[str], ceremony: str | None) -> bool:
    if grant.role in ON_DEVICES:
        return ceremony is not None and grant.reach == ceremony
    return grant.reach in units


def _denied(scope: str, grants: tuple[Grant, ...]) -> Denied:
    if not grants:
        return Denied(code="access.missing", right=scope)
    return Denied(code="access.elsewhere", right=scope, own=tuple(sorted({grant.reach for grant in grants})))


def allows(principal: Principal, scope: str, *, ceremony: str | None = None) -> bool:
    """Whether a caller holds a scope at all, or (`ceremony`) for the things of one ceremony: for what a page offers."""
    found = decide(principal, Need(scope=scope, reach=Reach.CEREMONY, ceremony=ceremony))
    return isinstance(found, Allowed)

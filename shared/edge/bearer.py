"""Calls of programs: `Authorization: Bearer giaouoc_...` instead of a session (RFC 6750). Called by shared/edge/http.py.

A page elsewhere cannot make a browser send this header without our leave (CORS), and nothing sends it by itself: so such a
call needs no Origin, and cookies beside it count for nothing. On public routes the header is not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from shared.edge import telemetry
from shared.identity.principal import Caller
from shared.identity.rules import NOT_BY_TOKEN
from shared.kernel.errors import Forbidden
from shared.kernel.ports import Table

if TYPE_CHECKING:
    from shared.edge.http import Route

_SCHEME: Final = "bearer "


def is_used(headers: Mapping[str, str], route: Route) -> bool:
    """Whether the call comes by a token."""
    return route.scope != "public" and headers.get("authorization", "")[: len(_SCHEME)].lower() == _SCHEME


def never(route: Route) -> bool:
    """Whether the route takes a person: dangerous acts, acts that need a second officer, one's own things, and pages."""
    dangerous = route.fresh or route.four_eyes is not None
    return dangerous or route.scope in NOT_BY_TOKEN or not route.path.startswith("/api/")


def caller_of(headers: Mapping[str, str], route: Route, table: Table, now: datetime, correlation: str) -> Caller:
    """The program. Raises Forbidden: `access.token_never` for what takes a person, `access.token_not_valid` (401)."""
    if never(route):
        raise Forbidden("access.token_never")
    from shared.identity.tokens import FindToken

    principal = FindToken(table)(headers["authorization"][len(_SCHEME) :].strip(), now)
    if principal is None:
        telemetry.token_refused(f"{route.method} {route.path}", correlation)
        raise Forbidden("access.token_not_valid")
    return Caller(principal=principal)

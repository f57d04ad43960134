"""HTTP /api/v1/sessions: a one-time link is spent by a tap, a session is shown and ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from functions.identity import drafts_http
from shared.edge import http
from shared.edge.answers import Answer
from shared.edge.http import Request, Route, Routes
from shared.identity.sessions import EndSession, FindCaller
from shared.identity.usecases import OpenSession


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSessionBody:
    """`secret` is what stands after the # of the one-time link."""

    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantView:
    role: str
    reach: str
    place: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """Who is signed in, and what the session reaches."""

    kind: str
    grants: tuple[GrantView, ...]


def _view(principal: Any) -> SessionView:
    grants = tuple(GrantView(role=grant.role.value, reach=grant.reach, place=grant.place) for grant in principal.grants)
    return SessionView(kind=principal.kind, grants=grants)


def open_session(request: Request) -> Answer:
    """Spends the link; the answer's cookie is the session, bound to the browser that tapped."""
    table = request.ports.table("identity")
    cookie, session = OpenSession(table)(request.act, request.body.secret)
    seconds = int((session.expires_at - request.act.at).total_seconds())
    line = http.session_cookie(request.ports, cookie, seconds)
    return Answer(_view(FindCaller(table)(cookie, request.act.at).principal), status=201, cookies=(line,))


def show_session(request: Request) -> Answer:
    """The caller's own session; the public sees that it is nobody."""
    return Answer(_view(request.principal))


def end_session(request: Request) -> Answer:
    """Signs out. Signing out twice is no error."""
    cookie = request.cookies.get(http.cookie_name(request.ports))
    if cookie:
        EndSession(request.ports.table("identity"))(cookie)
    return Answer(None, cookies=(http.session_cookie(request.ports, "", 0),))


ROUTES = Routes(
    "identity",
    (
        Route(method="POST", path="/api/v1/sessions", scope="public", run=open_session, body=OpenSessionBody,
              answer=SessionView, ok=201, summary="Spend a one-time link"),
        Route(method="GET", path="/api/v1/sessions", scope="public", run=show_session, answer=SessionView,
              summary="Who am I"),
        Route(method="DELETE", path="/api/v1/sessions", scope="public", run=end_session, ok=204, summary="Sign out"),
        *drafts_http.ROUTES,
    ),
)  # fmt: skip


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)

"""HTTP /api/v1/tokens: the rights of programs; made by a person, shown once, revoked at once. Part of identity/http.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.edge import whose
from shared.edge.answers import Answer
from shared.edge.http import Request, Route
from shared.identity.model import Role
from shared.identity.rules import WHOLE, Reach
from shared.kernel.ports import Table

if TYPE_CHECKING:
    from shared.identity.tokens import Token


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenBody:
    """`scopes`: what the program may do, each a right that its maker holds; `reach`: a unit's code, or "*"; `days` 1 to 366."""

    name: str
    scopes: tuple[str, ...]
    days: int
    reach: str = WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLine:
    """A token as it is listed: nothing of its secret. `used_at` is true to the hour."""

    id: str
    name: str
    owner: str
    scopes: tuple[str, ...]
    reach: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    lives: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensView:
    tokens: tuple[TokenLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTokenView:
    """`secret` is shown here and never again."""

    secret: str
    token: TokenLine


def line_of(token: Token, now: datetime) -> TokenLine:
    return TokenLine(
        id=token.id, name=token.name, owner=token.owner, scopes=token.scopes, reach=token.reach,
        created_at=token.created_at, expires_at=token.expires_at, used_at=token.used_at, revoked_at=token.revoked_at,
        lives=token.lives(now),
    )  # fmt: skip


def is_admin(request: Request) -> bool:
    return any(grant.role is Role.ADMIN for grant in request.principal.grants)


def make(request: Request) -> Answer:
    from shared.identity.tokens import MakeToken  # few people ever make one

    body: TokenBody = request.body
    secret, token = MakeToken(_table(request))(
        request.act,
        name=body.name,
        scopes=body.scopes,
        reach=body.reach,
        expires_at=request.act.at + timedelta(days=min(max(body.days, 0), 10_000)),
    )
    return Answer(NewTokenView(secret=secret, token=line_of(token, request.act.at)), status=201)


def list_tokens(request: Request) -> Answer:
    """One's own; an administrator sees everybody's."""
    from shared.identity.tokens import ListTokens

    owner = None if is_admin(request) else request.principal.id
    found = ListTokens(_table(request))(owner)
    return Answer(TokensView(tokens=tuple(line_of(token, request.act.at) for token in found)))


def revoke(request: Request) -> Answer:
    from shared.identity.tokens import RevokeToken

    RevokeToken(_table(request))(request.act, request.params["token"], of_anybody=is_admin(request))
    return Answer(None)


def _table(request: Request) -> Table:
    return request.ports.table("identity")


_ALL = "/api/v1/tokens"
ROUTES = (
    Route(method="POST", path=_ALL, scope="token:write", run=make, body=TokenBody, answer=NewTokenView, ok=201,
          reach=Reach.UNIT, whose=whose.everybodys, fresh=True, answers_secret=True,
          summary="Make a token for a program"),
    Route(method="GET", path=_ALL, scope="token:read", run=list_tokens, answer=TokensView, reach=Reach.UNIT,
          whose=whose.everybodys, summary="Tokens of programs"),
    Route(method="DELETE", path=f"{_ALL}/{{token}}", scope="token:write", run=revoke, ok=204, reach=Reach.UNIT,
          whose=whose.everybodys, summary="Revoke a token"),
)  # fmt: skip

"""HTTP /api/v1/people: who works here and with what rights; invite, change, give and take roles, end. Part of identity/http.py.

Whoever holds a right for one unit sees and grants for that unit alone (shared/identity/granting.py). Every change here asks
again who is sitting there (`fresh`), and the person concerned is told by mail.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.edge import whose
from shared.edge.answers import Answer
from shared.edge.http import QueryField, Request, Route
from shared.identity.model import Grant, Role
from shared.identity.people import (
    ChangePerson,
    EndPerson,
    GiveGrant,
    ListPeople,
    NewPerson,
    PeoplePage,
    Person,
    ShowPerson,
    TakeGrant,
    reaches_of,
)
from shared.identity.rules import WHOLE, Reach
from shared.kernel.errors import Invalid, NotFound
from shared.kernel.ports import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteBody:
    """`reach` is a unit's code, or "*" for the whole office. Further roles are given when the person stands."""

    name: str
    email: str
    role: Role
    reach: str = WHOLE
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonBody:
    """A new address ends every session of the person."""

    name: str
    email: str
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantBody:
    """`reach` is a unit's code, or "*" for the whole office."""

    role: Role
    reach: str = WHOLE


def list_people(request: Request) -> Answer:
    """`?q=` finds names, with or without marks, and parts of addresses; `?ended=yes` shows those who left."""
    query = request.query
    page = ListPeople(_table(request))(
        query=query.get("q", "")[:100],
        limit=limit_of(query.get("limit", "50")),
        cursor=query.get("cursor"),
        ended=query.get("ended") == "yes",
        seen=lambda people: request.visible("people:read", people, reaches_of),
    )
    return Answer(page)


def limit_of(text: str) -> int:
    """Raises Invalid(`list.limit_bad`)."""
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise Invalid("list.limit_bad", field="limit", most=200)
    return int(text)


def show_person(request: Request) -> Answer:
    return Answer(ShowPerson(_table(request))(request.params["person"]))


def invite(request: Request) -> Answer:
    """The account stands at once; its one-time link goes out by mail. Where only the letter fails, send it again."""
    body: InviteBody = request.body
    grant = _grant(request, body.role, body.reach)
    made = NewPerson(_table(request))(
        request.act, name=body.name, email=body.email, phone=body.phone or None, grants=(grant,)
    )
    return Answer(made, status=201)


def invite_again(request: Request) -> Answer:
    """A new link by mail; the one before ends."""
    from shared.identity.inviting import InvitePerson  # for this route alone

    InvitePerson(_table(request))(request.act, request.params["person"])
    return Answer(None, status=202)


def change(request: Request) -> Answer:
    body: PersonBody = request.body
    done = ChangePerson(_table(request))(
        request.act, request.params["person"], name=body.name, email=body.email, phone=body.phone or None
    )
    return Answer(done)


def give(request: Request) -> Answer:
    body: GrantBody = request.body
    grant = _grant(request, body.role, body.reach)
    return Answer(GiveGrant(_table(request))(request.act, request.params["person"], grant))


def take(request: Request) -> Answer:
    """Holds from that person's next request on."""
    role = request.params["role"]
    if role not in set(Role):
        raise NotFound("grant.unknown_role")
    grant = Grant(role=Role(role), reach=request.params["reach"])
    return Answer(TakeGrant(_table(request))(request.act, request.params["person"], grant))


def end(request: Request) -> Answer:
    return Answer(EndPerson(_table(request))(request.act, request.params["person"]))


def _grant(request: Request, role: Role, reach: str) -> Grant:
    """The grant that is asked for, of a unit that stands in the directory. Raises Invalid(`grant.unknown_unit`)."""
    request.need("people:write", unit=reach)
    if reach != WHOLE:
        from shared.directory.usecases import ShowUnit  # for this route alone

        try:
            ShowUnit(request.ports.table("directory"))(reach)
        except NotFound:
            raise Invalid("grant.unknown_unit", field="reach", unit=reach[:40]) from None
    return Grant(role=role, reach=reach)


def _table(request: Request) -> Table:
    return request.ports.table("identity")


_ALL, _ONE = "/api/v1/people", "/api/v1/people/{person}"
_UNIT, _WRITE = Reach.UNIT, "people:write"
_QUERY = (
    QueryField(name="q", text="part of a name, with or without marks, or of an address"),
    QueryField(name="ended", text="`yes`: those who left instead"),
    QueryField(name="limit", text="how many at most", form={"type": "integer", "minimum": 1, "maximum": 200}),
    QueryField(name="cursor", text="where the page before ended"),
)
ROUTES = (
    Route(method="GET", path=_ALL, scope="people:read", run=list_people, answer=PeoplePage, reach=_UNIT, query=_QUERY,
          reads="people", summary="People and their roles"),
    Route(method="POST", path=_ALL, scope=_WRITE, run=invite, body=InviteBody, answer=Person, ok=201, reach=_UNIT,
          fresh=True, summary="Invite a person"),
    Route(method="GET", path=_ONE, scope="people:read", run=show_person, answer=Person, reach=_UNIT, whose=whose.person,
          summary="One person"),
    Route(method="PUT", path=_ONE, scope=_WRITE, run=change, body=PersonBody, answer=Person, reach=_UNIT,
          whose=whose.person, fresh=True, summary="Correct a person's name or address"),
    Route(method="POST", path=f"{_ONE}/invitation", scope=_WRITE, run=invite_again, ok=202, reach=_UNIT,
          whose=whose.person, fresh=True, summary="Send a person a new link"),
    Route(method="POST", path=f"{_ONE}/grants", scope=_WRITE, run=give, body=GrantBody, answer=Person, reach=_UNIT,
          whose=whose.person, fresh=True, summary="Give a role"),
    Route(method="DELETE", path=f"{_ONE}/grants/{{role}}/{{reach}}", scope=_WRITE, run=take, answer=Person, reach=_UNIT,
          whose=whose.person, fresh=True, summary="Take a role away"),
    Route(method="POST", path=f"{_ONE}/end", scope=_WRITE, run=end, answer=Person, reach=_UNIT, whose=whose.person,
          fresh=True, summary="Close a person's account"),
)  # fmt: skip

"""/console/people: colleagues and their roles; /console/tokens: what programs may do."""

from __future__ import annotations

from functions.console.names import standing_units, unit_names
from functions.console.routes import page
from shared.edge import pages, whose
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.identity.accounts import read_account
from shared.identity.granting import may_change, may_give
from shared.identity.model import Grant, Role
from shared.identity.people import ListPeople, Person, ShowPerson, reaches_of
from shared.identity.recovery import open_recovery
from shared.identity.rules import ON_DEVICES, WHOLE, Reach
from shared.identity.tokens import ListTokens, givable
from shared.texts import say

_GIVEN = tuple(role for role in Role if role not in ON_DEVICES)


def people(request: Request) -> Answer:
    """Who works here, by name; those of one's own unit for whoever looks after one."""
    cursor, ended = request.query.get("cursor"), request.query.get("ended") == "yes"
    wanted = request.query.get("q", "").strip()[:100]
    found = ListPeople(request.ports.table("identity"))(
        query=wanted,
        cursor=cursor,
        ended=ended,
        seen=lambda every: request.visible("people:read", every, reaches_of),
    )
    kept = {"q": wanted, "ended": "yes" if ended else ""}
    return pages.render(
        request,
        "console_people.html",
        page=found,
        wanted=wanted,
        ended=ended,
        first=cursor is None,
        query={name: value for name, value in kept.items() if value},
        roles=_roles(request),
        places=_places(request),
        names=unit_names(request),
    )


def person(request: Request) -> Answer:
    """One person: name, address, roles, and what the reader may change of it."""
    found = ShowPerson(request.ports.table("identity"))(request.params["person"])
    mine, held = request.principal.grants, _held(found)
    himself = found.id == request.principal.id
    return pages.render(
        request,
        "console_person.html",
        person=found,
        himself=himself,
        grants=[(grant, not himself and may_give(mine, grant)) for grant in held],
        changes=not himself and found.ended_at is None and may_change(mine, held),
        recovery=open_recovery(request.ports.table("identity"), found.id, request.act.at),
        roles=() if himself else _roles(request),
        places=_places(request),
        names=unit_names(request),
    )


def tokens(request: Request) -> Answer:
    """The tokens of one's programs; an administrator sees everybody's."""
    table = request.ports.table("identity")
    is_admin = any(grant.role is Role.ADMIN for grant in request.principal.grants)
    me, _ = read_account(table, request.principal.id)
    reaches = _reaches(request)
    scopes = sorted({scope for reach in reaches for scope in givable(me, reach)})
    return pages.render(
        request,
        "console_tokens.html",
        tokens=ListTokens(table)(None if is_admin else me.id),
        now=request.act.at,
        scopes=scopes,
        reaches=reaches,
        names=unit_names(request),
        me=me.id,
    )


def _held(found: Person) -> tuple[Grant, ...]:
    return tuple(Grant(role=line.role, reach=line.reach) for line in found.grants)


def _roles(request: Request) -> tuple[Role, ...]:
    """The roles that the reader may give, somewhere."""
    mine = request.principal.grants
    return tuple(
        role for role in _GIVEN if any(may_give(mine, Grant(role=role, reach=reach)) for reach in _some(request))
    )


def _some(request: Request) -> tuple[str, ...]:
    return (WHOLE, "X", *_reaches(request))


def _reaches(request: Request) -> tuple[str, ...]:
    """What the reader's own grants reach: "*" or units."""
    return tuple(dict.fromkeys(grant.reach for grant in request.principal.grants))


def _places(request: Request) -> tuple[tuple[str, str], ...]:
    """What a role may be given for: the whole office where the reader's own reaches so far, and units by name."""
    mine = _reaches(request)
    whole = ((WHOLE, say("role.whole_office", request.locale)),) if WHOLE in mine else ()
    return (*whole, *(pair for pair in standing_units(request) if whole or pair[0] in mine))


PAGES = (
    page("/console/people", "people:read", people, "People and their roles", reach=Reach.UNIT, reads="people"),
    page("/console/people/{person}", "people:read", person, "A person", reach=Reach.UNIT, whose=whose.person),
    page("/console/tokens", "token:read", tokens, "Tokens of programs", reach=Reach.UNIT, whose=whose.everybodys),
)

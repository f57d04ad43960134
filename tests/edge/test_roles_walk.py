"""Every route is called with every role through its handler's own edge: what docs/roles.md says is what happens."""

import itertools
import json
import re
from datetime import timedelta

import pytest

from infra.build.openapi import route_tables
from infra.build.roles import CALLERS, FILE, NO, OWN, YES, cell
from shared.edge.http import answer
from shared.identity.model import Principal
from shared.identity.tokens import MakeToken
from shared.identity.usecases import Invite
from tests.edge_world import act, context, http_event, sample_world, session_of

ROUTES = [(table, route) for table in route_tables() for route in table.routes]
NAMES = [f"{route.method} {route.path}" for _, route in ROUTES]
KEPT_OUT = {"http.sign_in", "access.missing", "access.elsewhere", "access.persons_only", "access.token_never",
            "identity.person_needed"}  # fmt: skip
CEREMONIES = itertools.count(1)
HARMLESS = "00000000000000000000000000"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with sample_world(tmp_path_factory.mktemp("walk")) as world:
        yield world


def headers_of(world, caller):
    """A cookie or a token of this caller, made anew: some routes end the session that they are called with."""
    from dataclasses import replace

    from events.envelope import Actor

    if caller.kind == "PUBLIC":
        return None, {}
    table = world.ports.table("identity")
    if caller.kind == "DEVICE":  # a ceremony has so many devices and no more: each call is at another one
        return session_of(world, caller.grants[0].role, f"{next(CEREMONIES):016x}"), {}
    if caller.kind != "TOKEN":
        return session_of(world, caller.grants[0].role, caller.grants[0].reach, person=f"walk-{caller.id}"), {}
    holder = Principal(kind="PERSON", id="walk-maker", grants=caller.grants)
    Invite(table)(act(world), holder, lifetime=timedelta(days=1))
    by = replace(act(world), actor=Actor(kind="PERSON", id=holder.id))
    token, _ = MakeToken(table)(by, name="x", scopes=held(caller), reach="*", expires_at=by.at + timedelta(minutes=1))
    return None, {"authorization": f"Bearer {token}"}


def held(caller):
    from shared.identity.model import Account
    from shared.identity.tokens import givable
    from tests.edge_world import NOW

    return givable(Account(id="x", name="x", grants=caller.grants, created_at=NOW), "*")


def outcome(world, table, route, caller):
    """Status and the problem's code, or ""."""
    path = re.sub(r"\{[a-z_]+\}", HARMLESS, route.path)
    cookie, more = headers_of(world, caller)
    event = http_event(route.method, path, cookie=cookie, headers=more)
    said = answer(event, context(), table)
    is_problem = said["headers"].get("content-type", "").startswith("application/problem")
    return said["statusCode"], json.loads(said["body"])["code"] if is_problem else ""


@pytest.fixture(scope="module", autouse=True)
def few_tokens(world):
    """One person makes a token for each route of the walk."""
    import shared.identity.tokens as tokens

    before, tokens.MOST = tokens.MOST, 10_000
    yield
    tokens.MOST = before


@pytest.mark.parametrize(("table", "route"), ROUTES, ids=NAMES)
def test_a_route_lets_in_whom_the_table_names(world, table, route):
    for name, caller in CALLERS.items():
        status, code = outcome(world, table, route, caller)
        said = f"{name}: {status} {code}"
        assert status < 500, said
        wanted = cell(route, caller)
        if wanted == NO:
            assert status in (401, 403), said
            assert code in KEPT_OUT, said
        elif route.scope == "public":
            assert code != "http.sign_in", said  # what such a route asks for stands in the body, or is the device's own
        elif wanted == YES:
            assert code not in KEPT_OUT, said
        else:
            assert wanted == OWN
            assert code not in KEPT_OUT - {"access.elsewhere"}, said
            assert code != "access.unsettled", f"{said}: the route forgets to ask whose the thing is"


def test_every_route_stands_in_the_table():
    text = FILE.read_text("utf-8")
    assert [name for name in NAMES if f"| `{name}` |" not in text] == []

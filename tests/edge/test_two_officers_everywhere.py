"""No way around the second officer: a list of units, the presentation in the hall, the settings themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from functions.ceremonies import http as ceremonies
from functions.directory import http as directory
from functions.operations import http as operations
from shared.ceremonies.planning import ShowCeremony
from shared.directory.model import UnitKind
from shared.directory.units import RegisterUnit, UnitFacts
from shared.directory.usecases import ShowUnit
from shared.identity.model import Role
from shared.identity.office import FEWER_ACTS, ChangeOfficeSettings, OfficeSettings, ReadOfficeSettings, takes_out
from tests.edge_world import World, act, call, http_event, sample_world, session_of, stand_ceremony

BODY = {"name": "Sở Nội vụ", "contact": "Phòng Thi đua", "version": 1}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with sample_world(tmp_path, keys=False) as world:
        table = world.ports.table("identity")
        wanted = replace(ReadOfficeSettings(table)(), second_officer=("certificate.publish", "contact.change"))
        ChangeOfficeSettings(table)(act(world), wanted)
        yield world


@pytest.fixture
def first(world: World) -> str:
    return str(session_of(world, Role.ADMIN, person="first"))


@pytest.fixture
def second(world: World) -> str:
    return str(session_of(world, Role.ADMIN, person="second"))


def asked(cookie: str, body: dict[str, Any], approval: str | None = None) -> tuple[int, Any]:
    headers = {"x-giaouoc-approval": approval} if approval else {}
    event = http_event("PUT", "/api/v1/settings", body, cookie=cookie, headers=headers)
    return call(operations.handler, event)


def acts(world: World) -> set[str]:
    return set(ReadOfficeSettings(world.ports.table("identity"))().four_eyes)


@pytest.mark.parametrize("left", [[], ["contact.change"]])
def test_nobody_alone_turns_the_second_officer_off(world: World, first: str, second: str, left: list[str]) -> None:
    body = {**BODY, "second_officer": left}
    status, told = asked(first, body)
    assert status == 202
    assert acts(world) == {"certificate.publish", "contact.change"}
    assert asked(first, body, told["approval"])[0] == 403
    assert asked(second, body, told["approval"])[0] == 200
    assert acts(world) == set(left)


def test_what_leaves_the_second_officer_in_place_waits_for_nobody(world: World, first: str) -> None:
    more = ["contact.change", "certificate.publish", "pledge.open"]
    assert asked(first, {**BODY, "second_officer": more})[0] == 200
    assert acts(world) == set(more)


def test_the_settings_act_is_none_that_an_office_may_choose(world: World, first: str) -> None:
    status, told = asked(first, {**BODY, "second_officer": [*sorted(acts(world)), FEWER_ACTS]})
    assert (status, told["code"]) == (422, "office.no_such_act")


@pytest.mark.parametrize(
    "body",
    ["{}", "[]", "null", "{", '{"second_officer": "pledge.open"}', '{"second_officer": {"pledge.open": 1}}',
     '{"second_officer": ["pledge.open"], "second_officer": []}'],
)  # fmt: skip
def test_what_cannot_be_read_for_sure_takes_out(body: str) -> None:
    assert takes_out(OfficeSettings(second_officer=("pledge.open",)), body)
    assert not takes_out(OfficeSettings(second_officer=("pledge.open",)), '{"second_officer": ["pledge.open"]}')


def listed(cookie: str, rows: str) -> dict[str, Any]:
    text = f"Mã đơn vị,Tên đơn vị,Loại,Email\n{rows}"
    event = http_event("POST", "/api/v1/units/import", text, cookie=cookie, headers={"content-type": "text/csv"})
    status, told = call(directory.handler, event)
    assert status == 200, told
    return dict(told)


def test_an_address_in_a_list_waits_and_all_else_of_the_list_is_taken(world: World, first: str, second: str) -> None:
    table = world.ports.table("directory")
    for code in ("AAA", "BBB"):
        RegisterUnit(table)(act(world), code, UnitFacts(name=f"Đơn vị {code}", kind=UnitKind.STATE))
    told = listed(
        first, "AAA,Tên mới,STATE,ta@tinh.example\nBBB,Đơn vị BBB,STATE,\nCCC,Đơn vị CCC,STATE,c@tinh.example\n"
    )
    unit = ShowUnit(table)("AAA")
    assert (unit.name, unit.contact.email) == ("Tên mới", None)
    assert unit.asked_address is not None
    assert ShowUnit(table)("CCC").contact.email == "c@tinh.example", "a unit that is new is party to nothing"
    notes = [
        (each["row"], each["code"]) for each in told["units"]["report"]["notes"] if each["code"] == "contact.waits"
    ]
    assert [code for _, code in notes] == ["contact.waits"]
    path = "/api/v1/units/AAA/contact/confirmation"
    word = {"email": "ta@tinh.example"}
    assert call(directory.handler, http_event("POST", path, word, cookie=first))[0] == 403
    assert call(directory.handler, http_event("POST", path, word, cookie=second))[0] == 200
    assert ShowUnit(table)("AAA").contact.email == "ta@tinh.example"


def test_results_do_not_become_public_in_the_hall_by_one_officer(world: World, first: str, second: str) -> None:
    stand_ceremony(world, "a" * 16)
    world.ports.clock.set(ShowCeremony(world.ports.table("ceremonies"))("a" * 16).starts)
    first, second = (str(session_of(world, Role.ADMIN, person=who)) for who in ("first", "second"))

    def begun(cookie: str, approval: str = "") -> tuple[int, Any]:
        path, headers = f"/api/v1/ceremonies/{'a' * 16}/presentation", {"x-giaouoc-approval": approval}
        event = http_event("POST", path, cookie=cookie, headers=headers if approval else {})
        return call(ceremonies.handler, event)

    status, told = begun(first)
    assert status == 202
    assert begun(first, told["approval"])[0] == 403
    assert ShowCeremony(world.ports.table("ceremonies"))("a" * 16).presentation_began_at is None
    assert begun(second, told["approval"])[0] == 200
    assert ShowCeremony(world.ports.table("ceremonies"))("a" * 16).presentation_began_at is not None

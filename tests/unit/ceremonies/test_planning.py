"""A ceremony is planned in local time, once; its presentation begins once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from shared.ceremonies.model import AgendaItem, AgendaKind
from shared.ceremonies.planning import BeginPresentation, ListCeremonies, PlanCeremony, ShowCeremony
from shared.kernel.errors import Invalid, NotFound, Refused
from shared.texts import catalogue
from tests.unit.ceremonies.hall import DOORS, World, act, plan


def test_the_sample_is_planned_in_the_time_of_its_place(world: World) -> None:
    ceremony = world.plan()
    assert ceremony.doors_open == DOORS
    assert ceremony.starts == datetime(2027, 2, 12, 0, 30, tzinfo=UTC)
    assert len(ceremony.id) == 16
    assert len(bytes.fromhex(ceremony.id)) == 8
    assert ceremony.gates == ("Cổng A", "Cổng B")
    assert ShowCeremony(world.table)(ceremony.id) == ceremony
    assert ListCeremonies(world.table)() == (ceremony,)


def test_the_same_plan_again_is_the_same_ceremony_and_another_is_refused(world: World) -> None:
    ceremony = world.plan()
    BeginPresentation(world.table)(act(DOORS), ceremony.id)
    assert world.plan().id == ceremony.id
    with pytest.raises(Refused) as refused:
        world.plan(place="Nơi khác")
    assert refused.value.code == "ceremony.exists"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": " \u200b "}, "ceremony.text_missing"),
        ({"title": "x" * 301}, "list.text_too_long"),
        ({"zone": "Mars/Base"}, "ceremony.zone_bad"),
        ({"zone": "../../etc/passwd"}, "ceremony.zone_bad"),
        ({"starts": datetime(2027, 2, 12, 6)}, "ceremony.times_wrong"),  # noqa: DTZ001  (local time is what people enter)
        ({"ends": datetime(2027, 3, 12, 6)}, "ceremony.times_wrong"),  # noqa: DTZ001
        ({"gates": ("A", "A")}, "ceremony.gates_wrong"),
        ({"zone": "Asia"}, "ceremony.zone_bad"),
        ({"ends": datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-14)))}, "ceremony.times_wrong"),
        ({"block": "x" * 301}, "list.text_too_long"),
        ({"agenda": (AgendaItem(kind=AgendaKind.OPENING, title="x", speaker="y" * 301),)}, "list.text_too_long"),
    ],
)
def test_plans_that_cannot_be(world: World, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        PlanCeremony(world.table)(act(), plan(**changes))
    assert refused.value.code == code
    assert code in catalogue()


def test_a_speaker_is_one_clean_line(world: World) -> None:
    point = AgendaItem(kind=AgendaKind.OPENING, title="Khai mạc", speaker="Ông\u202e A\n", speaker_unit=" Sở\tNội vụ")
    (kept,) = world.plan(agenda=(point,)).agenda
    assert (kept.speaker, kept.speaker_unit) == ("Ông A", "Sở Nội vụ")


def test_the_presentation_begins_once_and_not_before_the_doors(world: World) -> None:
    ceremony = world.plan()
    begin = BeginPresentation(world.table)
    with pytest.raises(Refused):
        begin(act(DOORS - timedelta(minutes=1)), ceremony.id)
    first = begin(act(DOORS + timedelta(hours=2)), ceremony.id)
    assert begin(act(DOORS + timedelta(hours=3)), ceremony.id) == first
    assert first.presentation_began_at == DOORS + timedelta(hours=2)
    with pytest.raises(NotFound):
        begin(act(), "0" * 16)

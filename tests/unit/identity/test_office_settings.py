"""The office's settings: what is refused, what two officers at once are told, and that old records are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from events.envelope import Act, Actor
from shared.embedded.store import Store
from shared.identity.office import (
    DEFAULT,
    FOUR_EYES_ACTS,
    OFFICE,
    RETENTION,
    ChangeOfficeSettings,
    HeadingFamily,
    OfficeSettings,
    ReadOfficeSettings,
    Retention,
)
from shared.kernel.errors import Invalid, Refused
from shared.kernel.ports import Table
from tests.hostile import CLEANED, HOSTILE_NAMES

ACT = Act(actor=Actor(kind="PERSON", id="an"), at=datetime(2027, 1, 5, 2, 0, tzinfo=UTC), correlation_id="test-office")


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    with Store(tmp_path / "store.db") as store:
        yield store.table("identity")


def test_an_office_that_changed_nothing_works_by_the_default(table: Table) -> None:
    found = ReadOfficeSettings(table)()
    assert found == DEFAULT
    assert found.four_eyes == frozenset()
    for name, (least, most) in RETENTION.items():
        assert least <= getattr(found.retention, name) <= most


def test_a_change_is_kept_with_who_and_when(table: Table) -> None:
    wanted = OfficeSettings(
        name="  Sở  Nội vụ ", heading=HeadingFamily.PARTY, contact="0292 3", second_officer=("pledge.open",),
        retention=Retention(attendance_days=60), language="en", zone="Asia/Bangkok",
    )  # fmt: skip
    made = ChangeOfficeSettings(table)(ACT, wanted)
    assert made == ReadOfficeSettings(table)()
    assert (made.name, made.changed_by, made.changed_at, made.version) == ("Sở Nội vụ", "an", ACT.at, 1)
    assert made.four_eyes == {"pledge.open"}


def test_of_two_officers_at_once_one_looks_again(table: Table) -> None:
    change = ChangeOfficeSettings(table)
    change(ACT, replace(DEFAULT, name="A"))
    with pytest.raises(Refused) as told:
        change(ACT, replace(DEFAULT, name="B"))
    assert told.value.code == "office.changed_meanwhile"
    assert ReadOfficeSettings(table)().name == "A"


def test_the_same_again_is_no_change(table: Table) -> None:
    change = ChangeOfficeSettings(table)
    once = change(ACT, replace(DEFAULT, name="A"))
    assert change(replace(ACT, actor=Actor(kind="PERSON", id="binh")), once) == once


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (OfficeSettings(zone="Asia/Nowhere"), "zone"),
        (OfficeSettings(zone="../../etc/passwd"), "zone"),
        (OfficeSettings(zone="/etc/localtime"), "zone"),
        (OfficeSettings(zone=""), "zone"),
        (OfficeSettings(language="fr"), "language"),
        (OfficeSettings(second_officer=("everything",)), "second_officer"),
        (OfficeSettings(retention=Retention(attendance_days=1)), "retention.attendance_days"),
        (OfficeSettings(retention=Retention(notice_days=10**6)), "retention.notice_days"),
        (OfficeSettings(name="x" * 201), "name"),
        (OfficeSettings(contact="x" * 301), "contact"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(table: Table, wanted: OfficeSettings, field: str) -> None:
    with pytest.raises(Invalid) as told:
        ChangeOfficeSettings(table)(ACT, wanted)
    assert told.value.facts["field"] == field
    assert ReadOfficeSettings(table)() == DEFAULT


@pytest.mark.parametrize("name", [each for each in HOSTILE_NAMES if len(each) <= 200])
def test_a_hostile_name_is_kept_clean(table: Table, name: str) -> None:
    made = ChangeOfficeSettings(table)(ACT, OfficeSettings(name=name))
    assert made.name == CLEANED.get(name, name)


def test_acts_stand_in_one_order_and_once(table: Table) -> None:
    made = ChangeOfficeSettings(table)(ACT, OfficeSettings(second_officer=(*reversed(FOUR_EYES_ACTS), "pledge.open")))
    assert made.second_officer == FOUR_EYES_ACTS


def test_a_record_of_an_earlier_release_is_read() -> None:
    assert OFFICE.read({"shape": 1, "name": "A"}) == OfficeSettings(name="A")

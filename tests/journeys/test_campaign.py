"""The sample's campaign as units meet it: each reminder once, however the clock moves and however often it is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from infra.sample.client import ApiError
from infra.sample.files import SampleFiles
from infra.sample.load import import_units
from shared.identity.model import Role
from tests.journey_world import ENGINES, InProcessClient, JourneyWorld, journey

FILES = SampleFiles(0)
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
LAUNCHED = datetime(2027, 4, 1, 2, 0, tzinfo=UTC)
UNITS = ("BTGDV", "TDOAN", "LDLD", "BCHQS")
"""The last has no address."""
PLAN = {
    "PLAN": "2027-04-28", "LAUNCH": "2027-05-28", "MID_CHECK": "2027-06-25", "CLOSE": "2027-07-20", "DAY": "2027-07-26",
}  # fmt: skip
"""27 June is a Sunday; on 27 July nobody is reminded: both go out on the working day before."""

pytestmark = pytest.mark.parametrize("engine", ENGINES)


@dataclass
class Reminders:
    """One engine with the sample's campaign launched and planned."""

    world: JourneyWorld
    campaign: str

    def office(self) -> InProcessClient:
        return self.world.signed_in(Role.ORGANISER)

    def ledger(self) -> list[dict[str, Any]]:
        """What became of each reminder that came due: once per milestone and unit."""
        path = "/api/v1/notices?kind=reminder-remember&limit=200"
        entries = [each for each in self.office().get(path)["entries"] if each["state"] != "PENDING"]
        assert len({(each["subject_ref"], each["recipient"]) for each in entries}) == len(entries)
        return entries

    def outcomes(self) -> Counter[str]:
        return Counter(each["reason"] or each["state"] for each in self.ledger())

    def sent(self) -> Counter[str]:
        """Letters by address."""
        return Counter(letter["to"].addresses[0].addr_spec for letter in self.world.letters())


@contextmanager
def launched(engine: str, folder: Path) -> Iterator[Reminders]:
    with journey(engine, folder, at=LAUNCHED) as world:
        office = world.signed_in(Role.ORGANISER)
        import_units(office, FILES)
        body = {**FILES.json("campaign.json"), "unit": "TDOAN", "units": UNITS}
        made = office.post("/api/v1/campaigns", body)
        assert office.post("/api/v1/campaigns", body)["campaign"] == made["campaign"]
        assert (made["anniversary"], made["round_year"]) == (80, True)
        world.drain()
        yield Reminders(world=world, campaign=made["campaign"]["id"])
        assert world.dead_letters() == {}


def local(day: str, clock: str = "08:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=HANOI)


def check_all_sent(reminders: Reminders) -> None:
    """Five milestones to three units with an address; the fourth is on record without one."""
    assert reminders.outcomes() == {"SENT": 15, "notice.no_address": 5}
    assert set(reminders.sent().values()) == {5}
    assert len(reminders.sent()) == 3


def test_each_reminder_goes_out_once_on_its_morning_as_the_clock_steps_on(engine: str, tmp_path: Path) -> None:
    with launched(engine, tmp_path) as reminders:
        shown = reminders.office().get(f"/api/v1/campaigns/{reminders.campaign}")["plan"]["milestones"]
        plan = {each["kind"]: datetime.fromisoformat(each["due_at"]).astimezone(HANOI) for each in shown}
        assert {kind: at.strftime("%Y-%m-%d %H:%M") for kind, at in plan.items()} == {
            kind: f"{day} 08:00" for kind, day in PLAN.items()
        }
        for number, day in enumerate(PLAN.values()):
            reminders.world.move_to(local(day) - timedelta(seconds=1))
            assert len(reminders.world.letters()) == 3 * number
            for at in (local(day), local(day, "08:01"), local(day, "23:00")):
                reminders.world.move_to(at)
                assert len(reminders.world.letters()) == 3 * (number + 1)
        check_all_sent(reminders)
        letter = reminders.world.letters()[0]
        assert "tri ân" in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "chúc mừng" not in letter.get_body(("plain",)).get_content().lower()  # type: ignore[union-attr]


def test_in_one_jump_only_what_still_matters_goes_out_and_the_rest_is_on_record(engine: str, tmp_path: Path) -> None:
    with launched(engine, tmp_path) as reminders:
        reminders.world.move_to(local(PLAN["DAY"], "09:30"))
        assert reminders.outcomes() == {"SENT": 3, "notice.no_address": 5, "reminder.overtaken": 12}
        assert set(reminders.sent().values()) == {1}
        reminders.world.move_to(local("2027-08-02"))
        assert sum(reminders.outcomes().values()) == 20
        assert len(reminders.world.letters()) == 3


def test_a_clock_that_goes_back_and_forth_neither_loses_nor_repeats_a_reminder(engine: str, tmp_path: Path) -> None:
    with launched(engine, tmp_path) as reminders:
        clock = reminders.world.ports.clock
        for day in PLAN.values():
            reminders.world.fire_due(local(day, "08:05"))  # due by one clock
            clock.set(local(day) - timedelta(days=2))  # type: ignore[attr-defined]
            reminders.world.drain()  # and heard under another, set back
            for at in (local(day), local(day) - timedelta(days=1), local(day, "10:00"), local(day, "09:00")):
                reminders.world.move_to(at)
        check_all_sent(reminders)
        for day in ("2027-04-10", "2027-08-02", "2027-05-30"):
            reminders.world.move_to(local(day))
        check_all_sent(reminders)


def test_repeated_messages_remind_nobody_again(engine: str, tmp_path: Path) -> None:
    with launched(engine, tmp_path) as reminders:
        for day in PLAN.values():
            reminders.world.move_to(local(day, "07:59"))
            reminders.world.repeat_all()
            reminders.world.move_to(local(day, "08:30"))
            assert reminders.world.repeat_all() > 0
        check_all_sent(reminders)
        reminders.world.move_to(local("2027-08-02"))
        reminders.world.repeat_all()
        check_all_sent(reminders)


def test_a_reminder_that_was_held_up_until_night_waits_for_the_morning(engine: str, tmp_path: Path) -> None:
    with launched(engine, tmp_path) as reminders:
        reminders.world.move_to(local(PLAN["PLAN"], "22:00"))
        assert reminders.world.letters() == []
        assert reminders.world.repeat_all() > 0
        assert reminders.world.letters() == []
        reminders.world.move_to(local("2027-04-29", "07:59"))
        assert reminders.world.letters() == []
        reminders.world.move_to(local("2027-04-29", "08:00"))
        assert set(reminders.sent().values()) == {1}
        assert len(reminders.world.letters()) == 3


def test_a_campaign_that_is_formalism_is_not_launched(engine: str, tmp_path: Path) -> None:
    with launched(engine, tmp_path) as reminders:
        given = {**FILES.json("campaign.json"), "unit": "TDOAN", "units": UNITS, "name": "Một đợt khác"}
        for change, field in (
            ({"criteria": []}, "criteria"),
            ({"theme": " "}, "theme"),
            ({"units": ["NOPE"]}, "units"),
            ({"day": "2027-07-26"}, "commemorates"),
        ):
            with pytest.raises(ApiError) as refused:
                reminders.office().post("/api/v1/campaigns", {**given, **change})
            assert refused.value.status == 422
            assert refused.value.problem["facts"]["field"] == field
            assert refused.value.problem["title"] != refused.value.problem["detail"]

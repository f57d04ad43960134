"""A campaign's reminders on Scheduler: planned at their times, fired to the queue, and judged when they come."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from events.envelope import SYSTEM, Act
from infra.rehearsal.stage import Stage
from shared.campaigns.rules import Fate, still_due
from shared.campaigns.usecases import ShowCampaign, schedule
from tests.cloud.telling import Told, schedules
from tests.cloud_wait import until

UNIT = "TDOAN"
SOON = timedelta(seconds=3)


def whole(stage: Stage, name: str) -> dict[str, Any]:
    return dict(stage.running.client("scheduler").get_schedule(Name=name, GroupName=stage.prefix))


def of_campaign(stage: Stage, campaign: str) -> dict[str, dict[str, Any]]:
    """Schedules of a campaign by name."""
    found = {one["Name"]: whole(stage, one["Name"]) for one in schedules(stage)}
    return {name: one for name, one in found.items() if campaign in one["Target"]["Input"]}


def test_each_unit_has_one_schedule_for_each_milestone_and_none_fires_early(told: Told) -> None:
    stage, office = told.stage, told.story.organiser
    shown = office.get(f"/api/v1/campaigns/{told.loaded.campaign}")
    planned = of_campaign(stage, told.loaded.campaign)
    units = [each["unit"] for each in shown["campaign"]["participants"]]
    times = {each["due_at"].replace("Z", "").replace("+00:00", "") for each in shown["plan"]["milestones"]}
    assert len(planned) == len(units) * len(times)
    assert {one["ScheduleExpression"] for one in planned.values()} == {f"at({each})" for each in times}
    name, one = min(planned.items(), key=lambda item: item[1]["ScheduleExpression"])
    known = {key: one[key] for key in ("Name", "GroupName", "FlexibleTimeWindow", "ActionAfterCompletion", "Target")}
    early = f"at({datetime.now(UTC) + SOON:%Y-%m-%dT%H:%M:%S})"
    stage.running.client("scheduler").update_schedule(**known, ScheduleExpression=early)
    # It comes months before its time: no letter goes out, and it is put off to the day it is for.
    again = until(lambda: set(of_campaign(stage, told.loaded.campaign)) - set(planned), lambda found: len(found) == 1)
    assert whole(stage, again.pop())["ScheduleExpression"] == one["ScheduleExpression"]
    stage.settle()
    assert not [letter for letter in stage.letters() if "27/7" in str(letter["subject"])]
    assert name in {each["Name"] for each in schedules(stage)}


def test_a_reminder_that_comes_due_is_sent_as_the_rules_say(told: Told) -> None:
    stage, office = told.stage, told.story.organiser
    zone, today = a_zone_by_day()
    given = told.story.files.json("campaign.json")
    milestones = [{"kind": "DAY", "days_before": 0}]
    name = "Đợt thi đua của ngày hôm nay"
    body = {**given, "kind": "THEMATIC", "commemorates": None, "tone": "CELEBRATE", "name": name, "short_name": name}
    body |= {"unit": UNIT, "units": [UNIT], "day": today.isoformat(), "milestones": milestones, "zone": zone}
    campaign = office.post("/api/v1/campaigns", body)["campaign"]["id"]
    stage.settle()
    launched, plan = ShowCampaign(stage.ports.table("campaigns"))(campaign)
    assert plan is not None
    (milestone,) = plan.milestones
    assert milestone.passed  # it was due this morning, before the campaign was launched: nobody scheduled it
    now = datetime.now(UTC)
    act = Act(actor=SYSTEM, at=now, correlation_id="rehearsal")
    schedule(stage.ports.schedules, act, campaign, milestone, UNIT, now + SOON)
    ledger = "/api/v1/notices?kind=reminder&limit=200"

    def settled() -> list[dict[str, Any]]:
        entries = office.get(ledger)["entries"]
        return [each for each in entries if milestone.id in each["subject_ref"] and each["state"] != "PENDING"]

    (entry,) = until(settled, lambda found: len(found) == 1)
    verdict = still_due(launched, milestone.id, datetime.now(UTC))
    assert (entry["state"] == "SENT") is (verdict.fate is Fate.SEND)
    if verdict.fate is Fate.SEND:
        (letter,) = [each for each in stage.letters() if name in str(each.get_content())]
        assert "tdoan@tinh.example" in str(letter["to"])
    assert stage.dead_letters() == {}


def a_zone_by_day() -> tuple[str, date]:
    """A zone where it is between ten in the morning and three in the afternoon, and the day there."""
    now = datetime.now(UTC)
    for hours in range(-11, 13):
        name = f"Etc/GMT{-hours:+d}"
        local = now.astimezone(ZoneInfo(name))
        if time(10) <= local.time() < time(15):
            return name, local.date()
    raise AssertionError("it is never day anywhere")

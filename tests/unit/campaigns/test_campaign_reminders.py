"""A campaign's launch, its plan, and the fate of each reminder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.campaigns import ReminderDue
from events.catalogue import BY_CLASS
from events.envelope import SYSTEM, Act, open_envelope, read_envelope
from shared.campaigns.calendar import is_working_day
from shared.campaigns.model import Campaign, CampaignKind, Commemoration, Milestone, MilestoneKind, Participant, Tone
from shared.campaigns.rules import QUIET_FROM, SEND_AT, Fate, plan_milestones, still_due
from shared.campaigns.usecases import (
    JudgeReminder,
    LaunchCampaign,
    ListCampaigns,
    NewCampaign,
    PlanMilestones,
    ShowCampaign,
)
from shared.embedded.schedules import EmbeddedSchedules
from shared.embedded.store import Store
from shared.kernel.errors import Invalid, NotFound, Refused

LAUNCHED = datetime(2027, 4, 1, 2, 0, tzinfo=UTC)
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
SAMPLE = json.loads(Path("samples/khoi-thi-dua-2/campaign.json").read_text("utf-8"))
UNITS = (Participant(unit="LDLD", name="Liên đoàn Lao động tỉnh"), Participant(unit="HPN", name="Hội Phụ nữ tỉnh"))


def act_at(at: datetime = LAUNCHED) -> Act:
    return Act(actor=SYSTEM, at=at, correlation_id="test-correlation")


def new_campaign(**changes: Any) -> NewCampaign:
    values: dict[str, Any] = {
        "unit": "TDOAN",
        "unit_name": "Ban Thường vụ Tỉnh đoàn",
        "name": SAMPLE["name"],
        "short_name": SAMPLE["short_name"],
        "kind": CampaignKind(SAMPLE["kind"]),
        "tone": Tone(SAMPLE["tone"]),
        "theme": SAMPLE["theme"],
        "day": date.fromisoformat(SAMPLE["day"]),
        "criteria": tuple(SAMPLE["criteria"]),
        "forms": tuple(SAMPLE["forms"]),
        "milestones": tuple(
            Milestone(kind=MilestoneKind(each["kind"]), days_before=each["days_before"])
            for each in SAMPLE["milestones"]
        ),
        "participants": UNITS,
        "commemorates": Commemoration(**SAMPLE["commemorates"]),
    }
    return NewCampaign(**{**values, **changes})


@pytest.fixture
def store() -> Iterator[Store]:
    subscriptions = {(source, kind): ("all",) for kind, _version, source in BY_CLASS.values()}
    with Store(":memory:", subscriptions) as opened:
        yield opened


@pytest.fixture
def table(store: Store) -> Any:
    return store.table("campaigns")


@pytest.fixture
def schedules(store: Store) -> Any:
    return EmbeddedSchedules(store)


@pytest.fixture
def campaign(table: Any) -> Campaign:
    return LaunchCampaign(table)(act_at(), new_campaign())


def fired(store: Store) -> list[ReminderDue]:
    with store.reading() as connection:
        rows = connection.execute("SELECT body FROM messages WHERE queue = 'deliver-reminder' ORDER BY id").fetchall()
    return [open_envelope(read_envelope(json.loads(body)["detail"]), BY_CLASS) for (body,) in rows]


def test_the_sample_is_planned_on_working_days_and_keeps_off_the_day_of_the_fallen(campaign):
    plan = [
        (each.kind.value, each.due_at.strftime("%Y-%m-%d %H:%M %z"), each.moved) for each in plan_milestones(campaign)
    ]
    assert plan == [
        ("PLAN", "2027-04-28 08:00 +0700", False),
        ("LAUNCH", "2027-05-28 08:00 +0700", False),
        ("MID_CHECK", "2027-06-25 08:00 +0700", True),  # the 27th is a Sunday
        ("CLOSE", "2027-07-20 08:00 +0700", False),
        ("DAY", "2027-07-26 08:00 +0700", True),
    ]


def test_each_milestone_reminds_each_unit_exactly_once_as_the_clock_moves(campaign, table, schedules, store):
    plan = PlanMilestones(table, schedules)(act_at(), campaign=campaign.id)
    assert PlanMilestones(table, schedules)(act_at(), campaign=campaign.id) == plan
    at = LAUNCHED
    while at < datetime(2027, 8, 1, tzinfo=UTC):
        schedules.fire_due(at)
        at += timedelta(hours=7)
    due = [(each.kind, each.unit) for each in fired(store)]
    assert len(due) == len(set(due)) == 10
    assert {kind for kind, _ in due} == {"PLAN", "LAUNCH", "MID_CHECK", "CLOSE", "DAY"}


def test_a_plan_that_was_cut_off_is_finished_without_a_second_reminder(campaign, table, schedules, store, monkeypatch):
    left = 3
    real = type(schedules).put

    def dying(self, *args, **kwargs):
        nonlocal left
        left -= 1
        if left < 0:
            raise RuntimeError("the process died")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(type(schedules), "put", dying)
    with pytest.raises(RuntimeError):
        PlanMilestones(table, schedules)(act_at(), campaign=campaign.id)
    assert ShowCampaign(table)(campaign.id)[1] is None
    schedules.fire_due(datetime(2027, 4, 29, tzinfo=UTC))
    monkeypatch.undo()
    PlanMilestones(table, schedules)(act_at(), campaign=campaign.id)
    schedules.fire_due(datetime(2027, 8, 1, tzinfo=UTC))
    assert len(fired(store)) == 10


def test_a_milestone_before_the_launch_reminds_nobody(table, schedules, store):
    late = LaunchCampaign(table)(act_at(datetime(2027, 6, 1, tzinfo=UTC)), new_campaign())
    plan = PlanMilestones(table, schedules)(act_at(), campaign=late.id)
    assert [each.kind.value for each in plan.milestones if each.passed] == ["PLAN", "LAUNCH"]
    schedules.fire_due(datetime(2027, 8, 1, tzinfo=UTC))
    assert {each.kind for each in fired(store)} == {"MID_CHECK", "CLOSE", "DAY"}


@pytest.mark.parametrize(
    ("now", "fate", "what"),
    [
        ("2027-07-20 08:00", Fate.SEND, None),
        ("2027-07-20 17:59", Fate.SEND, None),
        ("2027-07-20 18:00", Fate.WAIT, "2027-07-21 08:00"),
        ("2027-07-21 02:30", Fate.WAIT, "2027-07-21 08:00"),
        (
            "2027-07-23 22:00",
            Fate.DROP,
            "reminder.overtaken",
        ),  # its next hour would be Monday's, which is the last milestone's
        ("2027-07-20 07:00", Fate.WAIT, "2027-07-20 08:00"),
    ],
)
def test_a_reminder_that_was_held_up_waits_for_daylight_unless_it_is_overtaken(campaign, now, fate, what):
    close = next(each for each in plan_milestones(campaign) if each.kind is MilestoneKind.CLOSE)
    delivery = still_due(campaign, close.id, datetime.strptime(now, "%Y-%m-%d %H:%M").replace(tzinfo=HANOI))
    assert delivery.fate is fate
    shown = delivery.at.strftime("%Y-%m-%d %H:%M") if delivery.at else delivery.reason or None
    assert shown == what


def test_the_day_itself_is_not_spoken_of_when_it_is_over(campaign):
    last = plan_milestones(campaign)[-1]
    delivery = still_due(campaign, last.id, datetime(2027, 7, 26, 20, tzinfo=HANOI))
    assert (delivery.fate, delivery.reason) == (Fate.DROP, "reminder.too_late")


def test_a_reminder_put_off_comes_due_once_more(campaign, table, schedules, store):
    close = plan_milestones(campaign)[3]
    due = ReminderDue(campaign=campaign.id, milestone=close.id, kind="CLOSE", unit="HPN", due_at=close.due_at)
    night = act_at(datetime(2027, 7, 20, 22, tzinfo=HANOI))
    for _ in range(3):
        assert JudgeReminder(table, schedules)(night, due).delivery.fate is Fate.WAIT
    schedules.fire_due(datetime(2027, 7, 21, 8, tzinfo=HANOI))
    assert len(fired(store)) == 1


def test_a_reminder_of_an_unknown_campaign_is_asked_for_again(table, schedules):
    due = ReminderDue(campaign="?", milestone="?", kind="DAY", unit="HPN", due_at=LAUNCHED)
    with pytest.raises(NotFound):
        JudgeReminder(table, schedules)(act_at(), due)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"theme": " "}, "theme"),
        ({"name": ""}, "name"),
        ({"criteria": ()}, "criteria"),
        ({"forms": ("  ",)}, "forms"),
        ({"milestones": ()}, "milestones"),
        ({"milestones": (Milestone(kind=MilestoneKind.DAY, days_before=-1),)}, "milestones"),
        ({"participants": ()}, "participants"),
        ({"participants": (UNITS[0], UNITS[0])}, "participants"),
        ({"day": date(2027, 3, 31)}, "day"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"zone": "../etc/passwd"}, "zone"),
        ({"zone": "Asia"}, "zone"),
        ({"day": date(9999, 12, 31), "commemorates": None, "kind": CampaignKind.THEMATIC}, "day"),
        ({"commemorates": None}, "commemorates"),
        ({"commemorates": Commemoration(day="28/7", origin_year=1947)}, "commemorates"),
        ({"commemorates": Commemoration(day="27/7", origin_year=2027)}, "commemorates"),
        ({"commemorates": Commemoration(day="xx")}, "commemorates"),
    ],
)
def test_a_campaign_is_launched_whole_or_not_at_all(table, changes, field):
    with pytest.raises(Invalid) as refused:
        LaunchCampaign(table)(act_at(), new_campaign(**changes))
    assert refused.value.facts["field"] == field
    assert not ListCampaigns(table)().campaigns


def test_a_campaign_may_honour_a_lunar_day(table):
    hung_kings = new_campaign(day=date(2027, 4, 16), commemorates=Commemoration(day="10/3", lunar=True))
    assert LaunchCampaign(table)(act_at(), hung_kings).day == date(2027, 4, 16)


def test_launching_again_answers_the_campaign_that_stands(table, campaign):
    assert LaunchCampaign(table)(act_at(), new_campaign()) == campaign
    with pytest.raises(Refused) as refused:
        LaunchCampaign(table)(act_at(), new_campaign(theme="Khác"))
    assert refused.value.code == "campaign.launched_otherwise"
    assert ListCampaigns(table)().campaigns == (campaign,)


MILESTONES = st.lists(
    st.builds(Milestone, kind=st.sampled_from(MilestoneKind), days_before=st.integers(0, 400)), min_size=1, max_size=6
)


@given(
    day=st.dates(date(2026, 1, 1), date(2060, 12, 31)),
    milestones=MILESTONES,
    zone=st.sampled_from(["Asia/Ho_Chi_Minh", "Europe/Paris"]),
)
def test_every_reminder_goes_out_in_the_morning_of_a_working_day_and_never_later_than_meant(day, milestones, zone):
    campaign = replace(CAMPAIGN, day=day, milestones=tuple(milestones), zone=zone)
    for each in plan_milestones(campaign):
        local = each.due_at.astimezone(ZoneInfo(zone))
        assert local.time() == SEND_AT
        assert is_working_day(local.date())
        assert (local.month, local.day) != (7, 27)
        assert local.date() <= each.meant_on
        assert (each.meant_on - local.date()).days <= 11


@given(hours=st.integers(0, 24 * 150), place=st.integers(0, 4))
def test_whenever_it_comes_due_nobody_is_reminded_at_night_or_on_a_day_off(hours, place):
    at = LAUNCHED + timedelta(hours=hours, minutes=place)
    milestone = plan_milestones(CAMPAIGN)[place]
    delivery = still_due(CAMPAIGN, milestone.id, at)
    moment = at if delivery.fate is Fate.SEND else delivery.at
    if moment is not None:
        local = moment.astimezone(HANOI)
        assert SEND_AT <= local.time() < QUIET_FROM
        assert is_working_day(local.date())
        assert moment >= milestone.due_at
    if delivery.fate is Fate.WAIT:
        assert delivery.at is not None
        assert delivery.at > at
        assert still_due(CAMPAIGN, milestone.id, delivery.at).fate is Fate.SEND


with Store(":memory:") as _store:
    CAMPAIGN = LaunchCampaign(_store.table("campaigns"))(act_at(), new_campaign())

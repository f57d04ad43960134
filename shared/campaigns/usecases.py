"""Launch a campaign, plan its reminders, judge a reminder that comes due. Called by functions/campaigns and functions/notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from events.campaigns import CampaignLaunched, MilestonesPlanned, ReminderDue
from events.envelope import Act, wrap
from shared.campaigns.lunar import LAST_YEAR, lunar_day
from shared.campaigns.model import (
    Campaign,
    CampaignKind,
    Commemoration,
    Milestone,
    Participant,
    Plan,
    PlannedMilestone,
    Tone,
)
from shared.campaigns.rules import Delivery, Fate, plan_milestones, still_due
from shared.kernel.clock import zone_of
from shared.kernel.errors import Conflict, Invalid, NotFound, Refused
from shared.kernel.ids import derived_id
from shared.kernel.ports import ABSENT, Put, Schedules, Table
from shared.kernel.shapes import Shape
from shared.kernel.text import nfc

QUEUE: Final = "deliver-reminder"
MAX_DAYS_BEFORE: Final = 730
MAX_MILESTONES: Final = 20
MAX_PARTICIPANTS: Final = 500
_CAMPAIGN: Final = Shape(Campaign, 1)
_PLAN: Final = Shape(Plan, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCampaign:
    """A campaign as an organiser describes it; `unit` and `participants` are the directory's snapshots."""

    unit: str
    unit_name: str
    name: str
    short_name: str
    kind: CampaignKind
    tone: Tone
    theme: str
    day: date
    criteria: tuple[str, ...]
    forms: tuple[str, ...]
    milestones: tuple[Milestone, ...]
    participants: tuple[Participant, ...]
    zone: str = "Asia/Ho_Chi_Minh"
    commemorates: Commemoration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPage:
    """Campaigns by day, latest first, and the cursor of the next page."""

    campaigns: tuple[Campaign, ...]
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A reminder that came due: what to do with it, and what it is about."""

    delivery: Delivery
    campaign: Campaign
    milestone: PlannedMilestone | None


class LaunchCampaign:
    """Puts a campaign on record. One unit, name and day are one campaign: launching it again answers the one that stands."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, new: NewCampaign) -> Campaign:
        """Raises Invalid naming what is missing or wrong, Refused `campaign.launched_otherwise`."""
        campaign = _launched(act, new)
        fact = CampaignLaunched(campaign=campaign.id, name=campaign.short_name, day=campaign.day)
        put = Put(
            partition=_key(campaign.id),
            sort="campaign",
            body=_CAMPAIGN.body(campaign),
            expect=ABSENT,
            index1=("campaigns", f"{campaign.day.isoformat()}#{campaign.id}"),
        )
        try:
            self._table.commit([put], [wrap(fact, act, subject=campaign.id, version=1)])
        except Conflict:
            standing = _read(self._table, campaign.id)
            if _contents(standing) != _contents(campaign):
                raise Refused("campaign.launched_otherwise") from None
            return standing
        return campaign


class PlanMilestones:
    """Schedules one reminder per milestone and unit; a repeat schedules nothing twice."""

    def __init__(self, table: Table, schedules: Schedules) -> None:
        self._table = table
        self._schedules = schedules

    def __call__(self, act: Act, *, campaign: str) -> Plan:
        """Raises NotFound."""
        launched = _read(self._table, campaign)
        standing = self._table.get(_key(campaign), "plan")
        if standing is not None:
            return _PLAN.read(standing.body)
        plan = Plan(milestones=plan_milestones(launched), planned_at=act.at)
        for milestone in plan.milestones:
            if not milestone.passed:
                self._schedule(act, launched, milestone)
        # Only when every reminder stands is the plan written: a crash before that schedules the rest again.
        fact = MilestonesPlanned(
            campaign=campaign, version=1, milestones=len(plan.milestones), units=len(launched.participants)
        )
        put = Put(partition=_key(campaign), sort="plan", body=_PLAN.body(plan), expect=ABSENT)
        try:
            self._table.commit([put], [wrap(fact, act, subject=campaign, version=2)])
        except Conflict:
            written = self._table.get(_key(campaign), "plan")
            if written is None:
                raise
            return _PLAN.read(written.body)
        return plan

    def _schedule(self, act: Act, campaign: Campaign, milestone: PlannedMilestone) -> None:
        for participant in campaign.participants:
            schedule(self._schedules, act, campaign.id, milestone, participant.unit, milestone.due_at)


class JudgeReminder:
    """Decides about a reminder that came due, and puts it off where it may not be sent at this hour."""

    def __init__(self, table: Table, schedules: Schedules) -> None:
        self._table = table
        self._schedules = schedules

    def __call__(self, act: Act, due: ReminderDue) -> Reminder:
        """Raises NotFound for a campaign that is not there."""
        campaign = _read(self._table, due.campaign)
        delivery = still_due(campaign, due.milestone, act.at)
        milestone = next((each for each in plan_milestones(campaign) if each.id == due.milestone), None)
        if delivery.fate is Fate.WAIT and delivery.at is not None and milestone is not None:
            # A schedule of the same name may have fired (the clock was set back): what puts off is part of the new name.
            after = act.causation_id or act.at.isoformat()
            schedule(self._schedules, act, campaign.id, milestone, due.unit, delivery.at, after)
        return Reminder(delivery=delivery, campaign=campaign, milestone=milestone)


class ShowCampaign:
    """One campaign with its plan (None until it is made)."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, campaign: str) -> tuple[Campaign, Plan | None]:
        """Raises NotFound."""
        planned = self._table.get(_key(campaign), "plan")
        return _read(self._table, campaign), _PLAN.read(planned.body) if planned else None


class ListCampaigns:
    """All campaigns, latest day first; from an index, so that the newest may be a moment late."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, *, limit: int = 50, cursor: str | None = None) -> CampaignPage:
        """Raises Invalid for a cursor that is not from this list."""
        try:
            page = self._table.query("campaigns", limit=limit, cursor=cursor, reverse=True, index=1)
        except ValueError:
            raise Invalid("list.bad_cursor", field="cursor") from None
        return CampaignPage(campaigns=tuple(_CAMPAIGN.read(item.body) for item in page.items), cursor=page.cursor)


def schedule(
    schedules: Schedules, act: Act, campaign: str, milestone: PlannedMilestone, unit: str, at: datetime, after: str = ""
) -> None:
    """One reminder at `at`; its name follows from milestone, unit, time and the fact that put it off (`after`), so that the
    same one is made once."""
    due = ReminderDue(campaign=campaign, milestone=milestone.id, kind=milestone.kind, unit=unit, due_at=at)
    name = derived_id("reminder", milestone.id, unit, int(at.timestamp()), *filter(None, [after]))
    schedules.put(name, at=at, queue=QUEUE, envelope=wrap(due, act, subject=name, version=1))


def _key(campaign: str) -> str:
    return f"campaign#{campaign}"


def _read(table: Table, campaign: str) -> Campaign:
    item = table.get(_key(campaign), "campaign")
    if item is None:
        raise NotFound("campaign.unknown", campaign=campaign)
    return _CAMPAIGN.read(item.body)


def _launched(act: Act, new: NewCampaign) -> Campaign:
    """A campaign without theme, criteria, forms and a name is formalism, and is not launched."""
    name = _text("name", new.name, 300)
    for check in (_check_milestones, _check_participants, _check_day):
        check(act, new)
    return Campaign(
        id=derived_id("campaign", new.unit, name.casefold(), new.day.isoformat()),
        unit=new.unit,
        unit_name=nfc(new.unit_name),
        name=name,
        short_name=_text("short_name", new.short_name, 80),
        kind=new.kind,
        tone=new.tone,
        theme=_text("theme", new.theme, 300),
        day=new.day,
        criteria=_texts("criteria", new.criteria),
        forms=_texts("forms", new.forms),
        milestones=new.milestones,
        participants=new.participants,
        zone=new.zone,
        launched_at=act.at,
        commemorates=new.commemorates,
    )


def _check_milestones(_act: Act, new: NewCampaign) -> None:
    days = [milestone.days_before for milestone in new.milestones]
    if not 1 <= len(days) <= MAX_MILESTONES:
        raise Invalid("campaign.milestones", field="milestones", most=MAX_MILESTONES)
    if any(not 0 <= each <= MAX_DAYS_BEFORE for each in days):
        raise Invalid("campaign.days_before", field="milestones", most=MAX_DAYS_BEFORE)
    if len({(milestone.kind, milestone.days_before) for milestone in new.milestones}) != len(days):
        raise Invalid("campaign.milestone_twice", field="milestones")


def _check_participants(_act: Act, new: NewCampaign) -> None:
    units = [participant.unit for participant in new.participants]
    if not 1 <= len(units) <= MAX_PARTICIPANTS:
        raise Invalid("campaign.participants", field="participants", most=MAX_PARTICIPANTS)
    if len(set(units)) != len(units):
        raise Invalid("campaign.participant_twice", field="participants")


def _check_day(act: Act, new: NewCampaign) -> None:
    try:
        zone = zone_of(new.zone)
    except ValueError:
        raise Invalid("campaign.zone", field="zone") from None
    today = act.at.astimezone(zone).date()
    if new.day < today:
        raise Invalid("campaign.day_passed", field="day")
    if new.day.year > LAST_YEAR:  # days off are not known any further
        raise Invalid("campaign.year", field="day", least=today.year, most=LAST_YEAR)
    if new.commemorates is None:
        if new.kind is CampaignKind.PEAK:
            raise Invalid("campaign.no_commemoration", field="commemorates")
        return
    if _falls_on(new.commemorates, new.day.year) != new.day:
        raise Invalid("campaign.other_day", field="commemorates", day=nfc(new.commemorates.day)[:10])
    if new.commemorates.origin_year is not None and new.commemorates.origin_year >= new.day.year:
        raise Invalid("campaign.origin_year", field="commemorates")


def _falls_on(commemorates: Commemoration, year: int) -> date | None:
    try:
        day, month = (int(part) for part in commemorates.day.split("/"))
        return lunar_day(year, month, day) if commemorates.lunar else date(year, month, day)
    except ValueError:
        return None


def _text(field: str, given: str, most: int) -> str:
    text = nfc(given)
    if not text:
        raise Invalid("campaign.missing", field=field)
    if len(text) > most:
        raise Invalid("campaign.too_long", field=field, most=most)
    return text


def _texts(field: str, given: tuple[str, ...]) -> tuple[str, ...]:
    texts = tuple(text for text in map(nfc, given) if text)
    if not texts:
        raise Invalid("campaign.missing", field=field)
    if len(texts) > 50 or any(len(text) > 500 for text in texts):
        raise Invalid("campaign.too_long", field=field, most=500)
    return texts


def _contents(campaign: Campaign) -> tuple[object, ...]:
    names = ("short_name", "kind", "tone", "theme", "criteria", "forms", "milestones", "participants", "commemorates")
    return tuple(getattr(campaign, name) for name in names)

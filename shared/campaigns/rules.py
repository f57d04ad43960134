"""When reminders go out, and whether one that comes due is still to be sent. Pure; called by usecases.py.

Reminders go out at 08:00 local time on a working day: never at night, on days off, or on 27 July, whose morning belongs to
the dead; what would fall there goes out on the working day before. A reminder that was held up (the machine was off) is not
sent at night either: it waits for the next hour in which it may be sent, unless a later milestone has overtaken it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from shared.campaigns.calendar import is_working_day
from shared.campaigns.model import Campaign, MilestoneKind, PlannedMilestone
from shared.kernel.ids import derived_id

SEND_AT: Final = time(8, 0)
QUIET_FROM: Final = time(18, 0)
"""From here to SEND_AT of the next working day nobody is reminded."""
_DAY_OF_THE_FALLEN: Final = (7, 27)


class Fate(StrEnum):
    """SEND now; WAIT until `at`; DROP for `reason`."""

    SEND = "SEND"
    WAIT = "WAIT"
    DROP = "DROP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What is to be done with a reminder that came due."""

    fate: Fate
    at: datetime | None = None
    reason: str = ""


def may_remind(day: date) -> bool:
    """Whether reminders go out on this day at all."""
    return is_working_day(day) and (day.month, day.day) != _DAY_OF_THE_FALLEN


def plan_milestones(campaign: Campaign) -> tuple[PlannedMilestone, ...]:
    """The campaign's milestones with their times, in order."""
    zone = ZoneInfo(campaign.zone)
    planned = []
    for milestone in campaign.milestones:
        meant_on = campaign.day - timedelta(days=milestone.days_before)
        sent_on = meant_on
        while not may_remind(sent_on):
            sent_on -= timedelta(days=1)
        due_at = datetime.combine(sent_on, SEND_AT, zone)
        planned.append(
            PlannedMilestone(
                id=derived_id("milestone", campaign.id, milestone.kind, milestone.days_before),
                kind=milestone.kind,
                meant_on=meant_on,
                due_at=due_at,
                moved=sent_on != meant_on,
                passed=due_at < campaign.launched_at,
            )
        )
    return tuple(sorted(planned, key=lambda each: (each.due_at, each.meant_on)))


def still_due(campaign: Campaign, milestone: str, now: datetime) -> Delivery:
    """Whether the reminder of a milestone is to be sent at `now`."""
    plan = plan_milestones(campaign)
    own = next((each for each in plan if each.id == milestone), None)
    if own is None:
        return Delivery(fate=Fate.DROP, reason="reminder.not_planned")
    zone = ZoneInfo(campaign.zone)
    if now < own.due_at:
        return Delivery(fate=Fate.WAIT, at=own.due_at)
    at = next_moment(now.astimezone(zone))
    if any(own.due_at < each.due_at <= at for each in plan):
        return Delivery(fate=Fate.DROP, reason="reminder.overtaken")
    last = campaign.day if own.kind is MilestoneKind.DAY else own.meant_on + timedelta(days=7)
    if at.date() > max(last, own.due_at.astimezone(zone).date()):
        return Delivery(fate=Fate.DROP, reason="reminder.too_late")
    return Delivery(fate=Fate.SEND) if at <= now else Delivery(fate=Fate.WAIT, at=at)


def next_moment(local: datetime) -> datetime:
    """`local` itself if reminders may go out then, else 08:00 of the next day on which they may."""
    if may_remind(local.date()) and SEND_AT <= local.time() < QUIET_FROM:
        return local
    day = local.date() if local.time() < SEND_AT else local.date() + timedelta(days=1)
    while not may_remind(day):
        day += timedelta(days=1)
    return datetime.combine(day, SEND_AT, local.tzinfo)

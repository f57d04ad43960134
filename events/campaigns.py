"""Facts of the context campaigns: emulation campaigns (đợt thi đua), their milestones, and reminders that come due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignLaunched:
    """A campaign is launched (phát động); its milestones are to be planned (queue plan-campaign)."""

    campaign: str
    name: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestonesPlanned:
    """Every reminder of the campaign is scheduled: `milestones` days, for `units` units each."""

    campaign: str
    version: int
    milestones: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderDue:
    """A milestone has come for one unit. `kind` is PLAN, LAUNCH, MID_CHECK, CLOSE or DAY (queue deliver-reminder)."""

    campaign: str
    milestone: str
    kind: str
    unit: str
    due_at: datetime


EVENTS: dict[tuple[str, int], type] = {
    ("CampaignLaunched", 1): CampaignLaunched,
    ("MilestonesPlanned", 1): MilestonesPlanned,
    ("ReminderDue", 1): ReminderDue,
}

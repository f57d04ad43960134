"""Campaigns and their plans, as frozen values. Used by rules.py, usecases.py and the edge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class CampaignKind(StrEnum):
    """Thường xuyên, chuyên đề, cao điểm (bound to a commemorative day), đặc biệt."""

    REGULAR = "REGULAR"
    THEMATIC = "THEMATIC"
    PEAK = "PEAK"
    SPECIAL = "SPECIAL"


class Tone(StrEnum):
    """CELEBRATE: a joyful day; REMEMBER: a day of the dead, with sober wording and nothing on its morning."""

    CELEBRATE = "CELEBRATE"
    REMEMBER = "REMEMBER"


class MilestoneKind(StrEnum):
    """What a milestone asks for: to plan, to launch, to check half-way, to close, to commemorate on the day."""

    PLAN = "PLAN"
    LAUNCH = "LAUNCH"
    MID_CHECK = "MID_CHECK"
    CLOSE = "CLOSE"
    DAY = "DAY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """`days_before` the campaign's day; 0 is the day itself."""

    kind: MilestoneKind
    days_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Commemoration:
    """The day that a campaign honours: `day` as "27/7" ("10/3" with `lunar`), `origin_year` of the event if it has one."""

    day: str
    origin_year: int | None = None
    lunar: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A unit that takes part, with its name of that time; where to write to is asked at the moment of sending."""

    unit: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A launched campaign. `zone` is the IANA zone in which its days are meant; `unit` launched it."""

    id: str
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
    zone: str
    launched_at: datetime
    commemorates: Commemoration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMilestone:
    """When a milestone's reminders go out. `meant_on` is the day by counting, `moved` whether it had to give way.

    `passed`: it lay before the launch already, so that nobody is reminded of it.
    """

    id: str
    kind: MilestoneKind
    meant_on: date
    due_at: datetime
    moved: bool
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The milestones of a campaign in the order in which they come due."""

    milestones: tuple[PlannedMilestone, ...]
    planned_at: datetime

"""The sample with its ceremony under way now: on AWS no clock can be moved, so the sample's times are. Called by the tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.sample.files import CEREMONY_DAY, ZONE, SampleFiles

AGO = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class LiveFiles(SampleFiles):
    """Days are moved as in the sample; times of the day by `later` besides."""

    later: timedelta = timedelta()

    @classmethod
    def with_doors_just_opened(cls, now: datetime) -> LiveFiles:
        """The doors opened a moment before `now`."""
        days = (now.astimezone(ZONE).date() - CEREMONY_DAY).days
        unmoved = SampleFiles(days)
        doors = unmoved.local(unmoved.json("ceremony.json")["doors_open"])
        return cls(days, now - AGO - doors)

    def local(self, text: str) -> datetime:
        """See SampleFiles."""
        return (datetime.fromisoformat(text).replace(tzinfo=ZONE) + self.later).replace(microsecond=0)

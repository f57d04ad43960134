"""The sample's files with every date moved by one whole number of days (DESIGN 8). Called by the loader and the demo.

Only dates in ISO form are moved: those are data. Dates inside sentences (an anniversary in a citation) are history.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from shared.ceremonies.tickets import VALID_AFTER_END

FOLDER: Final = Path(__file__).parents[2] / "samples" / "khoi-thi-dua-2"
ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
CEREMONY_DAY: Final = date(2027, 2, 12)
CAMPAIGN_DAY: Final = date(2027, 7, 27)
EVENING: Final = timedelta(minutes=10)
"""With less than this left no list could be imported and its tickets drawn."""
_ISO_DATE = re.compile(r"(?<![0-9])(20[0-9]{2})-([01][0-9])-([0-3][0-9])(?![0-9])")


@dataclass(frozen=True, slots=True)
class SampleFiles:
    """The sample as it stands `days` days later (or earlier)."""

    days: int

    @classmethod
    def with_doors_open_on(cls, day: date) -> SampleFiles:
        """The ceremony is on `day`."""
        return cls((day - CEREMONY_DAY).days)

    @classmethod
    def with_campaign_ending_on(cls, day: date) -> SampleFiles:
        """The last day of the whole story, the campaign's, is `day`."""
        return cls((day - CAMPAIGN_DAY).days)

    def text(self, name: str) -> str:
        """A file's text (without byte order mark), dates moved."""
        text = (FOLDER / name).read_text("utf-8-sig")
        return _ISO_DATE.sub(self._moved, text)

    def json(self, name: str) -> Any:
        """A JSON file, dates moved."""
        return json.loads(self.text(name))

    def bytes(self, name: str) -> bytes:
        """A file as the office sent it; lists of people hold no dates."""
        data = (FOLDER / name).read_bytes()
        return data if name.endswith(".xlsx") else _ISO_DATE.sub(self._moved, data.decode("utf-8")).encode("utf-8")

    def local(self, text: str) -> datetime:
        """A local time of the sample (already moved) as an aware datetime."""
        return datetime.fromisoformat(text).replace(tzinfo=ZONE)

    def _moved(self, match: re.Match[str]) -> str:
        try:
            day = date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            return match[0]
        return (day + timedelta(days=self.days)).isoformat()


def today() -> date:
    """Today where the sample takes place."""
    return datetime.now(ZONE).date()


def trial_day(now: datetime) -> date:
    """The day on which the doors of a sample that is loaded at `now` open: today, but late in the evening tomorrow.

    Tickets are drawn until VALID_AFTER_END after the end: a trial that begins when that is past would have none.
    """
    day = now.astimezone(ZONE).date()
    files = SampleFiles.with_doors_open_on(day)
    ends = files.local(files.json("ceremony.json")["ends"])
    return day if now < ends + VALID_AFTER_END - EVENING else day + timedelta(days=1)

"""A sample that is loaded at any hour has tickets: its ceremony is today's, and tomorrow's late in the evening."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from infra.sample.files import SampleFiles, trial_day
from shared.ceremonies.tickets import VALID_AFTER_END

HERE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("hour", "minute", "day"),
    [(0, 5, 20), (9, 0, 20), (21, 55, 20), (22, 45, 20), (22, 55, 21), (23, 6, 21), (23, 59, 21)],
)
def test_the_ceremony_is_on_the_day_when_its_tickets_are_still_good(hour: int, minute: int, day: int) -> None:
    now = datetime(2026, 11, 20, hour, minute, tzinfo=HERE)
    assert trial_day(now) == date(2026, 11, day)
    files = SampleFiles.with_doors_open_on(trial_day(now))
    assert now < files.local(files.json("ceremony.json")["ends"]) + VALID_AFTER_END

"""rate() and cron() fire when EventBridge's user guide says; a slow, minute by minute reading agrees."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.embedded.template.expressions import Cron, Rate, parse

START = datetime(2024, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 10 * 366 * 86_400_000).map(lambda passed: START + timedelta(milliseconds=passed))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text + "+00:00")


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("cron(0 12 * * ? *)", "2026-09-01T12:00:00", "2026-09-02T12:00:00"),
        ("cron(0 12 * * ? *)", "2026-09-01T11:59:59.999999", "2026-09-01T12:00:00"),
        ("cron(15 10 * * ? *)", "2026-12-31T10:15:00", "2027-01-01T10:15:00"),
        ("cron(0 18 ? * MON-FRI *)", "2026-09-04T18:00:00", "2026-09-07T18:00:00"),
        ("cron(0 8 1 * ? *)", "2026-09-01T08:00:00", "2026-10-01T08:00:00"),
        ("cron(0/15 * * * ? *)", "2026-09-01T10:45:01", "2026-09-01T11:00:00"),
        ("cron(5/20 8-10 ? * 2-6 *)", "2026-09-04T10:45:00", "2026-09-07T08:05:00"),
        ("cron(0 0 L * ? *)", "2028-02-01T00:00:00", "2028-02-29T00:00:00"),
        ("cron(0 0 29 2 ? *)", "2026-01-01T00:00:00", "2028-02-29T00:00:00"),
        ("cron(0 9 3W * ? *)", "2026-10-01T00:00:00", "2026-10-02T09:00:00"),  # the 3rd is a Saturday
        ("cron(0 9 1W * ? *)", "2026-08-01T00:00:00", "2026-08-03T09:00:00"),  # the 1st too: not into July
        ("cron(0 9 31W * ? *)", "2027-01-01T00:00:00", "2027-01-29T09:00:00"),  # a Sunday: not into February
        ("cron(0 10 ? * 6L *)", "2026-09-01T00:00:00", "2026-09-25T10:00:00"),
        ("cron(0 10 ? * L *)", "2026-09-01T00:00:00", "2026-09-05T10:00:00"),
        ("cron(0 10 ? * 3#2 *)", "2026-09-01T00:00:00", "2026-09-08T10:00:00"),
        ("cron(0 10 ? * TUE#5 *)", "2026-09-01T11:00:00", "2026-09-29T10:00:00"),
        ("cron(0 0 1 JAN,jul ? 2027-2029/2)", "2027-07-01T00:00:00", "2029-01-01T00:00:00"),
        ("rate(1 minute)", "2026-09-01T10:00:00", "2026-09-01T10:01:00"),
        ("rate(5 minutes)", "2026-09-01T10:04:59", "2026-09-01T10:05:00"),
        ("rate(1 hour)", "2026-09-01T10:00:01", "2026-09-01T11:00:00"),
        ("rate(1 day)", "2026-09-01T10:00:00", "2026-09-02T00:00:00"),
    ],
)
def test_fires_next(text: str, after: str, expected: str) -> None:
    assert parse(text).next_after(at(after)) == at(expected)


def test_ends_with_its_years() -> None:
    assert parse("cron(0 0 1 1 ? 2026)").next_after(at("2026-01-01T00:00:00")) is None


def test_another_zones_instant_is_the_same_instant() -> None:
    hanoi = datetime.fromisoformat("2026-09-02T02:00:00+07:00")
    assert parse("cron(30 19 * * ? *)").next_after(hanoi) == at("2026-09-01T19:30:00")


@pytest.mark.parametrize(
    "text",
    [
        "", "daily", "rate()", "rate(0 minutes)", "rate(1 minutes)", "rate(2 minute)", "rate(5 seconds)", "rate(1.5 hours)",
        "rate(٥ minutes)", "cron(* * * * *)", "cron(0 0 * * * *)", "cron(0 0 ? * ? *)", "cron(60 0 * * ? *)",
        "cron(0 24 * * ? *)", "cron(0 0 0 * ? *)", "cron(0 0 32 * ? *)", "cron(0 0 1 13 ? *)", "cron(0 0 ? * 0 *)",
        "cron(0 0 ? * 8 *)", "cron(0 0 ? * FRI-MON *)", "cron(0 0 ? * MON/2 *)", "cron(0 0 ? * MON#6 *)", "cron(0 0 LW * ? *)",
        "cron(0 0 1,L * ? *)", "cron(0 0 * * ? 1969)", "cron(0 0 * * ? 2200)", "cron(*/0 0 * * ? *)", "cron(5-1 0 * * ? *)",
        "cron(0 0 31 2 ? *)", "cron(1, 0 * * ? *)", "cron(0  0 * * ? *)", "cron(@daily)", "at(2026-09-01T00:00:00)",
    ],
)  # fmt: skip
def test_what_eventbridge_refuses_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


@given(number=st.integers(1, 999), unit=st.sampled_from(["minute", "hour", "day"]), instant=INSTANTS)
def test_a_rate_is_even_and_never_late(number: int, unit: str, instant: datetime) -> None:
    rate = parse(f"rate({number} {unit}{'s' if number > 1 else ''})")
    assert isinstance(rate, Rate)
    step = timedelta(seconds=rate.seconds)
    first = rate.next_after(instant)
    assert instant < first <= instant + step
    assert rate.next_after(first) == first + step


def field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    pair = st.tuples(number, number).map(sorted)
    part = st.one_of(
        number.map(str),
        pair.map(lambda ends: f"{ends[0]}-{ends[1]}"),
        st.tuples(number, st.integers(1, high)).map(lambda both: f"{both[0]}/{both[1]}"),
        st.tuples(pair, st.integers(1, high)).map(lambda both: f"{both[0][0]}-{both[0][1]}/{both[1]}"),
        st.integers(1, high).map(lambda step: f"*/{step}"),
        st.just("*"),
    )
    return st.lists(part, min_size=1, max_size=3).map(",".join)


def allows(field: str, value: int, low: int, high: int) -> bool:
    """The slow reading of one field of numbers."""
    for part in field.split(","):
        span, _, step = part.partition("/")
        if span == "*":
            start, end = low, high
        elif "-" in span:
            start, end = (int(end) for end in span.split("-"))
        else:
            start, end = int(span), (high if step else int(span))
        if start <= value <= end and (value - start) % int(step or 1) == 0:
            return True
    return False


DAYS = st.one_of(
    st.tuples(field(1, 28), st.just("?")),
    st.just(("L", "?")),
    st.tuples(st.just("?"), st.lists(st.integers(1, 7).map(str), min_size=1, max_size=3).map(",".join)),
    st.tuples(st.just("?"), st.integers(1, 7).map(lambda day: f"{day}L")),
    st.tuples(st.just("?"), st.tuples(st.integers(1, 7), st.integers(1, 4)).map(lambda both: f"{both[0]}#{both[1]}")),
)


def chooses_day(days: str, weekdays: str, when: datetime) -> bool:
    """The slow reading of the two day fields."""
    length, weekday = monthrange(when.year, when.month)[1], when.isoweekday() % 7 + 1
    if days == "L":
        return when.day == length
    if days != "?":
        return allows(days, when.day, 1, 31)
    if weekdays.endswith("L"):
        return weekday == int(weekdays[:-1]) and when.day + 7 > length
    if "#" in weekdays:
        wanted, count = weekdays.split("#")
        return weekday == int(wanted) and (when.day - 1) // 7 + 1 == int(count)
    return weekday in map(int, weekdays.split(","))


@settings(deadline=None, max_examples=150)
@given(minutes=field(0, 59), hours=field(0, 23), months=field(1, 12), days=DAYS, instant=INSTANTS)
def test_a_cron_fires_at_the_next_minute_that_its_fields_allow(
    minutes: str, hours: str, months: str, days: tuple[str, str], instant: datetime
) -> None:
    cron = parse(f"cron({minutes} {hours} {days[0]} {months} {days[1]} *)")
    assert isinstance(cron, Cron)
    found = cron.next_after(instant)
    assert found is not None
    assert found > instant
    assert (found.second, found.microsecond) == (0, 0)

    def fires(when: datetime) -> bool:
        return (
            allows(minutes, when.minute, 0, 59)
            and allows(hours, when.hour, 0, 23)
            and allows(months, when.month, 1, 12)
            and chooses_day(*days, when)
        )

    assert fires(found)
    # Nothing is missed: no minute of the three days before it, nor the 2,000 days before at its own time
    before = found - timedelta(minutes=1)
    while before > max(instant, found - timedelta(days=3)):
        assert not fires(before)
        before -= timedelta(minutes=1)
    before = found - timedelta(days=1)
    while before > max(instant, found - timedelta(days=2000)):
        assert not fires(before)
        before -= timedelta(days=1)

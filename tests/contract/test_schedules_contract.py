"""What every Schedules does (shared/kernel/ports.py)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from events.envelope import Actor, Envelope, read_envelope

AT = datetime(2027, 2, 12, 0, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def envelope(name: str) -> Envelope:
    return Envelope(
        id=name,
        type="MilestoneDue",
        version=1,
        source="giaouoc.campaigns",
        subject="c1",
        sequence=100,
        occurred_at=AT,
        actor=Actor(kind="SYSTEM", id="giaouoc"),
        correlation_id="k1",
        causation_id=None,
        data={"milestone": name, "title": "Tổng kết đợt thi đua"},
    )


def names(fired: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return sorted(event["id"] for _, event in fired)


def test_a_fact_arrives_as_if_the_bus_had_brought_it(schedule_engine: Any) -> None:
    schedule_engine.schedules.put("m1", at=AT, queue="notify", envelope=envelope("e1"))
    assert schedule_engine.fired(AT - SECOND) == []
    [(queue, event)] = schedule_engine.fired(AT)
    assert queue == "notify"
    assert (event["source"], event["detail-type"]) == ("giaouoc.campaigns", "MilestoneDue")
    assert read_envelope(event["detail"]) == envelope("e1")


def test_it_fires_once(schedule_engine: Any) -> None:
    schedule_engine.schedules.put("m1", at=AT, queue="notify", envelope=envelope("e1"))
    assert names(schedule_engine.fired(AT + SECOND)) == ["e1"]
    assert schedule_engine.fired(AT + SECOND) == []
    assert schedule_engine.fired(AT + timedelta(days=400)) == []


def test_a_name_that_stands_is_left_alone(schedule_engine: Any) -> None:
    schedule_engine.schedules.put("m1", at=AT, queue="notify", envelope=envelope("e1"))
    schedule_engine.schedules.put("m1", at=AT - 60 * SECOND, queue="plan", envelope=envelope("e2"))
    assert schedule_engine.fired(AT - SECOND) == []
    assert names(schedule_engine.fired(AT)) == ["e1"]


def test_a_name_that_has_fired_never_fires_again(schedule_engine: Any) -> None:
    schedule_engine.schedules.put("m1", at=AT, queue="notify", envelope=envelope("e1"))
    schedule_engine.fired(AT)
    schedule_engine.schedules.put("m1", at=AT + SECOND, queue="notify", envelope=envelope("e2"))
    schedule_engine.schedules.delete("m1")
    schedule_engine.schedules.put("m1", at=AT + SECOND, queue="notify", envelope=envelope("e3"))
    assert schedule_engine.fired(AT + 10 * SECOND) == []


def test_what_is_taken_back_does_not_fire_and_may_be_put_again(schedule_engine: Any) -> None:
    schedule_engine.schedules.delete("never")
    schedule_engine.schedules.put("m1", at=AT, queue="notify", envelope=envelope("e1"))
    schedule_engine.schedules.delete("m1")
    schedule_engine.schedules.delete("m1")
    assert schedule_engine.fired(AT) == []
    schedule_engine.schedules.put("m1", at=AT + SECOND, queue="notify", envelope=envelope("e2"))
    assert names(schedule_engine.fired(AT + SECOND)) == ["e2"]


def test_a_past_time_fires_at_once(schedule_engine: Any) -> None:
    schedule_engine.schedules.put("m1", at=AT - timedelta(days=365), queue="notify", envelope=envelope("e1"))
    assert names(schedule_engine.fired(AT)) == ["e1"]


def test_any_zone_and_fractions_of_a_second(schedule_engine: Any) -> None:
    from zoneinfo import ZoneInfo

    local = AT.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
    schedule_engine.schedules.put("m1", at=local, queue="notify", envelope=envelope("e1"))
    schedule_engine.schedules.put("m2", at=AT + SECOND / 2, queue="notify", envelope=envelope("e2"))
    assert names(schedule_engine.fired(AT)) == ["e1"]
    assert names(schedule_engine.fired(AT + SECOND)) == ["e2"]
    assert schedule_engine.fired(AT + 2 * SECOND) == []


def test_a_moved_clock_fires_all_that_came_due(schedule_engine: Any) -> None:
    for number in range(30):
        queue = "notify" if number % 2 else "plan"
        schedule_engine.schedules.put(
            f"m{number}", at=AT + number * SECOND, queue=queue, envelope=envelope(f"e{number}")
        )
    fired = schedule_engine.fired(AT + 19 * SECOND)
    assert names(fired) == sorted(f"e{number}" for number in range(20))
    assert {queue for queue, _ in fired} == {"notify", "plan"}

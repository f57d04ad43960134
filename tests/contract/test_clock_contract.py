"""What every Clock tells: an aware time in UTC, and the test clock of a store to all who have it open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from shared.embedded.clock import StoredClock
from shared.embedded.store import Store
from shared.kernel.clock import Clock, FixedClock, SystemClock

AT = datetime(2027, 2, 12, 0, 30, 0, 123456, tzinfo=UTC)
LEEWAY = timedelta(seconds=30)


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    with Store(tmp_path / "store.db") as one, Store(tmp_path / "store.db") as other:
        yield one, other


@pytest.mark.parametrize("kind", ["system", "fixed", "stored"])
def test_time_is_aware_and_utc(kind: str, stores: tuple[Store, Store]) -> None:
    clock: Clock = {"system": SystemClock(), "fixed": FixedClock(AT), "stored": StoredClock(stores[0])}[kind]  # type: ignore[assignment]
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.now().tzinfo is UTC


def test_without_a_row_it_is_the_machines_clock(stores: tuple[Store, Store]) -> None:
    assert abs(StoredClock(stores[0]).now() - datetime.now(UTC)) < LEEWAY


def test_all_processes_see_the_clock_stand_where_it_was_put(stores: tuple[Store, Store]) -> None:
    one, other = map(StoredClock, stores)
    one.set(AT.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")))
    assert (one.now(), other.now()) == (AT, AT)
    assert other.advance(timedelta(days=3, microseconds=1)) == AT + timedelta(days=3, microseconds=1)
    assert one.now() == AT + timedelta(days=3, microseconds=1)
    one.advance(timedelta(days=-4))
    assert other.now() == AT - timedelta(days=1) + timedelta(microseconds=1)


def test_a_running_clock_goes_on(stores: tuple[Store, Store]) -> None:
    one, other = map(StoredClock, stores)
    one.set(AT, running=True)
    first = other.now()
    assert AT <= first < AT + LEEWAY
    assert other.now() > first
    one.advance(timedelta(hours=5))
    assert AT + timedelta(hours=5) <= other.now() < AT + timedelta(hours=5) + LEEWAY


def test_advancing_the_machines_clock_lets_it_run_ahead(stores: tuple[Store, Store]) -> None:
    clock = StoredClock(stores[0])
    clock.advance(timedelta(days=30))
    assert abs(clock.now() - datetime.now(UTC) - timedelta(days=30)) < LEEWAY
    clock.clear()
    assert abs(clock.now() - datetime.now(UTC)) < LEEWAY


def test_it_survives_closing_the_store(tmp_path: Path) -> None:
    with Store(tmp_path / "store.db") as store:
        StoredClock(store).set(AT)
    with Store(tmp_path / "store.db") as store:
        assert StoredClock(store).now() == AT


def test_a_time_without_zone_is_refused(stores: tuple[Store, Store]) -> None:
    with pytest.raises(ValueError):
        StoredClock(stores[0]).set(datetime(2027, 1, 1))  # noqa: DTZ001

"""What every Table does (shared/kernel/ports.py), whichever store is behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.kernel.errors import Conflict
from shared.kernel.ports import ABSENT, ANY, Add, Check, Delete, Item, Put, Table

MakeTable = Callable[[str], Table]


def put(sort: str, body: dict[str, Any] | None = None, expect: int | None = ANY, **more: Any) -> Put:
    return Put(partition="p", sort=sort, body=body or {}, expect=expect, **more)


def everything(table: Table, partition: str, **query: Any) -> list[Item]:
    items: list[Item] = []
    cursor = None
    while True:
        page = table.query(partition, cursor=cursor, **query)
        items += page.items
        cursor = page.cursor
        if cursor is None:
            return items


def sorts(table: Table, partition: str = "p", **query: Any) -> list[str]:
    return [item.sort for item in everything(table, partition, **query)]


@pytest.fixture
def table(make_table: MakeTable) -> Table:
    return make_table("ceremonies")


def test_an_item_comes_back_as_it_was_put(table: Table) -> None:
    body = {
        "name": "Nguyễn Thị Thuý",
        "n": -7,
        "big": 2**100,
        "yes": True,
        "none": None,
        "list": [1, {"a": "é"}],
        "": "",
    }
    table.commit([put("s", body, ABSENT, index1=("i1", "k1"), index2=("i2", "k2"))])
    assert table.get("p", "s") == Item(
        partition="p", sort="s", version=1, body=body, index1=("i1", "k1"), index2=("i2", "k2")
    )


def test_what_was_never_put_is_none(table: Table) -> None:
    assert table.get("p", "s") is None
    assert table.query("p").items == ()


def test_a_put_replaces_the_whole_body_and_the_index_keys(table: Table) -> None:
    table.commit([put("s", {"a": 1}, index1=("i", "1"))])
    table.commit([put("s", {"b": 2}, 1, index2=("j", "2"))])
    item = table.get("p", "s")
    assert item is not None
    assert (item.version, item.body, item.index1, item.index2) == (2, {"b": 2}, None, ("j", "2"))
    assert everything(table, "i", index=1) == []
    assert [each.sort for each in everything(table, "j", index=2)] == ["s"]


def test_contexts_do_not_see_each_other(make_table: MakeTable) -> None:
    make_table("ceremonies").commit([put("s")])
    assert make_table("pledges").get("p", "s") is None
    assert make_table("pledges").query("p").items == ()


@pytest.mark.parametrize("expect", [ABSENT, 1, 3])
def test_a_put_whose_expectation_fails_is_a_conflict(table: Table, expect: int) -> None:
    table.commit([put("s", {"n": 1})])
    table.commit([put("s", {"n": 2})])
    with pytest.raises(Conflict) as caught:
        table.commit([put("new", expect=ABSENT), put("s", {"n": 3}, expect)])
    assert caught.value.write == 1
    assert caught.value.key == "p s"
    assert table.get("p", "new") is None
    item = table.get("p", "s")
    assert item is not None
    assert (item.version, item.body) == (2, {"n": 2})


def test_the_first_failed_expectation_is_named(table: Table) -> None:
    with pytest.raises(Conflict) as caught:
        table.commit([put("a", expect=ANY), put("b", expect=1), put("c", expect=1)])
    assert caught.value.write == 1


def test_an_update_of_an_absent_item_is_a_conflict(table: Table) -> None:
    with pytest.raises(Conflict):
        table.commit([put("s", expect=1)])
    assert table.get("p", "s") is None


def test_delete(table: Table) -> None:
    table.commit([put("s"), put("t")])
    with pytest.raises(Conflict):
        table.commit([Delete(partition="p", sort="s", expect=2)])
    table.commit([Delete(partition="p", sort="s", expect=1), Delete(partition="p", sort="t", expect=ANY)])
    assert table.get("p", "s") is None
    assert table.get("p", "t") is None
    table.commit([Delete(partition="p", sort="s", expect=ANY)])
    with pytest.raises(Conflict):
        table.commit([Delete(partition="p", sort="s", expect=1)])


def test_an_item_put_again_after_its_deletion_is_new(table: Table) -> None:
    table.commit([put("s", index1=("i", "1"))])
    table.commit([Delete(partition="p", sort="s", expect=1)])
    assert everything(table, "i", index=1) == []
    table.commit([put("s", expect=ABSENT)])
    item = table.get("p", "s")
    assert item is not None
    assert item.version == 1


def test_checks_write_nothing_but_decide(table: Table) -> None:
    table.commit([put("s", {"n": 1})])
    table.commit([Check(partition="p", sort="s", expect=1), Check(partition="p", sort="no", expect=ABSENT), put("t")])
    item = table.get("p", "s")
    assert item is not None
    assert item.version == 1
    for wrong in (Check(partition="p", sort="s", expect=2), Check(partition="p", sort="s", expect=ABSENT)):
        with pytest.raises(Conflict) as caught:
            table.commit([wrong, put("u")])
        assert caught.value.write == 0
    assert table.get("p", "u") is None


def test_a_commit_of_checks_alone(table: Table) -> None:
    table.commit([put("s")])
    table.commit([Check(partition="p", sort="s", expect=1)])
    with pytest.raises(Conflict):
        table.commit([Check(partition="p", sort="s", expect=7)])


def test_counters_start_at_zero_and_leave_the_rest_alone(table: Table) -> None:
    table.commit([Add(partition="p", sort="fresh", counter="n", amount=5)])
    table.commit([Add(partition="p", sort="fresh", counter="m", amount=-2)])
    fresh = table.get("p", "fresh")
    assert fresh is not None
    assert (fresh.version, fresh.body) == (2, {"n": 5, "m": -2})
    table.commit([put("s", {"name": "x", "n": 3}, index1=("i", "1"))])
    table.commit([Add(partition="p", sort="s", counter="n", amount=4)])
    item = table.get("p", "s")
    assert item is not None
    assert (item.version, item.body, item.index1) == (2, {"name": "x", "n": 7}, ("i", "1"))


def test_counters_lose_nothing_under_concurrency(table: Table) -> None:
    def add() -> None:
        for _ in range(5):
            while True:
                try:
                    table.commit([Add(partition="p", sort="s", counter="n", amount=1)])
                    break
                except Conflict:  # the cloud may say so under contention
                    continue

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    item = table.get("p", "s")
    assert item is not None
    assert item.body == {"n": 20}


def test_one_of_many_wins_each_version(table: Table) -> None:
    table.commit([put("s", {"winner": 0})])
    for version in range(1, 6):
        won: list[int] = []
        start = threading.Barrier(8)

        def attempt(
            number: int, version: int = version, won: list[int] = won, start: threading.Barrier = start
        ) -> None:
            start.wait()
            try:
                table.commit([put("s", {"winner": number}, version)])
                won.append(number)
            except Conflict:
                pass

        threads = [threading.Thread(target=attempt, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
        item = table.get("p", "s")
        assert item is not None
        assert (item.version, item.body) == (version + 1, {"winner": won[0]})


ORDERED = [
    "!",
    "#",
    "-",
    "0",
    "1",
    "10",
    "2",
    "A",
    "a",
    "a#1",
    "a#2",
    "b",
    "é",
    "Đ",
    "đ",
    "\ud7ff",
    "\ue000",
    "\U0001f600",
]


def test_sort_keys_are_in_code_point_order(table: Table) -> None:
    expected = sorted(ORDERED)
    for place in range(0, len(ORDERED), 7):
        table.commit([put(sort) for sort in ORDERED[place : place + 7]])
    assert sorts(table) == expected
    assert sorts(table, reverse=True) == expected[::-1]
    for limit in (1, 3, 5):
        assert sorts(table, limit=limit) == expected
        assert sorts(table, limit=limit, reverse=True) == expected[::-1]


@pytest.mark.parametrize("prefix", ["a", "a#", "đ", "\ud7ff", "\U0001f600", "zz", "1"])
def test_prefix(table: Table, prefix: str) -> None:
    table.commit([put(sort) for sort in ORDERED])
    expected = [sort for sort in sorted(ORDERED) if sort.startswith(prefix)]
    assert sorts(table, prefix=prefix) == expected
    assert sorts(table, prefix=prefix, limit=1) == expected
    assert sorts(table, prefix=prefix, reverse=True) == expected[::-1]


def test_between_includes_both_ends(table: Table) -> None:
    table.commit([put(sort) for sort in "abcdef"])
    assert sorts(table, between=("b", "d")) == ["b", "c", "d"]
    assert sorts(table, between=("b", "d"), limit=2, reverse=True) == ["d", "c", "b"]
    assert sorts(table, between=("bb", "cc")) == ["c"]


def test_indexes(table: Table) -> None:
    for number in range(9):
        key = ("list", f"{9 - number}") if number % 3 else ("other", "x")
        table.commit(
            [Put(partition=f"p{number}", sort="s", body={"n": number}, expect=ABSENT, index1=key, index2=("all", "k"))]
        )
    assert [item.body["n"] for item in everything(table, "list", index=1)] == [8, 7, 5, 4, 2, 1]
    assert [item.body["n"] for item in everything(table, "list", index=1, reverse=True, limit=2)] == [1, 2, 4, 5, 7, 8]
    assert [item.body["n"] for item in everything(table, "list", index=1, between=("2", "5"))] == [7, 5, 4]
    assert sorted(item.body["n"] for item in everything(table, "other", index=1, prefix="x", limit=1)) == [0, 3, 6]
    assert sorted(item.body["n"] for item in everything(table, "all", index=2, limit=2)) == list(range(9))
    assert everything(table, "p1", index=1) == []


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_limit_out_of_bounds_is_refused(table: Table, limit: int) -> None:
    with pytest.raises(ValueError):
        table.query("p", limit=limit)


def test_a_cursor_belongs_to_its_query(table: Table) -> None:
    table.commit([put(sort, index1=("p", sort)) for sort in "abcd"])
    cursor = table.query("p", limit=2).cursor
    assert cursor is not None
    assert [item.sort for item in table.query("p", limit=1, cursor=cursor).items] == ["c"]
    for other in ({"reverse": True}, {"prefix": "a"}, {"index": 1}, {"between": ("a", "d")}):
        with pytest.raises(ValueError):
            table.query("p", cursor=cursor, **other)  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        table.query("q", cursor=cursor)
    for bad in ("", "x", "bm90IGpzb24=", "é", "W10="):
        with pytest.raises(ValueError):
            table.query("p", cursor=bad)


def test_a_cursor_goes_on_although_its_item_was_deleted(table: Table) -> None:
    table.commit([put(sort) for sort in "abcd"])
    cursor = table.query("p", limit=2).cursor
    table.commit([Delete(partition="p", sort="b", expect=ANY), put("bb")])
    assert [item.sort for item in table.query("p", cursor=cursor).items] == ["bb", "c", "d"]


def test_an_item_with_an_expiry_is_there_before_it(table: Table) -> None:
    table.commit([put("s", {"n": 1}, expires_at=datetime(2100, 1, 1, tzinfo=UTC))])
    item = table.get("p", "s")
    assert item is not None
    assert item.body == {"n": 1}


def test_large_items_come_back_whole(table: Table) -> None:
    text = "ộ" * 90_000
    table.commit([put("s", {"text": text})])
    item = table.get("p", "s")
    assert item is not None
    assert item.body == {"text": text}

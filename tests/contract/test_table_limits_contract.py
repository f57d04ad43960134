"""What both stores refuse alike, and what both must take (shared/kernel/limits.py)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.kernel.limits import MAX_ITEM_BYTES, MAX_WRITES, TooMuch
from shared.kernel.ports import ANY, Add, Delete, Table
from tests.contract.test_table_contract import put, sorts, table

__all__ = ["table"]  # the fixture


def test_a_full_commit_of_a_hundred_writes(table: Table) -> None:
    table.commit([put(f"{number:03}") for number in range(MAX_WRITES)])
    assert len(sorts(table, limit=7)) == MAX_WRITES


@pytest.mark.parametrize(
    ("code", "writes"),
    [
        ("store.empty_commit", []),
        ("store.too_many_writes", [put(str(number)) for number in range(MAX_WRITES + 1)]),
        ("store.item_twice", [put("s"), Delete(partition="p", sort="s", expect=ANY)]),
        ("store.bad_key", [put("")]),
        ("store.bad_key", [put("é" * 600)]),
        ("store.float", [put("s", {"x": 1.5})]),
        ("store.float", [put("s", {"x": [{"y": 1.0}]})]),
        ("store.bad_value", [put("s", {"x": datetime(2027, 1, 1, tzinfo=UTC)})]),
        ("store.bad_value", [put("s", {"x": "\ud800"})]),
        ("store.item_too_large", [put("s", {"x": "đ" * (MAX_ITEM_BYTES // 2)})]),
    ],
)
def test_both_stores_refuse_the_same(table: Table, code: str, writes: list[Any]) -> None:
    with pytest.raises(TooMuch) as caught:
        table.commit([put("good"), *writes] if code not in ("store.empty_commit",) else writes)
    assert caught.value.code == code
    assert table.query("p").items == ()


def test_a_counter_that_is_no_whole_number_is_refused(table: Table) -> None:
    table.commit([put("s", {"n": "five"})])
    with pytest.raises(TooMuch) as caught:
        table.commit([put("t"), Add(partition="p", sort="s", counter="n", amount=1)])
    assert caught.value.code == "store.not_a_counter"
    assert table.get("p", "t") is None

"""Reads of the directory's items that several use cases share: all units at once, one block. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping

from shared.directory.model import BLOCK, UNIT, EmulationBlock, Unit
from shared.kernel.ports import ABSENT, Item, Put, Table
from shared.kernel.text import sort_key

UNITS = "units"


def stored_units(table: Table) -> dict[str, Item]:
    """All units' items by code: a consistent read."""
    items: dict[str, Item] = {}
    cursor = None
    while True:
        page = table.query(UNITS, limit=1000, cursor=cursor)
        items.update({item.sort: item for item in page.items})
        cursor = page.cursor
        if cursor is None:
            return items


def all_units(table: Table) -> Mapping[str, Unit]:
    """All units by code."""
    return {code: UNIT.read(item.body) for code, item in stored_units(table).items()}


def unit_put(unit: Unit, expect: int) -> Put:
    return Put(partition=UNITS, sort=unit.code, body=UNIT.body(unit), expect=expect)


def version_of(item: Item | None) -> int:
    return item.version if item else ABSENT


def block_item(table: Table, code: str, year: int) -> Item | None:
    return table.get(f"block#{code or '-'}", str(year))


def block_put(block: EmulationBlock, expect: int) -> Put:
    return Put(
        partition=f"block#{block.code}",
        sort=str(block.year),
        body=BLOCK.body(block),
        expect=expect,
        index1=(f"blocks#{block.year}", sort_key(block.name)),
    )

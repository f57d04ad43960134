"""Form and read the emulation blocks of a year. Called by functions/directory/blocks.py, the console, and edge/invited.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from events.directory import BlockFormed
from events.envelope import Act, Envelope, wrap
from shared.directory.block_rules import NextYear, block_code, check_block, next_year, seat_with
from shared.directory.model import BLOCK, BlockKind, EmulationBlock, Seat, SeatRole
from shared.directory.rules import MAX_NAME
from shared.directory.snapshots import all_units, block_item, block_put, version_of
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Invalid, NotFound
from shared.kernel.ports import Table
from shared.kernel.text import nfc


class FormBlock:
    """Settles the seats of a block for one year; the same seats again change nothing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(
        self, act: Act, *, name: str, year: int, seats: Sequence[Seat], kind: BlockKind | None = None
    ) -> EmulationBlock:
        """`kind` None: as it was, a BLOCK where it is new. Raises Invalid as block_rules.check_block does."""
        tidy = tuple(map(_tidy, seats))
        block = EmulationBlock(
            code=block_code(name), name=_short(name, "name"), year=year, seats=tidy, kind=kind or BlockKind.BLOCK
        )
        check_block(block, all_units(self._table))
        return decide_again(partial(self._settle, act, block, kind))

    def _settle(self, act: Act, block: EmulationBlock, kind: BlockKind | None) -> EmulationBlock:
        item = block_item(self._table, block.code, block.year)
        standing = BLOCK.read(item.body) if item else None
        if kind is None and standing is not None:
            block = replace(block, kind=standing.kind)
        if standing != block:
            self._table.commit([block_put(block, version_of(item))], [formed(act, block, version_of(item) + 1)])
        return block


class ShowBlock:
    """A block of one year, by its code or its name."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, name: str, year: int) -> EmulationBlock:
        """Raises NotFound(`block.no_block`)."""
        item = block_item(self._table, block_code(name), year)
        if item is None:
            raise NotFound("block.no_block", block=name, year=year)
        return BLOCK.read(item.body)


class ListBlocks:
    """The blocks of a year, in the order of their names. An index read: it may be late."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, year: int) -> tuple[EmulationBlock, ...]:
        page = self._table.query(f"blocks#{year}", index=1, limit=1000)
        return tuple(BLOCK.read(item.body) for item in page.items)


class ListYears:
    """The years of one block, latest first."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, name: str) -> tuple[EmulationBlock, ...]:
        """Raises NotFound(`block.no_block`)."""
        page = self._table.query(f"block#{block_code(name) or '-'}", between=("1", "9"), limit=300, reverse=True)
        if not page.items:
            raise NotFound("block.no_block", block=name, year="")
        return tuple(BLOCK.read(item.body) for item in page.items)


class ProposeNextYear:
    """Last year's block with its roles gone round; stores nothing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, name: str, year: int) -> NextYear:
        """Raises NotFound(`block.no_block`)."""
        return next_year(ShowBlock(self._table)(name, year), all_units(self._table))


def formed(act: Act, block: EmulationBlock, version: int) -> Envelope:
    """The fact that the block stands so, at the item's `version` after the commit."""
    fact = BlockFormed(
        block=block.code,
        year=block.year,
        head=block.head,
        standing=block.standing,
        members=block.members,
        kind=block.kind.value,
        deputies=block.deputies,
    )
    return wrap(fact, act, subject=f"{block.code}/{block.year}", version=version)


def _tidy(seat: Seat) -> Seat:
    """A seat as it is kept: its roles in their order, names clean. A guest that is more besides is left as it was said."""
    seat = replace(seat, person=_short(seat.person, "seats"), office=_short(seat.office, "seats"))
    if seat.quota is not None and not 0 <= seat.quota <= 9_999:
        raise Invalid("directory.quota_bad", field="seats", most=9_999)
    return seat if SeatRole.GUEST in seat.roles else seat_with(seat, seat.roles)


def _short(text: str, field: str) -> str:
    clean = nfc(text)
    if len(clean) > MAX_NAME:
        raise Invalid("list.text_too_long", field=field, length=len(clean), limit=MAX_NAME)
    return clean

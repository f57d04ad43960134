"""Import and read units, form and read blocks. Called by functions/directory/http.py and wherever the edge takes snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from events.directory import BlockFormed, UnitContactChanged, UnitRegistered
from events.envelope import Act, Envelope, wrap
from shared.directory import unit_list
from shared.directory.model import BLOCK, UNIT, EmulationBlock, Seat, Unit, UnitImport
from shared.directory.rules import address_changed, block_code, check_block, kept
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import NotFound
from shared.kernel.lists import Findings, Sheet, read_list
from shared.kernel.ports import ABSENT, Item, Put, Table
from shared.kernel.text import nfc, sort_key

_UNITS = "units"
_CHUNK = 25
"""Units of one commit: each an item and up to two facts, under the 100 that a commit takes."""


class ImportUnits:
    """Takes a list of units: new ones are registered, changed ones changed, the same list again changes nothing.

    A column that the list does not have leaves what stands; an empty cell of a column that it has clears it.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, sheets: Sequence[Sheet]) -> UnitImport:
        """Good rows are stored, bad ones reported. Raises Invalid where the list as a whole cannot be read."""
        read = read_list(sheets, unit_list.COLUMNS)
        findings = Findings(read)
        units, seats = unit_list.units_of(read, frozenset(_stored(self._table)), findings)
        created = changed = 0
        for start in range(0, len(units), _CHUNK):
            new, other = decide_again(partial(self._store, act, units[start : start + _CHUNK], frozenset(read.places)))
            created += new
            changed += other
        return UnitImport(
            report=findings.report(),
            created=created,
            changed=changed,
            unchanged=len(units) - created - changed,
            seats=seats,
        )

    def _store(self, act: Act, listed: Sequence[Unit], columns: frozenset[str]) -> tuple[int, int]:
        stored = [self._table.get(_UNITS, unit.code) for unit in listed]
        standing = [UNIT.read(item.body) if item else None for item in stored]
        units = [
            kept(unit, before, columns, act.at) if before else unit
            for unit, before in zip(listed, standing, strict=True)
        ]
        changed = [each for each in zip(units, stored, standing, strict=True) if each[2] != each[0]]
        if not changed:
            return 0, 0
        writes = [
            Put(partition=_UNITS, sort=unit.code, body=UNIT.body(unit), expect=_version(item))
            for unit, item, _ in changed
        ]
        facts = [_registered(act, unit, _version(item)) for unit, item, _ in changed]
        facts += [
            _contact_changed(act, unit, _version(item))
            for unit, item, before in changed
            if before is not None and address_changed(before.contact, unit.contact)
        ]
        self._table.commit(writes, facts)
        new = sum(item is None for _, item, _ in changed)
        return new, len(changed) - new


class ListUnits:
    """Every unit, in the Vietnamese order of names. A consistent read: imports decide by it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self) -> tuple[Unit, ...]:
        units = (UNIT.read(item.body) for item in _stored(self._table).values())
        return tuple(sorted(units, key=lambda unit: sort_key(unit.name)))


class ShowUnit:
    """One unit by code."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, code: str) -> Unit:
        """Raises NotFound(`directory.no_unit`)."""
        item = self._table.get(_UNITS, code)
        if item is None:
            raise NotFound("directory.no_unit", unit=code)
        return UNIT.read(item.body)


class FormBlock:
    """Settles the seats of a block for one year; the same seats again change nothing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, *, name: str, year: int, seats: Sequence[Seat]) -> EmulationBlock:
        """Raises Invalid as rules.check_block does."""
        block = EmulationBlock(code=block_code(name), name=nfc(name), year=year, seats=tuple(seats))
        units = {code: UNIT.read(item.body) for code, item in _stored(self._table).items()}
        check_block(block, units)
        decide_again(partial(self._settle, act, block))
        return block

    def _settle(self, act: Act, block: EmulationBlock) -> None:
        item = self._table.get(f"block#{block.code}", str(block.year))
        if item is None or BLOCK.read(item.body) != block:
            self._table.commit([_block_put(block, _version(item))], [_formed(act, block, _version(item))])


class ShowBlock:
    """A block of one year, by its code or its name."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, name: str, year: int) -> EmulationBlock:
        """Raises NotFound(`block.no_block`)."""
        item = self._table.get(f"block#{block_code(name) or '-'}", str(year))
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


def _stored(table: Table) -> dict[str, Item]:
    """All units by code."""
    items: dict[str, Item] = {}
    cursor = None
    while True:
        page = table.query(_UNITS, limit=1000, cursor=cursor)
        items.update({item.sort: item for item in page.items})
        cursor = page.cursor
        if cursor is None:
            return items


def _version(item: Item | None) -> int:
    return item.version if item else ABSENT


def _registered(act: Act, unit: Unit, version: int) -> Envelope:
    fact = UnitRegistered(unit=unit.code, name=unit.name, kind=unit.kind.value)
    return wrap(fact, act, subject=unit.code, version=version + 1)


def _contact_changed(act: Act, unit: Unit, version: int) -> Envelope:
    fact = UnitContactChanged(unit=unit.code, changed_at=act.at)
    return wrap(fact, act, subject=unit.code, version=version + 1, place=1)


def _block_put(block: EmulationBlock, expect: int) -> Put:
    return Put(
        partition=f"block#{block.code}",
        sort=str(block.year),
        body=BLOCK.body(block),
        expect=expect,
        index1=(f"blocks#{block.year}", sort_key(block.name)),
    )


def _formed(act: Act, block: EmulationBlock, version: int) -> Envelope:
    fact = BlockFormed(
        block=block.code, year=block.year, head=block.head, standing=block.standing, members=block.members
    )
    return wrap(fact, act, subject=f"{block.code}/{block.year}", version=version + 1)

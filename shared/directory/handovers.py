"""The hand-over (bàn giao) of a role in a block from one unit to another: a record with a check list that both sides confirm.

Called by functions/directory/blocks.py and the console. The role passes on when the second side has confirmed, in the same
commit; a block that an officer formed with the new head already keeps its seats, and the record stands beside it.

    block#<code>    handover#<year>#<id>    a record; the block's own years stand in the same partition under `<year>`
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from typing import Final

from events.directory import BlockHandedOver
from events.envelope import Act, wrap
from shared.directory.addresses import Officer
from shared.directory.block_rules import PASSED_ON, block_code, passed_on
from shared.directory.blocks import formed
from shared.directory.model import BLOCK, EmulationBlock, SeatRole
from shared.directory.rules import MAX_NAME
from shared.directory.snapshots import block_item, block_put
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Forbidden, Invalid, NotFound, Refused
from shared.kernel.ids import derived_id
from shared.kernel.ports import ABSENT, Item, Put, Table
from shared.kernel.shapes import Shape
from shared.kernel.text import nfc

MAX_ITEMS: Final = 40


class Method(StrEnum):
    """How the next one was found (HeadRotation)."""

    ROTATED = "ROTATED"
    ELECTED = "ELECTED"
    APPOINTED = "APPOINTED"


class Side(StrEnum):
    GIVING = "GIVING"
    RECEIVING = "RECEIVING"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverItem:
    """A thing on the check list: papers, minutes, the flag, the fund's book."""

    text: str
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """Who wrote it down or gave a side's word, and when."""

    person: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A hand-over on the day `on`; complete when both sides confirmed."""

    id: str
    block: str
    year: int
    role: SeatRole
    from_unit: str
    to_unit: str
    on: date
    method: Method = Method.ROTATED
    from_person: str = ""
    to_person: str = ""
    to_office: str = ""
    items: tuple[HandoverItem, ...] = ()
    begun: Confirmation | None = None
    given: Confirmation | None = None
    received: Confirmation | None = None

    @property
    def complete(self) -> bool:
        return self.given is not None and self.received is not None


HANDOVER = Shape(Handover, 1)


class BeginHandover:
    """Writes the record down; the same one again is the first."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(
        self,
        act: Act,
        *,
        block: str,
        year: int,
        role: SeatRole,
        from_unit: str,
        to_unit: str,
        on: date,
        items: Sequence[str] = (),
        method: Method = Method.ROTATED,
        to_person: str = "",
        to_office: str = "",
    ) -> Handover:
        """Raises NotFound(`block.no_block`), Invalid: `handover.role`, `handover.same_unit`, `handover.items`,
        and as block_rules.passed_on."""
        standing, _ = _block(self._table, block, year)
        if role not in PASSED_ON:
            raise Invalid("handover.role", field="role")
        if from_unit == to_unit:
            raise Invalid("handover.same_unit", field="to_unit")
        listed = tuple(HandoverItem(text=nfc(each)) for each in items if nfc(each))
        if len(listed) > MAX_ITEMS or any(len(each.text) > MAX_NAME for each in listed):
            raise Invalid("handover.items", field="items", most=MAX_ITEMS, length=MAX_NAME)
        passed_on(standing, role, from_unit, to_unit, to_person, to_office)
        giving = standing.seat_of(from_unit)
        made = Handover(
            id=derived_id("handover", standing.code, year, role, from_unit, to_unit, on.isoformat()),
            block=standing.code,
            year=year,
            role=role,
            from_unit=from_unit,
            to_unit=to_unit,
            on=on,
            method=method,
            from_person=giving.person if giving else "",
            to_person=nfc(to_person)[:MAX_NAME],
            to_office=nfc(to_office)[:MAX_NAME],
            items=listed,
            begun=Confirmation(person=act.actor.id, at=act.at),
        )
        item = _item(self._table, made.block, year, made.id)
        if item is not None:
            return HANDOVER.read(item.body)
        self._table.commit([_put(made, ABSENT)])
        return made


class TickItem:
    """Marks a thing of the check list as handed over, or not, until both sides have confirmed."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, *, block: str, year: int, handover: str, place: int, done: bool) -> Handover:
        """`place` counts from 0. Raises NotFound(`handover.none`), Refused(`handover.complete`), Invalid(`handover.no_item`)."""
        return decide_again(partial(self._tick, block_code(block), year, handover, place, done))

    def _tick(self, block: str, year: int, handover: str, place: int, done: bool) -> Handover:
        found, version = _found(self._table, block, year, handover)
        if not 0 <= place < len(found.items):
            raise Invalid("handover.no_item", field="place")
        items = list(found.items)
        if items[place].done == done:
            return found
        if found.given is not None or found.received is not None:
            raise Refused("handover.complete")
        items[place] = replace(items[place], done=done)
        changed = replace(found, items=tuple(items))
        self._table.commit([_put(changed, version)])
        return changed


class ConfirmHandover:
    """One side's word. The second one passes the role on."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, *, block: str, year: int, handover: str, side: Side, officer: Officer) -> Handover:
        """An officer speaks for the own unit, an organiser of the whole office for either; nobody for both.

        Raises NotFound(`handover.none`), Forbidden(`handover.not_your_unit`), Refused: `handover.same_person`,
        `handover.items_open`; Invalid as block_rules.passed_on.
        """
        return decide_again(partial(self._confirm, act, block_code(block), year, handover, side, officer))

    def _confirm(self, act: Act, block: str, year: int, handover: str, side: Side, officer: Officer) -> Handover:
        found, version = _found(self._table, block, year, handover)
        own = found.from_unit if side is Side.GIVING else found.to_unit
        if own not in officer.units and not officer.for_office:
            raise Forbidden("handover.not_your_unit", unit=own)
        mine, other = (found.given, found.received) if side is Side.GIVING else (found.received, found.given)
        if mine is not None:
            return found
        if other is not None and other.person == officer.person:
            raise Refused("handover.same_person")
        if not all(item.done for item in found.items):
            raise Refused("handover.items_open", count=sum(not item.done for item in found.items))
        word = Confirmation(person=officer.person, at=act.at)
        changed = replace(found, given=word) if side is Side.GIVING else replace(found, received=word)
        if not changed.complete:
            self._table.commit([_put(changed, version)])
            return changed
        self._pass_on(act, changed, version)
        return changed

    def _pass_on(self, act: Act, done: Handover, version: int) -> None:
        block, item = _block(self._table, done.block, done.year)
        after = passed_on(block, done.role, done.from_unit, done.to_unit, done.to_person, done.to_office)
        fact = BlockHandedOver(
            block=done.block,
            year=done.year,
            role=done.role.value,
            from_unit=done.from_unit,
            to_unit=done.to_unit,
            on=done.on,
        )
        facts = [wrap(fact, act, subject=f"handover/{done.id}", version=version + 1)]
        writes = [_put(done, version)]
        if after != block:
            writes.append(block_put(after, item.version))
            facts.append(formed(act, after, item.version + 1))
        self._table.commit(writes, facts)


class ListHandovers:
    """The hand-overs of a block, of one year or of all, latest year first."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, block: str, year: int | None = None) -> tuple[Handover, ...]:
        prefix = "handover#" if year is None else f"handover#{year}#"
        page = self._table.query(f"block#{block_code(block) or '-'}", prefix=prefix, limit=500)
        found = [HANDOVER.read(item.body) for item in page.items]
        return tuple(sorted(found, key=lambda each: (-each.year, each.on, each.id)))


def _block(table: Table, name: str, year: int) -> tuple[EmulationBlock, Item]:
    item = block_item(table, block_code(name), year)
    if item is None:
        raise NotFound("block.no_block", block=name, year=year)
    return BLOCK.read(item.body), item


def _item(table: Table, block: str, year: int, handover: str) -> Item | None:
    return table.get(f"block#{block or '-'}", f"handover#{year}#{handover}")


def _found(table: Table, block: str, year: int, handover: str) -> tuple[Handover, int]:
    item = _item(table, block, year, handover)
    if item is None:
        raise NotFound("handover.none")
    return HANDOVER.read(item.body), item.version


def _put(handover: Handover, expect: int) -> Put:
    sort = f"handover#{handover.year}#{handover.id}"
    return Put(partition=f"block#{handover.block}", sort=sort, body=HANDOVER.body(handover), expect=expect)

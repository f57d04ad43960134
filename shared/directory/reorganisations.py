"""Do a reorganisation, in steps that can be taken up again, and read what was done. Called by functions/directory/http.py.

    reorganisation#<id>    reorganisation    what was asked, how many of its steps are done; also under index1 `reorganisations`

The record is written with the first step and moves with every further one: after a fall the same request, or "làm tiếp",
goes on where it stood. Steps are idempotent by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from events.directory import UnitEnded, UnitRegistered
from events.envelope import Act, Envelope, wrap
from shared.directory.model import UNIT, Unit
from shared.directory.reorganisation import (
    Reorganisation,
    Succession,
    applied,
    faults,
    lineage_faults,
    outcome,
    steps,
    tidy,
)
from shared.directory.rules import DAY
from shared.directory.snapshots import UNITS, all_units, unit_put, version_of
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Invalid, NotFound
from shared.kernel.ports import ABSENT, Item, Put, Table
from shared.kernel.shapes import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class ReorganisationRecord:
    """A reorganisation under way or done."""

    id: str
    asked: Reorganisation
    begun_at: datetime
    begun_by: str
    steps: int
    done: int = 0

    @property
    def complete(self) -> bool:
        return self.done >= self.steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would be: `faults` stand against it; `after` are all units that it touches, as they would stand; `changed` are
    those that do not stand so already."""

    asked: Reorganisation
    faults: tuple[Invalid, ...]
    after: tuple[Unit, ...] = ()
    changed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """One thing to settle: `kind` is BLOCK, PLEDGE, GRANT or CONTACT, `unit` the one concerned, `title` what it is about,
    `path` the console's page where it is done."""

    kind: str
    unit: str
    title: str
    path: str


RECORD = Shape(ReorganisationRecord, 1)


class PreviewReorganisation:
    """Looks, and changes nothing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, asked: Reorganisation) -> Preview:
        units, asked = all_units(self._table), tidy(asked)
        found = faults(asked, units) or lineage_faults(asked, units)
        if found:
            return Preview(asked=asked, faults=found)
        after = outcome(asked, units)
        changed = frozenset(code for code, unit in after.items() if units.get(code) != unit)
        return Preview(asked=asked, faults=(), after=tuple(after.values()), changed=changed)


class Reorganise:
    """Does it whole, or goes on with it; what is done already is not done again."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, asked: Reorganisation) -> ReorganisationRecord:
        """Raises the first of reorganisation.faults where it cannot be."""
        asked = tidy(asked)
        item = _item(self._table, asked.id)
        if item is not None and RECORD.read(item.body).complete:
            return RECORD.read(item.body)
        units = all_units(self._table)
        for fault in faults(asked, units) or lineage_faults(asked, units):
            raise fault
        plan = steps(asked)
        for place, step in enumerate(plan):
            decide_again(partial(self._step, act, asked, plan, place, step))
        return ShowReorganisation(self._table)(asked.id)

    def _step(self, act: Act, asked: Reorganisation, plan: tuple[tuple[Succession, ...], ...], place: int,
              step: tuple[Succession, ...]) -> None:  # fmt: skip
        item = _item(self._table, asked.id)
        record = RECORD.read(item.body) if item else _begun(act, asked, len(plan))
        if record.done > place:
            return
        touched = {code for each in step for code in (each.unit, *each.successors)}
        stored = {code: self._table.get(UNITS, code) for code in sorted(touched)}
        units = {code: UNIT.read(found.body) for code, found in stored.items() if found}
        after = applied(asked, step, units)
        changed = [code for code, unit in after.items() if units.get(code) != unit]
        writes = [_record_put(replace(record, done=place + 1), version_of(item))]
        writes += [unit_put(after[code], version_of(stored[code])) for code in changed]
        facts = [_registered(act, after[code], version_of(stored[code]) + 1) for code in changed]
        facts += [_ended(act, each, asked.on - DAY, version_of(stored[each.unit]) + 1) for each in step
                  if each.unit in changed]  # fmt: skip
        self._table.commit(writes, facts)


class ShowReorganisation:
    """One by its id."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, id_: str) -> ReorganisationRecord:
        """Raises NotFound(`reorganisation.none`)."""
        item = _item(self._table, id_)
        if item is None:
            raise NotFound("reorganisation.none")
        return RECORD.read(item.body)


class ListReorganisations:
    """The latest first. An index read: it may be late."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(
        self, limit: int = 50, cursor: str | None = None
    ) -> tuple[tuple[ReorganisationRecord, ...], str | None]:
        """Records and the cursor of the next page. Raises Invalid for a bad cursor."""
        try:
            page = self._table.query("reorganisations", limit=limit, cursor=cursor, reverse=True, index=1)
        except ValueError:
            raise Invalid("directory.cursor_bad", field="cursor") from None
        return tuple(RECORD.read(item.body) for item in page.items), page.cursor


def _item(table: Table, id_: str) -> Item | None:
    return table.get(f"reorganisation#{id_}", "reorganisation")


def _begun(act: Act, asked: Reorganisation, count: int) -> ReorganisationRecord:
    return ReorganisationRecord(id=asked.id, asked=asked, begun_at=act.at, begun_by=act.actor.id, steps=count)


def _record_put(record: ReorganisationRecord, expect: int = ABSENT) -> Put:
    return Put(
        partition=f"reorganisation#{record.id}",
        sort="reorganisation",
        body=RECORD.body(record),
        expect=expect,
        index1=("reorganisations", f"{record.asked.on.isoformat()}#{record.begun_at.isoformat()}#{record.id}"),
    )


def _registered(act: Act, unit: Unit, version: int) -> Envelope:
    fact = UnitRegistered(unit=unit.code, name=unit.name, kind=unit.kind.value)
    return wrap(fact, act, subject=unit.code, version=version)


def _ended(act: Act, each: Succession, last: date, version: int) -> Envelope:
    fact = UnitEnded(unit=each.unit, valid_to=last, successors=each.successors)
    return wrap(fact, act, subject=each.unit, version=version, place=2)

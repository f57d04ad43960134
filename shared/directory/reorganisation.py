"""Mergers, splits, dissolutions and the end of a level of government, pure: what is asked, whether it can be, in which steps.

Called by reorganisations.py (which stores) and by the previews. The reform of 2025 (provinces merged, communes redrawn,
districts closed on 1 July 2025) is so an ordinary day: units end on the eve of `on`, others stand from that day, and each
successor names those that went into it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from events.plain import to_plain
from shared.directory.model import Unit, UnitKind, UnitLevel
from shared.directory.rules import CODE, DAY, MAX_NAME, stands_on, written
from shared.kernel.errors import Invalid
from shared.kernel.ids import derived_id
from shared.kernel.text import nfc

MAX_ENDS: Final = 800
"""More than all districts that ended in 2025 (696)."""
MAX_SUCCESSORS: Final = 25
"""Of one unit: it and they change in one commit."""
MAX_TOUCHED: Final = 30
"""Units of one commit: each an item and up to two facts, under the 100 that a commit takes."""


class ReorganisationKind(StrEnum):
    """MERGE sáp nhập, SPLIT chia tách, DISSOLVE giải thể, END_OF_LEVEL kết thúc cấp huyện."""

    MERGE = "MERGE"
    SPLIT = "SPLIT"
    DISSOLVE = "DISSOLVE"
    END_OF_LEVEL = "END_OF_LEVEL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """A unit that ends and the ones that it goes into, standing or new."""

    unit: str
    successors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUnit:
    """A unit that stands from the day of the reorganisation."""

    code: str
    name: str
    kind: UnitKind
    level: UnitLevel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reorganisation:
    """What is asked: `on` is the first day of the new state, `decision` the number of the paper it rests on, as the registry
    gave it. `level` is the one that ends (END_OF_LEVEL only)."""

    kind: ReorganisationKind
    on: date
    ends: tuple[Succession, ...]
    forms: tuple[NewUnit, ...] = ()
    decision: str = ""
    level: UnitLevel | None = None

    @property
    def id(self) -> str:
        """The same reorganisation has the same id: asked twice it is done once."""
        return derived_id("reorganisation", json.dumps(to_plain(self), sort_keys=True))

    @property
    def codes(self) -> frozenset[str]:
        """Every unit that it names."""
        ended = {each.unit for each in self.ends}
        return frozenset(ended.union(*(each.successors for each in self.ends), (each.code for each in self.forms)))


def tidy(asked: Reorganisation) -> Reorganisation:
    """Codes in capitals, names clean, successors in order and once: so that two ways of writing it are one reorganisation."""
    return replace(
        asked,
        ends=tuple(
            Succession(unit=_code(each.unit), successors=tuple(sorted(set(map(_code, each.successors)))))
            for each in asked.ends
        ),
        forms=tuple(replace(each, code=_code(each.code), name=nfc(each.name)) for each in asked.forms),
        decision=nfc(asked.decision)[:MAX_NAME],
    )


def faults(asked: Reorganisation, units: Mapping[str, Unit]) -> tuple[Invalid, ...]:
    """Everything that stands against it, so that an officer mends all at once; empty where it can be done.

    What an earlier run of the same has done already is no fault. Codes: texts `reorganisation.*`.
    """
    found = [*_shape_faults(asked, units)]
    if found:
        return tuple(found)  # the rest would only repeat it
    for new in asked.forms:
        found += _new_faults(new, asked, units)
    ending = {each.unit for each in asked.ends}
    new_codes = {each.code for each in asked.forms}
    for each in asked.ends:
        found += _end_faults(units[each.unit], asked.on)
        for heir in each.successors:
            found += _heir_faults(each.unit, heir, asked.on, units, ending, new_codes)
    return tuple(found)


def steps(asked: Reorganisation) -> tuple[tuple[Succession, ...], ...]:
    """The commits: successions together while they touch few units. A merger of some communes is one commit."""
    made: list[tuple[Succession, ...]] = []
    now: list[Succession] = []
    touched: set[str] = set()
    for each in asked.ends:
        wanted = {each.unit, *each.successors}
        if now and len(touched | wanted) > MAX_TOUCHED:
            made.append(tuple(now))
            now, touched = [], set()
        now.append(each)
        touched |= wanted
    return (*made, tuple(now)) if now else tuple(made)


def applied(asked: Reorganisation, step: Iterable[Succession], units: Mapping[str, Unit]) -> dict[str, Unit]:
    """The units that one step touches, as they stand after it. Doing it again changes nothing."""
    after: dict[str, Unit] = {}
    forms = {each.code: each for each in asked.forms}
    for each in step:
        after[each.unit] = replace(after.get(each.unit, units[each.unit]), valid_to=asked.on - DAY)
        for heir in each.successors:
            unit = after.get(heir) or units.get(heir) or _formed(forms[heir], asked.on)
            after[heir] = replace(unit, predecessors=tuple(dict.fromkeys((*unit.predecessors, each.unit))))
    return after


def outcome(asked: Reorganisation, units: Mapping[str, Unit]) -> dict[str, Unit]:
    """All units that it touches, as they will stand: for the preview."""
    after: dict[str, Unit] = {}
    for step in steps(asked):
        after |= applied(asked, step, {**units, **after})
    return after


def _formed(new: NewUnit, on: date) -> Unit:
    return Unit(code=new.code, name=new.name, kind=new.kind, level=new.level, valid_from=on)


def _shape_faults(asked: Reorganisation, units: Mapping[str, Unit]) -> list[Invalid]:
    """What is wrong whatever the dates are."""
    found = []
    twice = [code for code, count in Counter(each.unit for each in asked.ends).items() if count > 1]
    twice += [code for code, count in Counter(each.code for each in asked.forms).items() if count > 1]
    if twice:
        found.append(Invalid("reorganisation.twice", field="ends", units=_listed(twice)))
    if not asked.ends:
        found.append(Invalid("reorganisation.nobody", field="ends"))
    if len(asked.ends) > MAX_ENDS:
        found.append(Invalid("reorganisation.too_many", field="ends", count=len(asked.ends), most=MAX_ENDS))
    unknown = [each.unit for each in asked.ends if each.unit not in units]
    if unknown:
        found.append(Invalid("reorganisation.unknown", field="ends", units=_listed(unknown)))
    wide = [each.unit for each in asked.ends if len(each.successors) > MAX_SUCCESSORS]
    if wide:
        found.append(Invalid("reorganisation.wide", field="ends", units=_listed(wide), most=MAX_SUCCESSORS))
    heirs = {heir for each in asked.ends for heir in each.successors}
    idle = [each.code for each in asked.forms if each.code not in heirs]
    if idle:
        found.append(Invalid("reorganisation.unused", field="forms", units=_listed(idle)))
    return found + _KINDS[asked.kind](asked, units)


def _merge_faults(asked: Reorganisation, _: Mapping[str, Unit]) -> list[Invalid]:
    heirs = {each.successors for each in asked.ends}
    one = len(heirs) == 1 and len(next(iter(heirs))) == 1
    if not one:
        return [Invalid("reorganisation.merge_into_one", field="ends")]
    if asked.forms and len(asked.ends) < 2:
        return [Invalid("reorganisation.merge_of_two", field="ends")]
    return []


def _split_faults(asked: Reorganisation, _: Mapping[str, Unit]) -> list[Invalid]:
    if len(asked.ends) != 1 or len(asked.ends[0].successors) < 2:
        return [Invalid("reorganisation.split_of_one", field="ends")]
    return []


def _dissolve_faults(asked: Reorganisation, _: Mapping[str, Unit]) -> list[Invalid]:
    if asked.forms or any(each.successors for each in asked.ends):
        return [Invalid("reorganisation.dissolve_into_none", field="ends")]
    return []


def _level_faults(asked: Reorganisation, units: Mapping[str, Unit]) -> list[Invalid]:
    """All units of the level end, and no other: nobody is forgotten."""
    if asked.level is None:
        return [Invalid("reorganisation.which_level", field="level")]
    named = {each.unit for each in asked.ends}
    found = []
    foreign = [code for code in named if code in units and units[code].level is not asked.level]
    if foreign:
        found.append(Invalid("reorganisation.other_level", field="ends", units=_listed(foreign)))
    left = [code for code, unit in units.items() if code not in named and of_level(unit, asked.level, asked.on)]
    if left:
        found.append(Invalid("reorganisation.left_out", field="ends", units=_listed(left)))
    return found


def of_level(unit: Unit, level: UnitLevel, on: date) -> bool:
    """Whether the end of the level on a day concerns the unit."""
    return unit.level is level and stands_on(unit, on) and stands_on(unit, on - DAY)


_KINDS: Final[Mapping[ReorganisationKind, Callable[[Reorganisation, Mapping[str, Unit]], list[Invalid]]]] = {
    ReorganisationKind.MERGE: _merge_faults,
    ReorganisationKind.SPLIT: _split_faults,
    ReorganisationKind.DISSOLVE: _dissolve_faults,
    ReorganisationKind.END_OF_LEVEL: _level_faults,
}


def _new_faults(new: NewUnit, asked: Reorganisation, units: Mapping[str, Unit]) -> list[Invalid]:
    found = []
    if not CODE.fullmatch(new.code):
        found.append(Invalid("directory.code_bad", field="forms"))
    if not any(letter.isalpha() for letter in new.name):
        found.append(Invalid("directory.name_missing", field="forms"))
    elif len(new.name) > MAX_NAME:
        found.append(Invalid("list.text_too_long", field="forms", length=len(new.name), limit=MAX_NAME))
    standing = units.get(new.code)
    if standing is not None:
        made = _formed(new, asked.on)
        known = (standing.name, standing.kind, standing.level, standing.valid_from)
        if known != (made.name, made.kind, made.level, made.valid_from):
            found.append(Invalid("reorganisation.code_taken", field="forms", unit=new.code, name=standing.name))
    return found


def _end_faults(unit: Unit, on: date) -> list[Invalid]:
    last = on - DAY
    if unit.valid_from is not None and unit.valid_from > last:
        return [Invalid("reorganisation.not_begun", field="on", unit=unit.code, day=written(unit.valid_from))]
    if unit.valid_to is not None and unit.valid_to < last:
        return [Invalid("reorganisation.ended_before", field="on", unit=unit.code, day=written(unit.valid_to))]
    return []


def _heir_faults(
    code: str, heir: str, on: date, units: Mapping[str, Unit], ending: set[str], new_codes: set[str]
) -> list[Invalid]:
    if heir in ending:
        return [Invalid("reorganisation.heir_ends", field="ends", unit=code, successor=heir)]
    if heir in new_codes:
        return []
    unit = units.get(heir)
    if unit is None:
        return [Invalid("reorganisation.heir_unknown", field="ends", unit=code, successor=heir)]
    if not stands_on(unit, on):
        return [Invalid("reorganisation.heir_not_standing", field="ends", unit=code, successor=heir, day=written(on))]
    return []


def lineage_faults(asked: Reorganisation, units: Mapping[str, Unit]) -> tuple[Invalid, ...]:
    """What a day too early would break: a unit that ends before one that went into it did."""
    found = []
    for each in asked.ends:
        late = [
            before
            for before in units[each.unit].predecessors
            if before in units and (units[before].valid_to or date.max) >= asked.on - DAY
        ]
        if late:
            found.append(Invalid("reorganisation.before_its_own", field="on", unit=each.unit, units=_listed(late)))
    return tuple(found)


def _code(text: str) -> str:
    return nfc(text).upper()


def _listed(codes: Sequence[str]) -> str:
    shown = ", ".join(sorted(codes)[:20])
    return shown if len(codes) <= 20 else f"{shown} … ({len(codes)})"

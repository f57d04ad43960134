"""Mergers, splits and ends of units: done once, taken up again after a fall, and never at odds with themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.envelope import SYSTEM, Act, Envelope
from shared.directory.lineage import faults as lineage_of
from shared.directory.lineage import heirs_on, successors
from shared.directory.model import Unit, UnitKind, UnitLevel
from shared.directory.reorganisation import (
    MAX_TOUCHED,
    NewUnit,
    Reorganisation,
    ReorganisationKind,
    Succession,
    lineage_faults,
    outcome,
    steps,
    tidy,
)
from shared.directory.reorganisation import faults as faults_of
from shared.directory.reorganisations import (
    ListReorganisations,
    PreviewReorganisation,
    Reorganise,
    ShowReorganisation,
)
from shared.directory.rules import stands_on
from shared.directory.snapshots import all_units
from shared.directory.units import RegisterUnit, UnitFacts
from shared.embedded.store import Store
from shared.kernel.errors import Invalid, Unavailable
from shared.kernel.ports import Table, Write
from shared.texts import catalogue

ACT = Act(actor=SYSTEM, at=datetime(2025, 6, 20, 2, 0, tzinfo=UTC), correlation_id="test")
ON = date(2025, 7, 1)
K = ReorganisationKind
AN_CHAU = NewUnit(code="X-AN-CHAU", name="Xã An Châu", kind=UnitKind.COMMUNE, level=UnitLevel.COMMUNE)


@pytest.fixture
def table() -> Iterator[Table]:
    store = Store(":memory:")
    yield store.table("directory")
    store.close()


def register(table: Table, code: str, level: UnitLevel = UnitLevel.COMMUNE, **facts: Any) -> Unit:
    kind = UnitKind.COMMUNE if level is UnitLevel.COMMUNE else UnitKind.STATE
    return RegisterUnit(table)(ACT, code, UnitFacts(name=f"Đơn vị {code}", kind=kind, level=level, **facts))


def merger(*codes: str, into: NewUnit | str = AN_CHAU, on: date = ON) -> Reorganisation:
    heir = into if isinstance(into, str) else into.code
    return Reorganisation(
        kind=K.MERGE,
        on=on,
        ends=tuple(Succession(unit=code, successors=(heir,)) for code in codes),
        forms=() if isinstance(into, str) else (into,),
        decision="1661/NQ-UBTVQH15",
    )


def codes_of(table: Table, asked: Reorganisation) -> list[str]:
    return [fault.code for fault in PreviewReorganisation(table)(asked).faults]


def test_two_communes_become_one(table: Table) -> None:
    register(table, "X-A")
    register(table, "X-B")
    asked = merger("X-A", "X-B")
    preview = PreviewReorganisation(table)(asked)
    assert preview.changed == {"X-A", "X-B", "X-AN-CHAU"}
    assert set(all_units(table)) == {"X-A", "X-B"}, "a preview changes nothing"
    record = Reorganise(table)(ACT, asked)
    assert record.complete
    units = all_units(table)
    assert {code: units[code].valid_to for code in units} == {
        "X-A": date(2025, 6, 30), "X-B": date(2025, 6, 30), "X-AN-CHAU": None,
    }  # fmt: skip
    assert units["X-AN-CHAU"].valid_from == ON
    assert units["X-AN-CHAU"].predecessors == ("X-A", "X-B")
    assert successors(units.values())["X-A"] == ("X-AN-CHAU",)
    assert tuple(preview.after) == tuple(units[unit.code] for unit in preview.after)
    assert PreviewReorganisation(table)(asked).changed == frozenset()
    assert Reorganise(table)(ACT, asked) == record
    assert all_units(table) == units
    assert ListReorganisations(table)()[0] == (record,)
    assert ShowReorganisation(table)(asked.id) == record


def test_one_of_them_may_go_on_and_take_the_others_in(table: Table) -> None:
    for code in ("X-A", "X-B", "X-C"):
        register(table, code)
    Reorganise(table)(ACT, merger("X-B", "X-C", into="X-A"))
    unit = all_units(table)["X-A"]
    assert (unit.valid_to, unit.predecessors) == (None, ("X-B", "X-C"))


def test_a_split_a_dissolution_and_the_end_of_a_level(table: Table) -> None:
    for code in ("H-1", "H-2"):
        register(table, code, UnitLevel.DISTRICT)
    for code in ("X-A", "X-B"):
        register(table, code)
    new = [NewUnit(code=f"X-N{n}", name=f"Xã Mới {n}", kind=UnitKind.COMMUNE) for n in (1, 2)]
    split = Reorganisation(
        kind=K.SPLIT, on=ON, ends=(Succession(unit="X-A", successors=("X-N1", "X-N2")),), forms=tuple(new)
    )
    Reorganise(table)(ACT, split)
    ends = (Succession(unit="H-1", successors=("X-N1", "X-B")), Succession(unit="H-2"))
    closing = Reorganisation(kind=K.END_OF_LEVEL, on=ON, ends=ends[:1], level=UnitLevel.DISTRICT)
    assert codes_of(table, closing) == ["reorganisation.left_out"], "no district is forgotten"
    Reorganise(table)(ACT, replace(closing, ends=ends))
    Reorganise(table)(ACT, Reorganisation(kind=K.DISSOLVE, on=date(2026, 1, 1), ends=(Succession(unit="X-B"),)))
    units = all_units(table)
    assert lineage_of(units) == ()
    assert heirs_on("H-1", units, ON) == ("X-B", "X-N1")
    assert heirs_on("H-1", units, date(2026, 1, 1)) == ("X-N1",)
    assert units["H-2"].valid_to == date(2025, 6, 30)


def test_everything_that_stands_against_it_is_said_at_once_and_nothing_is_done(table: Table) -> None:
    register(table, "X-A", valid_from=date(2025, 7, 1))
    register(table, "X-B", valid_to=date(2024, 12, 31))
    register(table, "X-C")
    before = all_units(table)
    wrong = [
        (merger("X-A", "X-B"), ["reorganisation.not_begun", "reorganisation.ended_before"]),
        (merger("X-A"), ["reorganisation.merge_of_two"]),
        (merger("X-C", "NOBODY"), ["reorganisation.unknown"]),
        (merger("X-C", "X-C"), ["reorganisation.twice"]),
        (merger("X-C", into="NOBODY"), ["reorganisation.heir_unknown"]),
        (merger("X-C", into="X-B"), ["reorganisation.heir_not_standing"]),
        (merger("X-C", into="X-C"), ["reorganisation.heir_ends"]),
        (merger("X-C", "X-A", into=replace(AN_CHAU, code="X-B")), ["reorganisation.code_taken", "reorganisation.not_begun"]),
        (merger("X-C", "X-A", into=replace(AN_CHAU, name="?", code="x_")),
         ["directory.code_bad", "directory.name_missing", "reorganisation.not_begun"]),
        (Reorganisation(kind=K.SPLIT, on=ON, ends=(Succession(unit="X-C", successors=("X-A",)),)),
         ["reorganisation.split_of_one"]),
        (Reorganisation(kind=K.DISSOLVE, on=ON, ends=()), ["reorganisation.nobody"]),
        (Reorganisation(kind=K.DISSOLVE, on=ON, ends=(Succession(unit="X-C", successors=("X-A",)),)),
         ["reorganisation.dissolve_into_none"]),
        (Reorganisation(kind=K.DISSOLVE, on=ON, ends=(Succession(unit="X-C"),), forms=(AN_CHAU,)),
         ["reorganisation.unused", "reorganisation.dissolve_into_none"]),
        (Reorganisation(kind=K.END_OF_LEVEL, on=ON, ends=(Succession(unit="X-C"),)), ["reorganisation.which_level"]),
        (Reorganisation(kind=K.END_OF_LEVEL, on=ON, ends=(Succession(unit="X-C"),), level=UnitLevel.DISTRICT),
         ["reorganisation.other_level"]),
    ]  # fmt: skip
    for asked, expected in wrong:
        assert codes_of(table, asked) == expected
        with pytest.raises(Invalid) as refused:
            Reorganise(table)(ACT, asked)
        assert refused.value.code == expected[0]
        assert set(expected) <= set(catalogue())
    assert all_units(table) == before
    assert ListReorganisations(table)()[0] == ()


def test_a_unit_cannot_end_before_what_went_into_it(table: Table) -> None:
    register(table, "X-A")
    register(table, "X-B")
    Reorganise(table)(ACT, merger("X-B", into="X-A"))
    early = Reorganisation(kind=K.DISSOLVE, on=date(2025, 6, 1), ends=(Succession(unit="X-A"),))
    assert codes_of(table, early) == ["reorganisation.before_its_own"]
    assert "reorganisation.before_its_own" in catalogue()


class Failing:
    """A table whose n-th commit never arrives."""

    def __init__(self, table: Table, fails_at: int) -> None:
        self._table = table
        self.commits = 0
        self._fails_at = fails_at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def commit(self, writes: Sequence[Write], events: Sequence[Envelope] = ()) -> None:
        self.commits += 1
        if self.commits == self._fails_at:
            raise Unavailable("store.unavailable")
        self._table.commit(writes, events)


@pytest.mark.parametrize("fails_at", [1, 2, 3, 4])
def test_what_broke_off_is_taken_up_again(table: Table, fails_at: int) -> None:
    codes = [f"H-{n:03d}" for n in range(100)]
    for code in codes:
        register(table, code, UnitLevel.DISTRICT)
    register(table, "X-A")
    ends = tuple(Succession(unit=code, successors=("X-A",)) for code in codes)
    asked = Reorganisation(kind=K.END_OF_LEVEL, on=ON, ends=ends, level=UnitLevel.DISTRICT)
    assert len(steps(asked)) == 4
    with pytest.raises(Unavailable):
        Reorganise(Failing(table, fails_at))(ACT, asked)
    ended = sum(unit.valid_to is not None for unit in all_units(table).values())
    assert ended == 29 * (fails_at - 1)
    assert lineage_of(all_units(table)) == ()
    assert Reorganise(table)(ACT, asked).complete
    units = all_units(table)
    assert units["X-A"].predecessors == tuple(codes)
    assert all(units[code].valid_to == date(2025, 6, 30) for code in codes)


CODES = [f"U{n}" for n in range(8)]


@st.composite
def asked_for(draw: st.DrawFn) -> Reorganisation:
    """Anything that a form could send, sensible or not."""
    new = [
        NewUnit(code=f"N{n}", name=f"Mới {n}", kind=UnitKind.COMMUNE)
        for n in draw(st.sets(st.integers(0, 5), max_size=3))
    ]
    heirs = st.sampled_from([*CODES, *(each.code for each in new)])
    one = st.builds(lambda unit, heir: Succession(unit=unit, successors=tuple(heir)), st.sampled_from([*CODES, "N0", "N1"]),
                    st.sets(heirs, max_size=3))  # fmt: skip
    return Reorganisation(
        kind=draw(st.sampled_from([K.MERGE, K.SPLIT, K.DISSOLVE])),
        on=ON + timedelta(days=draw(st.integers(-3, 3))),
        ends=tuple(draw(st.lists(one, max_size=3))),
        forms=tuple(new),
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(asked_for(), max_size=12))
def test_whatever_is_asked_for_no_unit_is_lost_and_no_two_dates_clash(requests: list[Reorganisation]) -> None:
    units = {code: Unit(code=code, name=code, kind=UnitKind.COMMUNE) for code in CODES}
    for asked in map(tidy, requests):
        if faults_of(asked, units) or lineage_faults(asked, units):
            continue
        after = {**units, **outcome(asked, units)}
        assert after.keys() == units.keys() | asked.codes, "nothing lost, nothing made up"
        assert lineage_of(after) == ()
        for each in asked.ends:
            assert not stands_on(after[each.unit], asked.on)
            assert set(each.successors) <= set(successors(after.values()).get(each.unit, ()))
            assert all(stands_on(after[heir], asked.on) for heir in each.successors)
        assert {**after, **outcome(asked, after)} == after, "done again it changes nothing"
        assert (faults_of(asked, after), lineage_faults(asked, after)) == ((), ()), "and is no fault"
        units = after
        for code in units:
            assert code not in _ancestors(code, units), "no unit went into itself"


def _ancestors(code: str, units: dict[str, Unit]) -> set[str]:
    found: set[str] = set()
    ahead = list(units[code].predecessors)
    while ahead:
        each = ahead.pop()
        if each not in found:
            found.add(each)
            ahead += units[each].predecessors
    return found


@given(st.lists(st.tuples(st.integers(0, 400), st.sets(st.integers(400, 460), max_size=25)), max_size=200))
def test_steps_keep_every_succession_once_and_stay_small(wanted: list[tuple[int, set[int]]]) -> None:
    ends = tuple(Succession(unit=f"U{n}", successors=tuple(f"U{h}" for h in sorted(heirs))) for n, heirs in wanted)
    made = steps(Reorganisation(kind=K.END_OF_LEVEL, on=ON, ends=ends))
    assert tuple(each for step in made for each in step) == ends
    for step in made:
        assert len({code for each in step for code in (each.unit, *each.successors)}) <= MAX_TOUCHED

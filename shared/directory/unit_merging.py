"""What a list of units makes of the directory: pure, called by ImportUnits. Row by row what a unit is then, and which units
went into which; a row that would break something is reported and left out, and nothing that was good is lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from events.envelope import Act
from shared.directory import addresses
from shared.directory.addresses import Officer
from shared.directory.lineage import Edges, edge_fault, edges_of, joined
from shared.directory.model import Tenure, Unit
from shared.directory.rules import DAY, appointed, head_on, today, with_contact_name
from shared.directory.unit_list import ListedUnit
from shared.kernel.errors import Invalid
from shared.kernel.lists import Findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What holds for all rows of one list. `open_for`: units with an open pledge, whose changed address only waits.
    `two_officers`: the office asks for a second officer for every address of a unit that stands, the first one too."""

    act: Act
    columns: frozenset[str]
    officer: Officer | None
    open_for: Collection[str]
    two_officers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A unit that the list speaks of: by a row, or only as the successor of one."""

    code: str
    row: ListedUnit | None
    predecessors: tuple[str, ...]


def judged(
    rows: Sequence[ListedUnit], standing: Mapping[str, Unit], listing: Listing, findings: Findings
) -> tuple[Wanted, ...]:
    """The units to be stored. What cannot be goes to `findings`, and its row with it."""
    after: dict[str, Unit] = {}
    for each in rows:
        before = standing.get(each.unit.code)
        try:
            after[each.unit.code] = merged(each, before, listing)
        except Invalid as wrong:
            findings.problem(each.row, str(wrong.facts.pop("field")), wrong.code, **wrong.facts)
            continue
        wish = after[each.unit.code].asked_address
        if (
            before is not None
            and wish is not None
            and not addresses.same(before.contact.email, each.unit.contact.email)
        ):
            findings.note(each.row, "email", "contact.waits", unit=each.unit.code)
    while True:
        good = [each for each in rows if not findings.is_bad(each.row)]
        units = {**standing, **{each.unit.code: after[each.unit.code] for each in good}}
        edges = _edges(good, units, standing, listing.columns)
        if not _misfits(edges, good, units, standing, findings):
            return _wanted(good, edges, units, standing, findings)


def merged(each: ListedUnit, before: Unit | None, listing: Listing) -> Unit:
    """The unit as the list tells it, its predecessors left aside; what the list has no column for stays as it stands.

    Raises Invalid: `tenure.*`, `contact.persons_only`.
    """
    listed, columns = each.unit, listing.columns
    if before is None:
        since = listed.contact_since if listed.contact.name else None
        return replace(listed, heads=(each.head,) if each.head else (), contact_since=since, predecessors=())
    unit = replace(before, name=listed.name, kind=listed.kind, heads=_heads(each.head, before, listing))
    for field in ("level", "valid_from", "valid_to", "former_names"):
        if field in columns:
            unit = replace(unit, **{field: getattr(listed, field)})
    if "contact" in columns:
        unit = with_contact_name(unit, listed.contact.name, listed.contact_since, today(listing.act.at))
    if "phone" in columns:
        unit = replace(unit, contact=replace(unit.contact, phone=listed.contact.phone))
    return _with_email(unit, listed.contact.email, listing) if "email" in columns else unit


def _with_email(unit: Unit, email: str | None, listing: Listing) -> Unit:
    at = listing.act.at
    waits = listing.two_officers or unit.code in listing.open_for
    if waits and not addresses.same(unit.contact.email, email):
        if listing.officer is None:
            raise Invalid("contact.two_officers" if listing.two_officers else "contact.persons_only", field="email")
        return addresses.asked(unit, email, at, listing.officer, first_too=listing.two_officers)
    changed = replace(unit, contact=addresses.with_email(unit.contact, email, at))
    return changed if addresses.same(unit.contact.email, email) else replace(changed, asked_address=None)


def _heads(said: Tenure | None, before: Unit, listing: Listing) -> tuple[Tenure, ...]:
    if "head" not in listing.columns:
        return before.heads
    day = today(listing.act.at)
    now = head_on(before, day)
    if said is None:
        return tuple(each for each in (_ended(each, now, day) for each in before.heads) if each is not None)
    if now is not None and now.name == said.name:
        office = said.office if "head_office" in listing.columns else now.office
        since = said.since if "head_since" in listing.columns else now.since
        return tuple(replace(each, office=office, since=since) if each is now else each for each in before.heads)
    return appointed(before.heads, replace(said, since=said.since or (day if before.heads else None)))


def _ended(each: Tenure, now: Tenure | None, day: date) -> Tenure | None:
    if each is not now:
        return each
    return replace(each, until=day - DAY) if each.since is None or each.since < day else None


def _edges(
    good: Sequence[ListedUnit], units: Mapping[str, Unit], standing: Mapping[str, Unit], columns: frozenset[str]
) -> Edges:
    """Who went into whom after the list; an end that does not stand (its row was left out) is no edge."""
    said = {(before, each.unit.code) for each in good for before in each.unit.predecessors}
    said |= {(each.unit.code, after) for each in good for after in each.successors}
    codes = frozenset(each.unit.code for each in good)
    there = frozenset((before, after) for before, after in said if before in units and after in units)
    return joined(
        edges_of(standing.values()),
        there,
        codes if "predecessors" in columns else frozenset(),
        codes if "successors" in columns else frozenset(),
    )


def _misfits(
    edges: Edges,
    good: Sequence[ListedUnit],
    units: Mapping[str, Unit],
    standing: Mapping[str, Unit],
    findings: Findings,
) -> bool:
    """Reports rows that bring an edge that does not fit; whether there was one. What was amiss before stays as it was."""
    rows = {each.unit.code: each for each in good}
    known = edges_of(standing.values())
    found = False
    for before, after in sorted(edges):
        if before not in units or after not in units:
            continue
        fault = edge_fault(units[before], units[after])
        stood = (before, after) in known and before in standing and after in standing
        if fault is None or (stood and edge_fault(standing[before], standing[after]) == fault):
            continue
        said_by_heir = after in rows and before in rows[after].unit.predecessors
        each = rows[after] if said_by_heir or before not in rows else rows[before]
        field = "predecessors" if said_by_heir else "successors" if after in each.successors else "valid_to"
        findings.problem(each.row, field, fault, unit=before, successor=after)
        found = True
    return found


def _wanted(
    good: Sequence[ListedUnit],
    edges: Edges,
    units: Mapping[str, Unit],
    standing: Mapping[str, Unit],
    findings: Findings,
) -> tuple[Wanted, ...]:
    rows = {each.unit.code: each for each in good}
    for each in good:
        for field, codes in (("predecessors", each.unit.predecessors), ("successors", each.successors)):
            for code in codes:
                if code not in units:
                    findings.note(each.row, field, "directory.link_left_out", unit=code)
    before_of: dict[str, set[str]] = {}
    for before, after in edges:
        before_of.setdefault(after, set()).add(before)
    wanted = []
    for code in [*rows, *(code for code in standing if code not in rows)]:
        stood = standing[code].predecessors if code in standing else ()
        now = before_of.get(code, set())
        listed = rows[code].unit.predecessors if code in rows else ()
        order = tuple(dict.fromkeys(before for before in (*stood, *listed, *sorted(now)) if before in now))
        if code in rows or order != stood:
            wanted.append(Wanted(code=code, row=rows.get(code), predecessors=order))
    return tuple(wanted)

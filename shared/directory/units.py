"""What happens to one unit: it is registered, corrected, renamed, gets another head or contact, another mail address.

Called by functions/directory/http.py and the console's forms. Ends and successions: reorganisations.py. Each verb reads the
unit, decides, and commits; a repeat changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from events.directory import AddressChangeAsked, UnitContactChanged, UnitRegistered
from events.envelope import Act, Envelope, wrap
from shared.directory import addresses
from shared.directory.addresses import Officer
from shared.directory.lineage import faults
from shared.directory.model import UNIT, Tenure, Unit, UnitKind, UnitLevel
from shared.directory.rules import (
    appointed,
    checked_code,
    checked_name,
    name_on,
    renamed,
    today,
    with_contact_name,
)
from shared.directory.snapshots import UNITS, all_units, unit_put, version_of
from shared.kernel.conflicts import decide_again
from shared.kernel.contacts import email_address, phone_number
from shared.kernel.errors import Forbidden, Invalid, NotFound, Refused
from shared.kernel.ports import ABSENT, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFacts:
    """What a form says of a unit. A correction: what was so all along. A new name from a day on is RenameUnit's."""

    name: str
    kind: UnitKind
    level: UnitLevel | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    predecessors: tuple[str, ...] = ()


class RegisterUnit:
    """A unit that the directory does not have yet; the same facts again change nothing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, code: str, facts: UnitFacts) -> Unit:
        """Raises Invalid: `directory.code_bad`, `directory.name_missing`, `unit.code_taken`, and as ChangeUnit."""
        unit = _with_facts(Unit(code=checked_code(code), name="", kind=facts.kind), facts)
        _check_lineage(self._table, unit)
        item = self._table.get(UNITS, unit.code)
        if item is not None:
            standing = UNIT.read(item.body)
            if standing == unit:
                return standing
            raise Invalid("unit.code_taken", field="code", unit=unit.code, name=standing.name)
        self._table.commit([unit_put(unit, ABSENT)], [registered(act, unit, 1)])
        return unit


class ChangeUnit:
    """Corrects what the directory says of a unit. Name, dates and predecessors are as they were all along."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, code: str, facts: UnitFacts) -> Unit:
        """Raises NotFound(`directory.no_unit`), Invalid: `directory.name_missing`, `directory.ends_before_start`, `lineage.*`."""

        def change(unit: Unit) -> Unit:
            changed = _with_facts(unit, facts)
            _check_lineage(self._table, changed)
            return changed

        return _changed(self._table, act, code, change)


class RenameUnit:
    """Another name from a day on; the former one stays known, and papers of before show it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, code: str, *, name: str, since: date) -> Unit:
        """Raises NotFound, Invalid as rules.renamed."""
        return _changed(self._table, act, code, lambda unit: renamed(unit, name, since))


class AppointHead:
    """Another accountable head (người đứng đầu) from a day on, or the end of the last one's time."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, code: str, head: Tenure) -> Unit:
        """Raises NotFound, Invalid: `directory.name_missing`, and as rules.appointed."""
        named = replace(head, name=checked_name(head.name), office=checked_name(head.office) if head.office else "")
        return _changed(self._table, act, code, lambda unit: replace(unit, heads=appointed(unit.heads, named)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """The contact (đầu mối) as a form says it; `since` is the first day of another person's time (default: today)."""

    name: str
    phone: str = ""
    email: str = ""
    since: date | None = None


class ChangeContact:
    """Another contact. While a pledge is open for the unit another mail address only waits for a second unit (FORMATS 6)."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, code: str, facts: ContactFacts, *, officer: Officer, pledge_open: bool) -> Unit:
        """Raises NotFound, Invalid: `list.phone_bad`, `list.email_bad`, `tenure.too_early`."""
        phone, email = _phone(facts.phone), _email(facts.email)
        name = checked_name(facts.name) if facts.name.strip() else ""

        def change(unit: Unit) -> Unit:
            named = with_contact_name(unit, name, facts.since, today(act.at))
            named = replace(named, contact=replace(named.contact, phone=phone))
            if pledge_open:
                return addresses.asked(named, email, act.at, officer)
            contact = addresses.with_email(named.contact, email, act.at)
            return replace(named, contact=contact, asked_address=None)

        return _changed(self._table, act, code, change)


class ConfirmAddress:
    """An officer of another unit, or another organiser of the whole office, confirms the address that was asked for."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, code: str, *, email: str | None, officer: Officer) -> Unit:
        """`email` is the address that the officer saw: another one asked for meanwhile is not confirmed unseen.

        Raises NotFound, Forbidden: `contact.same_person`, `contact.same_unit`; Refused: `contact.nothing_asked`,
        `contact.asked_otherwise`.
        """

        def change(unit: Unit) -> Unit:
            if unit.asked_address is None and email and addresses.same(unit.contact.email, email):
                return unit  # said before
            why = addresses.why_not_confirm(unit, officer)
            if why == "contact.nothing_asked":
                raise Refused(why)
            if why is not None:
                raise Forbidden(why)
            if unit.asked_address is None or not addresses.same(unit.asked_address.email, email):
                raise Refused("contact.asked_otherwise")
            return addresses.confirmed(unit, act.at)

        return _changed(self._table, act, code, change)


class RefuseAddress:
    """Takes back, or refuses, the address that was asked for: the one that stands stays."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, code: str) -> Unit:
        """Raises NotFound."""
        return _changed(self._table, act, code, lambda unit: replace(unit, asked_address=None))


def registered(act: Act, unit: Unit, version: int) -> Envelope:
    """The fact that a unit's entry stands so, at the item's `version` after the commit."""
    fact = UnitRegistered(unit=unit.code, name=name_on(unit, today(act.at)), kind=unit.kind.value)
    return wrap(fact, act, subject=unit.code, version=version)


def address_facts(act: Act, before: Unit | None, after: Unit, version: int) -> list[Envelope]:
    """What whoever watches addresses must hear of a change, at the item's `version` after the commit."""
    if before is None:
        return []
    facts: list[Envelope] = []
    changed_at = after.contact.changed_at
    if addresses.address_changed(before.contact, after.contact) and changed_at is not None:
        changed = UnitContactChanged(unit=after.code, changed_at=changed_at)
        facts.append(wrap(changed, act, subject=after.code, version=version, place=1))
    wish = after.asked_address
    if wish is not None and (before.asked_address is None or before.asked_address.asked_at != wish.asked_at):
        told = AddressChangeAsked(unit=after.code, asked_at=wish.asked_at)
        facts.append(wrap(told, act, subject=after.code, version=version, place=3))
    return facts


def _changed(table: Table, act: Act, code: str, change: Callable[[Unit], Unit]) -> Unit:
    return decide_again(partial(_change, table, act, code, change))


def _change(table: Table, act: Act, code: str, change: Callable[[Unit], Unit]) -> Unit:
    item = table.get(UNITS, code)
    if item is None:
        raise NotFound("directory.no_unit", unit=code)
    before = UNIT.read(item.body)
    after = change(before)
    if after != before:
        version = version_of(item) + 1
        table.commit(
            [unit_put(after, item.version)],
            [registered(act, after, version), *address_facts(act, before, after, version)],
        )
    return after


def _with_facts(unit: Unit, facts: UnitFacts) -> Unit:
    if facts.valid_from and facts.valid_to and facts.valid_to < facts.valid_from:
        raise Invalid("directory.ends_before_start", field="valid_to")
    return replace(
        unit,
        name=checked_name(facts.name),
        kind=facts.kind,
        level=facts.level,
        valid_from=facts.valid_from,
        valid_to=facts.valid_to,
        predecessors=tuple(dict.fromkeys(checked_code(each, "predecessors") for each in facts.predecessors)),
    )


def _check_lineage(table: Table, unit: Unit) -> None:
    """No edge of the unit, in either direction, may be worse for the change than it was."""
    units = all_units(table)
    known = set(faults(units))
    for code, before, after in faults({**units, unit.code: unit}):
        if (code, before, after) not in known:
            raise Invalid(
                code, field="predecessors" if after == unit.code else "valid_to", unit=before, successor=after
            )


def _phone(text: str) -> str | None:
    found = phone_number(text) if text.strip() else None
    if text.strip() and found is None:
        raise Invalid("list.phone_bad", field="phone")
    return found.number if found else None


def _email(text: str) -> str | None:
    found = email_address(text) if text.strip() else None
    if text.strip() and found is None:
        raise Invalid("list.email_bad", field="email")
    return found

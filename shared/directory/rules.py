"""Pure decisions about units: names, heads and contacts over time, and what other contexts may know of them.

Blocks: block_rules.py; mail addresses: addresses.py; predecessors and successors: lineage.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from shared.directory.model import FormerName, Tenure, Unit
from shared.kernel.errors import Invalid
from shared.kernel.text import fold, matches, nfc
from shared.kernel.unit_names import NamedUnit, UnitNames

HERE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
DAY: Final = timedelta(days=1)
MAX_NAME: Final = 200
CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{0,11}")
"""As issuer codes of FORMATS 1, for any unit may come to issue documents."""


def today(at: datetime) -> date:
    """The day in Viet Nam."""
    return at.astimezone(HERE).date()


def checked_name(text: str, field: str = "name") -> str:
    """A unit's or a person's name, clean. Raises Invalid: `directory.name_missing`, `list.text_too_long`."""
    name = nfc(text)
    if not any(letter.isalpha() for letter in name):
        raise Invalid("directory.name_missing", field=field)
    if len(name) > MAX_NAME:
        raise Invalid("list.text_too_long", field=field, length=len(name), limit=MAX_NAME)
    return name


def checked_code(text: str, field: str = "code") -> str:
    """Raises Invalid `directory.code_bad`."""
    code = nfc(text).upper()
    if not CODE.fullmatch(code):
        raise Invalid("directory.code_bad", field=field)
    return code


def stands_on(unit: Unit, day: date) -> bool:
    return (unit.valid_from is None or unit.valid_from <= day) and (unit.valid_to is None or day <= unit.valid_to)


def name_on(unit: Unit, day: date) -> str:
    """What the unit was called on a day: papers of 2024 show the name of 2024."""
    return next((former.name for former in unit.former_names if day <= former.until), unit.name)


def as_of(unit: Unit, day: date) -> Unit:
    """The unit under its name of a day."""
    return replace(unit, name=name_on(unit, day))


def finds(wanted: str, unit: Unit) -> bool:
    """Whether a search means this unit: by code, present or former name, with or without marks."""
    names = (unit.name, *(former.name for former in unit.former_names))
    return fold(wanted) == fold(unit.code) or any(matches(wanted, name) for name in names)


def renamed(unit: Unit, name: str, since: date) -> Unit:
    """The unit under another name from a day on; the same once more changes nothing.

    Raises Invalid: `unit.same_name`, `unit.not_standing`, `unit.renamed_later`.
    """
    name = checked_name(name)
    last = unit.former_names[-1].until if unit.former_names else None
    if name == unit.name:
        if last == since - DAY:
            return unit
        raise Invalid("unit.same_name", field="name")
    if not stands_on(unit, since) or not stands_on(unit, since - DAY):
        raise Invalid("unit.not_standing", field="since", day=written(since))
    if last is not None and since - DAY <= last:
        raise Invalid("unit.renamed_later", field="since", day=written(last + DAY))
    former = FormerName(name=unit.name, until=since - DAY)
    return replace(unit, name=name, former_names=(*unit.former_names, former))


def tenure_on(tenures: Iterable[Tenure], day: date) -> Tenure | None:
    """Whose time it was on a day; the latest where two overlap."""
    found = [each for each in tenures if (each.since or day) <= day <= (each.until or day)]
    return found[-1] if found else None


def head_on(unit: Unit, day: date) -> Tenure | None:
    """The accountable head (người đứng đầu) on a day."""
    return tenure_on(unit.heads, day)


def appointed(tenures: tuple[Tenure, ...], new: Tenure) -> tuple[Tenure, ...]:
    """The tenures with another one, which ends the one before on the eve; the same again changes nothing, the same person
    from the same day is a correction. Raises Invalid: `tenure.ends_before_start`, `tenure.since_missing`, `tenure.too_early`.
    """
    if new.since and new.until and new.until < new.since:
        raise Invalid("tenure.ends_before_start", field="until")
    if not tenures:
        return (new,)
    *before, last = tenures
    if (last.name, last.since) == (new.name, new.since):
        return (*before, new)
    if new.since is None:
        raise Invalid("tenure.since_missing", field="since", name=last.name)
    if last.since is not None and new.since <= last.since:
        raise Invalid("tenure.too_early", field="since", name=last.name, day=written(last.since))
    until = last.until if last.until is not None and last.until < new.since else new.since - DAY
    return (*before, replace(last, until=until), new)


def contact_tenures(unit: Unit) -> tuple[Tenure, ...]:
    """All contacts in the order of time, the present one last."""
    present = Tenure(name=unit.contact.name, since=unit.contact_since) if unit.contact.name else None
    return unit.former_contacts if present is None else (*unit.former_contacts, present)


def with_contact_name(unit: Unit, name: str, since: date | None, day: date) -> Unit:
    """The unit with another contact person from a day on (default: `day`, today). An empty name ends the time of the one
    before. The same person keeps the time, unless another beginning is given. Raises Invalid as `appointed`."""
    if name == unit.contact.name:
        return unit if since is None or not name else replace(unit, contact_since=since)
    begins = since or (day if unit.contact.name or unit.former_contacts else None)
    former = unit.former_contacts
    if unit.contact.name:
        ended = (begins or day) - DAY
        if unit.contact_since is not None and ended < unit.contact_since:
            raise Invalid("tenure.too_early", field="since", name=unit.contact.name, day=written(unit.contact_since))
        former = (*former, Tenure(name=unit.contact.name, since=unit.contact_since, until=ended))
    contact = replace(unit.contact, name=name)
    return replace(unit, contact=contact, contact_since=begins if name else None, former_contacts=former)


def unit_names(units: Iterable[Unit], on: date) -> UnitNames:
    """What imports of other contexts get: the units by name, as of a day; former names lead to them as well."""
    return UnitNames(
        (
            NamedUnit(
                code=unit.code,
                name=name_on(unit, on),
                valid_from=unit.valid_from,
                valid_to=unit.valid_to,
                predecessors=unit.predecessors,
                other_names=tuple({unit.name, *(former.name for former in unit.former_names)} - {name_on(unit, on)}),
            )
            for unit in units
        ),
        on,
    )


def written(day: date) -> str:
    """01/07/2025, for sentences."""
    return f"{day.day:02d}/{day.month:02d}/{day.year}"

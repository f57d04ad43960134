"""Judges the rows of a delegate list: pure, called by ImportDelegates. Every bad row is reported with all its reasons.

Names are kept as given (NFC; CAPITALS too, with a proposal beside them); who is the same person is decided by unit, name and
telephone or mail address, and only looked at, never decided, where the spelling or the contact differs.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.ceremonies.model import Category, Delegate
from shared.kernel.contacts import email_address, phone_number, shown_phone
from shared.kernel.ids import derived_id
from shared.kernel.lists import NUMBER, Column, Findings, ListRow, ReadList
from shared.kernel.syllables import syllables
from shared.kernel.text import fold, nfc, proper_case, removed_by_nfc
from shared.kernel.unit_names import NoUnit, UnitNames

MAX_NAME, MAX_TEXT, MAX_HONORIFIC = 100, 300, 40

COLUMNS = (
    Column(field=NUMBER, names=("STT", "TT", "Số TT", "Số thứ tự", "No.")),
    Column(field="honorific", names=("Danh xưng", "Ông/Bà", "Xưng hô", "Honorific", "Title")),
    Column(
        field="name",
        names=("Họ và tên", "Họ tên", "Họ và tên đại biểu", "Họ tên đại biểu", "Tên đại biểu", "Đại biểu", "Full name", "Name"),
        required=True,
    ),
    Column(field="office", names=("Chức vụ", "Chức danh", "Chức vụ, chức danh", "Chức vụ công tác", "Position", "Office")),
    Column(
        field="unit",
        names=("Đơn vị", "Đơn vị công tác", "Cơ quan", "Cơ quan, đơn vị", "Tên đơn vị", "Nơi công tác", "Unit", "Organisation"),
        required=True,
    ),
    Column(field="phone", names=("Điện thoại", "Số điện thoại", "Điện thoại di động", "SĐT", "ĐT", "Di động", "Phone", "Mobile")),
    Column(field="email", names=("Email", "E-mail", "Mail", "Thư điện tử", "Hộp thư điện tử", "Địa chỉ email")),
    Column(field="remark", names=("Ghi chú", "Remark", "Note", "Notes")),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitedUnits:
    """What the import knows of units, as of the ceremony's day: names, which are guests, how many each may send."""

    names: UnitNames
    guests: frozenset[str] = frozenset()
    quotas: Mapping[str, int] = field(default_factory=dict)


def delegates_of(read: ReadList, invited: InvitedUnits, findings: Findings) -> tuple[tuple[ListRow, Delegate], ...]:
    """The good rows as delegates, in the order of the list; problems and notes go to `findings`."""
    good: list[tuple[ListRow, Delegate]] = []
    first: dict[tuple[str, ...], ListRow] = {}
    for order, row in enumerate(read.rows, start=1):
        delegate = _delegate(row, order, invited, findings)
        key = identity(delegate)
        if not findings.is_bad(row) and key in first:
            findings.problem(row, "name", "delegate.twice", row=first[key].row, number=first[key].number)
        if findings.is_bad(row):
            continue
        first[key] = row
        good.append((row, delegate))
    _note_lookalikes(good, findings)
    _note_spellings(good, findings)
    _note_quotas(good, invited, findings)
    return tuple(good)


def identity(delegate: Delegate) -> tuple[str, ...]:
    """What makes a row the same person as another: unit, name as spelled (case aside), telephone or else mail address."""
    return (delegate.unit, delegate.name.casefold(), delegate.phone or (delegate.email or "").lower())


def registration_id(ceremony: str, delegate: Delegate) -> str:
    """The same person in the same ceremony has the same registration, whichever list brings it and how often."""
    return derived_id("registration", ceremony, *identity(delegate))


def _delegate(row: ListRow, order: int, invited: InvitedUnits, findings: Findings) -> Delegate:
    name = _name(row, findings)
    unit, unit_name = _unit(row, invited.names, findings)
    phone, email = _phone(row, findings), _email(row, findings)
    return Delegate(
        row=row.row,
        order=order,
        honorific=_text(row, "honorific", MAX_HONORIFIC, findings),
        name=name,
        office=_text(row, "office", MAX_TEXT, findings),
        unit=unit,
        unit_name=unit_name,
        phone=phone,
        email=email,
        category=Category.GUEST if unit in invited.guests else Category.DELEGATE,
        remark=_text(row, "remark", MAX_TEXT, findings),
    )


def _name(row: ListRow, findings: Findings) -> str:
    raw = row.cells.get("name", "")
    name = nfc(raw)
    if not name:
        findings.problem(row, "name", "list.name_missing")
        return name
    if not any(letter.isalpha() for letter in name):
        findings.problem(row, "name", "list.name_not_a_name")
    if len(name) > MAX_NAME:
        findings.problem(row, "name", "list.text_too_long", length=len(name), limit=MAX_NAME)
    removed = removed_by_nfc(raw)
    if removed:
        findings.note(row, "name", "list.controls_removed", signs=", ".join(dict.fromkeys(removed)))
    if not unicodedata.is_normalized("NFC", raw):
        findings.note(row, "name", "list.name_recomposed")
    if raw != " ".join(raw.split()):
        findings.note(row, "name", "list.name_spaces")
    if proper_case(name) != name:
        findings.note(row, "name", "list.name_in_capitals", proposal=proper_case(name))
    return name


def _text(row: ListRow, name: str, most: int, findings: Findings) -> str:
    text = nfc(row.cells.get(name, ""))
    if len(text) > most:
        findings.problem(row, name, "list.text_too_long", length=len(text), limit=most)
    return text[:most]


def _unit(row: ListRow, names: UnitNames, findings: Findings) -> tuple[str, str]:
    """Code and name of the unit meant; empty where there is a problem."""
    text = row.cells.get("unit", "")
    if not nfc(text):
        findings.problem(row, "unit", "list.unit_missing")
        return "", ""
    found = names.find(text)
    if isinstance(found, NoUnit):
        findings.problem(row, "unit", found.code, units="; ".join(found.candidates))
        return "", ""
    if found.former is not None:
        findings.note(row, "unit", "list.unit_former", former=found.former.name, unit=found.unit.name)
    elif found.loosely:
        findings.note(row, "unit", "list.unit_loosely", unit=found.unit.name)
    return found.unit.code, found.unit.name


def _phone(row: ListRow, findings: Findings) -> str | None:
    text = nfc(row.cells.get("phone", ""))
    if not text:
        return None
    phone = phone_number(text)
    if phone is None:
        findings.problem(row, "phone", "list.phone_bad")
        return None
    if phone.zero_restored:
        findings.note(row, "phone", "list.phone_zero_restored", phone=shown_phone(phone.number))
    if phone.others_left_out:
        findings.note(row, "phone", "list.phones_left_out", phone=shown_phone(phone.number))
    return phone.number


def _email(row: ListRow, findings: Findings) -> str | None:
    text = nfc(row.cells.get("email", ""))
    if not text:
        findings.note(row, "email", "list.email_missing")
        return None
    email = email_address(text)
    if email is None:
        findings.problem(row, "email", "list.email_bad")
    return email


def _note_lookalikes(good: Iterable[tuple[ListRow, Delegate]], findings: Findings) -> None:
    """Rows that may be one person: names equal but for their marks, or one telephone number or mail address for two."""
    seen: dict[tuple[str, str], tuple[ListRow, Delegate]] = {}
    for row, delegate in good:
        keys = [
            ("name", fold(delegate.name)),
            ("phone", delegate.phone or ""),
            ("email", (delegate.email or "").lower()),
        ]
        earlier = next((seen[key] for key in keys if key[1] and key in seen), None)
        if earlier is not None:
            other, before = earlier
            findings.note(row, "name", "list.maybe_same_person", row=other.row, number=other.number, other=before.name)
        for key in keys:
            seen.setdefault(key, (row, delegate))


def _note_spellings(good: Iterable[tuple[ListRow, Delegate]], findings: Findings) -> None:
    """Given names that differ only in where the tone mark stands (Thuý, Thúy): the rarer spelling is noted."""
    uses: defaultdict[object, Counter[str]] = defaultdict(Counter)
    rows: dict[str, ListRow] = {}
    for row, delegate in good:
        given = delegate.name.split()[-1].casefold()
        uses[tuple(syllables(given))][given] += 1
        rows.setdefault(given, row)
    for row, delegate in good:
        given = delegate.name.split()[-1].casefold()
        spellings = uses[tuple(syllables(given))]
        usual = max(spellings, key=lambda spelling: (spellings[spelling], spelling))
        if given != usual:
            at = rows[usual]
            findings.note(
                row, "name", "list.name_two_spellings", row=at.row, number=at.number, other=usual.capitalize()
            )


def _note_quotas(good: Iterable[tuple[ListRow, Delegate]], invited: InvitedUnits, findings: Findings) -> None:
    counts: Counter[str] = Counter()
    for row, delegate in good:
        counts[delegate.unit] += 1
        quota = invited.quotas.get(delegate.unit)
        if quota is not None and counts[delegate.unit] == quota + 1:
            findings.note(row, "unit", "delegate.over_quota", unit=delegate.unit_name, quota=quota)

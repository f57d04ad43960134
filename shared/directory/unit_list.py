"""Reads the rows of a list of units: pure, called by ImportUnits. Every bad row is reported with its fields and reasons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from shared.directory.model import Contact, Seat, SeatRole, Unit, UnitKind
from shared.kernel.contacts import email_address, phone_number
from shared.kernel.lists import NUMBER, Column, Findings, ListRow, ReadList
from shared.kernel.text import fold, nfc

MAX_NAME = 200
MAX_QUOTA = 9_999
CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,11}")
"""As issuer codes of FORMATS 1, for any unit may come to issue documents."""

COLUMNS = (
    Column(field=NUMBER, names=("STT", "TT", "Số TT", "Số thứ tự", "No.")),
    Column(field="code", names=("Mã đơn vị", "Mã", "Ký hiệu", "Code", "Unit code"), required=True),
    Column(field="name", names=("Tên đơn vị", "Đơn vị", "Tên cơ quan, đơn vị", "Name", "Unit"), required=True),
    Column(field="kind", names=("Loại", "Loại hình", "Loại đơn vị", "Kind"), required=True),
    Column(field="valid_from", names=("Hiệu lực từ", "Từ ngày", "Thành lập", "Valid from")),
    Column(field="valid_to", names=("Hiệu lực đến", "Đến ngày", "Kết thúc", "Valid to")),
    Column(field="predecessors", names=("Tiền thân", "Hợp nhất từ", "Predecessors")),
    Column(field="role", names=("Vai trò*", "Role*")),
    Column(field="quota", names=("Số đại biểu*", "Chỉ tiêu đại biểu", "Quota")),
    Column(field="contact", names=("Đầu mối*", "Người liên hệ", "Contact*")),
    Column(field="phone", names=("Điện thoại*", "Số điện thoại", "SĐT", "ĐT", "Phone")),
    Column(field="email", names=("Email", "E-mail", "Thư điện tử", "Hộp thư")),
)

_KINDS: Mapping[str, UnitKind] = {
    **{fold(kind.value): kind for kind in UnitKind},
    "dang": UnitKind.PARTY, "co quan dang": UnitKind.PARTY, "nha nuoc": UnitKind.STATE,
    "co quan nha nuoc": UnitKind.STATE, "hanh chinh": UnitKind.STATE, "doan the": UnitKind.MASS_ORG,
    "to chuc chinh tri - xa hoi": UnitKind.MASS_ORG, "luc luong vu trang": UnitKind.ARMED_FORCES,
    "truong": UnitKind.SCHOOL, "truong hoc": UnitKind.SCHOOL, "doanh nghiep": UnitKind.ENTERPRISE,
    "xa": UnitKind.COMMUNE, "phuong": UnitKind.COMMUNE, "khac": UnitKind.OTHER,
}  # fmt: skip
_ROLES: Mapping[str, SeatRole] = {
    **{fold(role.value): role for role in SeatRole},
    "khoi truong": SeatRole.HEAD, "truong khoi": SeatRole.HEAD, "don vi thuong truc": SeatRole.STANDING,
    "thuong truc": SeatRole.STANDING, "thanh vien": SeatRole.MEMBER, "khach moi": SeatRole.GUEST, "khach": SeatRole.GUEST,
}  # fmt: skip


def units_of(read: ReadList, known: frozenset[str], findings: Findings) -> tuple[tuple[Unit, ...], tuple[Seat, ...]]:
    """The good rows as units and seats, in the order of the list; problems and notes go to `findings`.

    `known` are the codes already in the directory: predecessors stand there or in the list.
    """
    listed = frozenset(nfc(row.cells.get("code", "")).upper() for row in read.rows)
    seen: dict[str, int] = {}
    units, seats = [], []
    for row in read.rows:
        unit = _unit(row, known | listed, findings)
        seat = _seat(row, unit.code, findings)
        if unit.code in seen:
            findings.problem(row, "code", "directory.code_twice", row=seen[unit.code])
        seen.setdefault(unit.code, row.row)
        if findings.is_bad(row):
            continue
        units.append(unit)
        if seat is not None:
            seats.append(seat)
    return tuple(units), tuple(seats)


def parse_date(text: str) -> date | None:
    """`2025-03-01`, `01/03/2025` or `1-3-2025`; None if it is no date."""
    day_first = re.fullmatch(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})", text)
    try:
        if day_first:
            day, month, year = map(int, day_first.groups())
            return date(year, month, day)
        return date.fromisoformat(text)
    except ValueError:
        return None


def _unit(row: ListRow, codes: frozenset[str], findings: Findings) -> Unit:
    cell = {name: nfc(value) for name, value in row.cells.items()}
    code = cell["code"].upper()
    if not CODE.fullmatch(code):
        findings.problem(row, "code", "directory.code_bad")
    if not any(letter.isalpha() for letter in cell["name"]):
        findings.problem(row, "name", "directory.name_missing")
    elif len(cell["name"]) > MAX_NAME:
        findings.problem(row, "name", "list.text_too_long", length=len(cell["name"]), limit=MAX_NAME)
    kind = _KINDS.get(fold(cell["kind"]))
    if kind is None:
        findings.problem(row, "kind", "directory.kind_unknown", kinds=", ".join(UnitKind))
    predecessors = tuple(part for part in re.split(r"[+,;\s]+", cell.get("predecessors", "").upper()) if part)
    for predecessor in predecessors:
        if predecessor not in codes or predecessor == code:
            findings.problem(row, "predecessors", "directory.predecessor_unknown", unit=predecessor)
    starts, ends = _date(row, "valid_from", cell, findings), _date(row, "valid_to", cell, findings)
    if starts and ends and ends < starts:
        findings.problem(row, "valid_to", "directory.ends_before_start")
    return Unit(
        code=code,
        name=cell["name"],
        kind=kind or UnitKind.OTHER,
        valid_from=starts,
        valid_to=ends,
        predecessors=predecessors,
        contact=_contact(row, cell, findings),
    )


def _date(row: ListRow, name: str, cell: Mapping[str, str], findings: Findings) -> date | None:
    text = cell.get(name, "")
    day = parse_date(text) if text else None
    if text and day is None:
        findings.problem(row, name, "directory.date_bad")
    return day


def _contact(row: ListRow, cell: Mapping[str, str], findings: Findings) -> Contact:
    phone = phone_number(cell.get("phone", ""))
    email = email_address(cell.get("email", ""))
    if cell.get("phone") and phone is None:
        findings.problem(row, "phone", "list.phone_bad")
    if phone and phone.zero_restored:
        findings.note(row, "phone", "list.phone_zero_restored", phone=phone.number)
    if cell.get("email") and email is None:
        findings.problem(row, "email", "list.email_bad")
    return Contact(name=cell.get("contact", "")[:MAX_NAME], phone=phone.number if phone else None, email=email)


def _seat(row: ListRow, code: str, findings: Findings) -> Seat | None:
    role_text, quota_text = nfc(row.cells.get("role", "")), nfc(row.cells.get("quota", ""))
    role = _ROLES.get(fold(role_text))
    if role_text and role is None:
        findings.problem(row, "role", "directory.role_unknown", roles=", ".join(SeatRole))
    quota = int(quota_text) if re.fullmatch(r"[0-9]{1,4}", quota_text) else None
    if quota_text and quota is None:
        findings.problem(row, "quota", "directory.quota_bad", most=MAX_QUOTA)
    return Seat(unit=code, role=role, quota=quota) if role else None

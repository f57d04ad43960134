"""Reads the rows of a list of units: pure, called by ImportUnits. Every bad row is reported with its fields and reasons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from shared.directory.model import Contact, FormerName, Seat, SeatRole, Tenure, Unit, UnitKind, UnitLevel
from shared.directory.rules import CODE, MAX_NAME
from shared.kernel.contacts import email_address, phone_number
from shared.kernel.lists import NUMBER, Column, Findings, ListRow, ReadList
from shared.kernel.text import fold, nfc

MAX_QUOTA = 9_999

COLUMNS = (
    Column(field=NUMBER, names=("STT", "TT", "Số TT", "Số thứ tự", "No.")),
    Column(field="code", names=("Mã đơn vị", "Mã", "Ký hiệu", "Code", "Unit code"), required=True),
    Column(field="name", names=("Tên đơn vị", "Đơn vị", "Tên cơ quan, đơn vị", "Name", "Unit"), required=True),
    Column(field="kind", names=("Loại", "Loại hình", "Loại đơn vị", "Kind"), required=True),
    Column(field="level", names=("Cấp", "Cấp hành chính", "Cấp đơn vị", "Level")),
    Column(field="valid_from", names=("Hiệu lực từ", "Từ ngày", "Thành lập", "Valid from")),
    Column(field="valid_to", names=("Hiệu lực đến", "Đến ngày", "Kết thúc", "Valid to")),
    Column(field="predecessors", names=("Tiền thân", "Hợp nhất từ", "Predecessors")),
    Column(field="successors", names=("Kế tục", "Đơn vị kế tục", "Sáp nhập vào", "Successors")),
    Column(field="former_names", names=("Tên cũ", "Tên trước đây", "Former names")),
    Column(field="head", names=("Người đứng đầu", "Thủ trưởng", "Họ tên người đứng đầu", "Accountable head", "Head")),
    Column(
        field="head_office", names=("Chức vụ người đứng đầu", "Chức vụ thủ trưởng", "Head's office", "Office of head")
    ),
    Column(field="head_since", names=("Người đứng đầu từ ngày", "Thủ trưởng từ ngày", "Head since")),
    Column(field="role", names=("Vai trò*", "Role*")),
    Column(field="quota", names=("Số đại biểu*", "Chỉ tiêu đại biểu", "Quota")),
    Column(field="contact_since", names=("Đầu mối từ ngày", "Phụ trách từ ngày", "Contact since")),
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
    "xa": UnitKind.COMMUNE, "phuong": UnitKind.COMMUNE, "dac khu": UnitKind.COMMUNE, "khac": UnitKind.OTHER,
}  # fmt: skip
_LEVELS: Mapping[str, UnitLevel] = {
    **{fold(level.value): level for level in UnitLevel},
    "trung uong": UnitLevel.CENTRAL, "bo": UnitLevel.MINISTRY, "bo, nganh": UnitLevel.MINISTRY, "tinh": UnitLevel.PROVINCE,
    "thanh pho": UnitLevel.PROVINCE, "huyen": UnitLevel.DISTRICT, "quan": UnitLevel.DISTRICT, "cap huyen": UnitLevel.DISTRICT,
    "xa": UnitLevel.COMMUNE, "phuong": UnitLevel.COMMUNE, "cap xa": UnitLevel.COMMUNE, "cap tinh": UnitLevel.PROVINCE,
}  # fmt: skip
ROLES: Mapping[str, SeatRole] = {
    **{fold(role.value): role for role in SeatRole},
    "khoi truong": SeatRole.HEAD, "truong khoi": SeatRole.HEAD, "cum truong": SeatRole.HEAD, "truong cum": SeatRole.HEAD,
    "khoi pho": SeatRole.DEPUTY, "pho khoi": SeatRole.DEPUTY, "pho truong khoi": SeatRole.DEPUTY, "cum pho": SeatRole.DEPUTY,
    "don vi thuong truc": SeatRole.STANDING, "thuong truc": SeatRole.STANDING, "thanh vien": SeatRole.MEMBER,
    "khach moi": SeatRole.GUEST, "khach": SeatRole.GUEST,
}  # fmt: skip
_FORMER = re.compile(r"\s*(.+?)\s*\((?:đến|to)\s*([0-9./-]{8,10})\)\s*(?:;|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedUnit:
    """A good row. `unit` holds what the row says; `head` is None where its cell is empty; `successors` are codes."""

    row: ListRow
    unit: Unit
    head: Tenure | None
    successors: tuple[str, ...]


def units_of(
    read: ReadList, known: frozenset[str], findings: Findings
) -> tuple[tuple[ListedUnit, ...], tuple[Seat, ...]]:
    """The good rows as units and seats, in the order of the list; problems and notes go to `findings`.

    `known` are the codes already in the directory: predecessors and successors stand there or in the list.
    """
    listed = frozenset(nfc(row.cells.get("code", "")).upper() for row in read.rows)
    seen: dict[str, int] = {}
    units, seats = [], []
    for row in read.rows:
        each = _unit(row, known | listed, findings)
        found = seat_of(row, each.unit.code, findings)
        if each.unit.code in seen:
            findings.problem(row, "code", "directory.code_twice", row=seen[each.unit.code])
        seen.setdefault(each.unit.code, row.row)
        if findings.is_bad(row):
            continue
        units.append(each)
        if found is not None:
            seats.append(found)
    return tuple(units), tuple(seats)


def parse_date(text: str) -> date | None:
    """`2025-03-01`, `01/03/2025` or `1-3-2025`, with or without midnight behind; None if it is no date."""
    text = re.sub(r"[T ]00:00(:00)?$", "", text)
    day_first = re.fullmatch(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})", text)
    try:
        if day_first:
            day, month, year = map(int, day_first.groups())
            return date(year, month, day)
        return date.fromisoformat(text)
    except ValueError:
        return None


def roles_of(text: str) -> tuple[SeatRole, ...] | None:
    """`Khối trưởng; thường trực` as roles; None where a word is none."""
    found = [ROLES.get(fold(part)) for part in re.split(r"[+;,]", text) if part.strip()]
    roles = tuple(dict.fromkeys(role for role in found if role is not None))
    return None if None in found else roles


def _unit(row: ListRow, codes: frozenset[str], findings: Findings) -> ListedUnit:
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
    level = _LEVELS.get(fold(cell.get("level", "")))
    if cell.get("level") and level is None:
        findings.problem(row, "level", "directory.level_unknown", levels=", ".join(UnitLevel))
    predecessors = _codes(row, "predecessors", cell, codes, findings)
    successors = _codes(row, "successors", cell, codes, findings)
    starts, ends = _date(row, "valid_from", cell, findings), _date(row, "valid_to", cell, findings)
    if starts and ends and ends < starts:
        findings.problem(row, "valid_to", "directory.ends_before_start")
    unit = Unit(
        code=code,
        name=cell["name"],
        kind=kind or UnitKind.OTHER,
        level=level,
        valid_from=starts,
        valid_to=ends,
        predecessors=predecessors,
        former_names=_former_names(row, cell, findings),
        contact=_contact(row, cell, findings),
        contact_since=_date(row, "contact_since", cell, findings),
    )
    return ListedUnit(row=row, unit=unit, head=_head(row, cell, findings), successors=successors)


def _codes(
    row: ListRow, name: str, cell: Mapping[str, str], codes: Iterable[str], findings: Findings
) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(part for part in re.split(r"[+,;\s]+", cell.get(name, "").upper()) if part))
    for each in found:
        if each not in codes or each == cell["code"].upper():
            code = "directory.predecessor_unknown" if name == "predecessors" else "directory.successor_unknown"
            findings.problem(row, name, code, unit=each)
    return found


def _date(row: ListRow, name: str, cell: Mapping[str, str], findings: Findings) -> date | None:
    text = cell.get(name, "")
    day = parse_date(text) if text else None
    if text and day is None:
        findings.problem(row, name, "directory.date_bad")
    return day


def _former_names(row: ListRow, cell: Mapping[str, str], findings: Findings) -> tuple[FormerName, ...]:
    """`Sở A (đến 30/06/2021); Sở B (đến 28/02/2025)`."""
    text = cell.get("former_names", "")
    found, place = [], 0
    while place < len(text):
        match = _FORMER.match(text, place)
        until = parse_date(match[2]) if match else None
        if match is None or until is None or len(match[1]) > MAX_NAME:
            findings.problem(row, "former_names", "directory.former_names_bad")
            return ()
        found.append(FormerName(name=match[1], until=until))
        place = match.end()
    return tuple(sorted(found, key=lambda each: each.until))


def _head(row: ListRow, cell: Mapping[str, str], findings: Findings) -> Tenure | None:
    since = _date(row, "head_since", cell, findings)
    name = cell.get("head", "")
    if not name:
        return None
    return Tenure(name=name[:MAX_NAME], office=cell.get("head_office", "")[:MAX_NAME], since=since)


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


def seat_of(row: ListRow, code: str, findings: Findings, person: str = "", office: str = "") -> Seat | None:
    """The seat that the columns `role` and `quota` tell; None without a role."""
    role_text, quota_text = nfc(row.cells.get("role", "")), nfc(row.cells.get("quota", ""))
    roles = roles_of(role_text)
    if roles is None:
        findings.problem(row, "role", "directory.role_unknown", roles=", ".join(SeatRole))
    quota = int(quota_text) if re.fullmatch(r"[0-9]{1,4}", quota_text) else None
    if quota_text and quota is None:
        findings.problem(row, "quota", "directory.quota_bad", most=MAX_QUOTA)
    if not roles:
        return None
    return Seat(
        unit=code, role=roles[0], also=roles[1:], quota=quota, person=person[:MAX_NAME], office=office[:MAX_NAME]
    )

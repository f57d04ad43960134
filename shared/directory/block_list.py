"""Reads a list of blocks, one row a seat, and forms them. Called by functions/directory/lists.py.

A block is formed whole or not at all: where one of its rows is not right the others of that block wait, and the report says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from events.envelope import Act
from shared.directory.block_rules import block_code
from shared.directory.blocks import FormBlock
from shared.directory.model import BlockKind, Seat
from shared.directory.unit_list import seat_of
from shared.kernel.errors import Invalid
from shared.kernel.lists import NUMBER, Column, Findings, ListReport, ListRow, Sheet, read_list
from shared.kernel.ports import Table
from shared.kernel.text import fold, nfc

COLUMNS = (
    Column(field=NUMBER, names=("STT", "TT", "Số TT", "Số thứ tự", "No.")),
    Column(field="block", names=("Khối", "Tên khối", "Khối, cụm", "Khối thi đua", "Block"), required=True),
    Column(field="year", names=("Năm", "Year"), required=True),
    Column(field="kind", names=("Loại khối", "Khối hay cụm", "Kind")),
    Column(field="code", names=("Mã đơn vị", "Mã", "Unit code", "Code"), required=True),
    Column(field="name", names=("Tên đơn vị", "Đơn vị", "Name", "Unit")),
    Column(field="role", names=("Vai trò*", "Role*"), required=True),
    Column(field="person", names=("Người giữ vai trò", "Họ tên", "Person")),
    Column(field="office", names=("Chức vụ", "Office")),
    Column(field="quota", names=("Số đại biểu*", "Chỉ tiêu đại biểu", "Quota")),
)
_KINDS: Mapping[str, BlockKind] = {
    "block": BlockKind.BLOCK, "khoi": BlockKind.BLOCK, "cluster": BlockKind.CLUSTER, "cum": BlockKind.CLUSTER,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockImport:
    """What ImportBlocks did: the report, and the blocks that stand as the list says."""

    report: ListReport
    formed: tuple[str, ...]


class ImportBlocks:
    """Takes a list of seats; the same list again changes nothing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, sheets: Sequence[Sheet]) -> BlockImport:
        """Raises Invalid where the list as a whole cannot be read."""
        read = read_list(sheets, COLUMNS)
        findings = Findings(read)
        groups: dict[tuple[str, int], list[tuple[ListRow, Seat | None]]] = {}
        for row in read.rows:
            key = (nfc(row.cells["block"]), _year(row, findings))
            if not block_code(key[0]):
                findings.problem(row, "block", "block.name_missing")
            seat = seat_of(row, nfc(row.cells["code"]).upper(), findings, nfc(row.cells.get("person", "")),
                           nfc(row.cells.get("office", "")))  # fmt: skip
            if seat is None and not findings.is_bad(row):
                findings.problem(row, "role", "directory.role_unknown", roles="HEAD, DEPUTY, STANDING, MEMBER, GUEST")
            groups.setdefault(key, []).append((row, seat))
        formed = [name for key, rows in groups.items() if (name := self._form(act, key, rows, findings))]
        return BlockImport(report=findings.report(), formed=tuple(formed))

    def _form(
        self, act: Act, key: tuple[str, int], rows: Sequence[tuple[ListRow, Seat | None]], findings: Findings
    ) -> str | None:
        name, year = key
        kind = _kind(name, year, rows, findings)
        good = [seat for row, seat in rows if seat is not None and not findings.is_bad(row)]
        if len(good) < len(rows):
            for row, _ in rows:
                if not findings.is_bad(row):
                    findings.problem(row, "block", "block.row_left_out", name=name, year=year)
            return None
        try:
            block = FormBlock(self._table)(act, name=name, year=year, seats=good, kind=kind)
        except Invalid as wrong:
            facts = {code: value for code, value in wrong.facts.items() if code != "field"}
            for row, _ in rows:
                findings.problem(row, "block", wrong.code, **facts)
            return None
        return f"{block.code}/{block.year}"


def _year(row: ListRow, findings: Findings) -> int:
    text = nfc(row.cells["year"])
    if re.fullmatch(r"[0-9]{4}(\.0)?", text):
        return int(text[:4])
    findings.problem(row, "year", "block.year_bad", year=text[:20])
    return 0


def _kind(name: str, year: int, rows: Sequence[tuple[ListRow, Seat | None]], findings: Findings) -> BlockKind | None:
    kinds = set()
    for row, _ in rows:
        text = nfc(row.cells.get("kind", ""))
        kind = _KINDS.get(fold(text))
        if text and kind is None:
            findings.problem(row, "kind", "block.kind_unknown", kinds=", ".join(BlockKind))
        if kind is not None:
            kinds.add(kind)
    if len(kinds) > 1:
        findings.problem(rows[-1][0], "kind", "block.name_twice", name=name, year=year)
    return kinds.pop() if len(kinds) == 1 else None

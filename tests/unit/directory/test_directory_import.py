"""Units come from the office's list, blocks from its roles; the same list twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from events.envelope import SYSTEM, Act
from shared.directory.block_rules import block_code
from shared.directory.blocks import FormBlock, ListBlocks, ShowBlock
from shared.directory.importing import ImportUnits
from shared.directory.model import Seat, SeatRole, UnitKind
from shared.directory.rules import unit_names
from shared.directory.usecases import ListUnits, ShowUnit
from shared.documents.workbook import read_workbook
from shared.embedded.store import Store
from shared.kernel.errors import Invalid, NotFound
from shared.kernel.lists import Sheet
from shared.kernel.ports import Table
from shared.kernel.unit_names import UnitMatch
from shared.texts import catalogue

SAMPLE = Path(__file__).parents[3] / "samples" / "khoi-thi-dua-2" / "units.csv"
ACT = Act(actor=SYSTEM, at=datetime(2027, 1, 5, tzinfo=UTC), correlation_id="test")


@pytest.fixture
def table() -> Iterator[Table]:
    store = Store(":memory:")
    yield store.table("directory")
    store.close()


def sample() -> tuple[Sheet, ...]:
    return read_workbook(SAMPLE.read_bytes())


def rows(*cells: tuple[str, ...]) -> tuple[Sheet, ...]:
    header = ("Mã đơn vị", "Tên đơn vị", "Loại", "Hiệu lực từ", "Hiệu lực đến", "Tiền thân", "Vai trò", "Số đại biểu",
              "Đầu mối", "Điện thoại", "Email")  # fmt: skip
    return (Sheet(name="", rows=(header, *cells)),)


def test_the_sample_units_and_their_block(table: Table) -> None:
    done = ImportUnits(table)(ACT, sample())
    assert (done.report.rows, done.report.rejected, done.created) == (19, 0, 19)
    block = FormBlock(table)(ACT, name="Khối thi đua 2", year=2027, seats=done.seats)
    assert (block.code, block.head, block.standing) == ("khoi-thi-dua-2", "BTGDV", "TDOAN")
    assert len(block.members) == 12
    assert len(block.guests) == 5
    unit = ShowUnit(table)("BTGDV")
    assert unit.predecessors == ("BDV", "BTG")
    assert unit.valid_from == date(2025, 3, 1)
    assert (unit.contact.phone, unit.contact.email) == ("+84950211822", "btgdv@tinh.example")
    assert ShowBlock(table)("khối  THI ĐUA 2", 2027) == block
    assert ListBlocks(table)(2027) == (block,)


def test_a_column_that_a_list_lacks_wipes_nothing(table: Table) -> None:
    ImportUnits(table)(ACT, sample())
    before = ShowUnit(table)("BTGDV")
    short = (Sheet(name="", rows=(("Mã", "Tên đơn vị", "Loại"), ("BTGDV", before.name, before.kind.value))),)
    done = ImportUnits(table)(ACT, short)
    assert (done.changed, done.unchanged) == (0, 1)
    assert ShowUnit(table)("BTGDV") == before
    cleared = (Sheet(name="", rows=(("Mã", "Tên đơn vị", "Loại", "Điện thoại"), ("BTGDV", "Tên mới", "PARTY", ""))),)
    assert ImportUnits(table)(ACT, cleared).changed == 1
    after = ShowUnit(table)("BTGDV")
    assert (after.name, after.contact.phone, after.contact.email) == ("Tên mới", None, before.contact.email)
    assert (after.valid_from, after.predecessors) == (before.valid_from, before.predecessors)


def test_a_former_unit_is_found_by_its_old_name(table: Table) -> None:
    ImportUnits(table)(ACT, sample())
    found = unit_names(ListUnits(table)(), date(2027, 2, 12)).find("Ban Tuyên giáo Tỉnh uỷ")
    assert isinstance(found, UnitMatch)
    assert (found.unit.code, found.former and found.former.code) == ("BTGDV", "BTG")


def test_the_same_list_again_changes_nothing_and_a_changed_row_only_itself(table: Table) -> None:
    ImportUnits(table)(ACT, sample())
    again = ImportUnits(table)(ACT, sample())
    assert (again.created, again.changed, again.unchanged) == (0, 0, 19)
    done = ImportUnits(table)(ACT, rows(("SNV", "Sở Nội vụ tỉnh", "STATE")))
    assert (done.created, done.changed) == (0, 1)
    assert ShowUnit(table)("SNV").name == "Sở Nội vụ tỉnh"
    assert len(ListUnits(table)()) == 19


def test_every_fault_of_every_row_is_reported_at_once(table: Table) -> None:
    done = ImportUnits(table)(
        ACT,
        rows(
            ("A1", "Sở A", "cơ quan nhà nước", "01/03/2025", "", "", "Khối trưởng", "15", "An", "951234567", "a@b.vn"),
            ("", "", "Gì đó", "hôm qua", "", "ZZ", "Trùm", "nhiều", "", "12", "không"),
            ("A1", "Sở B", "STATE", "2025-03-01", "2024-01-01"),
        ),
    )
    assert [(problem.row, problem.field, problem.code) for problem in done.report.problems] == [
        (3, "code", "directory.code_bad"),
        (3, "name", "directory.name_missing"),
        (3, "kind", "directory.kind_unknown"),
        (3, "predecessors", "directory.predecessor_unknown"),
        (3, "valid_from", "directory.date_bad"),
        (3, "phone", "list.phone_bad"),
        (3, "email", "list.email_bad"),
        (3, "role", "directory.role_unknown"),
        (3, "quota", "directory.quota_bad"),
        (4, "valid_to", "directory.ends_before_start"),
        (4, "code", "directory.code_twice"),
    ]
    assert {problem.code for problem in done.report.problems} <= set(catalogue())
    assert [unit.code for unit in ListUnits(table)()] == ["A1"]
    unit = ShowUnit(table)("A1")
    assert (unit.kind, unit.contact.phone) == (UnitKind.STATE, "+84951234567")


@pytest.mark.parametrize(
    ("seats", "code"),
    [
        ([("SNV", "MEMBER")], "block.one_head"),
        ([("SNV", "HEAD"), ("TCT", "HEAD")], "block.one_head"),
        ([("SNV", "HEAD"), ("TCT", "STANDING"), ("BTC", "STANDING")], "block.one_standing"),
        ([("SNV", "HEAD"), ("SNV", "MEMBER")], "block.unit_twice"),
        ([("SNV", "HEAD"), ("NO", "MEMBER")], "block.units_unknown"),
        ([("SNV", "HEAD"), ("BDV", "MEMBER")], "block.unit_ended"),
    ],
)
def test_a_block_that_is_not_well_formed(table: Table, seats: list[tuple[str, str]], code: str) -> None:
    ImportUnits(table)(ACT, sample())
    with pytest.raises(Invalid) as refused:
        FormBlock(table)(
            ACT, name="Khối 1", year=2027, seats=[Seat(unit=unit, role=SeatRole(role)) for unit, role in seats]
        )
    assert refused.value.code == code
    assert code in catalogue()
    with pytest.raises(NotFound):
        ShowBlock(table)("Khối 1", 2027)


def test_codes_of_blocks() -> None:
    assert block_code(" Khối  Thi đua số 2 (tỉnh) ") == "khoi-thi-dua-so-2-tinh"
    assert block_code("???") == ""

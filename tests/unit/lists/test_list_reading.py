"""The table inside a list: the header wherever it stands, what is passed over, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.kernel.errors import Invalid
from shared.kernel.lists import NUMBER, Column, Findings, ReadList, Sheet, column_letter, read_list
from shared.texts import catalogue

COLUMNS = (
    Column(field=NUMBER, names=("STT", "TT", "Số thứ tự")),
    Column(field="name", names=("Họ và tên", "Họ tên"), required=True),
    Column(field="unit", names=("Đơn vị", "Cơ quan"), required=True),
    Column(field="email", names=("Email", "Thư điện tử")),
    Column(field="role", names=("Vai trò*",)),
)
HEADER = ("STT", "Họ và tên", "Đơn vị", "Email")


def sheet(*rows: tuple[str, ...], name: str = "DS", hidden: bool = False) -> Sheet:
    return Sheet(name=name, rows=rows, hidden=hidden)


def read(*rows: tuple[str, ...]) -> ReadList:
    return read_list([sheet(*rows)], COLUMNS)


def refusal(*sheets: Sheet) -> Invalid:
    with pytest.raises(Invalid) as refused:
        read_list(sheets, COLUMNS)
    assert refused.value.code in catalogue()
    return refused.value


def test_headings_are_known_without_case_marks_or_remarks() -> None:
    found = read(("stt", "HỌ VÀ TÊN (*)", "Don vi ", "E-mail", "Vai trò trong khối năm 2027"), ("1", "A", "B"))
    assert found.places == {"number": 0, "name": 1, "unit": 2, "role": 4}


def test_titles_empty_rows_totals_and_the_signature_are_passed_over_and_told() -> None:
    found = read(
        ("KHỐI THI ĐUA 2",),
        (),
        HEADER,
        ("(1)", "(2)", "(3)", "(4)"),
        ("I", "", "", ""),
        ("1", "An", "Sở"),
        (),
        ("2", "Bình", "Sở"),
        ("", "Tổng cộng: 3 đại biểu"),
        ("", "", "NGƯỜI LẬP BIỂU"),
    )
    assert [(row.row, row.number) for row in found.rows] == [(6, "1"), (8, "2")]
    assert [(note.row, note.code) for note in found.notes] == [
        (1, "list.title_rows"),
        (4, "list.column_numbers_row"),
        (5, "list.section_row"),
        (7, "list.empty_row"),
        (9, "list.totals_row"),
        (9, "list.total_differs"),
        (10, "list.footer_row"),
    ]


def test_a_person_called_tong_is_no_totals_row() -> None:
    found = read(HEADER, ("1", "Tống Cộng Hòa", "Sở"), ("2", "Tổng Văn Cộng", "Sở"))
    assert len(found.rows) == 2
    assert (
        len(read(("Họ tên", "Đơn vị"), ("Tổng Văn Cộng", "Sở"), ("Công Tằng Tôn Nữ Ý", "Sở"), ("Tổng số: 2",)).rows)
        == 2
    )


def test_a_row_without_number_but_with_data_is_kept() -> None:
    assert [row.row for row in read(HEADER, ("1", "An", "Sở"), ("", "Bình", "Sở")).rows] == [2, 3]


def test_other_sheets_are_named_and_left_alone() -> None:
    found = read_list([sheet(("Ghi chú",), name="Ghi chú"), sheet(HEADER, ("1", "An", "Sở"))], COLUMNS)
    assert found.sheet == "DS"
    assert [(note.code, note.facts) for note in found.notes] == [("list.sheet_skipped", {"sheet": "Ghi chú"})]


def test_refusals_of_the_table() -> None:
    row = ("1", "An", "Sở", "")
    assert refusal().code == "list.empty"
    assert refusal(sheet((), ())).code == "list.empty"
    assert refusal(sheet(HEADER, row, hidden=True)).code == "list.empty"
    assert refusal(sheet(("a", "b"), row)).code == "list.no_header"
    assert refusal(sheet(*[("x",)] * 30, HEADER, row)).code == "list.no_header"
    assert refusal(sheet(HEADER)).code == "list.no_rows"
    missing = refusal(sheet(("STT", "Họ tên", "Email"), row))
    assert (missing.code, missing.facts["columns"]) == ("list.missing_column", "Đơn vị")
    twice = refusal(sheet((*HEADER, "Thư điện tử"), row))
    assert (twice.code, twice.facts["columns"]) == ("list.column_twice", "D, E")
    several = refusal(sheet(HEADER, row, name="1"), sheet(HEADER, row, name="2"))
    assert (several.code, several.facts["sheets"]) == ("list.several_lists", "1; 2")


@pytest.mark.parametrize(
    "rows",
    [
        (HEADER, HEADER, ("1", "An", "Sở")),
        (HEADER, ("1", "An", "Sở"), HEADER, ("2", "Bình", "Sở")),
        (("STT", "Họ và tên", "Đơn vị", "Liên hệ"), ("", "", "", "Điện thoại", "Email"), ("1", "An", "Sở")),
    ],
)
def test_two_header_rows_are_refused_with_their_places(rows: tuple[tuple[str, ...], ...]) -> None:
    refused = refusal(sheet(*rows))
    assert refused.code == "list.two_header_rows"
    assert refused.facts["first"] == 1


def test_findings_count_a_row_once_and_name_the_column() -> None:
    found = read(HEADER, ("1", "", "", "x@\u200by"), ("2", "An", "Sở"))
    findings = Findings(found)
    findings.problem(found.rows[0], "name", "list.name_missing")
    findings.problem(found.rows[0], "unit", "list.unit_missing")
    findings.note(found.rows[0], "email", "list.email_missing")
    report = findings.report()
    assert (report.rows, report.accepted, report.rejected) == (2, 1, 1)
    assert [(each.number, each.column) for each in report.problems] == [("1", "B"), ("1", "C")]
    assert report.notes[0].value == "x@y"


def test_column_letters() -> None:
    assert [column_letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(deadline=None)
@given(
    above=st.lists(st.lists(cells, max_size=3), max_size=8),
    order=st.permutations(range(4)),
    rows=st.lists(
        st.tuples(st.integers(1, 999), st.from_regex(r"[b-z]{3,9}", fullmatch=True)), min_size=1, max_size=20
    ),
)
def test_the_header_is_found_wherever_it_stands_and_no_row_is_lost(
    above: list[list[str]], order: list[int], rows: list[tuple[int, str]]
) -> None:
    header = [HEADER[place] for place in order]
    data = [[[str(number), name, "Sở Nội vụ", ""][place] for place in order] for number, name in rows]
    found = read(*(tuple(row) for row in [*above, header, *data]))
    assert found.header_row == len(above) + 1
    assert [(row.number, row.cells["name"]) for row in found.rows] == [(str(n), name) for n, name in rows]


@settings(deadline=None)
@given(st.lists(st.lists(cells, max_size=5), max_size=12))
def test_any_sheet_reads_or_is_refused_with_a_code(rows: list[list[str]]) -> None:
    try:
        read(*(tuple(row) for row in rows))
        code = "list.empty"
    except Invalid as refused:
        code = refused.code
    assert code in catalogue()

"""Lists given out as XLSX and CSV: read again by other people's readers they say the same, and nothing in them computes."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from shared.documents.table_export import MAX_TEXT, Cell, Column, ExportTable, Kind, csv_file, harmless, xlsx
from tests.hostile import HOSTILE_NAMES

NOW = datetime(2027, 2, 12, 0, 30, tzinfo=UTC)
COLUMNS = (
    Column(title="Họ và tên"),
    Column(title="Số người", kind=Kind.WHOLE),
    Column(title="Ngày", kind=Kind.DAY),
    Column(title="Lúc", kind=Kind.MOMENT),
)
SPAN = (datetime(1901, 1, 2), datetime(2999, 12, 30))  # noqa: DTZ001 (hypothesis adds the zone)
STARTERS = "=+-@＝＋－＠\t\r\n"
TEXTS = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn")), max_size=60)
NASTY = st.builds(lambda lead, mid, rest: lead + mid + rest, st.sampled_from(["", " ", '"', ";", ",", "\t"]),
                  st.sampled_from(list(STARTERS)), TEXTS)  # fmt: skip
ROWS = st.lists(
    st.tuples(
        st.one_of(TEXTS, NASTY, st.sampled_from(HOSTILE_NAMES)),
        st.one_of(st.none(), st.integers(-(10**14), 10**14)),
        st.one_of(st.none(), st.dates(date(1901, 1, 1), date(2999, 12, 31))),
        st.one_of(st.none(), st.datetimes(*SPAN, timezones=st.just(UTC))),
    ),
    max_size=12,
)


def table(*rows: tuple[Cell, ...], title: str = "Đại biểu") -> ExportTable:
    return ExportTable(title=title, columns=COLUMNS, rows=rows, made_at=NOW)


def kept(text: str) -> str:
    """What a file may hold of a text: no control characters, one kind of line break."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join("\ufffd" if (ord(one) < 32 and one not in "\t\n") or 127 <= ord(one) < 160 else one for one in text)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_a_workbook_read_again_holds_the_same_and_no_formula(rows: list[tuple[Cell, ...]]) -> None:
    data = xlsx(table(*rows))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    read = [(*line, *[""] * 4)[:4] for line in sheet.to_python(skip_empty_area=False)]
    assert read[0] == ("Họ và tên", "Số người", "Ngày", "Lúc")
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    for number, (text, whole, day, moment) in enumerate(rows, start=1):
        line = read[number] if number < len(read) else ("", "", "", "")
        assert line[0] == kept(text)
        assert line[1] == ("" if whole is None else whole)
        assert line[2] == ("" if day is None else day)
        if moment is None:
            assert line[3] == ""
        else:
            local = moment.astimezone(zone).replace(tzinfo=None, microsecond=0)
            assert abs(line[3] - local).total_seconds() < 1
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        for name in book.namelist():
            if name.startswith("xl/worksheets/"):
                assert b"<f>" not in book.read(name)
                assert b"<hyperlink" not in book.read(name)
        assert not [name for name in book.namelist() if "external" in name.lower() or "vba" in name.lower()]


@settings(max_examples=150, deadline=None)
@given(ROWS)
def test_a_csv_read_again_holds_the_same_behind_its_apostrophes(rows: list[tuple[Cell, ...]]) -> None:
    data = csv_file(table(*rows))
    assert data.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert len(read) == len(rows) + 1
    for (text, whole, day, _), line in zip(rows, read[1:], strict=True):
        assert line[0] == harmless(kept(text))
        assert line[1] == ("" if whole is None else str(whole))
        assert line[2] == ("" if day is None else day.isoformat())


@settings(max_examples=200, deadline=None)
@given(st.one_of(TEXTS, NASTY, st.sampled_from(HOSTILE_NAMES)), st.sampled_from([",", ";", "\t", "|"]))
def test_no_cell_computes_whatever_separator_a_program_takes(text: str, separator: str) -> None:
    data = csv_file(table((text, None, None, None))).decode("utf-8-sig")
    for line in csv.reader(io.StringIO(data, newline=""), delimiter=separator, strict=False):
        for cell in line:
            assert cell.strip(' "')[:1] not in tuple(STARTERS[:-3]), cell
            assert cell[:1] not in ("\t", "\r"), cell


@given(TEXTS | NASTY, TEXTS | NASTY)
def test_two_texts_stay_two(one: str, other: str) -> None:
    assert (harmless(one) == harmless(other)) == (one == other)


@pytest.mark.parametrize("start", [*STARTERS, " =", '"=', "\t=", "'=", "x;=", "x\n@"])
def test_what_a_spreadsheet_would_compute_has_an_apostrophe(start: str) -> None:
    assert harmless(start + "1+1").count("'") > start.count("'")


def test_a_plain_text_stays_as_it_is() -> None:
    for text in ("Nguyễn Thị Thuý", "Sở Nội vụ - Phòng 2", "a@b.vn", "5+5", "'nháy'", ""):
        assert harmless(text) == text


def test_numbers_that_look_like_texts_stay_texts() -> None:
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(xlsx(table(("0084", 7, None, None))))).get_sheet_by_index(0)
    assert sheet.to_python()[1][:2] == ["0084", 7]


@pytest.mark.parametrize("title", ["a/b:c*[d]?", "'", "", "X" * 60, "History", "𝒜" * 40, *HOSTILE_NAMES])
def test_any_title_makes_a_sheet(title: str) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx(table(("a", 1, None, None), title=title))))
    assert len(book.sheet_names) == 1
    assert 1 <= len(book.sheet_names[0].encode("utf-16-le")) <= 62


@pytest.mark.parametrize(
    "row",
    [("x" * (MAX_TEXT + 1), 1, None, None), (5, 1, None, None), ("a", "1", None, None), ("a", True, None, None),
     ("a", 1, NOW, None), ("a", 1, None, NOW.replace(tzinfo=None)), ("a", 10**16, None, None), ("a", 1)],
)  # fmt: skip
def test_nothing_is_left_out_in_silence(row: tuple[Cell, ...]) -> None:
    for make in (xlsx, csv_file):
        with pytest.raises(ValueError):
            make(table(row))


def test_the_same_list_is_the_same_file() -> None:
    rows = (("Đỗ Thị Ánh", 3, date(2027, 2, 12), NOW),)
    assert xlsx(table(*rows)) == xlsx(table(*rows))


def spreadsheets() -> bool:
    """Whether LibreOffice is here with its part for tables: a machine may have the one for letters alone."""
    office = shutil.which("soffice")
    return office is not None and Path(office).resolve().with_name("libsclo.so").exists()


@pytest.mark.skipif(not spreadsheets(), reason="LibreOffice Calc is not on this machine")
def test_libreoffice_reads_the_same(tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"
    file.write_bytes(xlsx(table(*((name, 1, None, None) for name in HOSTILE_NAMES))))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    utf_8 = "csv:Text - txt - csv (StarCalc):44,34,76"
    command = ["soffice", profile, "--headless", "--convert-to", utf_8, "--outdir", str(tmp_path), str(file)]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    read = list(csv.reader((tmp_path / "list.csv").open(newline="", encoding="utf-8")))
    assert [line[0] for line in read[1:]] == [kept(name) for name in HOSTILE_NAMES]

"""Lists as files that offices open: XLSX for people, CSV for programs. One value, `ExportTable`, makes both.

Called by the edge (shared/edge/exports.py), which every list of the console goes through. A cell never becomes a formula: in
XLSX each text is written as text, in CSV what a spreadsheet would take for a formula is kept from it by an apostrophe in
front, also behind a separator, since Excel of another country splits at `;` what was written with `,` (OWASP, CSV injection).
CSV is RFC 4180 with a byte order mark, without which Excel takes Vietnamese for Windows-1252.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

Cell = str | int | date | datetime | None
"""None is an empty cell; a datetime bears its zone."""

XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE: Final = "text/csv; charset=utf-8"
MAX_ROWS: Final = 1_000_000
"""Excel ends at 1,048,576."""
MAX_TEXT: Final = 32_767
"""UTF-16 units of a cell (Excel specifications and limits)."""
FONT: Final = "Times New Roman"
"""The face of papers here (Nghị định 30/2020/NĐ-CP, phụ lục I); every office has it, with all Vietnamese letters."""

_FORMULA: Final = re.compile(r"""((?:^|[;,|\t\r\n])[\s"]*)(?='*[=+\-@＝＋－＠])""")
_NO_SHEET_NAME: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f]+")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


class Kind(StrEnum):
    """What a column holds. DAY: a date; MOMENT: date and time on the clocks of the table's zone; WHOLE: a whole number."""

    TEXT = "TEXT"
    WHOLE = "WHOLE"
    DAY = "DAY"
    MOMENT = "MOMENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`width` in letters; 0 leaves it to the kind."""

    title: str
    kind: Kind = Kind.TEXT
    width: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportTable:
    """A list to be given out. `rows` is walked once, in order; each row has a cell for each column, of its kind or None."""

    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Sequence[Cell]]
    made_at: datetime
    zone: str = "Asia/Ho_Chi_Minh"


def xlsx(table: ExportTable) -> bytes:
    """A workbook of one sheet, made in constant memory. Raises ValueError for a cell of another kind, a text over MAX_TEXT,
    a row of another length or more than MAX_ROWS rows: nothing is ever left out in silence."""
    import xlsxwriter  # with the first list

    made = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(made, options) as book:
        book.set_properties({"title": table.title[:250], "created": table.made_at.replace(tzinfo=None)})
        formats = _formats(book)
        sheet = book.add_worksheet(_sheet_name(table.title))
        for number, column in enumerate(table.columns):
            sheet.set_column(number, number, column.width or _WIDTHS[column.kind], formats[column.kind])
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        heading = book.add_format({"font_name": FONT, "font_size": 12, "bold": True, "text_wrap": True, "bottom": 1})
        for number, column in enumerate(table.columns):
            sheet.write_string(0, number, _text(column.title), heading)
        zone, last = ZoneInfo(table.zone), 0
        for last, row in _counted(table):
            for number, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
                _write(sheet, last, number, _checked(column, cell, zone), formats[column.kind])
        sheet.autofilter(0, 0, last, max(0, len(table.columns) - 1))
    return made.getvalue()


def csv_file(table: ExportTable) -> bytes:
    """The same list as text: UTF-8 with BOM, `,` between the cells, CRLF, ISO 8601 dates. Raises ValueError as `xlsx`."""
    made, zone = io.StringIO(newline=""), ZoneInfo(table.zone)
    writer = csv.writer(made, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([harmless(_text(column.title)) for column in table.columns])
    for _, row in _counted(table):
        cells = [_checked(column, cell, zone) for column, cell in zip(table.columns, row, strict=True)]
        writer.writerow([_spelled(cell, zone) for cell in cells])
    return b"\xef\xbb\xbf" + made.getvalue().encode()


def harmless(text: str) -> str:
    """`text` as a CSV cell that no spreadsheet computes: an apostrophe before = + - @ (full-width ones too) and before a
    tab or line break at its beginning. Two different texts stay different."""
    text = _FORMULA.sub(r"\1'", text)
    return f"'{text}" if text[:1] in ("\t", "\r", "\n") else text


def _formats(book: Any) -> dict[Kind, Any]:
    shown = {"font_name": FONT, "font_size": 12, "valign": "top"}
    return {
        Kind.TEXT: book.add_format({**shown, "num_format": "@", "text_wrap": True}),
        Kind.WHOLE: book.add_format({**shown, "num_format": "0"}),
        Kind.DAY: book.add_format({**shown, "num_format": "dd/mm/yyyy"}),
        Kind.MOMENT: book.add_format({**shown, "num_format": "dd/mm/yyyy hh:mm"}),
    }


_WIDTHS: Final = {Kind.TEXT: 28, Kind.WHOLE: 10, Kind.DAY: 13, Kind.MOMENT: 18}


def _counted(table: ExportTable) -> Iterable[tuple[int, Sequence[Cell]]]:
    for number, row in enumerate(table.rows, start=1):
        if number > MAX_ROWS:
            raise ValueError(f"more than {MAX_ROWS} rows")
        yield number, row


def _write(sheet: Any, row: int, column: int, cell: Cell, shown: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, str):
        sheet.write_string(row, column, cell, shown)
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell, shown)
    elif cell.year < 1901:  # before the first day that Excel counts
        sheet.write_string(row, column, cell.isoformat(), shown)
    else:
        sheet.write_datetime(row, column, cell.replace(tzinfo=None) if isinstance(cell, datetime) else cell, shown)


def _checked(column: Column, cell: Cell, zone: ZoneInfo) -> Cell:
    """The cell as its column holds it; moments on the clocks of the zone, to the second."""
    if cell is None:
        return None
    if column.kind is Kind.TEXT and isinstance(cell, str):
        return _text(cell)
    if column.kind is Kind.WHOLE and type(cell) is int and abs(cell) < 10**15:  # what a sheet's number holds exactly
        return cell
    if column.kind is Kind.MOMENT and isinstance(cell, datetime) and cell.tzinfo is not None:
        return cell.astimezone(zone).replace(microsecond=0)
    if column.kind is Kind.DAY and isinstance(cell, date) and not isinstance(cell, datetime):
        return cell
    raise ValueError(f"{column.title}: no {column.kind} cell")


def _text(text: str) -> str:
    """Line breaks as one letter, and what no XML may hold as U+FFFD: a reader sees that something stood there."""
    text = _CONTROL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text.encode("utf-16-le")) > 2 * MAX_TEXT:
        raise ValueError(f"a text of {len(text)} letters")
    return text


def _spelled(cell: Cell, zone: ZoneInfo) -> str | int:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, int):
        return cell
    return cell.astimezone(zone).isoformat() if isinstance(cell, datetime) else cell.isoformat()


def _sheet_name(title: str) -> str:
    """At most 31 UTF-16 units, without the letters and edges that Excel refuses in a name."""
    name = _CONTROL.sub("", _NO_SHEET_NAME.sub(" ", title)).strip("' ")
    while len(name.encode("utf-16-le")) > 62:
        name = name[:-1]
    name = name.strip("' ")
    return name if name and name.casefold() != "history" else "Danh sách"  # Excel keeps that word for itself

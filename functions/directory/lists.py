"""Lists of units and blocks, in and out: what goes out comes in again without a change. Called by http.py's routes."""

from __future__ import annotations

import re

from functions.directory.views import BlockImportView, UnitImportView, year_of
from shared.directory.block_list import ImportBlocks
from shared.directory.blocks import FormBlock, ListBlocks
from shared.directory.exporting import BLOCK_HEADINGS, UNIT_FIELDS, Row, block_rows, headings, unit_rows
from shared.directory.importing import ImportUnits
from shared.directory.model import Unit
from shared.directory.rules import today
from shared.directory.snapshots import all_units
from shared.directory.usecases import ListUnits
from shared.documents.table_export import CSV_TYPE, XLSX_TYPE, Column, ExportTable, Kind, csv_file, xlsx
from shared.documents.workbook import read_workbook
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.edge.officers import officer_of
from shared.kernel.errors import Invalid
from shared.kernel.lists import ListReport, Sheet
from shared.texts import say

_KEPT = re.compile(r"""((?:^|[;,|\t\r\n])[\s"]*)'(?='*[=+\-@＝＋－＠])""")
"""The apostrophe by which our CSV keeps a spreadsheet from computing a text (shared/documents/table_export.py)."""
_DAYS = frozenset({"valid_from", "valid_to", "head_since", "contact_since"})


def import_units(request: Request) -> Answer:
    """The body is the file (csv, xlsx, xls, ods). `?block=NAME&year=YYYY` forms the block of its roles as well. Where the
    office asks for a second officer for a changed address, those of the list wait, or it would do what the form may not."""
    from shared.edge.open_pledges import units_with_open_pledge  # the pledges: for this call alone
    from shared.identity.office import ReadOfficeSettings

    table = request.ports.table("directory")
    year = year_of(request.query.get("year", "")) if "block" in request.query else 0
    officer = officer_of(request) if request.principal.kind == "PERSON" else None
    done = ImportUnits(table)(
        request.act,
        _sheets(request.raw_body),
        officer=officer,
        open_for=units_with_open_pledge(request.ports),
        two_officers="contact.change" in ReadOfficeSettings(request.ports.table("identity"))().four_eyes,
    )
    block = None
    if "block" in request.query:
        block = FormBlock(table)(request.act, name=request.query["block"], year=year, seats=done.seats)
    return Answer(UnitImportView(units=done, block=block, said=_said(request, done.report)))


def import_blocks(request: Request) -> Answer:
    """The body is the file: one row a seat."""
    done = ImportBlocks(request.ports.table("directory"))(request.act, _sheets(request.raw_body))
    return Answer(BlockImportView(blocks=done, said=_said(request, done.report)))


def _said(request: Request, report: ListReport) -> tuple[str, ...]:
    return tuple(say(each.code, request.locale, **each.facts) for each in report.problems)


def export_units(request: Request) -> Answer:
    """`?format=xlsx|csv`. All units, in the Vietnamese order of names."""
    shown = ListUnits(request.ports.table("directory"))()
    return unit_file(request, shown)


def unit_file(request: Request, shown: tuple[Unit, ...]) -> Answer:
    rows = unit_rows({unit.code: unit for unit in shown}, shown, today(request.act.at))
    columns = tuple(
        Column(title=title, kind=Kind.DAY if field in _DAYS else Kind.TEXT)
        for field, title in zip(UNIT_FIELDS, headings(), strict=True)
    )
    return _file(request, "don-vi", "Danh mục đơn vị", columns, rows)


def export_blocks(request: Request) -> Answer:
    """`?year=` (default: this year), `?format=xlsx|csv`."""
    table = request.ports.table("directory")
    year = year_of(request.query.get("year", str(today(request.act.at).year)))
    rows = block_rows(ListBlocks(table)(year), all_units(table))
    whole = {"Năm", "Số đại biểu"}
    columns = tuple(Column(title=each, kind=Kind.WHOLE if each in whole else Kind.TEXT) for each in BLOCK_HEADINGS)
    return _file(request, f"khoi-{year}", f"Khối thi đua năm {year}", columns, rows)


def _file(request: Request, name: str, title: str, columns: tuple[Column, ...], rows: tuple[Row, ...]) -> Answer:
    form = request.query.get("format", "xlsx")
    if form not in ("xlsx", "csv"):
        raise Invalid("directory.choice_bad", field="format", choices="xlsx, csv")
    table = ExportTable(title=title, columns=columns, rows=rows, made_at=request.act.at)
    data = xlsx(table) if form == "xlsx" else csv_file(table)
    headers = {"content-disposition": f'attachment; filename="{name}-{request.act.at:%Y-%m-%d}.{form}"'}
    return Answer(data, headers=headers, content_type=XLSX_TYPE if form == "xlsx" else CSV_TYPE, count=len(rows))


def _sheets(data: bytes) -> tuple[Sheet, ...]:
    """The sheets; of a text file without the apostrophes that our own CSV puts before what looks like a formula."""
    sheets = read_workbook(data)
    if data[:2] == b"PK" or data[:4] == b"\xd0\xcf\x11\xe0":
        return sheets
    return tuple(
        Sheet(
            name=each.name,
            hidden=each.hidden,
            rows=tuple(tuple(_KEPT.sub(r"\1", cell) for cell in row) for row in each.rows),
        )
        for each in sheets
    )

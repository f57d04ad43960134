"""The process that parses one workbook: the file on stdin, its cells as JSON on stdout. Started by documents/workbook.py.

Stands alone (standard library and python-calamine only), because nothing of the service may be reachable from a process
that reads a stranger's file. Limits: 1 GiB of address space, 30 seconds of processor time, no files written.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import resource
import sys
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one sheet: rows, columns, characters of a cell; and sheets of a workbook."""

    rows: int = 50_000
    columns: int = 200
    cell: int = 8_000
    sheets: int = 100


LIMITS = Limits()
_MEMORY = 1024**3
_SECONDS = 30


class _RefusedError(Exception):
    def __init__(self, code: str, **facts: str | int) -> None:
        super().__init__(code)
        self.answer = {"refused": code, "facts": facts}


def cell_text(value: object) -> str:
    """A cell as the sheet shows it: whole numbers without `.0` (952430309), dates as ISO 8601."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return "" if value is None else str(value)


def parse(data: bytes) -> dict[str, Any]:
    """`{"sheets": [{name, hidden, rows}]}` or `{"refused": code, "facts": {}}`."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        kept = [meta for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
        if len(kept) > LIMITS.sheets:
            raise _RefusedError("list.too_many_sheets", limit=LIMITS.sheets)
        sheets = [
            {
                "name": meta.name,
                "hidden": meta.visible != SheetVisibleEnum.Visible,
                "rows": _rows(book.get_sheet_by_name(meta.name)),
            }
            for meta in kept
        ]
    except _RefusedError as refused:
        return refused.answer
    except PasswordError:
        return {"refused": "list.password", "facts": {}}
    except MemoryError:
        return {"refused": "list.too_many_cells", "facts": {}}
    except (CalamineError, ValueError, OSError):
        return {"refused": "list.unreadable", "facts": {}}
    return {"sheets": sheets}


def _rows(sheet: Any) -> list[list[str]]:
    if sheet.end is not None:
        if sheet.end[0] >= LIMITS.rows:
            raise _RefusedError("list.too_many_rows", rows=sheet.end[0] + 1, limit=LIMITS.rows)
        if sheet.end[1] >= LIMITS.columns:
            raise _RefusedError("list.too_many_columns", columns=sheet.end[1] + 1, limit=LIMITS.columns)
    rows = []
    for number, cells in enumerate(sheet.to_python(skip_empty_area=False), start=1):
        texts = [cell_text(cell) for cell in cells]
        if any(len(text) > LIMITS.cell for text in texts):
            raise _RefusedError("list.cell_too_long", row=number, limit=LIMITS.cell)
        while texts and not texts[-1]:
            texts.pop()
        rows.append(texts)
    return rows


def main() -> int:
    """Reads stdin, answers on stdout. A crash of the parser shows as another exit code than 0."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    json.dump(parse(sys.stdin.buffer.read()), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The audit trail as a file: XLSX for people, CSV and JSON lines for programs. A route of functions/audit/http.py."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from events.plain import to_plain
from functions.audit.views import TrailLineView, line_view
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.edge.trail import MOST_LINES
from shared.edge.trail_query import asked, reader
from shared.kernel.errors import Invalid
from shared.texts import Locale, say

MOST: Final = 5_000
"""Lines of one file: more do not fit into one answer on AWS. Who wants more asks for fewer days at a time."""
JSON_LINES: Final = "application/jsonl"
MEDIA: Final = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/csv", JSON_LINES,
)  # fmt: skip
_COLUMNS: Final = (
    "at",
    "name",
    "what",
    "thing",
    "address",
    "proposer",
    "who",
    "route",
    "path",
    "facts",
    "changed",
    "id",
)


def export(request: Request) -> Answer:
    """`?format=` xlsx (default), csv, jsonl; the filters of the trail. Raises Invalid: `audit.format`, `audit.too_many`."""
    kind = request.query.get("format", "xlsx")
    if kind not in ("xlsx", "csv", "jsonl"):
        raise Invalid("audit.format", field="format")
    wanted = asked(request)
    lines = tuple(_all(request))
    name = f"nhat-ky-{wanted.first.isoformat()}-{wanted.last.isoformat()}.{kind}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    if kind == "jsonl":
        text = "".join(json.dumps(to_plain(each), ensure_ascii=False) + "\n" for each in lines)
        return Answer(text.encode(), headers=headers, content_type=JSON_LINES, count=len(lines))
    data, content_type = _sheet(request, lines, kind)
    return Answer(data, headers=headers, content_type=content_type, count=len(lines))


def _all(request: Request) -> Iterator[TrailLineView]:
    read, names = reader(request.ports.table)
    count, cursor = 0, None
    while True:
        page = read(asked(request), limit=MOST_LINES, cursor=cursor)
        for line in page.lines:
            count += 1
            if count > MOST:
                raise Invalid("audit.too_many", field="from", most=MOST)
            yield line_view(line, names, request.locale)
        cursor = page.cursor
        if cursor is None:
            return


def _sheet(request: Request, lines: tuple[TrailLineView, ...], kind: str) -> tuple[bytes, str]:
    from shared.documents.table_export import CSV_TYPE, XLSX_TYPE, Column, ExportTable, Kind, csv_file, xlsx

    columns = tuple(
        Column(title=say(f"audit.col_{name}", request.locale), kind=Kind.MOMENT if name == "at" else Kind.TEXT)
        for name in _COLUMNS
    )
    table = ExportTable(
        title=say("audit.title", request.locale),
        columns=columns,
        rows=[_row(each, request.locale) for each in lines],
        made_at=request.act.at,
    )
    return (xlsx(table), XLSX_TYPE) if kind == "xlsx" else (csv_file(table), CSV_TYPE)


def _row(line: TrailLineView, locale: Locale) -> tuple[str | datetime, ...]:
    kind = say(f"audit.who_{line.who_kind.lower()}", locale)
    parts = [part for part in line.path.split("/") if part]
    return (
        line.at, line.name, line.what, parts[3] if len(parts) > 3 else "", line.address, line.proposer_name,
        f"{kind} {line.who}", line.route, line.path, ", ".join(line.facts), ", ".join(line.changed)[:30_000], line.id,
    )  # fmt: skip

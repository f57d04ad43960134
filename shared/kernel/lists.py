"""Finds the table inside a list as offices send it, and reports every bad row at once.

Called by the contexts that import lists (units, delegates, awards). The sheets come from shared/documents/workbook.py.
Decided here: which sheet and row hold the header, which column is which field, which rows are data; a row's own fields
are judged by the context. A person reads the findings with the sheet's row number, the list's own number (STT), the
column, the reason and what to do: the sentences stand in shared/texts/lists.toml under `code`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made

from shared.kernel.errors import Fact, Invalid
from shared.kernel.list_rows import NUMBER, cell_at, heading, is_column_numbers, skipped_as
from shared.kernel.text import nfc

__all__ = [
    "NUMBER", "Column", "Findings", "ListReport", "ListRow", "ReadList", "RowNote", "RowProblem", "Sheet", "column_letter",
    "read_list", "shown",
]  # fmt: skip

MAX_HEADER_ROW = 30
"""The header stands within the first rows; below them nobody looks for one."""
MAX_VALUE = 80
"""Characters of a cell that a report repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Cells of one sheet as text, `rows[0]` being the sheet's row 1; missing cells at a row's end are empty."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A field and the headings under which offices write it; one ending in `*` also matches what begins so."""

    field: str
    names: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """A data row: `row` as the sheet counts it, `number` the STT as written ("" if none), `cells` raw text by field."""

    row: int
    number: str
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """Why a row was not taken. `column` is the sheet's letter, `value` the cell's text, shortened and without controls."""

    row: int
    number: str
    field: str
    code: str
    column: str = ""
    value: str = ""
    facts: Mapping[str, str | int | None] = made(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowNote:
    """What a person should look at although the row (or the list) was taken. Fields as RowProblem."""

    row: int
    number: str
    field: str
    code: str
    column: str = ""
    value: str = ""
    facts: Mapping[str, str | int | None] = made(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReport:
    """What became of a list: `rows` = `accepted` + `rejected`; a rejected row has one problem or more."""

    sheet: str
    header_row: int
    rows: int
    accepted: int
    rejected: int
    problems: tuple[RowProblem, ...]
    notes: tuple[RowNote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadList:
    """The table found: `places` is field -> column index, `notes` tell what was passed over."""

    sheet: str
    header_row: int
    places: Mapping[str, int]
    rows: tuple[ListRow, ...]
    notes: tuple[RowNote, ...]


class Findings:
    """Collects problems and notes row by row while a context judges a list."""

    def __init__(self, read: ReadList) -> None:
        self._read = read
        self._problems: list[RowProblem] = []
        self._notes: list[RowNote] = list(read.notes)
        self._bad: set[int] = set()

    def problem(self, row: ListRow, field_: str, code: str, /, **facts: Fact) -> None:
        """The row cannot be taken because of this field."""
        self._bad.add(row.row)
        value, column = shown(row.cells.get(field_, "")), self._column(field_)
        found = RowProblem(
            row=row.row, number=row.number, field=field_, code=code, column=column, value=value, facts=facts
        )
        self._problems.append(found)

    def note(self, row: ListRow, field_: str, code: str, /, **facts: Fact) -> None:
        """The row is taken; a person should know this."""
        value, column = shown(row.cells.get(field_, "")), self._column(field_)
        found = RowNote(
            row=row.row, number=row.number, field=field_, code=code, column=column, value=value, facts=facts
        )
        self._notes.append(found)

    def is_bad(self, row: ListRow) -> bool:
        return row.row in self._bad

    def report(self) -> ListReport:
        """The report, in the order of the sheet."""
        rejected = len(self._bad)
        return ListReport(
            sheet=self._read.sheet,
            header_row=self._read.header_row,
            rows=len(self._read.rows),
            accepted=len(self._read.rows) - rejected,
            rejected=rejected,
            problems=tuple(sorted(self._problems, key=lambda each: each.row)),
            notes=tuple(sorted(self._notes, key=lambda each: each.row)),
        )

    def _column(self, field_: str) -> str:
        place = self._read.places.get(field_)
        return "" if place is None else column_letter(place)


def read_list(sheets: Sequence[Sheet], columns: Sequence[Column]) -> ReadList:
    """The data rows of the one sheet that has a header.

    Raises Invalid, field "file": `list.empty`, `list.no_header`, `list.several_lists`, `list.two_header_rows`,
    `list.column_twice`, `list.missing_column`, `list.no_rows`.
    """
    visible = [sheet for sheet in sheets if not sheet.hidden and any(map(_filled, sheet.rows))]
    if not visible:
        raise Invalid("list.empty", field="file")
    known = _Headings(columns)
    with_header = [(sheet, known.header_rows(sheet.rows[:MAX_HEADER_ROW])) for sheet in visible]
    lists = [(sheet, headers) for sheet, headers in with_header if headers]
    if not lists:
        raise Invalid("list.no_header", field="file", rows=MAX_HEADER_ROW, columns=_named(columns))
    if len(lists) > 1:
        raise Invalid("list.several_lists", field="file", sheets="; ".join(sheet.name for sheet, _ in lists))
    sheet, headers = lists[0]
    header = max(headers, key=lambda index: (len(known.places(sheet.rows[index])), -index))
    places = _mapped(known, sheet, header, columns)
    _one_header_row(known, sheet, header, places, columns)
    notes = [_about_list("list.sheet_skipped", sheet=other.name) for other in sheets if other is not sheet]
    rows, skipped = _data_rows(sheet, header, places)
    if not rows:
        raise Invalid("list.no_rows", field="file", row=header + 1)
    return ReadList(sheet=sheet.name, header_row=header + 1, places=places, rows=rows, notes=(*notes, *skipped))


def column_letter(index: int) -> str:
    """The sheet's name of a column: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def shown(value: str) -> str:
    """A cell as a report repeats it: clean and short."""
    clean = nfc(value)
    return clean if len(clean) <= MAX_VALUE else clean[: MAX_VALUE - 1] + "…"


class _Headings:
    """The columns looked for, by folded heading."""

    def __init__(self, columns: Iterable[Column]) -> None:
        self._exact: dict[str, str] = {}
        self._begins: list[tuple[str, str]] = []
        for column in columns:
            for name in column.names:
                if name.endswith("*"):
                    self._begins.append((heading(name), column.field))
                else:
                    self._exact[heading(name)] = column.field

    def field_of(self, cell: str) -> str | None:
        label = heading(cell)
        if not label or len(label) > 60:
            return None
        return self._exact.get(label) or next((f for start, f in self._begins if label.startswith(start)), None)

    def places(self, row: Sequence[str]) -> dict[str, int]:
        """Field -> first column whose cell is one of its headings."""
        found: dict[str, int] = {}
        for index, cell in enumerate(row):
            name = self.field_of(cell)
            if name is not None:
                found.setdefault(name, index)
        return found

    def header_rows(self, rows: Sequence[Sequence[str]]) -> list[int]:
        """Rows with two headings or more: one word alone may stand in a title or in data."""
        return [index for index, row in enumerate(rows) if len(self.places(row)) >= 2]


def _filled(row: Sequence[str]) -> bool:
    return any(cell.strip() for cell in row)


def _named(columns: Iterable[Column]) -> str:
    return ", ".join(column.names[0].rstrip("*") for column in columns if column.required)


def _mapped(known: _Headings, sheet: Sheet, header: int, columns: Sequence[Column]) -> dict[str, int]:
    places = known.places(sheet.rows[header])
    for index, cell in enumerate(sheet.rows[header]):
        name = known.field_of(cell)
        if name is not None and places[name] != index:
            both = f"{column_letter(places[name])}, {column_letter(index)}"
            raise Invalid("list.column_twice", field="file", row=header + 1, name=shown(cell), columns=both)
    missing = [column for column in columns if column.required and column.field not in places]
    if missing:
        raise Invalid("list.missing_column", field="file", row=header + 1, columns=_named(missing))
    return places


def _one_header_row(
    known: _Headings, sheet: Sheet, header: int, places: Mapping[str, int], columns: Sequence[Column]
) -> None:
    """Refuses a header repeated or continued in another row: nobody can tell then which column is which."""
    for index, row in enumerate(sheet.rows):
        if index != header and len(known.places(row)) >= 2:
            first, second = sorted((header + 1, index + 1))
            raise Invalid("list.two_header_rows", field="file", first=first, second=second)
    if header + 1 >= len(sheet.rows):
        return
    below = sheet.rows[header + 1]
    required = [places[column.field] for column in columns if column.required]
    words = [cell for cell in below if cell.strip() and not cell.strip().isdigit()]
    unnumbered = not cell_at(below, places.get(NUMBER, -1)).strip() and not is_column_numbers(below)
    if unnumbered and len(words) >= 2 and not any(cell_at(below, place).strip() for place in required):
        raise Invalid("list.two_header_rows", field="file", first=header + 1, second=header + 2)


def _data_rows(sheet: Sheet, header: int, places: Mapping[str, int]) -> tuple[tuple[ListRow, ...], list[RowNote]]:
    rows: list[ListRow] = []
    notes: list[RowNote] = []
    above = [index for index in range(header) if _filled(sheet.rows[index])]
    if above:
        notes.append(_passed("list.title_rows", above[0], rows=len(above)))
    last = max((index for index, row in enumerate(sheet.rows) if _filled(row)), default=0)
    below_total = False
    for index in range(header + 1, last + 1):
        cells = sheet.rows[index]
        passed_as = skipped_as(cells, places, below_total)
        if index == header + 1 and is_column_numbers(cells):
            passed_as = "list.column_numbers_row"
        if passed_as is None:
            rows.append(_row(index, cells, places))
            continue
        notes.append(_passed(passed_as, index, value=shown(" ".join(cell for cell in cells if cell.strip()))))
        if passed_as == "list.totals_row":
            below_total = True
            notes.extend(_wrong_total(cells, index, len(rows)))
    return tuple(rows), notes


def _wrong_total(cells: Sequence[str], index: int, counted: int) -> list[RowNote]:
    """A note if the totals row names a number that is not the number of rows above it."""
    numbers = [int(digits) for digits in re.findall(r"\d{1,6}", " ".join(cells))]
    if len(numbers) != 1 or numbers[0] == counted:
        return []
    return [_passed("list.total_differs", index, stated=numbers[0], counted=counted)]


def _row(index: int, cells: Sequence[str], places: Mapping[str, int]) -> ListRow:
    by_field = {name: cell_at(cells, place) for name, place in places.items()}
    return ListRow(row=index + 1, number=shown(by_field.get(NUMBER, "")), cells=by_field)


def _passed(code: str, index: int, *, value: str = "", **facts: Fact) -> RowNote:
    return RowNote(row=index + 1, number="", field="", code=code, value=value, facts=facts)


def _about_list(code: str, **facts: Fact) -> RowNote:
    return RowNote(row=0, number="", field="", code=code, facts=facts)

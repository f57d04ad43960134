"""Lists of the console: found with and without marks, narrowed by state, in an order, in pages, taken away as a file.

Called by the pages of this folder. What a list holds is read whole up to a bound, since an index has one order and knows no
search; `complete` says whether the bound was met, and the page says so too. Rights were applied before (Request.visible).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode

from shared.documents.table_export import CSV_TYPE, XLSX_TYPE, Cell, Column, ExportTable, Kind, csv_file, xlsx
from shared.edge import pages
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.edge.pages import day, moment, whole
from shared.kernel.errors import Invalid
from shared.kernel.text import matches
from shared.texts import say

T = TypeVar("T")
MOST: Final = 2_000
"""Things that a page of a list searches among, the newest first."""
MOST_TAKEN: Final = 10_000
"""Rows of a file: made within one answer."""
MOST_BYTES: Final = 4 * 1024 * 1024
"""Larger bodies do not pass the API (DESIGN 1)."""
PAGE: Final = 50
_GOOD, _BAD = "good", "bad"
KINDS: Final = {
    "VALID": _GOOD, "IN_FORCE": _GOOD, "SIGNED": _GOOD, "SENT": _GOOD, "PUBLISHED": _GOOD, "NOW": _GOOD,
    "REVOKED": _BAD, "WITHDRAWN": _BAD, "FAILED": _BAD, "BOUNCED": _BAD, "FAULTY": _BAD,
    "SUSPENDED": "wait", "SUPPRESSED": "wait", "PENDING": "wait", "REPLACED": "wait", "OPEN_FOR_SIGNING": "wait",
    "PARTLY_SIGNED": "wait",
}  # fmt: skip
"""The colour of a state's word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown(Generic[T]):
    """A column: its title's code, its cell, and where a cell is a code of the catalogues, `words` ("console.state_%s")."""

    title: str
    cell: Callable[[T], Cell]
    kind: Kind = Kind.TEXT
    width: int = 0
    words: str = ""
    tag: bool = False
    only_in_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Generic[T]):
    """A way to sort: its name in the address, its title's code, its key."""

    name: str
    title: str
    key: Callable[[T], Any]
    reverse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[T]):
    """What a list is made of. `name` begins the codes of its texts (`listing.<name>_...`) and its file's name; `text` is what is
    searched; `state` of a thing is one of `states`, whose words are `words % state`; the first order is the usual one."""

    name: str
    path: str
    columns: tuple[Shown[T], ...]
    orders: tuple[Order[T], ...]
    text: Callable[[T], str]
    href: Callable[[T], str]
    state: Callable[[T], str] | None = None
    states: tuple[str, ...] = ()
    words: str = "console.state_%s"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellView:
    """A cell as the page shows it; `kind`: "" text, "number", or "tag" with its colour."""

    text: str
    kind: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    href: str
    cells: tuple[CellView, ...]


def narrowed(request: Request, listing: Listing[T], things: Sequence[T]) -> list[T]:
    """Those that were asked for by `?q=` and `?state=`, in the order of `?sort=`. Raises Invalid(`listing.state`, `.sort`)."""
    wanted, state = request.query.get("q", "").strip()[:100], request.query.get("state", "")
    if state and state not in listing.states:
        raise Invalid("listing.state", field="state")
    found = [each for each in things if not wanted or matches(wanted, listing.text(each))]
    if state and listing.state is not None:
        found = [each for each in found if listing.state(each) == state]
    order = _order(request, listing)
    return sorted(found, key=order.key, reverse=order.reverse)


def show(request: Request, listing: Listing[T], things: Sequence[T], *, complete: bool, **more: Any) -> Answer:
    """The page of a list: fifty things from `?cursor=` (how many stand before them)."""
    found = narrowed(request, listing, things)
    start = _start(request)
    part = found[start : start + PAGE]
    query = {name: request.query[name] for name in ("q", "state", "sort") if request.query.get(name)}
    columns = [each for each in listing.columns if not each.only_in_file]
    return pages.render(
        request,
        "console_list.html",
        listing=listing,
        columns=columns,
        rows=[_row(request, listing, columns, each) for each in part],
        total=len(found),
        things=len(things),
        complete=complete,
        cursor=str(start + PAGE) if start + PAGE < len(found) else None,
        first=start == 0,
        query=query,
        wanted=request.query.get("q", "").strip()[:100],
        state=request.query.get("state", ""),
        sort=_order(request, listing).name,
        taken=[(f"{listing.path}/export?{urlencode({**query, 'format': form})}", form) for form in ("xlsx", "csv")],
        **more,
    )


def take(request: Request, listing: Listing[T], things: Sequence[T], *, zone: str = pages.VIETNAM) -> Answer:
    """The whole narrowed list as a file. Raises Invalid: `listing.format`, `listing.too_many`."""
    form = request.query.get("format", "xlsx")
    if form not in ("xlsx", "csv"):
        raise Invalid("listing.format", field="format")
    found = narrowed(request, listing, things)
    if len(found) > MOST_TAKEN:
        raise Invalid("listing.too_many", field="q", rows=len(found), most=MOST_TAKEN)
    title = say(f"listing.{listing.name}_title", request.locale)
    table = ExportTable(
        title=title,
        columns=tuple(
            Column(title=say(each.title, request.locale), kind=each.kind, width=each.width) for each in listing.columns
        ),
        rows=(tuple(_worded(request, column, column.cell(each)) for column in listing.columns) for each in found),
        made_at=request.act.at,
        zone=zone,
    )
    data = xlsx(table) if form == "xlsx" else csv_file(table)
    if len(data) > MOST_BYTES:
        raise Invalid("listing.too_many", field="q", rows=len(found), most=MOST_TAKEN)
    name = f"{listing.name}-{request.act.at:%Y-%m-%d}.{form}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Answer(data, headers=headers, content_type=XLSX_TYPE if form == "xlsx" else CSV_TYPE, count=len(found))


def gathered(read: Callable[[str | None], tuple[Sequence[T], str | None]], most: int = MOST) -> tuple[list[T], bool]:
    """Pages of a reading, one after the other, up to `most` things; whether these are all."""
    found: list[T] = []
    cursor: str | None = None
    while True:
        part, cursor = read(cursor)
        found += part
        if cursor is None:
            return found, True
        if len(found) >= most:
            return found[:most], False


def _row(request: Request, listing: Listing[T], columns: Sequence[Shown[T]], thing: T) -> RowView:
    return RowView(href=listing.href(thing), cells=tuple(_cell(request, each, each.cell(thing)) for each in columns))


def _cell(request: Request, column: Shown[T], cell: Cell) -> CellView:
    if column.tag:
        return CellView(text=str(_worded(request, column, cell)), kind="tag", colour=KINDS.get(str(cell), ""))
    if cell is None or cell == "":
        return CellView(text="–")
    if isinstance(cell, datetime):
        return CellView(text=moment(cell))
    if isinstance(cell, date):
        return CellView(text=day(cell))
    if isinstance(cell, int):
        return CellView(text=whole(cell), kind="number")
    return CellView(text=str(_worded(request, column, cell)))


def _worded(request: Request, column: Shown[T], cell: Cell) -> Cell:
    return say(column.words % cell, request.locale) if column.words and cell else cell


def _order(request: Request, listing: Listing[T]) -> Order[T]:
    wanted = request.query.get("sort", "") or listing.orders[0].name
    found = next((each for each in listing.orders if each.name == wanted), None)
    if found is None:
        raise Invalid("listing.sort", field="sort")
    return found


def _start(request: Request) -> int:
    text = request.query.get("cursor", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise Invalid("list.bad_cursor", field="cursor")
    return int(text)

"""/console/blocks: the blocks of a year, the roles in them, hand-overs, and the block of the year after."""

from __future__ import annotations

from functions.console.names import standing_units, unit_names
from functions.console.routes import page
from shared.directory.blocks import ListBlocks, ListYears, ProposeNextYear, ShowBlock
from shared.directory.handovers import ListHandovers
from shared.directory.model import BlockKind, EmulationBlock, SeatRole
from shared.directory.rules import today
from shared.edge import pages, whose
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.identity.rules import Reach
from shared.kernel.errors import Invalid
from shared.kernel.text import matches

WRITE = "directory:write"


def blocks(request: Request) -> Answer:
    """The blocks of `?year=`, found with and without marks."""
    wanted, read = request.query.get("q", "").strip()[:100], ListBlocks(request.ports.table("directory"))
    this = today(request.act.at).year
    years = [_year(request.query["year"])] if request.query.get("year") else [this, this + 1, this - 1]
    year = next((each for each in years if read(each)), years[0])  # late in a year the next one's blocks are made
    found = read(year)
    return pages.render(
        request,
        "console_blocks.html",
        year=year,
        years=range(max(1948, year - 3), year + 4),
        blocks=[each for each in found if matches(wanted, each.name)],
        names=unit_names(request),
        wanted=wanted,
        may_write=request.access.whole(WRITE),
    )


def block(request: Request) -> Answer:
    """One block of a year: seats in protocol order, roles, hand-overs."""
    table, year = request.ports.table("directory"), _year(request.params["year"])
    found = ShowBlock(table)(request.params["block"], year)
    return pages.render(
        request,
        "console_block.html",
        block=found,
        years=[each.year for each in ListYears(table)(found.code)],
        handovers=ListHandovers(table)(found.code),
        names=unit_names(request),
        me=request.principal.id,
        own=request.access.own_units(WRITE),
        may_write=request.access.whole(WRITE),
    )


def next_year(request: Request) -> Answer:
    """The block of the year after as a form, its roles gone round; nothing is stored before it is sent."""
    proposal = ProposeNextYear(request.ports.table("directory"))(request.params["block"], _year(request.params["year"]))
    return _form(request, proposal.block, proposal.changes)


def edit(request: Request) -> Answer:
    found = ShowBlock(request.ports.table("directory"))(request.params["block"], _year(request.params["year"]))
    return _form(request, found, ())


def _form(request: Request, found: EmulationBlock, changes: object) -> Answer:
    names, standing = unit_names(request), standing_units(request)
    seated = {seat.unit for seat in found.seats} - {code for code, _ in standing}  # may have ended since
    return pages.render(
        request,
        "console_block_form.html",
        block=found,
        changes=changes,
        roles=tuple(SeatRole),
        kinds=tuple(BlockKind),
        units=[*standing, *((code, names.get(code, code)) for code in sorted(seated))],
        names=names,
    )


def _year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise Invalid("directory.query_bad", field="year")
    return int(text)


_ONE = "/console/blocks/{block}/{year}"
PAGES = (
    page("/console/blocks", "directory:read", blocks, "Blocks", reach=Reach.UNIT, whose=whose.everybodys),
    page(_ONE, "directory:read", block, "A block of a year", reach=Reach.UNIT, whose=whose.everybodys),
    page(f"{_ONE}/next", WRITE, next_year, "The block of the year after"),
    page(f"{_ONE}/edit", WRITE, edit, "The seats of a block"),
)

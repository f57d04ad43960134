"""/api/v1/blocks/...: the blocks of a year, the next year's proposal, hand-overs. Called by http.py's routes."""

from __future__ import annotations

from functions.directory import views
from functions.directory.units import paged
from functions.directory.views import year_of
from shared.directory.blocks import FormBlock, ListBlocks, ListYears, ProposeNextYear, ShowBlock
from shared.directory.handovers import BeginHandover, ConfirmHandover, Handover, ListHandovers, Side, TickItem
from shared.directory.model import Seat
from shared.directory.rules import today
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.edge.officers import WRITE, officer_of
from shared.kernel.errors import NotFound
from shared.kernel.text import matches


def form(request: Request) -> Answer:
    body: views.FormBlockBody = request.body
    seats = tuple(
        Seat(unit=seat.unit, role=seat.role, quota=seat.quota, also=seat.also, person=seat.person, office=seat.office)
        for seat in body.seats
    )
    table = request.ports.table("directory")
    block = FormBlock(table)(request.act, name=body.name, year=body.year, seats=seats, kind=body.kind)
    return Answer(block, status=201)


def list_blocks(request: Request) -> Answer:
    """`?year=` (default: this year), `?q=` finds names with and without marks."""
    year = year_of(request.query.get("year", str(today(request.act.at).year)))
    wanted = request.query.get("q", "").strip()[:100]
    found = ListBlocks(request.ports.table("directory"))(year)
    page, cursor = paged(
        request, tuple(each for each in found if matches(wanted, each.name)), lambda block: block.code, usual=200
    )
    return Answer(views.BlocksView(blocks=page, cursor=cursor))


def show_block(request: Request) -> Answer:
    block, year = _which(request)
    return Answer(ShowBlock(request.ports.table("directory"))(block, year))


def years(request: Request) -> Answer:
    """A block in all its years, latest first."""
    return Answer(views.BlocksView(blocks=ListYears(request.ports.table("directory"))(request.params["block"])))


def propose(request: Request) -> Answer:
    block, year = _which(request)
    found = ProposeNextYear(request.ports.table("directory"))(block, year)
    return Answer(views.NextYearView(block=found.block, changes=found.changes))


def list_handovers(request: Request) -> Answer:
    block, year = _which(request)
    return Answer(views.HandoversView(handovers=ListHandovers(request.ports.table("directory"))(block, year)))


def begin_handover(request: Request) -> Answer:
    """By an officer of one of the two units, or of the whole office."""
    body: views.HandoverBody = request.body
    block, year = _which(request)
    request.need(WRITE, unit=(body.from_unit, body.to_unit))
    begun = BeginHandover(request.ports.table("directory"))(
        request.act,
        block=block,
        year=year,
        role=body.role,
        from_unit=body.from_unit,
        to_unit=body.to_unit,
        on=body.on,
        items=body.items,
        method=body.method,
        to_person=body.to_person,
        to_office=body.to_office,
    )
    return Answer(begun, status=201)


def tick(request: Request) -> Answer:
    body: views.ItemBody = request.body
    found = _handover(request)
    request.need(WRITE, unit=(found.from_unit, found.to_unit))
    changed = TickItem(request.ports.table("directory"))(
        block=found.block, year=found.year, handover=found.id, place=body.place, done=body.done
    )
    return Answer(changed)


def confirm(request: Request) -> Answer:
    """The side's own officer, or an organiser of the whole office; nobody for both sides."""
    body: views.SideBody = request.body
    found = _handover(request)
    request.need(WRITE, unit=found.from_unit if body.side is Side.GIVING else found.to_unit)
    done = ConfirmHandover(request.ports.table("directory"))(
        request.act, block=found.block, year=found.year, handover=found.id, side=body.side, officer=officer_of(request)
    )
    return Answer(done)


def _handover(request: Request) -> Handover:
    block, year = _which(request)
    listed = ListHandovers(request.ports.table("directory"))(block, year)
    found = next((each for each in listed if each.id == request.params["handover"]), None)
    if found is None:
        raise NotFound("handover.none")
    return found


def _which(request: Request) -> tuple[str, int]:
    return request.params["block"], year_of(request.params["year"])

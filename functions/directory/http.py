"""HTTP /api/v1/units and /api/v1/blocks: units are imported from a list, blocks formed for a year, both are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.directory.blocks import FormBlock, ListBlocks, ShowBlock
from shared.directory.model import EmulationBlock, Seat, SeatRole, Unit, UnitImport
from shared.directory.usecases import ImportUnits, ListUnits, ShowUnit
from shared.documents.workbook import read_workbook
from shared.edge import http
from shared.edge.answers import Answer
from shared.edge.http import Request, Route, Routes
from shared.kernel.errors import Invalid
from shared.kernel.text import matches


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatBody:
    unit: str
    role: SeatRole
    quota: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormBlockBody:
    """`seats` in protocol order; one of role HEAD, at most one STANDING."""

    name: str
    year: int
    seats: tuple[SeatBody, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsView:
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlocksView:
    blocks: tuple[EmulationBlock, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitImportView:
    """`block` is what was formed where `?block=NAME&year=YYYY` asked for it."""

    units: UnitImport
    block: EmulationBlock | None = None


def import_units(request: Request) -> Answer:
    """The body is the file (csv, xlsx, xls, ods). `?block=NAME&year=YYYY` forms the block of its roles as well."""
    table = request.ports.table("directory")
    year = _year(request.query["year"]) if "block" in request.query else 0
    done = ImportUnits(table)(request.act, read_workbook(request.raw_body))
    block = None
    if "block" in request.query:
        block = FormBlock(table)(request.act, name=request.query["block"], year=year, seats=done.seats)
    return Answer(UnitImportView(units=done, block=block))


def list_units(request: Request) -> Answer:
    """`?q=` searches the names, with or without marks."""
    units = ListUnits(request.ports.table("directory"))()
    wanted = request.query.get("q", "")
    return Answer(UnitsView(units=tuple(unit for unit in units if matches(wanted, unit.name))))


def show_unit(request: Request) -> Answer:
    return Answer(ShowUnit(request.ports.table("directory"))(request.params["unit"]))


def form_block(request: Request) -> Answer:
    body: FormBlockBody = request.body
    seats = tuple(Seat(unit=seat.unit, role=seat.role, quota=seat.quota) for seat in body.seats)
    block = FormBlock(request.ports.table("directory"))(request.act, name=body.name, year=body.year, seats=seats)
    return Answer(block, status=201)


def list_blocks(request: Request) -> Answer:
    """`?year=` (default: this year)."""
    year = _year(request.query.get("year", str(request.act.at.year)))
    return Answer(BlocksView(blocks=ListBlocks(request.ports.table("directory"))(year)))


def show_block(request: Request) -> Answer:
    year = _year(request.params["year"])
    return Answer(ShowBlock(request.ports.table("directory"))(request.params["block"], year))


def _year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise Invalid("directory.query_bad", field="year")
    return int(text)


ROUTES = Routes(
    "directory",
    (
        Route(method="POST", path="/api/v1/units/import", scope="directory:write", run=import_units, answer=UnitImportView,
              summary="Import units from a list"),
        Route(method="GET", path="/api/v1/units", scope="directory:read", run=list_units, answer=UnitsView, summary="All units"),
        Route(method="GET", path="/api/v1/units/{unit}", scope="directory:read", run=show_unit, answer=Unit, summary="One unit"),
        Route(method="POST", path="/api/v1/blocks", scope="directory:write", run=form_block, body=FormBlockBody,
              answer=EmulationBlock, ok=201, summary="Form the block of a year"),
        Route(method="GET", path="/api/v1/blocks", scope="directory:read", run=list_blocks, answer=BlocksView,
              summary="The blocks of a year"),
        Route(method="GET", path="/api/v1/blocks/{block}/{year}", scope="directory:read", run=show_block, answer=EmulationBlock,
              summary="One block"),
    ),
)  # fmt: skip


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)

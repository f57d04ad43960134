"""HTTP /api/v1/units and /api/v1/blocks: units over time, their mergers and splits, the blocks of a year and hand-overs."""

from __future__ import annotations

from typing import Any

from functions.directory import blocks, lists, reorganising, units, views
from shared.directory.handovers import Handover
from shared.directory.model import EmulationBlock
from shared.documents.table_export import CSV_TYPE, XLSX_TYPE
from shared.edge import http, whose
from shared.edge.http import QueryField, Route, Routes
from shared.identity.rules import Reach

_READ, _WRITE = "directory:read", "directory:write"
_UNIT, _BLOCK = "/api/v1/units/{unit}", "/api/v1/blocks/{block}/{year}"
_RE = "/api/v1/units/reorganisations"
_ONE_HANDOVER = f"{_BLOCK}/handovers/{{handover}}"
_LIST = "xlsx, xls, ods or csv"
_FILES = (XLSX_TYPE, CSV_TYPE)
_DAY = {"type": "string", "format": "date"}
_YEAR_FORM = {"type": "string", "pattern": "^[0-9]{4}$"}
_PAGE = (
    QueryField(name="limit", text="Things of a page", form={"type": "integer", "minimum": 1, "maximum": units.MOST}),
    QueryField(name="cursor", text="Where the page before ended"),
)
_Q = QueryField(name="q", text="Words of a name, with or without marks, or a code")
_YEAR = QueryField(name="year", text="This year by default", form=_YEAR_FORM)
_FORMAT = QueryField(name="format", text="xlsx by default", form={"type": "string", "enum": ["xlsx", "csv"]})
_UNITS = (
    _Q,
    QueryField(name="kind", text="Of this kind only"),
    QueryField(name="level", text="Of this level only"),
    QueryField(name="state", text="ALL by default", form={"type": "string", "enum": list(units.STATES)}),
    QueryField(name="on", text="The day of names, heads and state; today by default", form=_DAY),
    QueryField(name="sort", text="name by default", form={"type": "string", "enum": list(units.SORTS)}),
    *_PAGE,
)
_IMPORT = (QueryField(name="block", text="Form the block of this name of the list's roles"), _YEAR)
_EVERYBODY: dict[str, Any] = {"reach": Reach.UNIT, "whose": whose.everybodys}
_OWN: dict[str, Any] = {"reach": Reach.UNIT, "whose": whose.unit}
_SIDES: dict[str, Any] = {"reach": Reach.UNIT}
"""The route's own code says which unit's officer it takes."""

ROUTES = Routes(
    "directory",
    (
        Route(method="POST", path="/api/v1/units/import", scope=_WRITE, run=lists.import_units, answer=views.UnitImportView,
              file=_LIST, query=_IMPORT, summary="Import units from a list"),
        Route(method="GET", path="/api/v1/units/export", scope=_READ, run=lists.export_units, media=_FILES, reads="contacts",
              query=(_FORMAT,), summary="All units as a file that can be imported again"),
        Route(method="GET", path="/api/v1/units", scope=_READ, run=units.list_units, answer=views.UnitsView, query=_UNITS,
              summary="Units", **_EVERYBODY),
        Route(method="POST", path="/api/v1/units", scope=_WRITE, run=units.register, body=views.UnitBody, ok=201,
              answer=views.UnitView, summary="Register a unit"),
        Route(method="GET", path=_RE, scope=_READ, run=reorganising.list_all, answer=views.ReorganisationsView, query=_PAGE,
              summary="Mergers, splits and ends"),
        Route(method="POST", path=_RE, scope=_WRITE, run=reorganising.reorganise, body=views.ReorganisationBody, ok=201,
              answer=views.ReorganisationView, fresh=True, summary="Merge, split or end units"),
        Route(method="POST", path=f"{_RE}/preview", scope=_WRITE, run=reorganising.preview, body=views.ReorganisationBody,
              answer=views.PreviewView, summary="What a reorganisation would do"),
        Route(method="GET", path=f"{_RE}/{{reorganisation}}", scope=_READ, run=reorganising.show_reorganisation,
              answer=views.ReorganisationView, summary="One reorganisation, and what is left to do"),
        Route(method="POST", path=f"{_RE}/{{reorganisation}}/resume", scope=_WRITE, run=reorganising.resume,
              answer=views.ReorganisationView, summary="Go on with one that broke off"),
        Route(method="GET", path=_UNIT, scope=_READ, run=units.show_unit, answer=views.UnitView, summary="One unit",
              **_EVERYBODY),
        Route(method="PUT", path=_UNIT, scope=_WRITE, run=units.change, body=views.UnitBody, answer=views.UnitView,
              summary="Correct a unit's facts"),
        Route(method="POST", path=f"{_UNIT}/name", scope=_WRITE, run=units.rename, body=views.RenameBody,
              answer=views.UnitView, summary="Rename a unit from a day"),
        Route(method="PUT", path=f"{_UNIT}/head", scope=_WRITE, run=units.appoint, body=views.HeadBody,
              answer=views.UnitView, summary="Another accountable head", **_OWN),
        Route(method="PUT", path=f"{_UNIT}/contact", scope=_WRITE, run=units.change_contact, body=views.ContactBody,
              answer=views.UnitView, four_eyes="contact.change", summary="Another contact", **_OWN),
        Route(method="POST", path=f"{_UNIT}/contact/confirmation", scope=_WRITE, run=units.confirm_address,
              body=views.AddressBody, answer=views.UnitView, fresh=True, summary="Confirm a unit's changed address", **_SIDES),
        Route(method="POST", path=f"{_UNIT}/contact/refusal", scope=_WRITE, run=units.refuse_address,
              answer=views.UnitView, summary="Drop the address that waits", **_OWN),
        Route(method="POST", path="/api/v1/blocks/import", scope=_WRITE, run=lists.import_blocks, answer=views.BlockImportView,
              file=_LIST, summary="Form blocks from a list"),
        Route(method="GET", path="/api/v1/blocks/export", scope=_READ, run=lists.export_blocks, media=_FILES,
              query=(_YEAR, _FORMAT), summary="The blocks of a year as a file that can be imported again"),
        Route(method="POST", path="/api/v1/blocks", scope=_WRITE, run=blocks.form, body=views.FormBlockBody,
              answer=EmulationBlock, ok=201, summary="Form the block of a year"),
        Route(method="GET", path="/api/v1/blocks", scope=_READ, run=blocks.list_blocks, answer=views.BlocksView,
              query=(_YEAR, _Q, *_PAGE), summary="The blocks of a year", **_EVERYBODY),
        Route(method="GET", path="/api/v1/blocks/{block}", scope=_READ, run=blocks.years, answer=views.BlocksView,
              summary="A block in all its years", **_EVERYBODY),
        Route(method="GET", path=_BLOCK, scope=_READ, run=blocks.show_block, answer=EmulationBlock, summary="One block",
              **_EVERYBODY),
        Route(method="GET", path=f"{_BLOCK}/next", scope=_READ, run=blocks.propose, answer=views.NextYearView,
              summary="A proposal for the year after", **_EVERYBODY),
        Route(method="GET", path=f"{_BLOCK}/handovers", scope=_READ, run=blocks.list_handovers,
              answer=views.HandoversView, summary="Hand-overs of a block's year", **_EVERYBODY),
        Route(method="POST", path=f"{_BLOCK}/handovers", scope=_WRITE, run=blocks.begin_handover, body=views.HandoverBody,
              answer=Handover, ok=201, summary="Begin a hand-over", **_SIDES),
        Route(method="POST", path=f"{_ONE_HANDOVER}/items", scope=_WRITE, run=blocks.tick, body=views.ItemBody,
              answer=Handover, summary="Tick a line of the check list", **_SIDES),
        Route(method="POST", path=f"{_ONE_HANDOVER}/confirmation", scope=_WRITE, run=blocks.confirm, body=views.SideBody,
              answer=Handover, summary="One side's word", **_SIDES),
    ),
)  # fmt: skip


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)

"""/api/v1/units/reorganisations: mergers, splits, ends, with a preview and what is left to do. Called by http.py's routes."""

from __future__ import annotations

from functions.directory import views
from shared.directory.lineage import successors
from shared.directory.reorganisations import (
    ListReorganisations,
    PreviewReorganisation,
    ReorganisationRecord,
    Reorganise,
    ShowReorganisation,
)
from shared.directory.rules import today
from shared.directory.snapshots import all_units
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.kernel.errors import Invalid
from shared.texts import say


def preview(request: Request) -> Answer:
    """Looks, and changes nothing."""
    body: views.ReorganisationBody = request.body
    return Answer(preview_of(request, body))


def preview_of(request: Request, body: views.ReorganisationBody) -> views.PreviewView:
    from shared.edge.follow_ups import follow_ups  # pledges and people: for these calls alone

    table, day = request.ports.table("directory"), today(request.act.at)
    found = PreviewReorganisation(table)(body.asked())
    units = {**all_units(table), **{unit.code: unit for unit in found.after}}
    heirs = successors(units.values())
    return views.PreviewView(
        possible=not found.faults,
        faults=tuple(_fault(request, fault) for fault in found.faults),
        units=tuple(views.unit_view(unit, heirs.get(unit.code, ()), found.asked.on) for unit in found.after),
        changed=tuple(sorted(found.changed)),
        follow_ups=follow_ups(request.ports, units, {each.unit for each in found.asked.ends}, day)
        if found.after
        else (),
    )


def reorganise(request: Request) -> Answer:
    body: views.ReorganisationBody = request.body
    return _shown(request, Reorganise(request.ports.table("directory"))(request.act, body.asked()), status=201)


def resume(request: Request) -> Answer:
    """Goes on with one that broke off; one that is done stays done."""
    table = request.ports.table("directory")
    record = ShowReorganisation(table)(request.params["reorganisation"])
    return _shown(request, Reorganise(table)(request.act, record.asked))


def show_reorganisation(request: Request) -> Answer:
    return _shown(request, ShowReorganisation(request.ports.table("directory"))(request.params["reorganisation"]))


def list_all(request: Request) -> Answer:
    text = request.query.get("limit", "50")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 200):
        raise Invalid("directory.limit_bad", field="limit", most=200)
    records, cursor = ListReorganisations(request.ports.table("directory"))(int(text), request.query.get("cursor"))
    return Answer(views.ReorganisationsView(reorganisations=records, cursor=cursor))


def _shown(request: Request, record: ReorganisationRecord, status: int = 200) -> Answer:
    from shared.edge.follow_ups import follow_ups

    units = all_units(request.ports.table("directory"))
    left = follow_ups(request.ports, units, {each.unit for each in record.asked.ends}, today(request.act.at))
    view = views.ReorganisationView(id=record.id, complete=record.complete, record=record, follow_ups=left)
    return Answer(view, status=status)


def _fault(request: Request, fault: Invalid) -> views.FaultView:
    field = str(fault.facts.get("field", ""))
    return views.FaultView(code=fault.code, field=field, sentence=say(fault.code, request.locale, **fault.facts))

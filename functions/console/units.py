"""/console/units: units over time, what may be done with one, mergers and splits with a preview before anything is done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from functions.console.names import standing_units
from functions.console.routes import page
from shared.directory.lineage import successors
from shared.directory.model import Unit, UnitKind, UnitLevel
from shared.directory.rules import contact_tenures, head_on, name_on, stands_on, today
from shared.directory.snapshots import all_units
from shared.edge import pages, whose
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.identity.rules import Reach
from shared.kernel.errors import Invalid, NotFound
from shared.texts import say

if TYPE_CHECKING:
    from functions.directory.views import PreviewView, ReorganisationBody, SuccessionBody

WRITE = "directory:write"
_FOUND = re.compile(r"[A-Z0-9][A-Z0-9-]{0,11}")


def units(request: Request) -> Answer:
    """All units, found with and without marks, narrowed, in pages."""
    from functions.directory.units import SORTS, STATES, paged, selected

    known = dict(all_units(request.ports.table("directory")))
    day = today(request.act.at)
    found = selected(request, known)
    part, cursor = paged(request, found, lambda unit: unit.code)
    query = {name: request.query[name] for name in ("q", "kind", "state", "sort") if request.query.get(name)}
    return pages.render(
        request,
        "console_units.html",
        units=[(unit, name_on(unit, day), head_on(unit, day), stands_on(unit, day)) for unit in part],
        total=len(found),
        known=len(known),
        kinds=tuple(UnitKind),
        states=STATES,
        sorts=tuple(SORTS),
        query=query,
        cursor=cursor,
        first="cursor" not in request.query,
        may_write=request.access.whole(WRITE),
    )


def unit(request: Request) -> Answer:
    """One unit: facts, names over time, head and contact with their periods, where it came from and went, what is left to do."""
    from shared.edge.follow_ups import follow_ups
    from shared.edge.open_pledges import units_with_open_pledge

    known, code = all_units(request.ports.table("directory")), request.params["unit"]
    if code not in known:
        raise NotFound("directory.no_unit", unit=code[:40])
    found, day = known[code], today(request.act.at)
    own = request.access.own_units(WRITE)
    whole = request.access.whole(WRITE)
    return pages.render(
        request,
        "console_unit.html",
        unit=found,
        name=name_on(found, day),
        stands=stands_on(found, day),
        head=head_on(found, day),
        contacts=contact_tenures(found),
        before=[_line(known, each) for each in found.predecessors],
        after=[_line(known, each) for each in successors(known.values()).get(code, ())],
        left=follow_ups(request.ports, known, (code,), day) if whole else (),
        kinds=tuple(UnitKind),
        levels=tuple(UnitLevel),
        pledge_open=code in units_with_open_pledge(request.ports),
        may_write=whole,
        may_own=whole or code in own,
        may_confirm=found.asked_address is not None
        and request.principal.id != found.asked_address.asked_by
        and (whole or bool(own - {code})),
    )


def new_unit(request: Request) -> Answer:
    return pages.render(request, "console_unit_new.html", kinds=tuple(UnitKind), levels=tuple(UnitLevel))


def reorganise(request: Request) -> Answer:
    """The form, and under it what would be. The second button alone does it."""
    query = {
        name: request.query.get(name, "")[:60_000]
        for name in ("kind", "on", "decision", "level", "ends", "into", "forms")
    }
    body, preview, wrong = None, None, ""
    if query["on"] or query["ends"]:
        try:
            body, preview = _previewed(request, query)
        except Invalid as error:
            wrong = say(error.code, request.locale, **error.facts)
    from shared.directory.reorganisations import ListReorganisations

    done, _ = ListReorganisations(request.ports.table("directory"))(20)
    return pages.render(
        request,
        "console_reorganise.html",
        asked=query,
        body=body,
        preview=preview,
        wrong=wrong,
        kinds=("MERGE", "SPLIT", "DISSOLVE", "END_OF_LEVEL"),
        levels=tuple(UnitLevel),
        done=done,
        standing=standing_units(request),
    )


def _previewed(request: Request, query: dict[str, str]) -> tuple[ReorganisationBody, PreviewView]:
    """Raises Invalid for a day or a kind that is none."""
    from functions.directory import views
    from functions.directory.reorganising import preview_of
    from shared.directory.reorganisation import ReorganisationKind

    try:
        on, kind = date.fromisoformat(query["on"]), ReorganisationKind(query["kind"] or "MERGE")
    except ValueError:
        raise Invalid("reorganisation.day_missing", field="on") from None
    level = UnitLevel(query["level"]) if query["level"] in set(UnitLevel) else None
    forms = tuple(
        views.NewUnitBody(code=code.upper(), name=name.strip(" :;,-"), kind=UnitKind.COMMUNE, level=UnitLevel.COMMUNE)
        for code, _, name in (line.strip().partition(" ") for line in query["forms"].splitlines() if line.strip())
    )
    # Whoever names one new unit for a merger has said who the heir is.
    default = forms[0].code if kind is ReorganisationKind.MERGE and len(forms) == 1 else ""
    body = views.ReorganisationBody(
        kind=kind, on=on, ends=_ends(query, default), forms=forms, decision=query["decision"],
        level=level if kind is ReorganisationKind.END_OF_LEVEL else None,
    )  # fmt: skip
    return body, preview_of(request, body)


def _ends(query: dict[str, str], default: str) -> tuple[SuccessionBody, ...]:
    """Each line `CODE` or `CODE: HEIR, HEIR`; several codes on a line without heirs are as many units,
    whose heir is the common one, or else `default`."""
    from functions.directory import views

    into = tuple(_FOUND.findall((query["into"] or default).upper()))
    made: list[SuccessionBody] = []
    for line in query["ends"].upper().splitlines():
        ended, _, heirs = line.partition(":")
        named = tuple(_FOUND.findall(heirs))
        made += [views.SuccessionBody(unit=code, successors=named or into) for code in _FOUND.findall(ended)]
    return tuple(made)


def _line(known: Mapping[str, Unit], code: str) -> tuple[str, str]:
    found = known.get(code)
    return code, found.name if found else code


PAGES = (
    page("/console/units", "directory:read", units, "Units", reach=Reach.UNIT, whose=whose.everybodys),
    page("/console/units/new", WRITE, new_unit, "A new unit"),
    page("/console/units/reorganise", WRITE, reorganise, "Mergers and splits"),
    page("/console/units/{unit}", "directory:read", unit, "A unit", reach=Reach.UNIT, whose=whose.everybodys),
)

"""/api/v1/units/...: one unit after the other. Called by http.py's routes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import TypeVar

from functions.directory import views
from shared.directory.lineage import successors
from shared.directory.model import Tenure, Unit, UnitKind, UnitLevel
from shared.directory.rules import finds, stands_on, today
from shared.directory.snapshots import all_units
from shared.directory.units import (
    AppointHead,
    ChangeContact,
    ChangeUnit,
    ConfirmAddress,
    ContactFacts,
    RefuseAddress,
    RegisterUnit,
    RenameUnit,
    UnitFacts,
)
from shared.directory.usecases import ShowUnit
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.edge.officers import WRITE, officer_of
from shared.kernel.errors import Forbidden, Invalid
from shared.kernel.ports import Table
from shared.kernel.text import sort_key

_E = TypeVar("_E", bound=StrEnum)
MOST = 200
STATES = ("IN_FORCE", "ENDED", "ALL")
SORTS: dict[str, Callable[[Unit], str]] = {"name": lambda unit: sort_key(unit.name), "code": lambda unit: unit.code}


def table_of(request: Request) -> Table:
    return request.ports.table("directory")


def selected(request: Request, units: dict[str, Unit] | None = None) -> tuple[Unit, ...]:
    """The units that `?q=`, `kind`, `level`, `state` (on the day `on`) ask for, sorted. Raises Invalid."""
    query, day = request.query, asked_day(request)
    kind, level = _choice(query.get("kind"), "kind", UnitKind), _choice(query.get("level"), "level", UnitLevel)
    state, sort = query.get("state") or "ALL", query.get("sort") or "name"
    for name, value, choices in (("state", state, STATES), ("sort", sort, tuple(SORTS))):
        if value not in choices:
            raise Invalid("directory.choice_bad", field=name, choices=", ".join(choices))
    wanted = query.get("q", "").strip()[:100]
    found = [
        unit
        for unit in (units or dict(all_units(table_of(request)))).values()
        if (kind is None or unit.kind is kind)
        and (level is None or unit.level is level)
        and (state == "ALL" or stands_on(unit, day) == (state == "IN_FORCE"))
        and (not wanted or finds(wanted, unit))
    ]
    return tuple(sorted(found, key=SORTS[sort]))


def asked_day(request: Request) -> date:
    """`?on=`, or today."""
    text = request.query.get("on", "")
    try:
        return date.fromisoformat(text) if text else today(request.act.at)
    except ValueError:
        raise Invalid("directory.day_bad", field="on") from None


def list_units(request: Request) -> Answer:
    units = dict(all_units(table_of(request)))
    page, cursor = paged(request, selected(request, units), lambda unit: unit.code)
    heirs, day = successors(units.values()), asked_day(request)
    shown = tuple(views.unit_view(unit, heirs.get(unit.code, ()), day) for unit in page)
    return Answer(views.UnitsView(units=shown, cursor=cursor), count=len(shown))


_T = TypeVar("_T")


def paged(
    request: Request, found: tuple[_T, ...], key: Callable[[_T], str], usual: int = 50
) -> tuple[tuple[_T, ...], str | None]:
    """The page that `?limit=` and `?cursor=` ask for, and the cursor of the next. A cursor names the last thing of a page."""
    text = request.query.get("limit", str(usual))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= MOST):
        raise Invalid("directory.limit_bad", field="limit", most=MOST)
    start = 0
    if cursor := request.query.get("cursor"):
        try:
            last = base64.urlsafe_b64decode(cursor.encode("ascii")).decode()
            start = 1 + [key(each) for each in found].index(last)
        except (ValueError, binascii.Error):
            raise Invalid("directory.cursor_bad", field="cursor") from None
    page = found[start : start + int(text)]
    more = start + len(page) < len(found) and page
    return page, base64.urlsafe_b64encode(key(page[-1]).encode()).decode() if more else None


def show_unit(request: Request) -> Answer:
    return _shown(request, ShowUnit(table_of(request))(request.params["unit"]))


def register(request: Request) -> Answer:
    body: views.UnitBody = request.body
    return _shown(request, RegisterUnit(table_of(request))(request.act, body.code, _facts(body)), status=201)


def change(request: Request) -> Answer:
    return _shown(request, ChangeUnit(table_of(request))(request.act, request.params["unit"], _facts(request.body)))


def rename(request: Request) -> Answer:
    body: views.RenameBody = request.body
    unit = RenameUnit(table_of(request))(request.act, request.params["unit"], name=body.name, since=body.since)
    return _shown(request, unit)


def appoint(request: Request) -> Answer:
    body: views.HeadBody = request.body
    head = Tenure(name=body.name, office=body.office, since=body.since, until=body.until)
    return _shown(request, AppointHead(table_of(request))(request.act, request.params["unit"], head))


def change_contact(request: Request) -> Answer:
    """While a pledge is open for the unit another address only waits for a second unit."""
    from shared.edge.open_pledges import units_with_open_pledge  # the pledges: for this call alone

    body: views.ContactBody = request.body
    code = request.params["unit"]
    facts = ContactFacts(name=body.name, phone=body.phone, email=body.email, since=body.since)
    unit = ChangeContact(table_of(request))(
        request.act, code, facts, officer=officer_of(request), pledge_open=code in units_with_open_pledge(request.ports)
    )
    return _shown(request, unit)


def confirm_address(request: Request) -> Answer:
    """By an officer of another unit, or the office's second organiser: who is of this unit alone confirms nothing."""
    body: views.AddressBody = request.body
    officer, code = officer_of(request), request.params["unit"]
    others = tuple(unit for unit in officer.units if unit != code)
    if not others and not officer.for_office:
        raise Forbidden("contact.same_unit")
    request.need(WRITE, unit=others)
    _check_second_person(request, code)
    return _shown(
        request, ConfirmAddress(table_of(request))(request.act, code, email=body.email or None, officer=officer)
    )


def _check_second_person(request: Request, code: str) -> None:
    """Raises Forbidden(contact.same_person) where the account that asked for the address and this one are of one hand."""
    from shared.edge.linked_accounts import linked  # reads the trail: for this route alone

    wish, now = ShowUnit(table_of(request))(code).asked_address, request.act.at
    if wish is not None and linked(
        request.ports.table, wish.asked_by, request.principal.id, first_word=wish.asked_at, now=now
    ):
        raise Forbidden("contact.same_person")


def refuse_address(request: Request) -> Answer:
    return _shown(request, RefuseAddress(table_of(request))(request.act, request.params["unit"]))


def _shown(request: Request, unit: Unit, status: int = 200) -> Answer:
    heirs = successors(all_units(table_of(request)).values()).get(unit.code, ())
    return Answer(views.unit_view(unit, heirs, today(request.act.at)), status=status)


def _facts(body: views.UnitBody) -> UnitFacts:
    return UnitFacts(
        name=body.name,
        kind=body.kind,
        level=body.level,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        predecessors=body.predecessors,
    )


def _choice(text: str | None, field: str, kind: type[_E]) -> _E | None:
    if not text:
        return None
    if text not in set(kind):
        raise Invalid("directory.choice_bad", field=field, choices=", ".join(kind))
    return kind(text)

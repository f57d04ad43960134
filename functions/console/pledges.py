"""/console/pledges: what many units sign."""

from __future__ import annotations

from functools import partial

from functions.console.listing import Listing, Order, Shown, gathered, show, take
from functions.console.names import unit_names
from functions.console.routes import page
from shared.ceremonies.planning import ListCeremonies
from shared.documents.table_export import Kind
from shared.edge import pages, whose
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.identity.rules import Reach, allows
from shared.kernel.text import sort_key
from shared.pledges.model import State
from shared.pledges.reading import ListPledges, PledgeLine, ReadBoard, ShowPledge

_HOSTS = 100
"""Ceremonies whose hosts are asked about: they are the issuers whose pledges are found beside the host's own."""


def pledges(request: Request) -> Answer:
    """Pledges of this host's issuers, newest first."""
    found, complete = standing(request)
    ways = [("/console/pledges/new", "listing.pledges_new")] if allows(request.principal, "pledge:prepare") else []
    return show(request, _listing(request), found, complete=complete, begins=ways)


def export(request: Request) -> Answer:
    return take(request, _listing(request), standing(request)[0])


def standing(request: Request, most: int = 1_000) -> tuple[tuple[PledgeLine, ...], bool]:
    """What the caller may see of the pledges of all issuers that ceremonies name, and whether these are all."""
    held = ListCeremonies(request.ports.table("ceremonies"))(_HOSTS)
    hosts = {each.id: each.host for each in held}
    read, lines, complete = ListPledges(request.ports.table("pledges")), dict[str, PledgeLine](), True
    for issuer in dict.fromkeys((request.ports.settings.issuer, *hosts.values())):
        part, whole = gathered(partial(_of, read, issuer), most)
        lines |= {each.id: each for each in part}
        complete = complete and whole

    def readers(one: PledgeLine) -> tuple[str, ...]:
        host = hosts.get(one.ceremony or "")
        return (one.issuer, *one.units, *((host,) if host else ()))

    return request.visible("pledge:read", lines.values(), readers), complete


def _of(read: ListPledges, issuer: str, cursor: str | None) -> tuple[tuple[PledgeLine, ...], str | None]:
    return read(issuer=issuer, limit=200, cursor=cursor)


def _listing(request: Request) -> Listing[PledgeLine]:
    names = unit_names(request)
    return Listing(
        name="pledges",
        path="/console/pledges",
        text=lambda one: f"{one.title} {names.get(one.issuer, one.issuer)} {' '.join(one.waited_for)}",
        href=lambda one: f"/console/pledges/{one.id}",
        state=lambda one: one.state.value,
        states=tuple(State),
        columns=(
            Shown(title="listing.col_pledge", cell=lambda one: one.title, width=50),
            Shown(title="listing.col_issuer", cell=lambda one: names.get(one.issuer, one.issuer), width=30),
            Shown(title="listing.col_signed", cell=lambda one: one.signed, kind=Kind.WHOLE),
            Shown(title="listing.col_parties", cell=lambda one: one.parties, kind=Kind.WHOLE),
            Shown(title="listing.col_opened", cell=lambda one: one.opened_at, kind=Kind.MOMENT),
            Shown(title="listing.col_until", cell=lambda one: one.until, kind=Kind.DAY),
            Shown(
                title="listing.col_waited_for", cell=lambda one: "; ".join(one.waited_for), width=50, only_in_file=True
            ),
            Shown(
                title="listing.col_state",
                cell=lambda one: one.state.value,
                words="console.state_%s",
                tag=True,
                width=20,
            ),
        ),
        orders=(
            Order(name="newest", title="listing.sort_newest", key=lambda one: (one.drafted_at, one.id), reverse=True),
            Order(name="name", title="listing.sort_name", key=lambda one: (sort_key(one.title), one.id)),
            Order(name="until", title="listing.sort_until", key=lambda one: (one.until, one.id)),
        ),
    )


def pledge(request: Request) -> Answer:
    """One pledge: its text, and each party with what it waits for."""
    id_, table = request.params["pledge"], request.ports.table("pledges")
    return pages.render(request, "console_pledge.html", view=ShowPledge(table)(id_), board=ReadBoard(table)(id_))


PAGES = (
    page("/console/pledges", "pledge:read", pledges, "Pledges", reach=Reach.UNIT),
    page("/console/pledges/export", "pledge:read", export, "Pledges as a file", reach=Reach.UNIT),
    page("/console/pledges/{pledge}", "pledge:read", pledge, "A pledge", reach=Reach.UNIT, whose=whose.pledge),
)

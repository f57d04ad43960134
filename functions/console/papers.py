"""/console/papers: the papers of ceremonies and pledges, their words, their numbers, and who has opened them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from functions.console.routes import page
from shared.ceremonies.openings import CountOpenings
from shared.ceremonies.planning import ListCeremonies, ShowCeremony
from shared.directory.usecases import ListUnits
from shared.edge import pages, whose
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.identity.rules import Reach, allows
from shared.kernel.errors import NotFound
from shared.papers.circulation import MAX_ASKED
from shared.papers.headings import rules
from shared.papers.model import About, Block, BlockKind, Family, Kind, Paper, Signer, State
from shared.papers.reading import ListPapers, ShowPaper
from shared.pledges.reading import ListPledges, ShowPledge

OF_CEREMONIES: Final = (Kind.INVITATION, Kind.PROGRAMME, Kind.SCRIPT, Kind.MINUTES, Kind.REPORT)
OF_PLEDGES: Final = (Kind.PLEDGE, Kind.MINUTES, Kind.REPORT)
_SPARE: Final = 2
"""Empty pieces at the end of the form: a page without its script can still be added to."""
_PAGE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the list is narrowed to: `query` keeps it in addresses, `kinds` are the papers that it may have."""

    about: About
    id: str
    title: str
    kinds: tuple[Kind, ...]
    query: dict[str, str]


def papers(request: Request) -> Answer:
    """All papers, or those of one ceremony or pledge with a way to make one; by state."""
    chosen = _chosen(request)
    state, cursor = request.query.get("state", ""), request.query.get("cursor")
    found = ListPapers(request.ports.table("papers"))(
        about=chosen.id if chosen else None, limit=200 if state else _PAGE, cursor=cursor
    )
    seen = request.visible("paper:read", found.papers, lambda each: (each.issuer,))
    lines = tuple(each for each in seen if state in ("", each.state.value))
    table = request.ports.table("ceremonies")
    openings = CountOpenings(table)(chosen.id) if chosen and chosen.about is About.CEREMONY else {}
    return pages.render(
        request,
        "console_papers.html",
        chosen=chosen,
        lines=lines,
        cursor=found.cursor,
        first=cursor is None,
        state=state,
        states=tuple(State),
        openings=openings,
        things=_things(request),
        may_write=allows(request.principal, "paper:write"),
        query={"state": state, **(chosen.query if chosen else {})} if state or chosen else {},
    )


def _chosen(request: Request) -> Chosen | None:
    """The ceremony or pledge that the address names; whose it is is asked before anything of it is told."""
    ceremony, pledge = request.query.get("ceremony", ""), request.query.get("pledge", "")
    if ceremony:
        whose.need_ceremony(request, "paper:read", ceremony)
        title = ShowCeremony(request.ports.table("ceremonies"))(ceremony).title
        return Chosen(
            about=About.CEREMONY, id=ceremony, title=title, kinds=OF_CEREMONIES, query={"ceremony": ceremony}
        )  # fmt: skip
    if pledge:
        found = ShowPledge(request.ports.table("pledges"))(pledge).pledge
        request.need("paper:read", unit=found.issuer)
        return Chosen(about=About.PLEDGE, id=pledge, title=found.title, kinds=OF_PLEDGES, query={"pledge": pledge})
    return None


def _things(request: Request) -> tuple[tuple[str, str], ...]:
    """The latest ceremonies and their pledges, to choose what a paper is for: pairs of address and title."""
    ceremonies = request.visible(
        "paper:read", ListCeremonies(request.ports.table("ceremonies"))(20), lambda each: (each.host,)
    )
    table = request.ports.table("pledges")
    own, _ = ListPledges(table)(issuer=request.ports.settings.issuer, limit=20)
    pledges = {each.id: each for each in own}
    for ceremony in ceremonies[:10]:
        lines, _ = ListPledges(table)(ceremony=ceremony.id, limit=10)
        pledges |= {each.id: each for each in lines}
    seen = request.visible("paper:read", tuple(pledges.values()), lambda each: (each.issuer,))
    return (
        *((f"ceremony={each.id}", each.title) for each in ceremonies),
        *((f"pledge={each.id}", each.title) for each in seen),
    )


def paper(request: Request) -> Answer:
    """One paper: number, readers, words."""
    view = ShowPaper(request.ports.table("papers"))(request.params["paper"])
    asked = {reader.ref for reader in view.readers}
    text = view.text
    return pages.render(
        request,
        "console_paper.html",
        view=view,
        paper=view.paper,
        text=text,
        rules=rules(text.heading),
        families=tuple(Family),
        block_kinds=tuple(BlockKind),
        blocks=(*text.blocks, *(Block(kind=BlockKind.PARAGRAPH),) * _SPARE),
        signers=(*text.signers, Signer()) if len(text.signers) < 3 else text.signers,
        units=_to_ask(request, view.paper),
        asked=asked,
        most=MAX_ASKED,
        opened=sum(reader.has_opened for reader in view.readers),
        may_write=allows(request.principal, "paper:write"),
        open_to_edit=view.state in (State.DRAFT, State.CIRCULATED),
        about=_about(view.paper),
    )


def _about(paper: Paper) -> str:
    return f"/console/{'ceremonies' if paper.about is About.CEREMONY else 'pledges'}/{paper.about_id}"


def _to_ask(request: Request, paper: Paper) -> tuple[tuple[str, str], ...]:
    """Units that may be asked, those concerned first: the parties of a pledge; everybody else by name."""
    today = request.act.at.date()
    units = [
        unit
        for unit in ListUnits(request.ports.table("directory"))()
        if unit.valid_to is None or unit.valid_to >= today
    ]
    concerned: frozenset[str] = frozenset()
    if paper.about is About.PLEDGE:
        try:
            found = ShowPledge(request.ports.table("pledges"))(paper.about_id).pledge
            concerned = frozenset(party.unit for party in found.parties)
        except NotFound:
            concerned = frozenset()
    ordered = sorted(units, key=lambda unit: unit.code not in concerned)
    return tuple((unit.code, unit.name) for unit in ordered)


PAGES = (
    page("/console/papers", "paper:read", papers, "Papers", reach=Reach.UNIT),
    page("/console/papers/{paper}", "paper:read", paper, "A paper", reach=Reach.UNIT, whose=whose.paper),
)

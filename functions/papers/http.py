"""HTTP /api/v1/papers: papers are drafted from the record, edited, circulated, numbered after the registry, filed, printed.

Reading by a link is public: its right is the secret in the body. Opening is recorded by a call of its own, which the page
makes when it has shown the words.
"""

from __future__ import annotations

from typing import Any, Final

from functions.papers.bodies import (
    CirculateBody,
    DraftPaperBody,
    NumberBody,
    OpeningView,
    PaperForReader,
    PaperLinkBody,
    PaperTextBody,
    RemindedView,
)
from shared.edge import http, whose
from shared.edge.answers import Answer
from shared.edge.http import QueryField, Request, Route, Routes
from shared.edge.paper_facts import ceremony_paper, pledge_paper
from shared.edge.paper_print import printed, whom
from shared.identity.rules import Reach
from shared.kernel.errors import Invalid
from shared.kernel.ports import Table
from shared.papers.circulation import MAX_ASKED, CirculatePaper, ReadByLink, RecallPaper, RecordOpening, RemindReaders
from shared.papers.reading import ListPapers, PaperPage, PaperView, ShowPaper
from shared.papers.usecases import DraftPaper, EditPaper, EnterNumber, FilePaper, GivenNumber

MOST_COPIES: Final = 200


def draft(request: Request) -> Answer:
    """Composed from the record as it stands; a repeat with the same key answers the same draft."""
    body: DraftPaperBody = request.body
    if body.ceremony is not None and body.pledge is None:
        made = ceremony_paper(request.ports, request.act, body.kind, body.ceremony)
    elif body.pledge is not None and body.ceremony is None:
        made = pledge_paper(request.ports, request.act, body.kind, body.pledge)
    else:
        raise Invalid("paper.about_what", field="ceremony")
    request.need("paper:write", unit=made.matter.issuer)
    paper = DraftPaper(_table(request))(request.act, made.matter, made.text, key=body.key)
    return _shown(request, paper.id, status=201)


def list_all(request: Request) -> Answer:
    """`?ceremony=` or `?pledge=`, `?limit=` (1 to 200), `?cursor=`."""
    query, limit = request.query, request.query.get("limit", "50")
    if not (limit.isascii() and limit.isdigit() and len(limit) < 4):
        raise Invalid("paper.limit", field="limit", most=200)
    page = ListPapers(_table(request))(
        about=query.get("ceremony") or query.get("pledge"), limit=int(limit), cursor=query.get("cursor")
    )
    seen = request.visible("paper:read", page.papers, lambda paper: (paper.issuer,))
    return Answer(PaperPage(papers=seen, cursor=page.cursor))


def show(request: Request) -> Answer:
    """`?version=`: an earlier version of the words."""
    version = request.query.get("version", "")
    if version and not (version.isascii() and version.isdigit() and len(version) < 5):
        raise Invalid("paper.no_version", field="version", version=version[:10])
    return Answer(ShowPaper(_table(request))(_paper(request), version=int(version) if version else None))


def edit(request: Request) -> Answer:
    body: PaperTextBody = request.body
    EditPaper(_table(request))(request.act, _paper(request), body.text(), version=body.version)
    return _shown(request, _paper(request))


def circulate(request: Request) -> Answer:
    """Each reader gets a letter with a link; who has opened it stands in the paper's list of readers."""
    body: CirculateBody = request.body
    if len(body.units) + len(body.registrations) > MAX_ASKED:  # before each is looked up
        raise Invalid("paper.too_many", field="readers", most=MAX_ASKED)
    standing = ShowPaper(_table(request))(_paper(request)).paper
    asked = whom(request.ports, standing, body.units, body.registrations)
    CirculatePaper(_table(request))(request.act, standing.id, asked)
    return _shown(request, standing.id, status=202)


def remind(request: Request) -> Answer:
    """Whoever has not opened what was circulated gets another letter."""
    return Answer(RemindedView(reminded=RemindReaders(_table(request))(request.act, _paper(request))), status=202)


def recall(request: Request) -> Answer:
    RecallPaper(_table(request))(request.act, _paper(request))
    return _shown(request, _paper(request))


def number(request: Request) -> Answer:
    body: NumberBody = request.body
    given = GivenNumber(number=body.number, dated=body.dated, reason=body.reason, despite=body.despite)
    EnterNumber(_table(request))(request.act, _paper(request), given)
    return _shown(request, _paper(request))


def file_it(request: Request) -> Answer:
    FilePaper(_table(request))(request.act, _paper(request))
    return _shown(request, _paper(request))


def docx(request: Request) -> Answer:
    """`?for=all`: a copy for each reader; `?for=unit:SNV`: for that one; else one with a dotted line."""
    from shared.documents.docx_paper import DOCX_TYPE, render_docx  # draws: for this route alone

    view = ShowPaper(_table(request))(_paper(request))
    data = render_docx(printed(view.paper, view.text, _addressees(request, view)))
    return _file(data, DOCX_TYPE, f"{view.paper.kind.value.lower()}-{view.paper.id[:8]}.docx")


def pdf(request: Request) -> Answer:
    """As docx, for reading and sending."""
    from shared.documents.paper_pdf import render_paper_pdf  # typst: for this route alone

    view = ShowPaper(_table(request))(_paper(request))
    data = render_paper_pdf(printed(view.paper, view.text, _addressees(request, view)))
    return _file(data, _PDF, f"{view.paper.kind.value.lower()}-{view.paper.id[:8]}.pdf")


def _addressees(request: Request, view: PaperView) -> tuple[str, ...]:
    wanted = request.query.get("for", "")
    names = [reader.name for reader in view.readers if wanted in ("all", reader.ref)]
    if wanted and not names:
        raise Invalid("paper.no_reader", field="for")
    return tuple(names[:MOST_COPIES])


def _file(data: bytes, content_type: str, name: str) -> Answer:
    return Answer(data, content_type=content_type, headers={"content-disposition": f'attachment; filename="{name}"'})


def read(request: Request) -> Answer:
    """The words for whoever holds a link; records nothing."""
    from shared.documents.paper import lay_out

    body: PaperLinkBody = request.body
    found = ReadByLink(_table(request))(body.id, body.secret)
    sheet = lay_out(printed(found.paper, found.text, (found.reader.name,)))
    return Answer(
        PaperForReader(
            kind=found.paper.kind.value,
            state=found.paper.state.value,
            version=found.paper.circulated,
            addressee=found.reader.name,
            left=sheet.left,
            right=sheet.right,
            number=sheet.number,
            place_date=sheet.place_date,
            title=sheet.title,
            subject=sheet.subject,
            blocks=sheet.blocks,
            signers=sheet.signers,
            distribution=sheet.distribution,
        )
    )


def opened(request: Request) -> Answer:
    body: PaperLinkBody = request.body
    reader = RecordOpening(_table(request))(request.act, body.id, body.secret)
    first, last = reader.first_opened_at or request.act.at, reader.last_opened_at or request.act.at
    return Answer(OpeningView(first_opened_at=first, last_opened_at=last))


def _table(request: Request) -> Table:
    return request.ports.table("papers")


def _paper(request: Request) -> str:
    return request.params["paper"]


def _shown(request: Request, paper: str, *, status: int = 200) -> Answer:
    return Answer(ShowPaper(_table(request))(paper), status=status)


_ONE = "/api/v1/papers/{paper}"
_BOUND: Final[dict[str, Any]] = {"reach": Reach.UNIT, "whose": whose.paper}
_WRITE: Final[dict[str, Any]] = {"scope": "paper:write", "answer": PaperView, **_BOUND}
_READ: Final[dict[str, Any]] = {"scope": "paper:read", **_BOUND}
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_PDF = "application/pdf"
_FOR = QueryField(name="for", text="`all`: a copy for each reader; or one reader's reference, `unit:SNV`")
_ABOUT = (
    QueryField(name="ceremony", text="Papers of this ceremony"),
    QueryField(name="pledge", text="Papers of this pledge"),
    QueryField(name="limit", text="1 to 200", form={"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
    QueryField(name="cursor", text="Where the page before ended"),
)
_VERSION = QueryField(name="version", text="An earlier version", form={"type": "integer", "minimum": 1})

ROUTES = Routes(
    "papers",
    (
        Route(method="POST", path="/api/v1/papers", scope="paper:write", run=draft, body=DraftPaperBody, answer=PaperView,
              ok=201, reach=Reach.UNIT, summary="Draft a paper from the record"),
        Route(method="GET", path="/api/v1/papers", scope="paper:read", run=list_all, answer=PaperPage,
              reach=Reach.UNIT, query=_ABOUT, summary="Papers, newest first"),
        Route(method="POST", path="/api/v1/papers/read", scope="public", run=read, body=PaperLinkBody,
              answer=PaperForReader, summary="Read by a link"),
        Route(method="POST", path="/api/v1/papers/opened", scope="public", run=opened, body=PaperLinkBody,
              answer=OpeningView, summary="The page has shown the words"),
        Route(method="GET", path=_ONE, run=show, answer=PaperView, query=(_VERSION,), **_READ, summary="A paper"),
        Route(method="PUT", path=_ONE, run=edit, body=PaperTextBody, **_WRITE, summary="A new version of the words"),
        Route(method="POST", path=_ONE + "/circulation", run=circulate, body=CirculateBody, ok=202, **_WRITE,
              summary="Ask units and delegates to read"),
        Route(method="POST", path=_ONE + "/reminders", scope="paper:write", run=remind, answer=RemindedView, ok=202,
              **_BOUND, summary="Remind those who have not opened it"),
        Route(method="POST", path=_ONE + "/recall", run=recall, **_WRITE, summary="The links open nothing any more"),
        Route(method="PUT", path=_ONE + "/number", run=number, body=NumberBody, **_WRITE,
              summary="Enter the number that the registry gave"),
        Route(method="POST", path=_ONE + "/filing", run=file_it, **_WRITE, summary="Put into the files"),
        Route(method="GET", path=_ONE + "/docx", run=docx, media=(_DOCX,), query=(_FOR,), **_READ,
              summary="As a Word document"),
        Route(method="GET", path=_ONE + "/pdf", run=pdf, media=(_PDF,), query=(_FOR,), **_READ, summary="As a PDF"),
    ),
)  # fmt: skip


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)

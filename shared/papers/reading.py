"""What officers see of papers: lists, one paper with its words, who has opened it. Called by the API and the console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.kernel.errors import Invalid
from shared.kernel.ports import Table
from shared.papers.circulation import readers_of
from shared.papers.items import load, load_text, paper_of
from shared.papers.model import Paper, Reader, State, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperView:
    """A paper with the words of one version, and whom it was circulated to."""

    id: str
    paper: Paper
    state: State
    text: Text
    readers: tuple[Reader, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """A paper in a list; `number` is empty until the registry gave one."""

    id: str
    kind: str
    title: str
    subject: str
    about: str
    about_id: str
    about_title: str
    issuer: str
    state: State
    version: int
    number: str
    readers: int
    drafted_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperPage:
    """Papers, newest first; `cursor` is None at the end."""

    papers: tuple[PaperLine, ...]
    cursor: str | None = None


class ShowPaper:
    """One paper."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, paper: str, *, version: int | None = None) -> PaperView:
        """The latest words, or those of a version. Raises NotFound."""
        standing, _ = load(self._table, paper)
        text = load_text(self._table, paper, version if version is not None else standing.version)
        return PaperView(
            id=standing.id, paper=standing, state=standing.state, text=text, readers=readers_of(self._table, paper)
        )


class ListPapers:
    """All papers, or those of one ceremony or pledge. An index read: it may be late."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, *, about: str | None = None, limit: int = 50, cursor: str | None = None) -> PaperPage:
        """Raises Invalid: `paper.limit`, `paper.cursor`."""
        if not 1 <= limit <= 200:
            raise Invalid("paper.limit", field="limit", most=200)
        try:
            if about is None:
                page = self._table.query("papers", limit=limit, cursor=cursor, reverse=True, index=1)
            else:
                page = self._table.query(f"about#{about}", limit=limit, cursor=cursor, reverse=True, index=2)
        except ValueError:
            raise Invalid("paper.cursor", field="cursor") from None
        return PaperPage(papers=tuple(_line(paper_of(item)) for item in page.items), cursor=page.cursor)


def _line(paper: Paper) -> PaperLine:
    return PaperLine(
        id=paper.id,
        kind=paper.kind.value,
        title=paper.title,
        subject=paper.subject,
        about=paper.about.value,
        about_id=paper.about_id,
        about_title=paper.about_title,
        issuer=paper.issuer,
        state=paper.state,
        version=paper.version,
        number=paper.numbering.number if paper.numbering else "",
        readers=paper.readers,
        drafted_at=paper.drafted_at,
        changed_at=paper.changed_at,
    )

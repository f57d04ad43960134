"""Draft a paper, edit it, enter the number that the registry gave, file it. Called by functions/papers/http.py.

A number is never proposed: it is entered, may be corrected with a reason (every entry stays), and a number that stands on
another paper of the same issuer and year is taken only when the officer says that it is meant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Final

from events.envelope import Act
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Conflict, Invalid, Refused
from shared.kernel.ids import derived_id
from shared.kernel.ports import ABSENT, Delete, Put, Table, Write
from shared.kernel.text import fold, nfc
from shared.papers.items import load, load_text, numbers_of, put, put_text, refuse_when_filed
from shared.papers.model import NUMBER_USE, About, Kind, Numbering, NumberUse, Paper, State, Text
from shared.papers.numbers import read_number
from shared.papers.text import clean_text

MAX_VERSIONS: Final = 500
MAX_NUMBERINGS: Final = 20
MAX_REASON: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What a paper is drafted for: the ceremony or pledge, and the unit that issues it."""

    kind: Kind
    about: About
    about_id: str
    about_title: str
    issuer: str


class DraftPaper:
    """Keeps a composed text as a draft. The same key again answers the draft that stands."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, matter: Matter, text: Text, *, key: str) -> Paper:
        """`key` tells two papers of one kind about one matter apart. Raises Invalid as clean_text."""
        cleaned = clean_text(text)
        paper = Paper(
            id=derived_id("paper", matter.kind, matter.about, matter.about_id, key),
            kind=matter.kind,
            about=matter.about,
            about_id=matter.about_id,
            about_title=matter.about_title,
            issuer=matter.issuer,
            title=cleaned.title,
            subject=cleaned.subject,
            drafted_at=act.at,
            changed_at=act.at,
        )
        try:
            self._table.commit([put(paper, ABSENT), put_text(paper.id, 1, cleaned, ABSENT)])
        except Conflict:
            return load(self._table, paper.id)[0]
        return paper


class EditPaper:
    """A new version of the words; the versions before it are kept. The same words again change nothing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, paper: str, text: Text, *, version: int) -> Paper:
        """`version`: the one that was edited. Raises NotFound, Invalid as clean_text, Refused: `paper.numbered` (an issued
        paper stays as it is), `paper.filed`, `paper.edited_meanwhile`."""
        return decide_again(partial(self._edit, act, paper, clean_text(text), version))

    def _edit(self, act: Act, paper: str, text: Text, version: int) -> Paper:
        standing, expect = load(self._table, paper)
        refuse_when_filed(standing)
        if standing.state is State.NUMBERED:
            raise Refused("paper.numbered")
        if load_text(self._table, paper, standing.version) == text:
            return standing
        if standing.version != version:
            raise Refused("paper.edited_meanwhile")
        if version >= MAX_VERSIONS:
            raise Invalid("paper.too_many", field="version", most=MAX_VERSIONS)
        changed = replace(
            standing, version=version + 1, title=text.title, subject=text.subject, changed_at=act.at
        )  # fmt: skip
        self._table.commit([put(changed, expect), put_text(paper, changed.version, text, ABSENT)])
        return changed


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenNumber:
    """What the registry gave. `reason` is needed where another number stands; `despite`: it is meant although another
    paper of the issuer bears it in that year."""

    number: str
    dated: date
    reason: str = ""
    despite: bool = False


class EnterNumber:
    """Enters number and date, or corrects them. The same again changes nothing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, paper: str, given: GivenNumber) -> Paper:
        """Raises NotFound; Invalid: `paper.number_unreadable`, `paper.number_year`, `paper.reason_missing`; Refused:
        `paper.filed`, `paper.number_in_use`."""
        return decide_again(partial(self._enter, act, paper, given))

    def _enter(self, act: Act, paper: str, given: GivenNumber) -> Paper:
        standing, expect = load(self._table, paper)
        refuse_when_filed(standing)
        number = read_number(given.number)
        if number.year is not None and number.year != given.dated.year:
            raise Invalid("paper.number_year", field="dated", year=number.year)
        before, reason = standing.numbering, nfc(given.reason)[:MAX_REASON]
        if before is not None and (before.number, before.dated) == (number.text, given.dated):
            return standing
        if before is not None and not reason:
            raise Invalid("paper.reason_missing", field="reason")
        if len(standing.numberings) >= MAX_NUMBERINGS:
            raise Invalid("paper.too_many", field="number", most=MAX_NUMBERINGS)
        if not given.despite:
            self._refuse_what_is_in_use(standing, number.text, given.dated)
        entry = Numbering(
            number=number.text, dated=given.dated, entered_at=act.at, by=act.actor.id, reason=reason
        )  # fmt: skip
        numbered = replace(standing, numberings=(*standing.numberings, entry), changed_at=act.at)
        self._table.commit([put(numbered, expect), *_uses(numbered, before, entry)])
        return numbered

    def _refuse_what_is_in_use(self, paper: Paper, number: str, dated: date) -> None:
        page = self._table.query(numbers_of(paper.issuer, dated.year), prefix=f"{fold(number)}#", limit=10)
        for item in page.items:
            use = NUMBER_USE.read(item.body)
            if use.paper != paper.id:
                raise Refused("paper.number_in_use", number=number, title=f"{use.title} {use.subject}"[:200])


class FilePaper:
    """The paper is put into the files: from now on nothing of it changes. A second time changes nothing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, paper: str) -> Paper:
        """Raises NotFound."""
        return decide_again(partial(self._file, act, paper))

    def _file(self, act: Act, paper: str) -> Paper:
        standing, expect = load(self._table, paper)
        if standing.filed_at is not None:
            return standing
        filed = replace(standing, filed_at=act.at, changed_at=act.at)
        self._table.commit([put(filed, expect)])
        return filed


def _uses(paper: Paper, before: Numbering | None, now: Numbering) -> list[Write]:
    """The number stands on this paper, the one before it no longer."""
    writes: dict[tuple[str, str], Write] = {}
    if before is not None:
        old = _use_key(paper, before)
        writes[old] = Delete(partition=old[0], sort=old[1], expect=None)
    new = _use_key(paper, now)
    use = NumberUse(paper=paper.id, title=paper.title, subject=paper.subject)
    writes[new] = Put(partition=new[0], sort=new[1], body=NUMBER_USE.body(use), expect=None)
    return list(writes.values())


def _use_key(paper: Paper, numbering: Numbering) -> tuple[str, str]:
    return numbers_of(paper.issuer, numbering.dated.year), f"{fold(numbering.number)}#{paper.id}"

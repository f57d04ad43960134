"""Checks an award list and grants what is good in it; the rest is reported row by row. Called by check_awards.py.

Awards are granted in chunks, each one commit, so that a list of thousands is taken in although a commit holds a hundred
writes; a check that was cut off goes on where it stood, since an award that stands is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from events.certificates import AwardGranted, AwardListAccepted
from events.envelope import Act, wrap
from shared.certificates.catalogue import Catalogue, catalogue
from shared.certificates.model import Award, AwardDecision, AwardList, ListState
from shared.certificates.rules import MAX_ROWS, CheckedList, Unprintable, check_rows
from shared.certificates.store import AWARD, TRIES, decision_key, put_award, put_list, read_decision, read_list
from shared.kernel.errors import Conflict, Fact, Refused
from shared.kernel.lists import ListReport, ReadList, RowNote, RowProblem
from shared.kernel.ports import ABSENT, ANY, Put, Table
from shared.kernel.shapes import Shape

CHUNK: Final = 40
FINDINGS_PER_ITEM: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingChunk:
    """Up to FINDINGS_PER_ITEM problems or notes of a list, as stored."""

    problems: tuple[RowProblem, ...] = ()
    notes: tuple[RowNote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardListReport:
    """A list and everything that was found in it: why rows were not taken, and what was set right, in row order."""

    list: AwardList
    problems: tuple[RowProblem, ...]
    notes: tuple[RowNote, ...]


_FINDINGS: Final = Shape(FindingChunk, 1)


class CheckAwards:
    """Checks the rows of a received list, grants the good ones and reports the others."""

    def __init__(
        self,
        table: Table,
        pairs: Catalogue | None = None,
        printable: Callable[[AwardDecision, Award], Unprintable | None] | None = None,
    ) -> None:
        self._table = table
        self._pairs = pairs or catalogue()
        self._printable = printable

    def __call__(self, act: Act, *, decision: str, list_id: str, read: ReadList) -> AwardList:
        """The list with its counts. A list that was checked before is answered as it stands.

        Raises NotFound, Refused `award_list.too_many_rows` (RefuseList then keeps the code).
        """
        if len(read.rows) > MAX_ROWS:
            raise Refused("award_list.too_many_rows", rows=len(read.rows), most=MAX_ROWS)
        for _ in range(TRIES):
            received, version = read_list(self._table, decision, list_id)
            if received.state is not ListState.RECEIVED:
                return received
            try:
                return self._take(act, received, version, read)
            except Conflict:
                continue  # another list brought one of the awards meanwhile: check again with it in sight
        raise Conflict(key=list_id)

    def _take(self, act: Act, received: AwardList, version: int, read: ReadList) -> AwardList:
        decision, _ = read_decision(self._table, received.decision)
        standing = self._standing(decision.id)
        others = frozenset(award for award, list_id in standing.items() if list_id != received.id)
        printable = partial(self._printable, decision) if self._printable else None
        checked = check_rows(decision, received.id, read, self._pairs, others, printable)
        self._grant(act, [award for award in checked.awards if award.id not in standing])
        chunks = self._keep_findings(received, checked.report)
        return self._accept(act, received, version, checked, chunks)

    def _standing(self, decision: str) -> dict[str, str]:
        """Award id -> list id of every award of the decision, read consistently."""
        found: dict[str, str] = {}
        cursor: str | None = None
        while True:
            page = self._table.query(decision_key(decision), prefix="award#", limit=500, cursor=cursor)
            for item in page.items:
                award = AWARD.read(item.body)
                found[award.id] = award.list_id
            cursor = page.cursor
            if cursor is None:
                return found

    def _grant(self, act: Act, awards: Sequence[Award]) -> None:
        for start in range(0, len(awards), CHUNK):
            chunk = awards[start : start + CHUNK]
            facts = [AwardGranted(decision=award.decision, award=award.id) for award in chunk]
            self._table.commit(
                [put_award(award, ABSENT) for award in chunk],
                [wrap(fact, act, subject=fact.award, version=1) for fact in facts],
            )

    def _keep_findings(self, received: AwardList, report: ListReport) -> int:
        problems, notes, size = report.problems, report.notes, FINDINGS_PER_ITEM
        chunks = [FindingChunk(problems=problems[at : at + size]) for at in range(0, len(problems), size)]
        chunks += [FindingChunk(notes=notes[at : at + size]) for at in range(0, len(notes), size)]
        for place, chunk in enumerate(chunks):
            kept = Put(
                partition=decision_key(received.decision),
                sort=_findings_key(received.id, place),
                body=_FINDINGS.body(chunk),
                expect=ANY,  # derived from the same file and the same awards: a repeat writes the same
            )
            self._table.commit([kept])
        return len(chunks)

    def _accept(self, act: Act, received: AwardList, version: int, checked: CheckedList, chunks: int) -> AwardList:
        accepted = replace(
            received,
            state=ListState.ACCEPTED,
            rows=checked.report.rows,
            accepted=checked.report.accepted,
            rejected=checked.report.rejected,
            notes=len(checked.report.notes),
            unverified=checked.unverified,
            finding_chunks=chunks,
        )
        fact = AwardListAccepted(
            decision=received.decision,
            list_id=received.id,
            rows=accepted.rows,
            accepted=accepted.accepted,
            rejected=accepted.rejected,
        )
        self._table.commit([put_list(accepted, version)], [wrap(fact, act, subject=received.id, version=version + 1)])
        return accepted


class RefuseList:
    """Marks a list that cannot be read at all; nothing is taken from it, and the office learns why."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(
        self, _act: Act, *, decision: str, list_id: str, code: str, facts: Mapping[str, Fact] | None = None
    ) -> AwardList:
        """`code` and `facts` are the refusal's. A list that was checked to its end stays as it is. Raises NotFound."""
        for _ in range(TRIES):
            received, version = read_list(self._table, decision, list_id)
            if received.state is not ListState.RECEIVED:
                return received
            refused = replace(received, state=ListState.UNREADABLE, refusal=code, refusal_facts=dict(facts or {}))
            try:
                self._table.commit([put_list(refused, version)])
            except Conflict:
                continue
            return refused
        raise Conflict(key=list_id)


class ShowListReport:
    """What was found in a list, for the organiser who sent it in."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, *, decision: str, list_id: str) -> AwardListReport:
        """Raises NotFound."""
        received, _ = read_list(self._table, decision, list_id)
        problems: list[RowProblem] = []
        notes: list[RowNote] = []
        for place in range(received.finding_chunks):
            item = self._table.get(decision_key(decision), _findings_key(list_id, place))
            if item is not None:
                chunk = _FINDINGS.read(item.body)
                problems += chunk.problems
                notes += chunk.notes
        return AwardListReport(list=received, problems=tuple(problems), notes=tuple(notes))


def _findings_key(list_id: str, place: int) -> str:
    return f"findings#{list_id}#{place:04d}"

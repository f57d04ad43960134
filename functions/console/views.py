"""Reports of lists as the organisers' pages show them: every row that was not taken, why, and what to do. Called by http.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.certificates.lists import AwardListReport
from shared.kernel.lists import ListReport, RowNote, RowProblem
from shared.texts import Locale, say


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingLine:
    """`row` as the sheet counts it (0: the list as a whole), `number` its STT, `column` letter, `text` reason and remedy."""

    row: int
    number: str
    column: str
    value: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReportView:
    """`refusal` is the sentence about a file that was refused whole; `problems` kept rows out, `notes` did not."""

    refusal: str = ""
    problems: tuple[FindingLine, ...] = ()
    notes: tuple[FindingLine, ...] = ()


def unread(code: str, facts: Mapping[str, str | int | None], locale: Locale) -> ListReportView:
    """A file that was refused whole."""
    return ListReportView(refusal=say(code, locale, **facts))


def delegate_report(report: ListReport, locale: Locale) -> ListReportView:
    return ListReportView(problems=_lines(report.problems, locale), notes=_lines(report.notes, locale))


def award_report(report: AwardListReport, locale: Locale) -> ListReportView:
    if report.list.refusal:
        return unread(report.list.refusal, report.list.refusal_facts, locale)
    return ListReportView(problems=_lines(report.problems, locale), notes=_lines(report.notes, locale))


def _lines(findings: Sequence[RowProblem | RowNote], locale: Locale) -> tuple[FindingLine, ...]:
    return tuple(
        FindingLine(
            row=each.row,
            number=each.number,
            column=each.column,
            value=each.value,
            text=say(each.code, locale, **each.facts),
        )
        for each in findings
    )

"""A list's report as text for the officer who sent it: what was taken, every row that was not and why, what to look at.

Called by the report routes. The JSON form is the stored object; the sentences come from shared/texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.kernel.lists import ListReport, RowNote, RowProblem
from shared.texts import Locale, say


def report_text(report: ListReport, filename: str, locale: Locale) -> str:
    """The report in one language, one finding a line."""
    counts = {"rows": report.rows, "accepted": report.accepted, "rejected": report.rejected}
    lines = [say("list.report_heading", locale, filename=filename, **counts)]
    lines += _part("list.report_problems", report.problems, locale)
    lines += _part("list.report_notes", report.notes, locale)
    return "\n".join(lines) + "\n"


def refusal_text(code: str, facts: Mapping[str, str | int | None], locale: Locale) -> str:
    """Why a list as a whole was not read."""
    return say(code, locale, **facts) + "\n"


def _part(heading: str, findings: Sequence[RowProblem] | Sequence[RowNote], locale: Locale) -> list[str]:
    return ["", say(heading, locale), *(_line(each, locale) for each in findings)] if findings else []


def _line(found: RowProblem | RowNote, locale: Locale) -> str:
    text = say(found.code, locale, **found.facts)
    if not found.row:
        return text
    if not found.column:
        return say("list.report_place", locale, row=found.row, text=text)
    code = "list.report_cell" if found.value else "list.report_row"
    return say(
        code, locale, row=found.row, number=found.number or "-", column=found.column, value=found.value, text=text
    )

"""The audit trail in plain words: each act's sentence by its route, people and devices by their names of today.

Sentences stand in shared/texts/acts.toml, one for each route that changes something, `["act.POST /api/v1/..."]`; a test
compares them with the routes. Called by functions/audit/http.py, functions/console/audit.py and approvals.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.edge.trail import Tables
from shared.edge.trail_lines import TrailLine
from shared.identity.accounts import PEOPLE, find_account
from shared.identity.model import ACCOUNT
from shared.kernel.collation import sort_key
from shared.kernel.ports import Table
from shared.texts import LOCALES, Locale, say

THINGS: Final[Mapping[str, str]] = {
    "ceremonies": "/console/ceremonies/{}", "pledges": "/console/pledges/{}", "decisions": "/console/decisions/{}",
    "campaigns": "/console/campaigns/{}", "units": "/console/units/{}",
}  # fmt: skip
"""Where a thing of the API is shown in the console."""


def act_in_words(route: str, locale: Locale) -> str:
    """`POST /api/v1/certificates/{certificate}/revocation` -> "Hủy bỏ một giấy khen, bằng khen"; the route itself where nobody
    wrote its sentence (a release of before, or a mistake that the tests find)."""
    code = f"act.{route}"
    found = say(code, locale)
    return route if found == code else found


def line_in_words(line: TrailLine, locale: Locale) -> str:
    """What the line says was done."""
    if line.reads:
        what = say(f"audit.kind_{line.reads}", locale)
        if line.count is None:
            return say("audit.has_read_page", locale, what=what)
        return say("audit.has_read", locale, what=what, count=line.count)
    act = act_in_words(line.route, locale)
    if line.approval and line.proposer == line.who:
        return say("audit.has_proposed", locale, act=act)
    return act


def thing_of(line: TrailLine) -> tuple[str, str] | None:
    """(id or code, address in the console or empty) of what the line is about, by its path."""
    parts = [part for part in line.path.split("/") if part]
    if parts[:2] != ["api", "v1"] or len(parts) < 4:
        return None
    pattern = THINGS.get(parts[2])
    if pattern is None and parts[3].replace("-", "").isalpha() and parts[3].islower():
        return None  # a word of the address, not a thing
    return parts[3], pattern.format(parts[3]) if pattern else ""


@dataclass(frozen=True, slots=True)
class Names:
    """Names of those who act, each looked up once. What has no record any more is shown by its id."""

    tables: Tables
    found: dict[tuple[str, str], str] = field(default_factory=dict)

    def of(self, kind: str, id_: str) -> str:
        """The name, or the id where there is none."""
        if (kind, id_) not in self.found:
            self.found[kind, id_] = self._look(kind, id_) or id_
        return self.found[kind, id_]

    def _look(self, kind: str, id_: str) -> str:
        if kind == "PERSON":
            standing = find_account(self.tables("identity"), id_)
            return standing[0].name if standing else ""
        return ""


def people_of(table: Table) -> tuple[tuple[str, str], ...]:
    """(id, name) of the people who have an account, in the order of names, to choose from. An index read, at most 1000."""
    accounts = (ACCOUNT.read(item.body) for item in table.query(PEOPLE[0], limit=1000, index=1).items)
    return tuple(sorted(((one.id, one.name or one.id) for one in accounts), key=lambda pair: sort_key(pair[1])))


def searched_text(line: TrailLine, names: Names) -> str:
    """What a search for words looks at: who, the act in both languages, its facts and where it was done."""
    who = names.of(line.who_kind, line.who)
    said = " ".join(line_in_words(line, locale) for locale in LOCALES)
    return f"{who} {said} {' '.join(line.facts)} {line.path.replace('/', ' ')} {line.address}"

"""The audit trail in plain words: each act's sentence by its route, people and devices by their names of today.

Sentences stand in shared/texts/acts.toml, one for each route that changes something, `["act.POST /api/v1/..."]`; a test
compares them with the routes. Called by functions/audit/http.py, functions/console/audit.py and approvals.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.edge.trail import Tables
from shared.edge.trail_lines import TrailLine
from shared.identity.accounts import PEOPLE, find_account
from shared.identity.device_list import ShowDevice
from shared.identity.model import ACCOUNT
from shared.identity.tokens import ShowToken
from shared.kernel.collation import sort_key
from shared.kernel.errors import NotFound
from shared.kernel.ports import Table
from shared.texts import LOCALES, Locale, say

THINGS: Final[Mapping[str, str]] = {
    "ceremonies": "/console/ceremonies/{}", "pledges": "/console/pledges/{}", "decisions": "/console/decisions/{}",
    "campaigns": "/console/campaigns/{}", "units": "/console/units/{}",
}  # fmt: skip
"""Where a thing of the API is shown in the console."""
MOST_READ: Final = 500
"""Devices and programs looked up for one answer; those after them are shown by their ids."""
_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


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
    if parts[2] == "devices" and len(parts) > 4:
        return parts[4], f"/console/ceremonies/{parts[3]}/devices"
    pattern = THINGS.get(parts[2])
    if pattern is None and parts[3].replace("-", "").isalpha() and parts[3].islower():
        return None  # a word of the address, not a thing
    return parts[3], pattern.format(parts[3]) if pattern else ""


@dataclass(frozen=True, slots=True)
class Names:
    """Names of those who act, each looked up once. What has no record any more is shown by its id."""

    tables: Tables
    found: dict[tuple[str, str], str] = field(default_factory=dict)
    reads: list[None] = field(default_factory=list)

    def of(self, kind: str, id_: str) -> str:
        """A person's name, or the id where there is none."""
        if kind == "TOKEN":
            return self._token(id_) or id_
        if (kind, id_) not in self.found:
            self.found[kind, id_] = self._person(id_) if kind == "PERSON" else ""
        return self.found[kind, id_] or id_

    def who(self, line: TrailLine) -> str:
        """Who acted: a person, a program, or a device of the ceremony that the line is about."""
        if line.who_kind == "DEVICE":
            return self._device(line, line.who) or line.who
        return self.of(line.who_kind, line.who)

    def thing(self, line: TrailLine) -> str:
        """The name of the device or program that the line is about; empty for anything else."""
        parts = [part for part in line.path.split("/") if part][2:]
        if parts[:1] == ["devices"] and len(parts) > 2:
            return self._device(line, parts[2])
        return self._token(parts[1]) if parts[:1] == ["tokens"] and len(parts) > 1 else ""

    def _person(self, id_: str) -> str:
        standing = find_account(self.tables("identity"), id_)
        return standing[0].name if standing else ""

    def _token(self, id_: str) -> str:
        if ("TOKEN", id_) not in self.found:
            self.found["TOKEN", id_] = self._token_read(id_)
        return self.found["TOKEN", id_]

    def _token_read(self, id_: str) -> str:
        if not _ID.fullmatch(id_) or not self._may_read():
            return ""
        try:
            return ShowToken(self.tables("identity"))(id_).name
        except NotFound:  # forgotten some time after its end
            return ""

    def _device(self, line: TrailLine, id_: str) -> str:
        """A device's record stands with its ceremony, which the line's path or keys name."""
        for ceremony in _ceremonies(line):
            key = (f"DEVICE {ceremony}", id_)
            if key not in self.found:
                self.found[key] = self._device_read(ceremony, id_)
            if self.found[key]:
                return self.found[key]
        return ""

    def _device_read(self, ceremony: str, id_: str) -> str:
        if not _ID.fullmatch(id_) or not self._may_read():
            return ""
        try:
            return ShowDevice(self.tables("identity"))(ceremony, id_).name
        except NotFound:
            return ""

    def _may_read(self) -> bool:
        self.reads.append(None)
        return len(self.reads) <= MOST_READ


def _ceremonies(line: TrailLine) -> Iterator[str]:
    """What may be the ceremony of a device's line: the address's first three ids, then those of the devices changed."""
    parts = [part for part in line.path.split("/")[4:7] if _ID.fullmatch(part)]
    for key in line.changed[:5]:
        head, _, rest = key.partition("#")
        ceremony = rest.split(" ")[0]
        if head == "devices" and _ID.fullmatch(ceremony):
            parts.append(ceremony)
    yield from dict.fromkeys(parts)


def people_of(table: Table) -> tuple[tuple[str, str], ...]:
    """(id, name) of the people who have an account, in the order of names, to choose from. An index read, at most 1000."""
    accounts = (ACCOUNT.read(item.body) for item in table.query(PEOPLE[0], limit=1000, index=1).items)
    return tuple(sorted(((one.id, one.name or one.id) for one in accounts), key=lambda pair: sort_key(pair[1])))


def searched_text(line: TrailLine, names: Names) -> str:
    """What a search for words looks at: who, the act in both languages, its facts and where it was done."""
    who = f"{names.who(line)} {names.thing(line)}"
    said = " ".join(line_in_words(line, locale) for locale in LOCALES)
    return f"{who} {said} {' '.join(line.facts)} {line.path.replace('/', ' ')} {line.address}"

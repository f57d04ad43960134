"""The catalogue of legal pairs: form x authority x recipient x date, with sources (catalogue.toml). Called by rules.py.

The catalogue decides nothing silently: what it refuses it names with the article, and what nobody has compared with the
official text it reports as `chưa kiểm chứng` (`Verdict.unverified`).
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from shared.certificates.model import AuthorityLevel, RecipientType
from shared.kernel.text import fold, nfc

_FILE = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A title (danh hiệu) or form of commendation (hình thức khen thưởng), or a paper outside the law's list."""

    code: str
    name: str
    statutory: bool
    recipients: frozenset[RecipientType]
    recipients_source: str
    recipients_verified_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """These forms may be granted by these levels from `since` (included) to `until` (not included; None: still)."""

    forms: frozenset[str]
    levels: frozenset[AuthorityLevel]
    since: date
    until: date | None
    source: str
    verified_by: str

    def covers(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`refusal` is a code (`award.form_not_grantable`, `award.form_not_for_recipient`) or None; `source` the article.

    `who_may` are the levels that may grant the form on that day. `unverified` names the sources relied on that nobody
    has checked; `silent` says that the catalogue holds nothing about so early a date, so that a person must decide.
    """

    refusal: str | None
    source: str
    who_may: frozenset[AuthorityLevel] = frozenset()
    unverified: tuple[str, ...] = ()
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All forms by code, their names, and all grants."""

    forms: Mapping[str, Form]
    names: Mapping[str, str]
    grants: tuple[Grant, ...]

    def find(self, name: str) -> Form | None:
        """The form that a list calls `name`: case, marks written apart, and spacing do not matter."""
        code = self.names.get(_key(name))
        return self.forms[code] if code else None

    def judge(self, form: Form, level: AuthorityLevel, recipient: RecipientType, day: date) -> Verdict:
        """Whether an authority of `level` may grant `form` to such a recipient by a decision of `day`."""
        unverified = () if form.recipients_verified_by else (f"{form.name}: {form.recipients_source}",)
        if recipient not in form.recipients:
            return Verdict(refusal="award.form_not_for_recipient", source=form.recipients_source, unverified=unverified)
        if not form.statutory:
            return Verdict(refusal=None, source=form.recipients_source, unverified=unverified)
        about = [grant for grant in self.grants if form.code in grant.forms]
        then = [grant for grant in about if grant.covers(day)]
        if not then:
            return Verdict(refusal=None, source="", unverified=(f"{form.name}: {day.year}",), silent=True)
        for grant in then:
            if level in grant.levels:
                missing = () if grant.verified_by else (f"{form.name}: {grant.source}",)
                return Verdict(refusal=None, source=grant.source, unverified=unverified + missing)
        who_may = frozenset(level for grant in then for level in grant.levels)
        return Verdict(refusal="award.form_not_grantable", source=then[0].source, who_may=who_may)


@functools.cache
def catalogue() -> Catalogue:
    """The shipped catalogue. Raises ValueError for a grant of an unknown form or two forms of one name."""
    return read(tomllib.loads(_FILE.read_text("utf-8")))


def read(data: Mapping[str, Any]) -> Catalogue:
    """A catalogue from its TOML tables (see catalogue.toml). Raises ValueError."""
    forms: dict[str, Form] = {}
    names: dict[str, str] = {}
    for entry in data["form"]:
        form = Form(
            code=entry["code"],
            name=entry["name"],
            statutory=entry["statutory"],
            recipients=frozenset(RecipientType(each) for each in entry["recipients"]),
            recipients_source=entry["recipients_source"],
            recipients_verified_by=entry["recipients_verified_by"],
        )
        forms[form.code] = form
        for name in (form.name, *entry.get("aliases", ())):
            if names.setdefault(_key(name), form.code) != form.code:
                raise ValueError(f"two forms are called {name}")
    grants = tuple(
        Grant(
            forms=frozenset(entry["forms"]),
            levels=frozenset(AuthorityLevel(each) for each in entry["levels"]),
            since=entry["from"],
            until=entry.get("until"),
            source=entry["source"],
            verified_by=entry["verified_by"],
        )
        for entry in data["grant"]
    )
    unknown = {code for grant in grants for code in grant.forms} - forms.keys()
    if unknown:
        raise ValueError(f"grants of unknown forms: {sorted(unknown)}")
    return Catalogue(forms=forms, names=names, grants=grants)


def _key(name: str) -> str:
    # Accents are folded away, since offices type "Giay khen"; the forms' names stay apart without them.
    return fold(nfc(name))

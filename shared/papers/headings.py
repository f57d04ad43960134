"""Heading families as data: what stands at the top, how numbers are written, how kinds are abbreviated (headings.toml).

Called by the composers (a proposal), by the console's form (the choices) and by the drawing of papers.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from shared.kernel.text import fold
from shared.papers.model import Family, Heading, Kind

_FILE: Final = Path(__file__).with_name("headings.toml")
_KINDS: Final = {"PARTY": Family.PARTY, "MASS_ORG": Family.MASS_ORG}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How a family sets a heading. Sizes in points; `mark` stands under the issuing body (`*`, `***`); `number` is the
    pattern before the registry gave one; `unverified`: nobody has compared it with the text of the rules."""

    right: tuple[str, ...]
    mark: str
    number: str
    right_size: int
    title_size: int
    body_size: int
    margins: tuple[int, int, int, int]
    source: str
    unverified: bool


def rules(heading: Heading) -> Rules:
    """The family's rules; a mass organisation that writes a line of its own takes that in the place of the family's."""
    plain = _data()["family"][heading.family.value]
    top, bottom, left, right = plain["margins"]
    return Rules(
        right=(heading.own_line,) if heading.own_line else tuple(plain["right"]),
        mark=plain["mark"],
        number=plain["number"],
        right_size=plain["right_size"],
        title_size=plain["title_size"],
        body_size=plain["body_size"],
        margins=(top, bottom, left, right),
        source=plain["source"],
        unverified=plain["unverified"],
    )


def abbreviation(kind: Kind) -> str:
    """`GM` of an invitation; empty for a kind that has none."""
    found: dict[str, str] = _data()["abbreviation"]
    return found.get(kind.value, "")


def blank_number(heading: Heading, kind: Kind, gap: str) -> str:
    """`Số:        /GM-SNV`: the pattern with a visible gap where the registry writes; dots for what is not known."""
    short = abbreviation(kind) or "…"
    return rules(heading).number.format(gap=gap, kind=short, symbol=heading.symbol or "…")


def proposed(unit_name: str, unit_kind: str) -> Heading:
    """The heading of a unit by what it is, for an officer to look over."""
    family = _KINDS.get(unit_kind, Family.STATE)
    known = next((one for one in _data()["known"] if fold(one["name"]) in fold(unit_name)), None)
    if known is None:
        return Heading(family=family, issuer=unit_name.upper())
    return Heading(family=Family(known["family"]), issuer=unit_name.upper(), own_line=known["own_line"])


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))

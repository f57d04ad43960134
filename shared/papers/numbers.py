"""Numbers of official papers as the registry (văn thư) writes them: read, checked, never proposed.

Called by usecases.EnterNumber. Patterns (Nghị định 30/2020/NĐ-CP, Phụ lục I and III; Hướng dẫn 36-HD/VPTW for the Party):
State `128/QĐ-SNV`, `152/2025/NĐ-CP`, `5043/UBND-NC`; Party and many mass organisations `41-CT/TU`, `08-QĐi/TW`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.kernel.errors import Invalid
from shared.kernel.text import nfc

MAX_NUMBER: Final = 60
_WORD = r"[^\W\d_][^\W_]*"
_PREFIX = re.compile(r"^(?:văn bản\s+)?số\s*[:.]?\s*", re.IGNORECASE)
_AROUND = re.compile(r"\s*([/\-–—])\s*")
_STATE = re.compile(rf"([0-9]{{1,6}})(?:/([0-9]{{4}}))?/({_WORD}(?:[-&.]{_WORD})*)")
_PARTY = re.compile(rf"([0-9]{{1,6}})-({_WORD})/({_WORD}(?:[-&.]{_WORD})*)")


class Pattern(StrEnum):
    """Which way of writing numbers."""

    STATE = "STATE"
    PARTY = "PARTY"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocNumber:
    """A number taken apart: `symbol` is `QĐ-SNV` or `CT/TU`, `year` only where it stands in the number itself."""

    pattern: Pattern
    number: int
    symbol: str
    year: int | None = None

    @property
    def text(self) -> str:
        """As it is printed: two digits below 10 in the State's pattern, and in the Party's, without blanks."""
        if self.pattern is Pattern.PARTY:
            return f"{self.number:02d}-{self.symbol}"
        year = f"/{self.year}" if self.year is not None else ""
        return f"{self.number:02d}{year}/{self.symbol}"


def read_number(text: str) -> DocNumber:
    """The number in what a person typed: blanks, dashes of any length and `Số:` before it do not matter.

    Spelling of the symbol is kept (`QĐi` is not `QĐI`). Raises Invalid(`paper.number_unreadable`).
    """
    plain = _PREFIX.sub("", nfc(text)[: MAX_NUMBER * 2])
    plain = _AROUND.sub(lambda found: "/" if found[1] == "/" else "-", plain)
    if len(plain) <= MAX_NUMBER:
        state, party = _STATE.fullmatch(plain), _PARTY.fullmatch(plain)
        if party and int(party[1]):
            return DocNumber(pattern=Pattern.PARTY, number=int(party[1]), symbol=f"{party[2]}/{party[3]}")
        if state and int(state[1]):
            year = int(state[2]) if state[2] else None
            return DocNumber(pattern=Pattern.STATE, number=int(state[1]), symbol=state[3], year=year)
    raise Invalid("paper.number_unreadable", field="number", given=plain[:MAX_NUMBER])

"""What a row of a list is besides data: a total, a group's name, the numbers of columns, the signature below.

Called by shared/kernel/lists.py only. Words are compared folded and without punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from shared.kernel.text import fold, nfc

NUMBER = "number"
"""The field of the list's own row number (STT)."""

_PARENTHESES = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_NOT_WORDS = re.compile(r"[\W_]+")
_COLUMN_NUMBER = re.compile(r"[(\[]?[A-Za-z0-9]{1,2}[)\]]?")
# To the end of the cell: Tổng, Tống and Công also begin names of people.
_TOTALS = re.compile(r"(tong (cong|so|hop)( (so|dai bieu|nguoi))*|tong|cong|total|sum)( (la )?[0-9].*)?$")


def heading(cell: str) -> str:
    """A cell as headings are compared: folded words, without remarks in brackets."""
    words = _NOT_WORDS.sub(" ", fold(nfc(_PARENTHESES.sub(" ", cell)))).strip()
    return words or _NOT_WORDS.sub(" ", fold(nfc(cell))).strip()


def cell_at(cells: Sequence[str], place: int) -> str:
    """The cell, or "" beyond the row's end."""
    return cells[place] if 0 <= place < len(cells) else ""


def skipped_as(cells: Sequence[str], places: Mapping[str, int], below_total: bool) -> str | None:
    """Why a row under the header is no data row (a text code), or None."""
    filled = [(place, cell) for place, cell in enumerate(cells) if cell.strip()]
    if not filled:
        return "list.empty_row"
    number_place = places.get(NUMBER)
    number = heading(cell_at(cells, -1 if number_place is None else number_place))
    numbered = number.isdigit()
    if not numbered and len(filled) <= 3 and _TOTALS.match(heading(filled[0][1])):
        return "list.totals_row"
    if number_place is None or numbered:
        return None
    if below_total:
        return "list.footer_row"
    if len(filled) == 1 and filled[0][0] <= number_place:
        return "list.section_row"
    return None


def is_column_numbers(cells: Sequence[str]) -> bool:
    """The row `(1) (2) (3)` or `A B 1 2` that official forms carry under their header."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if len(filled) < 3 or not all(_COLUMN_NUMBER.fullmatch(cell) for cell in filled):
        return False
    digits = [int(bare) for bare in (cell.strip("()[]") for cell in filled) if bare.isdigit()]
    return len(digits) >= 2 and digits == list(range(digits[0], digits[0] + len(digits)))

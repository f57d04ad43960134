"""Vietnamese text: cleaning what people type or import, the strict check of what is signed, and a proposal for capitals.

Called by imports and forms (`nfc`), by tokens and every signed text (`is_clean`). Sorting is in `collation`, search in
`search`; both are also found here. Spelling is never changed: Thuý and Thúy stay different people (Unicode keeps both in NFC).
"""

from __future__ import annotations

import unicodedata

from shared.kernel.collation import name_key, sort_key
from shared.kernel.search import fold, matches

__all__ = ["fold", "is_clean", "matches", "name_key", "nfc", "proper_case", "removed_by_nfc", "sort_key"]

_FORBIDDEN = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})


def nfc(text: str) -> str:
    """What a person meant by `text`: NFC, one plain space between words, none around, no invisible characters.

    Removed: control, format, private-use and unassigned characters (U+200B, U+202E, U+FEFF ...), lone surrogates. Every
    white space (tab, line break, NBSP, U+2028 ...) counts as a space. `removed_by_nfc` names what an import should report.
    """
    if not text.isprintable():
        text = "".join(_cleaned(letter) for letter in text)
    # After the removals, for a zero-width character may stand between a letter and its mark.
    return " ".join(unicodedata.normalize("NFC", text).split())


def removed_by_nfc(text: str) -> tuple[str, ...]:
    """The code points that `nfc` drops from `text`, in order, as `U+200B`; white space is not counted."""
    return tuple(f"U+{ord(letter):04X}" for letter in text if _cleaned(letter) == "")


def is_clean(text: str) -> bool:
    """Whether `text` may stand in a signed form (FORMATS 1): NFC, without Cc, Cf, Co, Cn, Zl, Zp (nor lone surrogates)."""
    if not unicodedata.is_normalized("NFC", text):
        return False
    # str.isprintable is false for these categories and for spaces other than U+0020: a fast first look.
    return text.isprintable() or not any(unicodedata.category(letter) in _FORBIDDEN for letter in text)


def proper_case(name: str) -> str:
    """A proposal for a NAME IN CAPITALS: `NGUYỄN THỊ H'HEN` -> `Nguyễn Thị H'Hen`; any other name comes back unchanged.

    Only ever a proposal beside the given form: a person decides, since no rule knows every name.
    """
    if not name.isupper():
        return name
    proposed = []
    begins = True
    for letter in name:
        proposed.append(letter if begins else letter.lower())
        # A mark belongs to the letter before it; an apostrophe or hyphen begins a new part (H'Hen, A-Lăng).
        if not unicodedata.category(letter).startswith("M"):
            begins = not letter.isalnum()
    return unicodedata.normalize("NFC", "".join(proposed))


def _cleaned(letter: str) -> str:
    if letter.isspace():
        return " "
    return "" if unicodedata.category(letter) in _FORBIDDEN else letter

"""Takes Vietnamese words apart into letters and tones: the ground that sorting and searching stand on.

A letter is a base with at most one quality mark (ă, â, ê, ô, ơ, ư; đ is a letter of its own), a tone belongs to the whole
syllable. So hoà and hòa (old and new tone placement) are the same letters with the same tone.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

GRAVE, HOOK, TILDE, ACUTE, DOT = "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"
TONES = (GRAVE, HOOK, TILDE, ACUTE, DOT)
"""huyền, hỏi, ngã, sắc, nặng: the order of Vietnamese dictionaries after ngang (no mark)."""
BREVE, CIRCUMFLEX, HORN = "\u0306", "\u0302", "\u031b"
QUALITIES = frozenset({BREVE, CIRCUMFLEX, HORN})


@dataclass(frozen=True, slots=True)
class Syllable:
    """One word: letters as (base letter, quality mark or ""), and its tone and other marks in order of appearance."""

    letters: tuple[tuple[str, str], ...]
    tones: tuple[str, ...]


def syllables(text: str) -> list[Syllable]:
    """The words of `text`, lower case. White space, hyphens and slashes part words, other punctuation is left out."""
    found = []
    letters: list[tuple[str, str]] = []
    tones: list[str] = []
    for sign in unicodedata.normalize("NFD", unicodedata.normalize("NFC", text).casefold()) + " ":
        if sign.isalnum():
            letters.append((sign, ""))
        elif sign.isspace() or sign in "-/\u2010\u2011\u2013\u2014":
            if letters:
                found.append(Syllable(tuple(letters), tuple(tones)))
                letters, tones = [], []
        elif unicodedata.category(sign).startswith("M") and letters:
            base, quality = letters[-1]
            if sign in QUALITIES and not quality:
                letters[-1] = (base, sign)
            else:
                tones.append(sign)
    return found

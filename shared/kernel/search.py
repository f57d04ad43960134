"""Finds people and units by what somebody types, with or without marks. Called by searches of lists, gates and forms.

A mark that was typed must be there; a mark that was not typed may be there. `thuy` finds Thuý, Thúy, Thùy and Thuỷ;
`thúy` finds Thuý and Thúy (the tone is the syllable's, wherever it is written), not Thùy; `d` finds đ, `đ` does not find d.
"""

from __future__ import annotations

import unicodedata

from shared.kernel.syllables import Syllable, syllables

MAX_QUERY_WORDS = 16
"""Words of a query that count; a longer one is cut, no name has so many."""


def fold(text: str) -> str:
    """`text` for accent-insensitive comparison: lower case, no marks, đ as d, one space between words, NFC."""
    signs = unicodedata.normalize("NFD", unicodedata.normalize("NFC", text).casefold())
    bare = "".join(sign for sign in signs if not unicodedata.category(sign).startswith("M"))
    return " ".join(unicodedata.normalize("NFC", bare.replace("đ", "d")).split())


def matches(query: str, text: str) -> bool:
    """Whether each word of `query` begins a different word of `text`, in any order. An empty query matches everything."""
    wanted = syllables(query)[:MAX_QUERY_WORDS]
    words = syllables(text)
    if len(wanted) > len(words):
        return False
    candidates = [[place for place, word in enumerate(words) if _begins(start, word)] for start in wanted]
    taken: dict[int, int] = {}
    return all(_assign(index, candidates, taken, set()) for index in range(len(wanted)))


def _assign(index: int, candidates: list[list[int]], taken: dict[int, int], tried: set[int]) -> bool:
    """Gives query word `index` a text word of its own, moving others where that helps (Kuhn's matching)."""
    for place in candidates[index]:
        if place in tried:
            continue
        tried.add(place)
        if place not in taken or _assign(taken[place], candidates, taken, tried):
            taken[place] = index
            return True
    return False


def _begins(start: Syllable, word: Syllable) -> bool:
    if len(start.letters) > len(word.letters):
        return False
    for (typed, typed_quality), (base, quality) in zip(start.letters, word.letters, strict=False):
        if typed != base and not (typed == "d" and base == "đ"):
            return False
        if typed_quality and typed_quality != quality:
            return False
    return set(start.tones) <= set(word.tones)

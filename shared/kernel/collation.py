"""Sorts texts and names the Vietnamese way. Called by lists on screen and paper, and by index keys of the stores.

Keys are plain strings whose code-point order (equal to the UTF-8 byte order of SQLite and DynamoDB) is the collation:
syllable by syllable as dictionaries do, in each the letters first (a ă â b c d đ e ê ... y), then the tone
(ngang, huyền, hỏi, ngã, sắc, nặng). Two different texts never share a key: the text itself stands last.
"""

from __future__ import annotations

import unicodedata

from shared.kernel.syllables import BREVE, CIRCUMFLEX, HORN, TONES, Syllable, syllables

_ALPHABET = (
    *(("a", ""), ("a", BREVE), ("a", CIRCUMFLEX), ("b", ""), ("c", ""), ("d", ""), ("đ", ""), ("e", "")),
    *(("e", CIRCUMFLEX), ("f", ""), ("g", ""), ("h", ""), ("i", ""), ("j", ""), ("k", ""), ("l", ""), ("m", "")),
    *(("n", ""), ("o", ""), ("o", CIRCUMFLEX), ("o", HORN), ("p", ""), ("q", ""), ("r", ""), ("s", ""), ("t", "")),
    *(("u", ""), ("u", HORN), ("v", ""), ("w", ""), ("x", ""), ("y", ""), ("z", "")),
)
# Rising code points: end of text < end of word < tones < digits < letters < every other letter.
_END, _NEXT_WORD = " ", "!"
_TONE_CODES = dict(zip(("", *TONES), "#$%&'(", strict=True))
_OTHER_MARK = ")"
_LETTER_CODES = dict(zip(_ALPHABET, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg", strict=True))
_OTHER_LETTER = "z"


def sort_key(text: str) -> str:
    """The key that sorts any text by the Vietnamese alphabet. NFC and NFD forms of a text have the same key."""
    text = unicodedata.normalize("NFC", text)
    return f"{_key(syllables(text))}{_END}{text}"


def name_key(full_name: str) -> str:
    """The key that sorts people: given name (the last word) first, then family and middle names, as lists in Viet Nam do."""
    full_name = unicodedata.normalize("NFC", full_name)
    words = syllables(full_name)
    return f"{_key(words[-1:])}{_NEXT_WORD}{_key(words[:-1])}{_END}{full_name}"


def _key(words: list[Syllable]) -> str:
    return _NEXT_WORD.join("".join(map(_letter_code, word.letters)) + _tone_code(word.tones) for word in words)


def _letter_code(letter: tuple[str, str]) -> str:
    code = _LETTER_CODES.get(letter)
    if code is not None:
        return code
    base, quality = letter
    if "0" <= base <= "9" and not quality:
        return base
    plain = _LETTER_CODES.get((base, ""))  # a letter with a mark that Vietnamese does not put on it
    return (plain or _OTHER_LETTER + base) + (_OTHER_MARK if quality else "")


def _tone_code(tones: tuple[str, ...]) -> str:
    if not tones:
        return _TONE_CODES[""]
    return "".join(_TONE_CODES.get(tone, _OTHER_MARK) for tone in tones)

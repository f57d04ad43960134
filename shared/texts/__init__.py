"""Every sentence that a person reads, in Vietnamese and English, by code (shared/texts/*.toml). Called by the edge.

An entry is `["area.code"]` with `vi` and `en`; `{name}` in a sentence is replaced by the fact of that name. A code that
nobody wrote a sentence for is a fault that the tests find (tests/architecture); at run time the code itself is shown.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

Locale = Literal["vi", "en"]
LOCALES: Final[tuple[Locale, ...]] = ("vi", "en")
FOLDER: Final = Path(__file__).parent


class _Facts(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


Sentences = Mapping[str, Mapping[str, str]]
"""Code -> locale -> sentence."""


def catalogue() -> Sentences:
    """All sentences. Raises ValueError for a code that stands in two files."""
    sentences: dict[str, Mapping[str, str]] = {}
    for name in _files():
        for code, entry in _parsed(name).items():
            if code in sentences:
                raise ValueError(f"{name}: {code} stands twice")
            sentences[code] = entry
    return sentences


def beginning_with(*beginnings: str) -> Sentences:
    """The sentences whose codes begin with one of these (`verify.`, `console.js_`), each an area and more."""
    return {
        code: entry
        for area in dict.fromkeys(beginning.partition(".")[0] for beginning in beginnings)
        for code, entry in _area(area).items()
        if code.startswith(beginnings)
    }


@functools.cache
def _files() -> Mapping[str, str]:
    return {path.name: "\n" + path.read_text("utf-8") for path in sorted(FOLDER.glob("*.toml"))}


@functools.cache
def _parsed(name: str) -> Sentences:
    return tomllib.loads(_files()[name])


@functools.cache
def _area(area: str) -> Sentences:
    """The sentences of one area, from the files that hold any: a page says a tenth of what there is to say, and a cold
    process that parsed everything would wait longer for its words than for the record."""
    heads = f'\n["{area}.'
    return {
        code: entry
        for name, text in _files().items()
        if heads in text
        for code, entry in _parsed(name).items()
        if code.startswith(f"{area}.")
    }


def say(code: str, locale: Locale = "vi", /, **facts: object) -> str:
    """The sentence of a code in a language, its facts filled in; a missing fact shows as an ellipsis."""
    entry = _area(code.partition(".")[0]).get(code)
    if entry is None:
        return code
    sentence = entry.get(locale) or entry["vi"]
    return sentence.format_map(_Facts(facts)) if "{" in sentence else sentence


def locale_of(accept_language: str | None) -> Locale:
    """Vietnamese unless the reader's first language is another one that we have."""
    first = (accept_language or "").split(",")[0].strip().lower()
    return "en" if first.startswith("en") else "vi"

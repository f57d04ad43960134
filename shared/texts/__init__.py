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


@functools.cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """All sentences: code -> locale -> sentence. Raises ValueError for a code that stands in two files."""
    sentences: dict[str, Mapping[str, str]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for code, entry in tomllib.loads(path.read_text("utf-8")).items():
            if code in sentences:
                raise ValueError(f"{path.name}: {code} stands twice")
            sentences[code] = entry
    return sentences


def say(code: str, locale: Locale = "vi", /, **facts: object) -> str:
    """The sentence of a code in a language, its facts filled in; a missing fact shows as an ellipsis."""
    entry = catalogue().get(code)
    if entry is None:
        return code
    sentence = entry.get(locale) or entry["vi"]
    return sentence.format_map(_Facts(facts)) if "{" in sentence else sentence


def locale_of(accept_language: str | None) -> Locale:
    """Vietnamese unless the reader's first language is another one that we have."""
    first = (accept_language or "").split(",")[0].strip().lower()
    return "en" if first.startswith("en") else "vi"

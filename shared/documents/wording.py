"""The fixed words on documents, from the catalogue `shared/texts/documents.toml`. Papers are in Vietnamese."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

_CATALOGUE = Path(__file__).parent.parent / "texts" / "documents.toml"


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, dict[str, str]]:
    return tomllib.loads(_CATALOGUE.read_text(encoding="utf-8"))


def word(code: str) -> str:
    """The Vietnamese text under `code`. Raises KeyError: a missing entry is a fault of ours."""
    return _catalogue()[code]["vi"]


def words(prefix: str) -> dict[str, str]:
    """All Vietnamese texts under `prefix.`, by the rest of their code."""
    return {
        code[len(prefix) + 1 :]: entry["vi"] for code, entry in _catalogue().items() if code.startswith(prefix + ".")
    }

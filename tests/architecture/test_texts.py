"""Every sentence stands in the catalogues, in both languages, with the same facts in both."""

import re
import string
from pathlib import Path

import pytest

from shared.texts import LOCALES, catalogue, say

CODES = re.compile(
    r"\b(?:Refused|Invalid|Forbidden|NotFound|Conflict|Unavailable|TooMuch|StoreError|EngineError|say|t)\(\s*f?[\"']([a-z_]+\.[a-z0-9_.]+)[\"']"
)
SOURCES = [
    path
    for folder in ("shared", "functions", "infra")
    for pattern in ("*.py", "*.html")
    for path in Path(folder).rglob(pattern)
]


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_a_sentence_is_complete_in_both_languages(code):
    entry = catalogue()[code]
    assert set(entry) == set(LOCALES), code
    assert all(entry[locale].strip() for locale in LOCALES)
    assert fields(entry["vi"]) == fields(entry["en"]), "the same facts in both"


def test_every_code_in_use_has_its_sentence():
    missing = {
        f"{path}: {code}"
        for path in SOURCES
        for code in CODES.findall(path.read_text("utf-8"))
        if code not in catalogue()
    }
    assert missing == set()


def test_no_sentence_is_kept_that_nobody_says():
    """A code is written out whole, or begun in one string and ended by a value: `units.state_`, `f"letter.{kind}"`."""
    scripts = (path for pattern in ("*.js", "*.mjs") for path in Path("shared/web/static").rglob(pattern))
    code = "\n".join(path.read_text("utf-8") for path in (*SOURCES, *scripts))
    written = set(re.findall(r"[a-z_]+(?:\.[A-Za-z0-9_-]+)+", code))
    begun = {name for name in written if name.endswith(("_", "-"))}
    begun |= set(re.findall(r"""["'`]([a-z_]+\.[a-z0-9_.]*)(?:\$?\{|%s|["'`] *~)""", code))
    whole_areas = {f"{area}." for area in re.findall(r"\bwords\([\"']([a-z_]+)[\"']\)", code)}
    begins = tuple(begun | whole_areas)
    assert [name for name in sorted(catalogue()) if name not in written and not name.startswith(begins)] == []


def test_a_missing_fact_never_breaks_a_sentence():
    assert "…" in say("http.body_missing", "vi")

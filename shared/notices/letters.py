"""The wording of letters: Vietnamese first, English below, from shared/texts/notices.toml. Called inside `compose`.

A letter of kind `invitation` has two entries, `letter.invitation.subject` and `letter.invitation.text`. Facts stand in
their places as plain text of one line: line breaks, control and direction characters in a name cannot reach a header.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from shared.kernel.ports import Attachment, Letter
from shared.kernel.text import nfc
from shared.notices.model import Notice

_CATALOGUE = Path(__file__).parent.parent / "texts" / "notices.toml"
_MAX_FACT = 600
_MAX_SUBJECT = 180


def write_letter(notice: Notice, facts: Mapping[str, str | int], *, attachments: tuple[Attachment, ...] = ()) -> Letter:
    """The letter of `notice.kind` with these facts. `{name}` is the notice's address_name unless given.

    Facts longer than 600 characters are cut (a link never is that long). Raises KeyError when the catalogue lacks the
    kind or the letter's wording needs a fact that was not given: a fault of ours.
    """
    plain = {key: _line(value) for key, value in {"name": notice.address_name, **facts}.items()}
    subject = _entry(f"letter.{notice.kind}.subject")["vi"].format_map(plain)
    text = _entry(f"letter.{notice.kind}.text")
    signature = _entry("letter.signature")
    body = "\n\n".join(
        (text[language].strip().format_map(plain) + "\n\n" + signature[language].strip()) for language in ("vi", "en")
    )
    return Letter(
        id=notice.id,
        to=notice.address or "",
        to_name=nfc(notice.address_name),
        subject=subject[:_MAX_SUBJECT],
        text=body + "\n",
        attachments=attachments,
    )


def _line(value: str | int) -> str:
    return nfc(str(value))[:_MAX_FACT]


def _entry(code: str) -> dict[str, str]:
    return _catalogue()[code]


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, dict[str, str]]:
    return tomllib.loads(_CATALOGUE.read_text(encoding="utf-8"))

"""What an officer wrote into a paper, cleaned and bounded. Called by usecases.py before anything is stored.

Every line is NFC without invisible characters; spelling is kept. Empty pieces and rows fall away.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from shared.kernel.errors import Invalid
from shared.kernel.text import nfc
from shared.papers.model import Block, BlockKind, Heading, Recipients, Signer, Text

MAX_BLOCKS: Final = 300
MAX_ROWS: Final = 300
MAX_COLUMNS: Final = 8
MAX_SIGNERS: Final = 80
MAX_GROUPS: Final = 6
MAX_LINES: Final = 40
MAX_BYTES: Final = 180_000
"""Of the whole, in UTF-8: an item of the store holds 300 KB."""
_LENGTHS: Final = {
    "title": 120, "subject": 400, "issuer": 200, "superior": 200, "own_line": 120, "symbol": 40, "place": 80,
    "block": 4000, "cell": 400, "capacity": 80, "office": 120, "name": 80, "unit": 200, "label": 60, "line": 200,
}  # fmt: skip
_NEEDED: Final = frozenset({"title", "issuer"})


def clean_text(text: Text) -> Text:
    """The text as it is stored. Raises Invalid: `paper.text_missing`, `paper.text_too_long`, `paper.too_many`,
    `paper.table_uneven`, `paper.too_large`."""
    blocks = tuple(block for block in map(_block, text.blocks) if block is not None)
    if not blocks:
        raise Invalid("paper.text_missing", field="blocks")
    _bounded(blocks, "blocks", MAX_BLOCKS)
    _bounded(text.signers, "signers", MAX_SIGNERS)
    _bounded(text.distribution, "distribution", MAX_GROUPS)
    cleaned = Text(
        title=_line(text.title, "title"),
        subject=_line(text.subject, "subject"),
        heading=_heading(text.heading),
        blocks=blocks,
        signers=tuple(map(_signer, text.signers)),
        distribution=tuple(group for group in map(_group, text.distribution) if group.lines),
    )
    if len(str(cleaned).encode()) > MAX_BYTES:
        raise Invalid("paper.too_large", field="blocks", limit=MAX_BYTES // 1000)
    return cleaned


def _heading(heading: Heading) -> Heading:
    return Heading(
        family=heading.family,
        issuer=_line(heading.issuer, "issuer"),
        superior=_line(heading.superior, "superior"),
        own_line=_line(heading.own_line, "own_line"),
        symbol=_line(heading.symbol, "symbol"),
        place=_line(heading.place, "place"),
    )


def _signer(signer: Signer) -> Signer:
    return Signer(**{name: _line(getattr(signer, name), name) for name in ("capacity", "office", "name", "unit")})


def _group(group: Recipients) -> Recipients:
    lines = tuple(line for line in (_line(each, "line") for each in group.lines) if line)
    _bounded(lines, "distribution", MAX_LINES)
    return Recipients(label=_line(group.label, "label"), lines=lines)


def _block(block: Block) -> Block | None:
    if block.kind is BlockKind.ADDRESSEE:
        return Block(kind=block.kind)
    if block.kind is not BlockKind.TABLE:
        words = _line(block.text, "block")
        return Block(kind=block.kind, text=words) if words else None
    rows = tuple(row for row in (tuple(_line(cell, "cell") for cell in each) for each in block.rows) if any(row))
    _bounded(rows, "blocks", MAX_ROWS)
    if len({len(row) for row in rows}) > 1 or (rows and len(rows[0]) > MAX_COLUMNS):
        raise Invalid("paper.table_uneven", field="blocks", most=MAX_COLUMNS)
    return Block(kind=block.kind, rows=rows) if rows else None


def _line(words: str, name: str) -> str:
    clean, most = nfc(words), _LENGTHS[name]
    if name in _NEEDED and not clean:
        raise Invalid("paper.text_missing", field=name)
    if len(clean) > most:
        raise Invalid("paper.text_too_long", field=name, length=len(clean), limit=most)
    return clean


def _bounded(given: Iterable[object], field: str, most: int) -> None:
    if len(tuple(given)) > most:
        raise Invalid("paper.too_many", field=field, most=most)

"""Reads a list saved as text: comma, semicolon, tab or bar between the cells; UTF-8, UTF-16 or Windows-1258.

Called by documents/workbook.py. Excel in a Vietnamese Windows writes `;`, exports of web systems write `,`, both with or
without a byte order mark. TCVN3 and VNI texts look like letters to every decoder: they are recognised and refused, never
taken for names.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from typing import Protocol

from shared.kernel.errors import Invalid
from shared.kernel.lists import Sheet

SEPARATORS = (";", ",", "\t", "|")
_SNIFFED_ROWS = 60
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What the letters of TCVN3 and VNI fonts look like when read as Windows-1258: signs in the middle of words.
_LEGACY = re.compile(r"[^\W\d_][¡-©«-±³´µ¶·¸¹»-¿×÷]|[¡-©«-±³´µ¶·¸¹»-¿×÷][^\W\d_]")
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class TextLimits(Protocol):
    """Of a sheet: rows, columns, characters of a cell."""

    @property
    def rows(self) -> int: ...
    @property
    def columns(self) -> int: ...
    @property
    def cell(self) -> int: ...


def read_text(data: bytes, limits: TextLimits) -> Sheet:
    """The one sheet of a text file. Raises Invalid: `list.unreadable`, `list.legacy_encoding`, `list.too_many_rows`,
    `list.too_many_columns`, `list.cell_too_long`."""
    text = decoded(data)
    separator, text = _separator(text)
    rows = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            rows.append(tuple(_trimmed(cells)))
            if len(rows) > limits.rows:
                raise Invalid("list.too_many_rows", field="file", rows=len(rows), limit=limits.rows)
            if len(rows[-1]) > limits.columns:
                raise Invalid("list.too_many_columns", field="file", columns=len(rows[-1]), limit=limits.columns)
            if any(len(cell) > limits.cell for cell in rows[-1]):
                raise Invalid("list.cell_too_long", field="file", row=len(rows), limit=limits.cell)
    except csv.Error:  # a cell over the reader's own bound: a quotation mark that nobody closed
        raise Invalid("list.cell_too_long", field="file", row=len(rows) + 1, limit=limits.cell) from None
    return Sheet(name="", rows=tuple(rows))


def decoded(data: bytes) -> str:
    """The text, in NFC only where the encoding itself takes letters apart (Windows-1258)."""
    text = _decoded_as_unicode(data)
    if text is None:
        text = _decoded_as_windows(data)
    if _BINARY.search(text):
        raise Invalid("list.wrong_type", field="file")
    return text


def _decoded_as_unicode(data: bytes) -> str | None:
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), None) or _utf16_without_mark(data)
    try:
        return data.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        if encoding is not None:
            raise Invalid("list.unreadable", field="file") from None
    return None


def _utf16_without_mark(data: bytes) -> str | None:
    """Most letters of a Vietnamese text have a zero byte in UTF-16; the side it stands on tells the byte order."""
    start = data[:4096]
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if len(data) % 2 or max(even, odd) < max(4, len(start) // 6) or min(even, odd) > max(even, odd) // 8:
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _decoded_as_windows(data: bytes) -> str:
    try:
        text = data.decode("cp1258")
    except UnicodeDecodeError:
        raise Invalid("list.legacy_encoding", field="file") from None
    if _LEGACY.search(text):
        raise Invalid("list.legacy_encoding", field="file")
    return unicodedata.normalize("NFC", text)


def _separator(text: str) -> tuple[str, str]:
    """The separator that gives most rows the same number of cells, and the text without Excel's own `sep=` line."""
    told = re.match(r"sep=(.)\r?\n", text)
    if told:
        return told.group(1), text[told.end() :]
    return max(SEPARATORS, key=lambda separator: _evenness(text, separator)), text


def _evenness(text: str, separator: str) -> tuple[int, int]:
    widths: Counter[int] = Counter()
    try:
        for count, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator)):
            if count == _SNIFFED_ROWS:
                break
            widths[len(cells)] += 1
    except csv.Error:
        return (0, 0)
    wide = {width: rows for width, rows in widths.items() if width > 1}
    if not wide:
        return (0, 0)
    width, rows = max(wide.items(), key=lambda item: (item[1], item[0]))
    return (rows, width)


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1].strip():
        cells.pop()
    return cells

"""The two typefaces of every document and picture, and whether they hold a letter.

Source Serif Pro (upright only: its italics lack 98 of the 146 Vietnamese letters) and Source Sans Pro (upright and italic),
both OFL, from PyPI. A letter that a typeface lacks would print as a box or vanish, so every text is checked before anything
is drawn. Called by the ticket picture, the typst documents and the bulk writer.
"""

from __future__ import annotations

import atexit
import shutil
import struct
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from shared.kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class Face:
    """One cut of a typeface: the PyPI package that ships it and its TrueType file."""

    package: str
    file: str

    @property
    def path(self) -> Path:
        return Path(str(files(self.package))) / "files" / self.file


SERIF = Face("font_source_serif_pro", "SourceSerifPro-Regular.ttf")
SERIF_SEMIBOLD = Face("font_source_serif_pro", "SourceSerifPro-Semibold.ttf")
SERIF_BOLD = Face("font_source_serif_pro", "SourceSerifPro-Bold.ttf")
SANS = Face("font_source_sans_pro", "SourceSansPro-Regular.ttf")
SANS_SEMIBOLD = Face("font_source_sans_pro", "SourceSansPro-Semibold.ttf")
SANS_BOLD = Face("font_source_sans_pro", "SourceSansPro-Bold.ttf")
SANS_ITALIC = Face("font_source_sans_pro", "SourceSansPro-It.ttf")
FACES = (SERIF, SERIF_SEMIBOLD, SERIF_BOLD, SANS, SANS_SEMIBOLD, SANS_BOLD, SANS_ITALIC)


def check_letters(texts: Mapping[str, str], faces: tuple[Face, ...] = FACES) -> None:
    """Raises Invalid("document.letter_not_in_font") naming the field and the first letter that one of `faces` lacks."""
    held = _held_by_all(faces)
    for field, text in texts.items():
        for letter in text:
            if ord(letter) not in held:
                codepoint = f"U+{ord(letter):04X}"
                shown = letter if letter.isprintable() else codepoint
                raise Invalid("document.letter_not_in_font", field=field, letter=shown, codepoint=codepoint)


@lru_cache(maxsize=8)
def _held_by_all(faces: tuple[Face, ...]) -> frozenset[int]:
    return frozenset.intersection(*(letters_of(face) for face in faces)) - {0xAD}  # a soft hyphen is not a letter


@lru_cache(maxsize=len(FACES))
def letters_of(face: Face) -> frozenset[int]:
    """The code points that lead to a glyph of the face."""
    return frozenset(_glyphs(_tables(face.path.read_bytes())[b"cmap"]))


def _tables(font: bytes) -> dict[bytes, bytes]:
    """The tables of an OpenType file by tag."""
    entries = [struct.unpack_from(">4sIII", font, 12 + 16 * n) for n in range(struct.unpack_from(">H", font, 4)[0])]
    return {tag: font[offset : offset + length] for tag, _checksum, offset, length in entries}


def _glyphs(cmap: bytes) -> dict[int, int]:
    """Code point -> glyph, from the Unicode subtables in formats 4 and 12 (OpenType `cmap`)."""
    found: dict[int, int] = {}
    for n in range(struct.unpack_from(">H", cmap, 2)[0]):
        platform, _encoding, offset = struct.unpack_from(">HHI", cmap, 4 + 8 * n)
        table = cmap[offset:]
        form = struct.unpack_from(">H", table)[0]
        if platform in (0, 3) and form == 4:
            found |= _glyphs_format_4(table)
        elif platform in (0, 3) and form == 12:
            found |= _glyphs_format_12(table)
    return {code: glyph for code, glyph in found.items() if glyph}


def _glyphs_format_4(table: bytes) -> dict[int, int]:
    count = struct.unpack_from(">H", table, 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", table, 14)
    starts = struct.unpack_from(f">{count}H", table, 16 + 2 * count)
    deltas = struct.unpack_from(f">{count}H", table, 16 + 4 * count)
    offsets_at = 16 + 6 * count
    offsets = struct.unpack_from(f">{count}H", table, offsets_at)
    found: dict[int, int] = {}
    for segment, (start, end) in enumerate(zip(starts, ends, strict=True)):
        for code in range(start, min(end, 0xFFFE) + 1):
            glyph = code
            if offsets[segment]:
                at = offsets_at + 2 * segment + offsets[segment] + 2 * (code - start)
                glyph = struct.unpack_from(">H", table, at)[0]
            found[code] = (glyph + deltas[segment]) & 0xFFFF if glyph else 0
    return found


def _glyphs_format_12(table: bytes) -> dict[int, int]:
    found: dict[int, int] = {}
    for n in range(struct.unpack_from(">I", table, 12)[0]):
        start, end, glyph = struct.unpack_from(">III", table, 16 + 12 * n)
        found |= {code: glyph + code - start for code in range(start, end + 1)}
    return found


@lru_cache(maxsize=len(FACES))
def advances_of(face: Face) -> dict[str, int]:
    """Width of each letter in thousandths of the type size, without kerning (tables `cmap`, `hmtx`)."""
    tables = _tables(face.path.read_bytes())
    scale = 1000 / struct.unpack_from(">H", tables[b"head"], 18)[0]
    metrics = struct.unpack_from(">H", tables[b"hhea"], 34)[0]
    widths = [struct.unpack_from(">H", tables[b"hmtx"], 4 * n)[0] for n in range(metrics)]
    glyphs = _glyphs(tables[b"cmap"])
    return {chr(code): round(scale * widths[min(glyph, metrics - 1)]) for code, glyph in glyphs.items()}


def width_of(text: str, face: Face, size: float) -> float:
    """Width of a line in the unit of `size`. Raises KeyError for a letter that the face lacks: check_letters first."""
    advances = advances_of(face)
    return sum([advances[letter] for letter in text]) * size / 1000


@lru_cache(maxsize=1)
def font_folder() -> Path:
    """A private folder holding exactly `FACES`: the packages ship each cut twice (OTF and TTF), and which one a
    font search picks would depend on the file system's order. Removed when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="giaouoc-fonts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for face in FACES:
        shutil.copyfile(face.path, folder / face.file)
    return folder

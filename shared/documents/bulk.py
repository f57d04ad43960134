"""Many certificates of one decision: the same page as certificate_pdf.py gives, sealed, without typst per document.

What all share is prepared once (bulk_prefix.py); per certificate only a content stream, the code as a one-bit picture, the
signature and the table of objects are written, and SHA-256 goes on from the state it had after the prefix. A certificate
that needs a letter outside the prepared ones is made by typst instead; nobody notices but the clock.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import OrderedDict
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from shared.documents.bulk_prefix import CATALOG, CODE, CONTENT, INFO, SIGNATURE, Prefix, make_prefix, metadata
from shared.documents.certificate import Certificate, parse_code
from shared.documents.certificate_pdf import (
    DIFFERING,
    FULL_ART,
    document_properties,
    drawing_data,
    page_fields,
    sealed_certificate,
)
from shared.documents.compose import COLOURS, Line, compose, load_layout, module_mm
from shared.documents.fonts import Face, letters_of, metrics_of
from shared.documents.pdf_objects import indirect
from shared.documents.qr import QrMatrix, qr_matrix
from shared.documents.seal import Sealer
from shared.documents.typesetting import date_data, face_data

LETTERS: Final = (
    "".join(map(chr, range(0x20, 0x7F)))
    + "ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúýĂăĐđĨĩŨũƠơƯư"
    + "".join(map(chr, range(0x1EA0, 0x1EFA)))
    + "“”‘’–…·"
)
"""Vietnamese, ASCII and the quotation marks: enough for any list; fewer letters make smaller files."""

_MODULE = 4  # picture elements a module: readers that smooth pictures then blur an eighth of a module at most
_POINTS = 72 / 25.4
_KEPT_WORDS = 20_000


class BulkCertificates:
    """Writes sealed certificates like `template`; `made_at` of each is also its seal's claimed time.

    `letters` limits, by field, the glyphs that every file carries, usually to the decision's list (letters_needed).
    """

    def __init__(
        self, template: Certificate, sealer: Sealer, *, layout_id: str = FULL_ART, letters: dict[str, str] | None = None
    ) -> None:
        self._sealer = sealer
        self._layout = load_layout(layout_id)
        self._fields = page_fields(template, layout_id)
        self._properties = document_properties(template, layout_id)
        self._boxes = tuple(box for box in self._layout.boxes if DIFFERING & set(box.fields))
        self._prefix = self._prepare(template, letters or dict.fromkeys(DIFFERING, LETTERS))
        self._hashed = hashlib.sha256(self._prefix.data)
        self._fragments: dict[tuple[Face, str], str] = {}
        self._rows_before, self._rows_after = _table_rows(self._prefix)

    def write(self, certificate: Certificate) -> bytes:
        """PDF/A-2u, sealed. Raises Invalid as render_certificate does, and ValueError for a certificate that differs
        from the template in more than DIFFERING."""
        fields = page_fields(certificate, self._layout.id)
        odd = [name for name in fields if fields[name] != self._fields[name] and name not in DIFFERING]
        if odd or document_properties(certificate, self._layout.id) != self._properties:
            raise ValueError(f"not of this writer's decision: {odd or 'title or author'}")
        page = compose(fields, self._layout, self._boxes)
        matrix = qr_matrix(certificate.code_text)
        module_mm(matrix, self._layout)
        try:
            content = self._content(page.lines)
        except KeyError:
            return sealed_certificate(certificate, self._sealer, self._layout.id)
        return self._file(content, matrix, certificate)

    def _prepare(self, template: Certificate, letters: dict[str, str]) -> Prefix:
        constant = tuple(box for box in self._layout.boxes if box not in self._boxes)
        data = {
            **drawing_data(compose(self._fields, self._layout, constant), self._layout),
            **document_properties(template, self._layout.id),
            "made_at": date_data(template.made_at),
            "code": None,
            "carrier": [{"f": face_data(face), "t": text} for face, text in self._carried(letters)],
        }
        return make_prefix(data, self._layout, template.made_at, self._sealer.issuer_name)

    def _carried(self, letters: dict[str, str]) -> list[tuple[Face, str]]:
        """By face, the letters that may come, each once and apart so that none joins its neighbour."""
        wanted: dict[Face, set[str]] = {}
        for name in (name for box in self._boxes for name in box.fields):
            own = set(self._fields[name]) | set(letters[name] if name in DIFFERING else "")
            wanted.setdefault(self._layout.styles[name].face, set()).update(own)
        carried = []
        for face, found in sorted(wanted.items(), key=lambda item: item[0].file):
            held = letters_of(face)
            if text := " ".join(sorted(letter for letter in found if ord(letter) in held and letter != " ")):
                carried.append((face, f"{text} "))
        return carried

    def _content(self, lines: tuple[Line, ...]) -> bytes:
        """The page's own part: the code's place and the lines that differ. Raises KeyError for a missing letter."""
        x, y, side = (value * _POINTS for value in self._layout.code)
        height = self._layout.page[1] * _POINTS
        parts = [f"q {side:.3f} 0 0 {side:.3f} {x:.3f} {height - y - side:.3f} cm /code Do Q BT"]
        colour, font = "", ""
        for line in lines:
            face = self._prefix.faces[line.face]
            if line.colour != colour:
                colour = line.colour
                parts.append(_rgb(colour))
            if (chosen := f"{face.name} {line.size:.4g} Tf") != font:
                font = chosen
                parts.append(font)
            head, *rest = line.text.split(" ")
            shown = self._fragment(line.face, head) + "".join([self._fragment(line.face, " " + word) for word in rest])
            parts.append(f"1 0 0 1 {line.left * _POINTS:.3f} {height - line.baseline * _POINTS:.3f} Tm[<{shown}>]TJ")
        return "\n".join([*parts, "ET"]).encode()

    def _fragment(self, face: Face, word: str) -> str:
        """The codes of one word with its kerning, as they stand inside a TJ array."""
        found = self._fragments.get((face, word))
        if found is None:
            codes, metrics = self._prefix.faces[face].codes, metrics_of(face)
            found = codes[word[0]] if word else ""
            for left, right in pairwise(word):
                kern = metrics.kern(left, right)
                found += f">{-kern}<{codes[right]}" if kern else codes[right]
            if len(self._fragments) >= _KEPT_WORDS:
                self._fragments.clear()
            self._fragments[face, word] = found
        return found

    def _file(self, content: bytes, matrix: QrMatrix, certificate: Certificate) -> bytes:
        prefix = self._prefix
        unsigned = self._sealer.unsigned(SIGNATURE, certificate.made_at)
        encoded = zlib.compress(content, 6)
        objects = (
            indirect(CONTENT, b"<</Length %d/Filter/FlateDecode>>" % len(encoded), encoded),
            _code_object(matrix),
            *metadata(self._properties["title"], self._properties["author"], certificate.made_at),
            unsigned.text,
        )
        out = bytearray(prefix.data)
        rows = [self._rows_before]
        at = 0
        for text in objects:  # in the order of their numbers, the signature last
            at = len(out)
            rows.append(b"%010d 00000 n \n" % at)
            out += text
        table_at = len(out)
        file_id = b"<%032x>" % int(parse_code(certificate.code_text).document_id)
        out += b"%s%strailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[%s%s]>>\nstartxref\n%d\n%%%%EOF\n" % (
            b"".join(rows),
            self._rows_after,
            prefix.size,
            CATALOG,
            INFO,
            file_id,
            file_id,
            table_at,
        )
        return self._sealer.fill(out, at, unsigned, self._hashed, len(prefix.data))


class CertificatePress:
    """Sealed certificates of many decisions by one seal, a writer kept for each of the last few. May be kept in a process
    that issues; what the certificates of a decision share is found in them, not declared."""

    def __init__(self, sealer: Sealer, *, kept: int = 8) -> None:
        self._sealer = sealer
        self._kept = kept
        self._writers: OrderedDict[tuple[object, ...], BulkCertificates] = OrderedDict()

    def sealed(self, certificate: Certificate, layout_id: str = FULL_ART) -> bytes:
        """Raises Invalid as render_certificate does."""
        fields = page_fields(certificate, layout_id)
        shared = tuple(sorted((name, text) for name, text in fields.items() if name not in DIFFERING))
        key = (layout_id, tuple(document_properties(certificate, layout_id).values()), shared)
        writer = self._writers.get(key)
        if writer is None:
            writer = self._writers[key] = BulkCertificates(certificate, self._sealer, layout_id=layout_id)
            if len(self._writers) > self._kept:
                self._writers.popitem(last=False)
        self._writers.move_to_end(key)
        return writer.write(certificate)


def letters_needed(certificates: Iterable[Certificate], layout_id: str = FULL_ART) -> dict[str, str]:
    """The letters of each field that differs, for BulkCertificates of this list."""
    found: dict[str, set[str]] = {name: set() for name in DIFFERING}
    found["id_groups"] = set("0123456789")
    for certificate in certificates:
        fields = page_fields(certificate, layout_id)
        for name in DIFFERING:
            found[name].update(fields[name])
    return {name: "".join(sorted(letters)) for name, letters in found.items()}


def _table_rows(prefix: Prefix) -> tuple[bytes, bytes]:
    """The cross-reference table before and after the rows of what differs."""
    row = b"%010d 00000 n \n"
    numbers = range(1, prefix.size)
    before = b"".join([row % prefix.offsets[number] for number in numbers if number < CONTENT])
    after = b"".join([row % prefix.offsets[number] for number in numbers if number > SIGNATURE])
    return b"xref\n0 %d\n0000000000 65535 f \n" % prefix.size + before, after


def _code_object(matrix: QrMatrix) -> bytes:
    """The code as a one-bit mask: a dark module is a square of ones, four elements wide, so one hexadecimal digit."""
    side = matrix.size * _MODULE
    odd = "0" * (matrix.size % 2)
    rows = [bytes.fromhex(row.replace("1", "f") + odd) * _MODULE for row in matrix.rows]
    encoded = zlib.compress(b"".join(rows), 4)
    head = b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ImageMask true/BitsPerComponent 1/Decode[1 0]" % (
        side,
        side,
    )
    return indirect(CODE, b"%s/Filter/FlateDecode/Length %d>>" % (head, len(encoded)), encoded)


def _rgb(colour: str) -> str:
    value = COLOURS[colour]
    return " ".join([f"{int(value[n : n + 2], 16) / 255:.4f}" for n in (1, 3, 5)]) + " rg"

"""Many certificates of one decision: the same page as certificate_pdf.py gives, sealed, without typst per document.

What all share is prepared once (bulk_prefix.py); per certificate only a content stream, the code as a one-bit picture, the
signature and the table of objects are written, and SHA-256 goes on from the state it had after the prefix. A certificate
that needs a letter outside the prepared ones is made by typst instead; nobody notices but the clock.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from shared.documents.bulk_prefix import CATALOG, CODE, CONTENT, INFO, SIGNATURE, Prefix, make_prefix
from shared.documents.certificate import Certificate, parse_code
from shared.documents.certificate_pdf import (
    FULL_ART,
    document_properties,
    drawing_data,
    page_fields,
    render_certificate,
)
from shared.documents.compose import COLOURS, Line, compose, load_layout, module_mm
from shared.documents.fonts import Face, letters_of, metrics_of
from shared.documents.qr import QrMatrix, qr_matrix
from shared.documents.seal import Sealer, SealField
from shared.documents.typesetting import date_data, face_data

DIFFERING: Final = frozenset({"recipient", "position", "locality", "citation", "golden_book", "id_groups"})
"""Fields that may differ between the certificates of one writer."""

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
    """Writes sealed certificates like `template`, whose `made_at` is the date of all and the seal's claimed time.

    `letters` limits, by field, the glyphs that every file carries, usually to the decision's list (letters_needed).
    """

    def __init__(
        self, template: Certificate, sealer: Sealer, *, layout_id: str = FULL_ART, letters: dict[str, str] | None = None
    ) -> None:
        self._sealer = sealer
        self._layout = load_layout(layout_id)
        self._fields = page_fields(template, layout_id)
        self._made_at = template.made_at
        self._boxes = tuple(box for box in self._layout.boxes if DIFFERING & set(box.fields))
        self._prefix = self._prepare(template, letters or dict.fromkeys(DIFFERING, LETTERS))
        self._hashed = hashlib.sha256(self._prefix.data)
        self._unsigned = sealer.unsigned(SIGNATURE, template.made_at)
        self._fragments: dict[tuple[Face, str], str] = {}
        self._rows_before, self._rows_after = _table_rows(self._prefix)

    def write(self, certificate: Certificate) -> bytes:
        """PDF/A-2u, sealed. Raises Invalid as render_certificate does, and ValueError for a certificate that differs
        from the template in more than DIFFERING."""
        fields = page_fields(certificate, self._layout.id)
        odd = [name for name in fields if fields[name] != self._fields[name] and name not in DIFFERING]
        if odd or certificate.made_at != self._made_at:
            raise ValueError(f"not of this writer's decision: {odd or ['made_at']}")
        page = compose(fields, self._layout, self._boxes)
        matrix = qr_matrix(certificate.code_text)
        module_mm(matrix, self._layout)
        try:
            content = self._content(page.lines)
        except KeyError:
            sealed_at = SealField(*self._layout.seal)
            return self._sealer.seal(render_certificate(certificate, self._layout.id), sealed_at, self._made_at)
        return self._file(content, matrix, parse_code(certificate.code_text).document_id)

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

    def _file(self, content: bytes, matrix: QrMatrix, document_id: str) -> bytes:
        prefix = self._prefix
        out = bytearray(prefix.data)
        code_at = len(out)
        out += _code_object(matrix)
        content_at = len(out)
        encoded = zlib.compress(content, 6)
        out += b"%d 0 obj\n<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream\nendobj\n" % (
            CONTENT,
            len(encoded),
            encoded,
        )
        signature_at = len(out)
        out += self._unsigned.text
        table_at = len(out)
        own_rows = b"%010d 00000 n \n%010d 00000 n \n%010d 00000 n \n" % (content_at, code_at, signature_at)
        file_id = b"<%032x>" % int(document_id)
        out += b"%s%s%strailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[%s%s]>>\nstartxref\n%d\n%%%%EOF\n" % (
            self._rows_before,
            own_rows,
            self._rows_after,
            prefix.size,
            CATALOG,
            INFO,
            file_id,
            file_id,
            table_at,
        )
        return self._sealer.fill(out, signature_at, self._unsigned, self._hashed, len(prefix.data))


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
    return b"%d 0 obj\n%s/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream\nendobj\n" % (
        CODE,
        head,
        len(encoded),
        encoded,
    )


def _rgb(colour: str) -> str:
    value = COLOURS[colour]
    return " ".join([f"{int(value[n : n + 2], 16) / 255:.4f}" for n in (1, 3, 5)]) + " rg"

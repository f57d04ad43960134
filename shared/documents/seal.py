"""The PAdES seal (baseline B, ETSI EN 319 142-1) that ends a PDF of ours: the system's proof that the file is whole.

It is no office's digital signature, and says so in its field, its certificate and its reason. One seal, as an incremental
update, and nothing after it: a changed byte anywhere is seen by every PDF reader. The key is P-256, because readers know it.
Called when a pledge is sealed, when certificates and slips are issued, and by bulk.py.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.documents.cms import DetachedSignatures
from shared.documents.pdf_objects import (
    PdfFile,
    cross_reference,
    dictionary,
    indirect,
    text_string,
)
from shared.documents.seal_certificate import organization_of
from shared.documents.seal_stamp import points, seal_stamp
from shared.documents.wording import word
from shared.kernel.ports import Signer

FIELD_NAME = "NiemPhongGiaoUoc"
_PRINT_AND_LOCKED = 4 | 128
_NUMBER = b"%010d"  # room for a file of 9 GB: the byte range is filled in after everything is laid out


@dataclass(frozen=True, slots=True)
class SealField:
    """Where the seal shows: page (0 first, -1 last) and rectangle in mm from the page's top left corner."""

    x: float
    y: float
    w: float
    h: float
    page: int = -1


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A signature dictionary laid out but not filled: where its values start in `text`."""

    text: bytes
    byte_range: int
    contents: int


class Sealer:
    """Seals with one key under one certificate (seal_certificate.py); may be kept and used for many documents."""

    def __init__(self, signer: Signer, certificate_der: bytes) -> None:
        self.issuer_name = organization_of(certificate_der)
        self._signatures = DetachedSignatures(signer, certificate_der)
        self._reserved = 2 * self._signatures.longest

    def seal(self, pdf: bytes, field: SealField, at: datetime) -> bytes:
        """`pdf`, which must be one of ours and unsealed, with the seal appended. `at` (with its zone) is the claimed
        time. Raises ValueError for a PDF of another kind."""
        original = PdfFile(pdf)
        number = original.size  # the first free one: the signature dictionary's
        unsigned = self.unsigned(number, at)
        out = bytearray(pdf if pdf.endswith(b"\n") else pdf + b"\n")
        offsets: dict[int, int] = {}
        for one, text in [*self._field_objects(original, field, number), (number, unsigned.text)]:
            offsets[one] = len(out)
            out += text
        trailer = {
            **original.trailer,
            b"/Size": b"%d" % (max(offsets) + 1),
            b"/Prev": b"%d" % original.startxref,
            b"/ID": b"[%s<%s>]"
            % (_first_string(original.trailer[b"/ID"]), hashlib.sha256(pdf).hexdigest()[:32].encode()),
        }
        start = len(out)
        out += cross_reference(offsets) + b"trailer\n" + dictionary(trailer) + b"\nstartxref\n%d\n%%%%EOF\n" % start
        return self.fill(out, offsets[number], unsigned)

    def fill(
        self, out: bytearray, at: int, unsigned: Unsigned, hashed: hashlib._Hash | None = None, known: int = 0
    ) -> bytes:
        """Writes byte range and signature into the file `out`, whose signature dictionary begins at `at`. `hashed` may
        hold the state of SHA-256 after the first `known` bytes, which must lie before the dictionary."""
        gap = at + unsigned.contents
        after = gap + self._reserved + 2
        byte_range = b"[0 %s %s %s]" % (_NUMBER % gap, _NUMBER % after, _NUMBER % (len(out) - after))
        out[at + unsigned.byte_range : at + unsigned.byte_range + len(byte_range)] = byte_range
        digest = hashed.copy() if hashed else hashlib.sha256()
        view = memoryview(out)
        digest.update(view[known:gap])
        digest.update(view[after:])
        view.release()
        signature = self._signatures.sign(digest.digest()).hex().encode()
        out[gap + 1 : gap + 1 + len(signature)] = signature
        return bytes(out)

    def unsigned(self, number: int, at: datetime) -> Unsigned:
        """The signature dictionary as object `number`, with room for what is known last."""
        head = b"%d 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange" % number
        range_room = b"[0 %s %s %s]" % ((_NUMBER % 0,) * 3)
        facts = b"/M(%s)/Name%s/Reason%s/Contents" % (
            pdf_date(at),
            text_string(self.issuer_name),
            text_string(word("document.seal")),
        )
        contents = len(head) + len(range_room) + len(facts)
        text = b"%s%s%s<%s>>>\nendobj\n" % (head, range_room, facts, b"0" * self._reserved)
        return Unsigned(text, len(head), contents)

    def _field_objects(self, original: PdfFile, field: SealField, signature: int) -> list[tuple[int, bytes]]:
        """Catalog and page anew, the stamp, and the field that holds the signature."""
        page = original.pages()[field.page]
        stamp, form = seal_stamp(self.issuer_name, field.w, field.h).numbered(signature + 2)
        widget = signature + 1
        catalog, leaf = original.entries(original.root), original.entries(page)
        if b"/AcroForm" in catalog or leaf.get(b"/Annots", b"[]")[:1] != b"[":
            raise ValueError("a PDF with forms of its own")
        catalog[b"/AcroForm"] = acro_form(widget)
        leaf[b"/Annots"] = b"[" + leaf.get(b"/Annots", b"[]")[1:-1].strip() + b" %d 0 R]" % widget
        height = float(leaf[b"/MediaBox"][1:-1].split()[3])
        return [
            (original.root, indirect(original.root, dictionary(catalog))),
            (page, indirect(page, dictionary(leaf))),
            *stamp,
            (widget, indirect(widget, widget_text(field, height, page, form, signature))),
        ]


def acro_form(widget: int) -> bytes:
    return b"<</Fields[%d 0 R]/SigFlags 3>>" % widget


def widget_text(field: SealField, page_height: float, page: int, form: int, signature: int) -> bytes:
    """The signature field and its only widget, merged (ISO 32000-1 12.7.4.5)."""
    left, right = field.x * 72 / 25.4, (field.x + field.w) * 72 / 25.4
    top, bottom = page_height - field.y * 72 / 25.4, page_height - (field.y + field.h) * 72 / 25.4
    sentence = text_string(word("document.seal"))
    rect = b" ".join([points(value) for value in (left, bottom, right, top)])
    return (
        b"<</Type/Annot/Subtype/Widget/FT/Sig/T(%s)/TU%s/Contents%s/F %d/Rect[%s]/P %d 0 R/V %d 0 R/AP<</N %d 0 R>>>>"
        % (
            FIELD_NAME.encode(),
            sentence,
            sentence,
            _PRINT_AND_LOCKED,
            rect,
            page,
            signature,
            form,
        )
    )


def pdf_date(moment: datetime) -> bytes:
    """A date string (ISO 32000-1 7.9.4) in the zone that `moment` carries."""
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("a time without a zone")
    minutes = abs(offset) // timedelta(minutes=1)
    sign = "-" if offset < timedelta(0) else "+"
    return f"D:{moment:%Y%m%d%H%M%S}{sign}{minutes // 60:02d}'{minutes % 60:02d}'".encode()


def _first_string(pair: bytes) -> bytes:
    """The first of the two strings of a file identifier."""
    strings = pair[1:-1]
    return strings[: strings.index(b")" if strings[:1] == b"(" else b">") + 1]

"""The part of a bulk certificate that all of one decision share: fonts, frame, constant lines, metadata, the seal's field.

typst sets the page once without what differs, and a second page with every letter that may come; from that file we take the
page's drawing and the fonts with their glyph numbers, and write our own objects around them. PDF/A-2u (ISO 19005-2): not
tagged, all text with Unicode, sRGB output intent, XMP metadata. Called by bulk.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from shared.documents.compose import Layout
from shared.documents.fonts import FACES, Face
from shared.documents.pdf_objects import (
    Entries,
    PdfFile,
    compressed,
    dictionary,
    entries,
    indirect,
    reference,
    renumbered,
    text_string,
)
from shared.documents.seal import SealField, acro_form, pdf_date, widget_text
from shared.documents.seal_stamp import points, seal_stamp
from shared.documents.typesetting import typeset_pdf

CATALOG, PAGES, PAGE, WIDGET, CONTENT, CODE, METADATA, INFO, SIGNATURE, DRAWING, RESOURCES = range(1, 12)
_FIRST_COPIED = RESOURCES + 1
_TAGGED = re.compile(rb"(/[A-Za-z]+)\s*<<[^>]*>>\s*BDC")
_UNICODE = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]{4,8})>")


@dataclass(frozen=True, slots=True)
class EmbeddedFace:
    """A font of the file: its name in the page's resources and the code of each letter, four hex digits."""

    name: str
    codes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Prefix:
    """The first bytes of every file, where its objects begin, and what is needed to write the rest."""

    data: bytes
    offsets: dict[int, int]
    size: int
    faces: dict[Face, EmbeddedFace]


def make_prefix(data: dict[str, Any], layout: Layout, made_at: datetime, issuer_name: str) -> Prefix:
    """`data` is what page.typ draws on every page, with a carrier of letters."""
    source = PdfFile(typeset_pdf("page.typ", data, made_at))
    page, carrier = (source.entries(number) for number in source.pages())
    resources = source.entries(reference(page[b"/Resources"]))
    faces, fonts = _faces(source, [resources, source.entries(reference(carrier[b"/Resources"]))])
    intents = reference(source.entries(source.root)[b"/OutputIntents"])
    used = source.reachable([*fonts.values(), intents, *_colour_spaces(resources)])
    numbers = {number: _FIRST_COPIED + n for n, number in enumerate(used)}
    copied = [(numbers[n], indirect(numbers[n], *_moved(source, n, numbers))) for n in used]
    stamp, form = seal_stamp(issuer_name, layout.seal[2], layout.seal[3]).numbered(_FIRST_COPIED + len(used))
    width, height = (value * 72 / 25.4 for value in layout.page)
    drawing = _TAGGED.sub(rb"\1 BMC", source.stream(reference(page[b"/Contents"])))
    own = {
        CATALOG: b"<</Type/Catalog/Pages %d 0 R/Metadata %d 0 R/OutputIntents %d 0 R/Lang(vi)/AcroForm%s"
        b"/ViewerPreferences<</DisplayDocTitle true>>>>" % (PAGES, METADATA, numbers[intents], acro_form(WIDGET)),
        PAGES: b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % PAGE,
        PAGE: b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Resources %d 0 R/Contents[%d 0 R %d 0 R]/Annots[%d 0 R]>>"
        % (PAGES, points(width), points(height), RESOURCES, DRAWING, CONTENT, WIDGET),
        WIDGET: widget_text(SealField(*layout.seal), height, PAGE, form, SIGNATURE),
        RESOURCES: _resources(resources, fonts, numbers),
    }
    objects = [(number, indirect(number, text)) for number, text in own.items()]
    objects += [(DRAWING, compressed(DRAWING, {}, drawing)), *copied, *stamp]
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = {}
    for number, text in objects:
        offsets[number] = len(out)
        out += text
    return Prefix(bytes(out), offsets, form + 1, faces)


def _faces(source: PdfFile, resources: list[Entries]) -> tuple[dict[Face, EmbeddedFace], dict[bytes, int]]:
    """The file's fonts by face, and by the name that our page gives them."""
    numbers = {reference(value) for one in resources for value in entries(one[b"/Font"]).values()}
    own_names = {reference(value): name for name, value in entries(resources[0][b"/Font"]).items()}
    by_name = {face.file.removesuffix(".otf").encode(): face for face in FACES}
    faces: dict[Face, EmbeddedFace] = {}
    fonts: dict[bytes, int] = {}
    for number in sorted(numbers):
        font = source.entries(number)
        name = own_names.get(number, b"/x%d" % number)
        fonts[name] = number
        to_unicode = source.stream(reference(font[b"/ToUnicode"]))
        codes = {
            bytes.fromhex(text.decode()).decode("utf-16-be"): code.decode()
            for code, text in _UNICODE.findall(to_unicode)
        }
        base_font = font[b"/BaseFont"].split(b"+")[1].removesuffix(b"-Identity-H")
        faces[by_name[base_font]] = EmbeddedFace(name.decode(), codes)
    return faces, fonts


def _colour_spaces(resources: Entries) -> list[int]:
    return [reference(value) for value in entries(resources[b"/ColorSpace"]).values()]


def _resources(page: Entries, fonts: dict[bytes, int], numbers: dict[int, int]) -> bytes:
    """The resources of typst's page, with all fonts of the file and the code's picture."""
    if b"/XObject" in page:
        raise ValueError("a page with pictures of its own")
    moved = {key: renumbered(value, numbers) for key, value in page.items() if key != b"/Font"}
    named = dictionary({name: b"%d 0 R" % numbers[number] for name, number in fonts.items()})
    return dictionary({**moved, b"/Font": named, b"/XObject": b"<</code %d 0 R>>" % CODE})


def _moved(source: PdfFile, number: int, numbers: dict[int, int]) -> tuple[bytes, bytes | None]:
    text, stream = source.raw(number)
    return renumbered(text, numbers), stream


def metadata(title: str, author: str, made_at: datetime) -> tuple[bytes, bytes]:
    """The objects METADATA and INFO: XMP (ISO 16684-1) with the PDF/A identification, not compressed as ISO 19005-2
    asks, and the same facts in the old form."""
    made = made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    packet = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">'
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title>'
        f"<dc:creator><rdf:Seq><rdf:li>{escape(author)}</rdf:li></rdf:Seq></dc:creator>"
        "<dc:language><rdf:Bag><rdf:li>vi</rdf:li></rdf:Bag></dc:language><dc:format>application/pdf</dc:format>"
        f"<xmp:CreateDate>{made}</xmp:CreateDate><xmp:ModifyDate>{made}</xmp:ModifyDate>"
        "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()
    date = pdf_date(made_at.astimezone(UTC))
    info = b"<</Title%s/Author%s/CreationDate(%s)/ModDate(%s)>>" % (text_string(title), text_string(author), date, date)
    head = b"<</Type/Metadata/Subtype/XML/Length %d>>" % len(packet)
    return indirect(METADATA, head, packet), indirect(INFO, info)

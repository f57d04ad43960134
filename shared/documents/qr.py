"""QR codes of our code texts: which segments, which version, which modules are dark; and the drawing as SVG.

Called by the ticket picture, the PDFs and the pages (hall and enrolment links). FORMATS 1 fixes what is decided here: error
level M, lower-case scheme and host in byte mode, digits in numeric mode, never above version 21 and never cut to fit.

Tables (block structure, function patterns, format bits) come from the `qrcode` library. Its own placing of modules takes
milliseconds, so its work is done once per version: a template remembers where each bit of the code words goes, and a code
is then one Reed-Solomon run and one gather. The tests hold each version's result equal to the library's own.
The mask is fixed: searching the best of eight costs eight times the rest and does not help readers (measured).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from operator import itemgetter

from qrcode import base as qr_tables
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from shared.kernel.errors import Invalid

MASK_PATTERN = 3
MAX_VERSION = 21
QUIET_ZONE = 4
"""Modules of white around a code that ISO/IEC 18004 asks for."""

_NUMERIC, _BYTE = 0b0001, 0b0100
_DOCUMENT = re.compile(r"(https?://[^#]*/v/)([0-9]{39})#([1-9][0-9]*)")
_TICKET = re.compile(r"([^#]*#)([1-9][0-9]*)")
_THREE_DIGITS = {f"{n:03d}": f"{n:010b}" for n in range(1000)}

Segment = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class QrMatrix:
    """A square of `size` x `size` modules without quiet zone; `rows` are strings of "1" (dark) and "0"."""

    version: int
    size: int
    rows: tuple[str, ...]


def qr_matrix(text: str, *, max_version: int = MAX_VERSION) -> QrMatrix:
    """The smallest code at level M for `text`: a code text of FORMATS 1 in byte and numeric segments, any other ASCII
    text (hall and enrolment links) in byte mode. Raises Invalid("qr.not_ascii") or Invalid("qr.too_long")."""
    if not text or not text.isascii():
        raise Invalid("qr.not_ascii", field="text", length=len(text))
    candidates = _segmentations(text)
    for version in range(1, min(max_version, 40) + 1):
        capacity = 8 * _data_words(version)
        for segments in candidates:
            if _bit_length(segments, version) <= capacity:
                return _encode(segments, version)
    raise Invalid("qr.too_long", field="text", length=len(text), max_version=max_version)


def _segmentations(text: str) -> list[list[Segment]]:
    """Ways to write the text, the plainer first: a document's id may be a numeric segment of its own."""
    ways: list[list[Segment]] = []
    ticket, document = _TICKET.fullmatch(text), _DOCUMENT.fullmatch(text)
    if ticket:
        ways.append([(_BYTE, ticket[1].encode()), (_NUMERIC, ticket[2].encode())])
    if document:
        prefix, doc_id, digits = (part.encode() for part in document.groups())
        ways.append([(_BYTE, prefix), (_NUMERIC, doc_id), (_BYTE, b"#"), (_NUMERIC, digits)])
    return ways or [[(_BYTE, text.encode())]]


def _count_bits(mode: int, version: int) -> int:
    """Length of the character count field (ISO/IEC 18004 table 3)."""
    sizes = (10, 12, 14) if mode == _NUMERIC else (8, 16, 16)
    return sizes[(version > 9) + (version > 26)]


def _bit_length(segments: list[Segment], version: int) -> int:
    total = 0
    for mode, data in segments:
        payload = (len(data) * 10 + 2) // 3 if mode == _NUMERIC else len(data) * 8
        total += 4 + _count_bits(mode, version) + payload
    return total


def _segment_bits(mode: int, data: bytes, version: int) -> str:
    head = f"{mode:04b}{len(data):0{_count_bits(mode, version)}b}"
    if mode == _BYTE:
        return head + f"{int.from_bytes(data, 'big'):0{8 * len(data)}b}"
    text = data.decode()
    whole = len(text) - len(text) % 3
    rest = text[whole:]
    tail = f"{int(rest):0{3 * len(rest) + 1}b}" if rest else ""
    return head + "".join([_THREE_DIGITS[text[i : i + 3]] for i in range(0, whole, 3)]) + tail


def _encode(segments: list[Segment], version: int) -> QrMatrix:
    template = _template(version)
    bits = "".join([_segment_bits(mode, data, version) for mode, data in segments])
    capacity = 8 * template.data_words
    bits += "0" * min(4, capacity - len(bits))
    bits += "0" * (-len(bits) % 8)
    words = int(bits, 2).to_bytes(len(bits) // 8, "big")
    words += (b"\xec\x11" * template.data_words)[: template.data_words - len(words)]
    stream = int.from_bytes(_with_error_correction(words, template), "big") << template.spare_bits
    masked = f"{stream ^ template.mask:0{template.stream_bits}b}" + "01"
    modules = "".join(template.gather(masked))
    size = template.size
    return QrMatrix(version, size, tuple([modules[i : i + size] for i in range(0, size * size, size)]))


def _with_error_correction(words: bytes, template: _Template) -> bytes:
    """The code words of all blocks interleaved: data first, then error correction (ISO/IEC 18004 7.5, 7.6)."""
    count = template.correction_words
    table, top, keep = _remainder_table(count), 8 * (count - 1), (1 << (8 * count)) - 1
    data, correction, start = [], [], 0
    for length in template.blocks:
        block = words[start : start + length]
        start += length
        remainder = 0
        for word in block:
            remainder = ((remainder << 8) & keep) ^ table[(remainder >> top) ^ word]
        data.append(block)
        correction.append(remainder.to_bytes(count, "big"))
    interleaved = [word for column in zip_longest(*data) for word in column if word is not None]
    interleaved += [word for column in zip(*correction, strict=True) for word in column]
    return bytes(interleaved)


@lru_cache(maxsize=32)
def _remainder_table(count: int) -> tuple[int, ...]:
    """For each byte, byte x^count modulo the generator of `count` correction words over GF(256)."""
    generator = qr_tables.Polynomial([1], 0)
    for power in range(count):
        generator = generator * qr_tables.Polynomial([1, qr_tables.gexp(power)], 0)
    low = [generator[i] for i in range(1, count + 1)]
    rows = [0]
    for byte in range(1, 256):
        shift = qr_tables.glog(byte)
        row = bytes(qr_tables.gexp(qr_tables.glog(c) + shift) if c else 0 for c in low)
        rows.append(int.from_bytes(row, "big"))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class _Template:
    """All that is the same for every code of one version: block lengths, mask, and where each bit goes."""

    size: int
    blocks: tuple[int, ...]
    correction_words: int
    data_words: int
    spare_bits: int
    stream_bits: int
    mask: int
    gather: Callable[[str], tuple[str, ...]]


class _Recorder(QRCode):  # type: ignore[misc]  # the library has no types
    """Runs the library once per version and notes the order in which it fills the modules."""

    def map_data(self, _data: object, _mask_pattern: int) -> None:
        self.order = [(row, column) for row, column in _zigzag(self.modules_count) if self.modules[row][column] is None]


def _zigzag(size: int) -> list[tuple[int, int]]:
    """The order in which modules take bits: pairs of columns from the right, up and down by turns."""
    order, upward = [], True
    for right in range(size - 1, 0, -2):
        columns = (right, right - 1) if right > 6 else (right - 1, right - 2)
        for row in range(size - 1, -1, -1) if upward else range(size):
            order += [(row, column) for column in columns]
        upward = not upward
    return order


@lru_cache(maxsize=40)
def _data_words(version: int) -> int:
    return sum(block.data_count for block in qr_tables.rs_blocks(version, ERROR_CORRECT_M))


@lru_cache(maxsize=MAX_VERSION)
def _template(version: int) -> _Template:
    blocks = qr_tables.rs_blocks(version, ERROR_CORRECT_M)
    library = _Recorder(version=version, error_correction=ERROR_CORRECT_M, mask_pattern=MASK_PATTERN, border=0)
    library.makeImpl(False, MASK_PATTERN)
    order, size = library.order, library.modules_count
    stream = len(order)
    index = {place: n for n, place in enumerate(order)}
    constant = {False: stream, True: stream + 1}  # the characters "0" and "1" appended to the stream
    places = [
        index.get((row, column), constant[bool(library.modules[row][column])])
        for row in range(size)
        for column in range(size)
    ]
    mask = "".join("1" if (row + column) % 3 == 0 else "0" for row, column in order)  # pattern 3
    total = sum(block.total_count for block in blocks)
    return _Template(
        size=size,
        blocks=tuple(block.data_count for block in blocks),
        correction_words=blocks[0].total_count - blocks[0].data_count,
        data_words=_data_words(version),
        spare_bits=stream - 8 * total,
        stream_bits=stream,
        mask=int(mask, 2),
        gather=itemgetter(*places),
    )


def qr_svg(matrix: QrMatrix, *, title: str = "", dark: str = "#000", quiet: int = QUIET_ZONE) -> str:
    """A stand-alone SVG, one unit a module, scaled by whoever shows it; `title` is read aloud by screen readers."""
    span = matrix.size + 2 * quiet
    name = title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    label = f"<title>{name}</title>" if name else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {span} {span}" shape-rendering="crispEdges" role="img">'
        f'{label}<path fill="#fff" d="M0 0h{span}v{span}H0z"/><path fill="{dark}" d="{qr_path(matrix, quiet)}"/></svg>'
    )


def qr_path(matrix: QrMatrix, offset: int = 0) -> str:
    """SVG path data of the dark modules, runs of a row merged."""
    parts = []
    for y, row in enumerate(matrix.rows, offset):
        for run in re.finditer("1+", row):
            width = run.end() - run.start()
            parts.append(f"M{run.start() + offset} {y}h{width}v1h-{width}z")
    return "".join(parts)

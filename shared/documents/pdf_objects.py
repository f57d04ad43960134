"""Reads the objects of a PDF that typst wrote, as much as a seal and the bulk writer need, and writes new ones.

typst writes one classic cross-reference table, no object streams and no encryption; anything else is refused with ValueError
(an officially signed upload never comes here). ISO 32000-1, 7.3 and 7.5.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable

_TOKEN = re.compile(
    rb"\s+|<<|>>|\[|\]|<[0-9A-Fa-f\s]*>|/[^\s()<>\[\]{}/%]*|\((?:[^\\()]|\\.|\((?:[^\\()]|\\.)*\))*\)|[^\s()<>\[\]{}/%]+",
    re.DOTALL,
)
_REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
_LENGTH = re.compile(rb"/Length (\d+)")
_HEADER = re.compile(rb"(\d+) 0 obj\s*")

Entries = dict[bytes, bytes]


class PdfFile:
    """A whole PDF of one revision."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        tail = data.rfind(b"startxref")
        match = re.fullmatch(rb"startxref\s+(\d+)\s+%%EOF\s*", data[tail:]) if tail >= 0 else None
        if match is None:
            raise ValueError("not a complete PDF")
        self.startxref = int(match[1])
        table = re.compile(rb"xref\s+0 (\d+)\s+").match(data, self.startxref)
        if table is None:
            raise ValueError("no classic cross-reference table")
        start, count = table.end(), int(table[1])
        rows = [data[start + 20 * n : start + 20 * n + 18].split() for n in range(count)]
        self.offsets = {n: int(row[0]) for n, row in enumerate(rows) if row[2] == b"n"}
        self.trailer = entries(data[data.index(b"<<", start + 20 * count) : tail])
        if b"/Prev" in self.trailer or b"/Encrypt" in self.trailer:
            raise ValueError("an encrypted or already changed PDF")
        self.size = count
        self.root = reference(self.trailer[b"/Root"])

    def raw(self, number: int) -> tuple[bytes, bytes | None]:
        """The text of an object and the bytes of its stream, still encoded."""
        header = _HEADER.match(self.data, self.offsets[number])
        if header is None or int(header[1]) != number:
            raise ValueError(f"object {number} is not where the table says")
        start = header.end()
        end = self.data.index(b"endobj", start)
        stream = self.data.find(b"stream", start, end)
        if stream < 0:
            return self.data[start:end].strip(), None
        text = self.data[start:stream].strip()
        length = _LENGTH.search(text)
        if length is None:
            raise ValueError(f"stream {number} has no direct length")
        first = stream + len(b"stream")
        first += 2 if self.data[first : first + 2] == b"\r\n" else 1
        return text, self.data[first : first + int(length[1])]

    def entries(self, number: int) -> Entries:
        return entries(self.raw(number)[0])

    def stream(self, number: int) -> bytes:
        """The decoded bytes of a stream."""
        text, encoded = self.raw(number)
        if encoded is None:
            raise ValueError(f"object {number} is no stream")
        return zlib.decompress(encoded) if b"/FlateDecode" in text else encoded

    def pages(self) -> list[int]:
        """Object numbers of the pages in their order."""
        return list(self._leaves(reference(self.entries(self.root)[b"/Pages"])))

    def _leaves(self, node: int) -> Iterable[int]:
        kids = self.entries(node).get(b"/Kids")
        if kids is None:
            yield node
            return
        for kid in references(kids):
            yield from self._leaves(kid)

    def reachable(self, roots: Iterable[int]) -> list[int]:
        """Object numbers that `roots` lead to, themselves included, parents left out."""
        found: list[int] = []
        waiting = list(roots)
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.append(number)
                waiting += references(re.sub(rb"/Parent \d+ 0 R", b"", self.raw(number)[0]))
        return sorted(found)


def entries(text: bytes) -> Entries:
    """The top level of a dictionary: each key with its value as written. Raises ValueError if it is not one."""
    tokens = [match for match in _TOKEN.finditer(text) if not match[0].isspace()]
    if not tokens or tokens[0][0] != b"<<":
        raise ValueError("not a dictionary")
    found: Entries = {}
    at = 1
    while at < len(tokens) and tokens[at][0] != b">>":
        if at + 1 >= len(tokens):
            raise ValueError("a key without a value")
        last = _value_end(tokens, at + 1)
        found[tokens[at][0]] = text[tokens[at + 1].start() : tokens[last].end()]
        at = last + 1
    if at >= len(tokens):
        raise ValueError("a dictionary is not closed")
    return found


def _value_end(tokens: list[re.Match[bytes]], at: int) -> int:
    """Place of the last token of the value that begins at `at`."""
    if tokens[at][0] not in (b"<<", b"["):
        is_reference = at + 2 < len(tokens) and tokens[at + 2][0] == b"R"
        return at + 2 if is_reference else at
    depth = 0
    for n in range(at, len(tokens)):
        depth += (tokens[n][0] in (b"<<", b"[")) - (tokens[n][0] in (b">>", b"]"))
        if depth == 0:
            return n
    raise ValueError("a dictionary is not closed")


def dictionary(values: Entries) -> bytes:
    return b"<<" + b"".join([key + b" " + value for key, value in values.items()]) + b">>"


def reference(value: bytes) -> int:
    match = _REFERENCE.fullmatch(value)
    if match is None:
        raise ValueError("not a reference")
    return int(match[1])


def references(text: bytes) -> list[int]:
    return [int(number) for number in _REFERENCE.findall(text)]


def renumbered(text: bytes, numbers: dict[int, int]) -> bytes:
    return _REFERENCE.sub(lambda match: b"%d 0 R" % numbers[int(match[1])], text)


def indirect(number: int, text: bytes, stream: bytes | None = None) -> bytes:
    """One object as it stands in a file."""
    if stream is None:
        return b"%d 0 obj\n%s\nendobj\n" % (number, text)
    return b"%d 0 obj\n%s\nstream\n%s\nendstream\nendobj\n" % (number, text, stream)


def compressed(number: int, values: Entries, content: bytes) -> bytes:
    """A stream object, deflated."""
    encoded = zlib.compress(content, 6)
    values = {**values, b"/Filter": b"/FlateDecode", b"/Length": b"%d" % len(encoded)}
    return indirect(number, dictionary(values), encoded)


def cross_reference(offsets: dict[int, int]) -> bytes:
    """A classic table of these objects, in as many sections as their numbers need."""
    numbers = sorted(offsets)
    out = [b"xref\n"]
    start = 0
    for n, number in enumerate(numbers):
        if n + 1 == len(numbers) or numbers[n + 1] != number + 1:
            rows = [b"%010d 00000 n \n" % offsets[one] for one in numbers[start : n + 1]]
            out += [b"%d %d\n" % (numbers[start], n + 1 - start), *rows]
            start = n + 1
    return b"".join(out)


def text_string(text: str) -> bytes:
    """A text string in UTF-16 (ISO 32000-1 7.9.2.2)."""
    return b"<FEFF" + text.encode("utf-16-be").hex().upper().encode() + b">"

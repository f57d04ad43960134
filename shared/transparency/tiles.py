"""The log as files (C2SP tlog-tiles): where tiles and entry bundles lie, reading nodes from them, and writing what is new.

A tile holds 256 hashes of one level, a bundle 256 entries; the last of each may be partial and then has its width in its name,
so that no file ever changes: all are written once, and whoever writes one a second time writes the same bytes. Called by
publish.py and proofs.py. `public` holds what is served under `/log/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from shared.kernel.merkle import HASH_BYTES, leaf_hash
from shared.kernel.ports import Objects
from shared.transparency.tree import Frontier, folded

PREFIX: Final = "log/"
WIDTH: Final = 256
HEIGHT: Final = 8
"""Levels of the tree between one level of tiles and the next: 2^8 hashes make a tile."""
BINARY: Final = "application/octet-stream"


def tile_key(level: int, number: int, width: int = WIDTH) -> str:
    """The object key of a tile; below WIDTH it is a partial one."""
    return f"{PREFIX}tile/{level}/{_spelled(number, width)}"


def bundle_key(number: int, width: int = WIDTH) -> str:
    """The object key of an entry bundle."""
    return f"{PREFIX}tile/entries/{_spelled(number, width)}"


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Entries one after the other, each behind its length in two bytes. Raises ValueError for one over 65,535 bytes."""
    parts = []
    for entry in entries:
        if len(entry) >= 1 << 16:
            raise ValueError("an entry is too long")
        parts.append(len(entry).to_bytes(2, "big") + entry)
    return b"".join(parts)


def decode_bundle(data: bytes) -> Iterator[bytes]:
    """Raises ValueError for what ends in the middle of an entry."""
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data) or at + 2 > len(data):
            raise ValueError("a bundle ends in the middle of an entry")
        yield data[at + 2 : end]
        at = end


class TileReader:
    """The nodes of the tree of the first `size` leaves, from the tiles of a checkpoint of that size."""

    def __init__(self, public: Objects, size: int) -> None:
        self._public = public
        self.size = size
        self._kept: dict[tuple[int, int], tuple[bytes, ...]] = {}

    def node(self, level: int, number: int) -> bytes:
        """The root of a perfect subtree (tree.Node). Raises NotFound where a tile is missing."""
        tiles_level, within = divmod(level, HEIGHT)
        first = number << within
        tile, place = divmod(first, WIDTH)
        return _perfect(self.tile(tiles_level, tile)[place : place + (1 << within)])

    def tile(self, level: int, number: int) -> tuple[bytes, ...]:
        """All hashes of a tile, as wide as it is in this tree. Raises NotFound, ValueError for one of another width."""
        kept = self._kept.get((level, number))
        if kept is None:
            width = min(WIDTH, (self.size >> (HEIGHT * level)) - number * WIDTH)
            data = self._public.get(tile_key(level, number, width))
            if len(data) != width * HASH_BYTES:
                raise ValueError("a tile of another width than its name says")
            kept = tuple(data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES))
            self._kept[(level, number)] = kept
        return kept

    def frontier(self) -> Frontier:
        """The frontier of this tree, from its tiles."""
        hashes, start = [], 0
        while start < self.size:
            level = (self.size - start).bit_length() - 1
            hashes.append(self.node(level, start >> level))
            start += 1 << level
        return Frontier(self.size, tuple(hashes))


@dataclass(slots=True)
class _Row:
    """One level of tiles while the tree grows: how many hashes it has, and those of its last, partial tile."""

    count: int = 0
    open: list[bytes] = field(default_factory=list)


class TileWriter:
    """Continues the tiles of the tree that `reader` reads: `add` entries in their order, then `finish`."""

    def __init__(self, public: Objects, reader: TileReader) -> None:
        """Reads the partial tiles and the partial bundle of that tree. Raises NotFound where one is missing."""
        self._public = public
        size = self._old = self.size = reader.size
        self._rows: list[_Row] = []
        level = 0
        while size >> (HEIGHT * level):
            count = size >> (HEIGHT * level)
            self._rows.append(_Row(count, list(reader.tile(level, count // WIDTH)) if count % WIDTH else []))
            level += 1
        number, width = divmod(size, WIDTH)
        self._bundle = list(decode_bundle(public.get(bundle_key(number, width)))) if width else []

    def add(self, entry: bytes) -> None:
        """Appends an entry; what is full is written."""
        self._bundle.append(entry)
        self.size += 1
        if len(self._bundle) == WIDTH:
            self._put(bundle_key(self.size // WIDTH - 1), encode_bundle(self._bundle))
            self._bundle = []
        self._push(0, leaf_hash(entry))

    def finish(self) -> None:
        """Writes the partial tiles and the partial bundle of the tree as it is now."""
        if self._bundle and self.size != self._old:
            self._put(bundle_key(self.size // WIDTH, len(self._bundle)), encode_bundle(self._bundle))
        for level, row in enumerate(self._rows):
            if row.open and row.count != self._old >> (HEIGHT * level):
                self._put(tile_key(level, row.count // WIDTH, len(row.open)), b"".join(row.open))

    def _push(self, level: int, value: bytes) -> None:
        if level == len(self._rows):
            self._rows.append(_Row())
        row = self._rows[level]
        row.open.append(value)
        row.count += 1
        if len(row.open) == WIDTH:
            self._put(tile_key(level, row.count // WIDTH - 1), b"".join(row.open))
            self._push(level + 1, _perfect(tuple(row.open)))
            row.open = []

    def _put(self, key: str, data: bytes) -> None:
        self._public.put_new(key, data, BINARY)


def _perfect(hashes: tuple[bytes, ...]) -> bytes:
    """The root over a power of two of hashes of one level."""
    return folded(Frontier().extended(hashes).hashes)


def _spelled(number: int, width: int) -> str:
    """`x001/x234/067`, and `.p/<width>` for a partial one."""
    digits = str(number)
    digits = digits.zfill((len(digits) + 2) // 3 * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return path if width == WIDTH else f"{path}.p/{width}"

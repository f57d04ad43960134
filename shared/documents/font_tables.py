"""Reads the OpenType tables that setting a line needs: which glyph a letter has, how wide it is, how pairs close up.

Only what the two typefaces of fonts.py use: `cmap` formats 4 and 12, `hmtx`, and pair adjustment of the advance in `GPOS`.
fontTools, which reads everything, takes 23 MB and 0.1 s to import; the tests hold the two equal. Called by fonts.py.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

Kerning = Callable[[int, int], int]


def tables_of(font: bytes) -> dict[bytes, bytes]:
    """The tables of an OpenType file by tag."""
    entries = [struct.unpack_from(">4sIII", font, 12 + 16 * n) for n in range(struct.unpack_from(">H", font, 4)[0])]
    return {tag: font[offset : offset + length] for tag, _checksum, offset, length in entries}


def character_map(cmap: bytes) -> dict[int, int]:
    """Code point -> glyph, from the Unicode subtables in formats 4 and 12 (OpenType `cmap`)."""
    found: dict[int, int] = {}
    for n in range(struct.unpack_from(">H", cmap, 2)[0]):
        platform, _encoding, offset = struct.unpack_from(">HHI", cmap, 4 + 8 * n)
        table = cmap[offset:]
        form = struct.unpack_from(">H", table)[0]
        if platform in (0, 3) and form == 4:
            found |= _glyphs_format_4(table)
        elif platform in (0, 3) and form == 12:
            found |= _glyphs_format_12(table)
    return {code: glyph for code, glyph in found.items() if glyph}


def _glyphs_format_4(table: bytes) -> dict[int, int]:
    count = struct.unpack_from(">H", table, 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", table, 14)
    starts = struct.unpack_from(f">{count}H", table, 16 + 2 * count)
    deltas = struct.unpack_from(f">{count}H", table, 16 + 4 * count)
    offsets_at = 16 + 6 * count
    offsets = struct.unpack_from(f">{count}H", table, offsets_at)
    found: dict[int, int] = {}
    for segment, (start, end) in enumerate(zip(starts, ends, strict=True)):
        for code in range(start, min(end, 0xFFFE) + 1):
            glyph = code
            if offsets[segment]:
                at = offsets_at + 2 * segment + offsets[segment] + 2 * (code - start)
                glyph = struct.unpack_from(">H", table, at)[0]
            found[code] = (glyph + deltas[segment]) & 0xFFFF if glyph else 0
    return found


def _glyphs_format_12(table: bytes) -> dict[int, int]:
    found: dict[int, int] = {}
    for n in range(struct.unpack_from(">I", table, 12)[0]):
        start, end, glyph = struct.unpack_from(">III", table, 16 + 12 * n)
        found |= {code: glyph + code - start for code in range(start, end + 1)}
    return found


def kerning_of(gpos: bytes) -> Kerning:
    """Adjustment between two glyphs in font units: the first subtable of each `kern` lookup that holds the left one."""
    lookups = [_pair_subtables(gpos, offset) for offset in _kern_lookups(gpos)]

    def kern(left: int, right: int) -> int:
        total = 0
        for subtables in lookups:
            for pair in subtables:
                value = pair(left, right)
                if value is not None:
                    total += value
                    break
        return total

    return kern


def _u16(data: bytes, at: int, count: int = 1) -> tuple[int, ...]:
    return struct.unpack_from(f">{count}H", data, at)


def _kern_lookups(gpos: bytes) -> list[int]:
    """Offsets of the pair lookups that any `kern` feature names."""
    features_at, lookups_at = _u16(gpos, 6, 2)
    wanted: set[int] = set()
    for n in range(_u16(gpos, features_at)[0]):
        tag, offset = struct.unpack_from(">4sH", gpos, features_at + 2 + 6 * n)
        if tag == b"kern":
            count = _u16(gpos, features_at + offset + 2)[0]
            wanted |= set(_u16(gpos, features_at + offset + 4, count))
    offsets = _u16(gpos, lookups_at + 2, _u16(gpos, lookups_at)[0])
    found = [lookups_at + offsets[n] for n in sorted(wanted)]
    return [offset for offset in found if _u16(gpos, offset)[0] == 2]


def _pair_subtables(gpos: bytes, lookup: int) -> list[Callable[[int, int], int | None]]:
    offsets = _u16(gpos, lookup + 6, _u16(gpos, lookup + 4)[0])
    return [_pairs(gpos[lookup + offset :]) for offset in offsets]


def _pairs(table: bytes) -> Callable[[int, int], int | None]:
    form, coverage_at, first_value, second_value = _u16(table, 0, 4)
    if (first_value, second_value) != (4, 0):
        raise ValueError("a typeface whose pairs move more than the advance")
    covered = _coverage(table[coverage_at:])
    if form == 1:
        sets = _u16(table, 10, _u16(table, 8)[0])
        pairs = {
            (left, second): value
            for left, place in covered.items()
            for second, value in struct.iter_unpack(
                ">Hh", table[sets[place] + 2 : sets[place] + 2 + 4 * _u16(table, sets[place])[0]]
            )
        }
        return lambda left, right: pairs.get((left, right))
    first_at, second_at, first_count, second_count = _u16(table, 8, 4)
    first, second = _classes(table[first_at:]), _classes(table[second_at:])
    values = struct.unpack_from(f">{first_count * second_count}h", table, 16)
    return lambda left, right: (
        values[first.get(left, 0) * second_count + second.get(right, 0)] if left in covered else None
    )


def _coverage(table: bytes) -> dict[int, int]:
    """Glyph -> its place in the coverage."""
    form, count = _u16(table, 0, 2)
    if form == 1:
        return {glyph: n for n, glyph in enumerate(_u16(table, 4, count))}
    ranges = struct.iter_unpack(">HHH", table[4 : 4 + 6 * count])
    return {glyph: place + glyph - start for start, end, place in ranges for glyph in range(start, end + 1)}


def _classes(table: bytes) -> dict[int, int]:
    if _u16(table, 0)[0] == 1:
        start, count = _u16(table, 2, 2)
        return {start + n: number for n, number in enumerate(_u16(table, 6, count))}
    ranges = struct.iter_unpack(">HHH", table[4 : 4 + 6 * _u16(table, 2)[0]])
    return {glyph: number for start, end, number in ranges for glyph in range(start, end + 1)}

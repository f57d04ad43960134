"""Facts of the directory: units, and the emulation blocks (khối thi đua) of a year."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRegistered:
    """A unit (cơ quan, đơn vị) stands in the directory, or its entry changed."""

    unit: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockFormed:
    """The members of an emulation block for one year are settled."""

    block: str
    year: int
    head: str
    standing: str | None
    members: tuple[str, ...]


EVENTS: dict[tuple[str, int], type] = {
    ("UnitRegistered", 1): UnitRegistered,
    ("BlockFormed", 1): BlockFormed,
}

"""Facts of the directory: units, and the emulation blocks (khối thi đua) of a year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRegistered:
    """A unit (cơ quan, đơn vị) stands in the directory, or its entry changed."""

    unit: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitContactChanged:
    """The mail address of a unit's contact is another one, or none any more, since `changed_at`; where one is first given
    nothing was changed. Neither address stands here: the directory has them."""

    unit: str
    changed_at: datetime


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
    ("UnitContactChanged", 1): UnitContactChanged,
    ("BlockFormed", 1): BlockFormed,
}

"""What the directory's API takes and answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shared.directory.block_list import BlockImport
from shared.directory.block_rules import SeatChange
from shared.directory.handovers import Handover, Method, Side
from shared.directory.model import (
    AskedAddress,
    BlockKind,
    Contact,
    EmulationBlock,
    FormerName,
    SeatRole,
    Tenure,
    Unit,
    UnitImport,
    UnitKind,
    UnitLevel,
)
from shared.directory.reorganisation import NewUnit, Reorganisation, ReorganisationKind, Succession
from shared.directory.reorganisations import FollowUp, ReorganisationRecord
from shared.directory.rules import head_on, name_on
from shared.kernel.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitView:
    """A unit as of a day: `name` and `accountable_head` are that day's, `successors` the units that it went into."""

    code: str
    name: str
    kind: UnitKind
    level: UnitLevel | None
    valid_from: date | None
    valid_to: date | None
    predecessors: tuple[str, ...]
    successors: tuple[str, ...]
    former_names: tuple[FormerName, ...]
    accountable_head: Tenure | None
    heads: tuple[Tenure, ...]
    contact: Contact
    contact_since: date | None
    former_contacts: tuple[Tenure, ...]
    asked_address: AskedAddress | None


def unit_view(unit: Unit, heirs: tuple[str, ...], day: date) -> UnitView:
    return UnitView(
        code=unit.code,
        name=name_on(unit, day),
        kind=unit.kind,
        level=unit.level,
        valid_from=unit.valid_from,
        valid_to=unit.valid_to,
        predecessors=unit.predecessors,
        successors=heirs,
        former_names=unit.former_names,
        accountable_head=head_on(unit, day),
        heads=unit.heads,
        contact=unit.contact,
        contact_since=unit.contact_since,
        former_contacts=unit.former_contacts,
        asked_address=unit.asked_address,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsView:
    units: tuple[UnitView, ...]
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitBody:
    """Facts that were so all along; `code` is taken when a unit is registered and else stands in the path."""

    name: str
    kind: UnitKind
    code: str = ""
    level: UnitLevel | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    predecessors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameBody:
    """`since`: the first day of the new name."""

    name: str
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadBody:
    name: str
    office: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactBody:
    """`since`: the first day of another person's time (default: today)."""

    name: str = ""
    phone: str = ""
    email: str = ""
    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressBody:
    """`email`: the address that waits, as it was shown; empty where the present one shall be removed."""

    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUnitBody:
    code: str
    name: str
    kind: UnitKind = UnitKind.COMMUNE
    level: UnitLevel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionBody:
    unit: str
    successors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReorganisationBody:
    """`on`: the first day of the new state; units end on its eve. `level`: the one that ends (END_OF_LEVEL only)."""

    kind: ReorganisationKind
    on: date
    ends: tuple[SuccessionBody, ...] = ()
    forms: tuple[NewUnitBody, ...] = ()
    decision: str = ""
    level: UnitLevel | None = None

    def asked(self) -> Reorganisation:
        return Reorganisation(
            kind=self.kind,
            on=self.on,
            ends=tuple(Succession(unit=each.unit, successors=each.successors) for each in self.ends),
            forms=tuple(
                NewUnit(code=each.code, name=each.name, kind=each.kind, level=each.level) for each in self.forms
            ),
            decision=self.decision,
            level=self.level,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultView:
    """What stands against it: a code, the field, and the sentence in the reader's language."""

    code: str
    field: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewView:
    """What would be; nothing was done. `changed`: the units that do not stand so already."""

    possible: bool
    faults: tuple[FaultView, ...]
    units: tuple[UnitView, ...]
    changed: tuple[str, ...]
    follow_ups: tuple[FollowUp, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReorganisationView:
    """What was done, and what is left for an officer to do."""

    id: str
    complete: bool
    record: ReorganisationRecord
    follow_ups: tuple[FollowUp, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReorganisationsView:
    reorganisations: tuple[ReorganisationRecord, ...]
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatBody:
    """`also`: further roles, as a head may be the standing unit; `person`: who holds the role for the unit."""

    unit: str
    role: SeatRole
    quota: int | None = None
    also: tuple[SeatRole, ...] = ()
    person: str = ""
    office: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormBlockBody:
    """`seats` in protocol order; one of role HEAD, at most one STANDING. `kind` absent: as it was."""

    name: str
    year: int
    seats: tuple[SeatBody, ...]
    kind: BlockKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlocksView:
    blocks: tuple[EmulationBlock, ...]
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextYearView:
    """A proposal; nothing is stored."""

    block: EmulationBlock
    changes: tuple[SeatChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverBody:
    """`items`: what is handed over, a line each."""

    role: SeatRole
    from_unit: str
    to_unit: str
    on: date
    method: Method = Method.ROTATED
    to_person: str = ""
    to_office: str = ""
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemBody:
    """`place` counts the lines of the check list from 0."""

    place: int
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBody:
    side: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoversView:
    handovers: tuple[Handover, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitImportView:
    """`block` is what was formed where `?block=NAME&year=YYYY` asked for it; `said`: a sentence for each problem."""

    units: UnitImport
    block: EmulationBlock | None = None
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockImportView:
    """`said`: a sentence for each problem of the report."""

    blocks: BlockImport
    said: tuple[str, ...] = ()


def year_of(text: str) -> int:
    """Raises Invalid(`directory.query_bad`)."""
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise Invalid("directory.query_bad", field="year")
    return int(text)

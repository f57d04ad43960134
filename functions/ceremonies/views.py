"""Bodies and answers of the ceremonies' routes that are not values of the context themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.ceremonies.model import AgendaItem, AgendaKind, Ceremony, CeremonyKind, DelegateList
from shared.ceremonies.openings import Opening
from shared.ceremonies.planning import CeremonyPlan
from shared.ceremonies.tickets import TicketView


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaBody:
    kind: AgendaKind
    title: str
    speaker: str = ""
    speaker_unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCeremonyBody:
    """Times without an offset are local times of `zone`; `host` is a unit's code, `block` a block's name."""

    title: str
    kind: CeremonyKind
    host: str
    place: str
    doors_open: datetime
    starts: datetime
    ends: datetime
    zone: str = "Asia/Ho_Chi_Minh"
    block: str = ""
    gates: tuple[str, ...] = ()
    agenda: tuple[AgendaBody, ...] = ()

    def plan(self) -> CeremonyPlan:
        items = tuple(
            AgendaItem(kind=item.kind, title=item.title, speaker=item.speaker, speaker_unit=item.speaker_unit)
            for item in self.agenda
        )
        return CeremonyPlan(
            title=self.title, kind=self.kind, host=self.host, place=self.place, doors_open=self.doors_open,
            starts=self.starts, ends=self.ends, zone=self.zone, block=self.block, gates=self.gates, agenda=items,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CeremoniesView:
    ceremonies: tuple[Ceremony, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadBody:
    """`content_type` must be sent again with the file."""

    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveListBody:
    """`key` as .../uploads answered it; `filename` as the office called the file."""

    key: str
    filename: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListsView:
    lists: tuple[DelegateList, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketTextBody:
    """The whole text of the ticket's code: a secret, hence in the body of a POST."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedView:
    """When the opening of an invitation was recorded first."""

    first_opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningsView:
    """Which invitations were opened, in the order of their first opening."""

    openings: tuple[Opening, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BearerView(TicketView):
    """A ticket's facts, and its code drawn as SVG, which the page keeps for the time without a network."""

    qr_svg: str

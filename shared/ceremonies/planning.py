"""Plan a ceremony, read it, begin its presentation. Called by functions/ceremonies/http.py."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from events.ceremonies import CeremonyPlanned, PresentationBegan
from events.envelope import Act, wrap
from shared.ceremonies.model import CEREMONY, AgendaItem, Ceremony, CeremonyKind
from shared.ceremonies.rules import local
from shared.kernel.clock import rfc3339, zone_of
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Conflict, Invalid, NotFound, Refused
from shared.kernel.ports import ABSENT, Item, Put, Table
from shared.kernel.text import nfc

MAX_TITLE, MAX_PLACE, MAX_GATE = 300, 300, 60
MAX_GATES, MAX_AGENDA = 50, 100
LONGEST = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class CeremonyPlan:
    """What an organiser enters. Times without an offset are local times of `zone` (an IANA name)."""

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
    agenda: tuple[AgendaItem, ...] = ()


class PlanCeremony:
    """Plans a ceremony; the same plan again answers the ceremony that stands."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, plan: CeremonyPlan) -> Ceremony:
        """Raises Invalid naming the field, Refused(`ceremony.exists`) when host, title and start are those of another."""
        ceremony = ceremony_of(plan)
        fact = CeremonyPlanned(
            ceremony=ceremony.id, title=ceremony.title, host=ceremony.host, starts_at=ceremony.starts
        )
        secret = Put(
            partition=_partition(ceremony.id), sort="secret", body={"key": secrets.token_hex(32)}, expect=ABSENT
        )
        try:
            self._table.commit([_put(ceremony, ABSENT), secret], [wrap(fact, act, subject=ceremony.id, version=1)])
        except Conflict:
            standing = ShowCeremony(self._table)(ceremony.id)
            if replace(standing, presentation_began_at=None) != ceremony:
                raise Refused("ceremony.exists", ceremony=ceremony.id) from None
            return standing
        return ceremony


class ShowCeremony:
    """One ceremony."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, ceremony: str) -> Ceremony:
        """Raises NotFound(`ceremony.unknown`)."""
        return CEREMONY.read(_item(self._table, ceremony).body)


class ListCeremonies:
    """The latest ceremonies, newest first. An index read: it may be late."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, limit: int = 100) -> tuple[Ceremony, ...]:
        page = self._table.query("ceremonies", index=1, reverse=True, limit=limit)
        return tuple(CEREMONY.read(item.body) for item in page.items)


class BeginPresentation:
    """The awards are being handed over: results may appear from now on. A second begin changes nothing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, ceremony: str) -> Ceremony:
        """Raises NotFound, Refused(`ceremony.not_yet`) before the doors open."""
        return decide_again(partial(self._begin, act, ceremony))

    def _begin(self, act: Act, ceremony: str) -> Ceremony:
        item = _item(self._table, ceremony)
        standing = CEREMONY.read(item.body)
        if standing.presentation_began_at is not None:
            return standing
        if act.at < standing.doors_open:
            raise Refused("ceremony.not_yet", opens=local(standing.doors_open, standing.zone))
        begun = replace(standing, presentation_began_at=act.at.astimezone(UTC))
        fact = PresentationBegan(ceremony=ceremony, began_at=act.at)
        self._table.commit([_put(begun, item.version)], [wrap(fact, act, subject=ceremony, version=item.version + 1)])
        return begun


def ceremony_of(plan: CeremonyPlan) -> Ceremony:
    """The ceremony of a plan, checked. Raises Invalid: `ceremony.text_missing`, `list.text_too_long`, `ceremony.zone_bad`,
    `ceremony.times_wrong`, `ceremony.gates_wrong`, `ceremony.agenda_too_long`."""
    zone = _zone(plan.zone)
    title, place = _text(plan.title, "title", MAX_TITLE), _text(plan.place, "place", MAX_PLACE)
    doors, starts, ends = (_utc(at, zone) for at in (plan.doors_open, plan.starts, plan.ends))
    if not (doors <= starts < ends and ends - doors <= LONGEST):
        raise Invalid("ceremony.times_wrong", field="starts")
    gates = tuple(_text(gate, "gates", MAX_GATE) for gate in plan.gates)
    if len(gates) > MAX_GATES or len(set(gates)) != len(gates):
        raise Invalid("ceremony.gates_wrong", field="gates", most=MAX_GATES)
    if len(plan.agenda) > MAX_AGENDA:
        raise Invalid("ceremony.agenda_too_long", field="agenda", most=MAX_AGENDA)
    return Ceremony(
        id=_id(plan.host, title, starts),
        title=title,
        kind=plan.kind,
        host=_text(plan.host, "host", 12),
        block=_text(plan.block, "block", MAX_TITLE, needed=False),
        place=place,
        zone=plan.zone,
        doors_open=doors,
        starts=starts,
        ends=ends,
        gates=gates,
        agenda=tuple(_point(item) for item in plan.agenda),
    )


def _id(host: str, title: str, starts: datetime) -> str:
    """Eight bytes in hex: what claim 9 of a ticket carries. The same host, title and start are the same ceremony."""
    parts = "\x00".join(("giaouoc/ceremony/1", host, title, rfc3339(starts)))
    return hashlib.sha256(parts.encode()).digest()[:8].hex()


def _zone(name: str) -> ZoneInfo:
    try:
        return zone_of(name)
    except ValueError:
        raise Invalid("ceremony.zone_bad", field="zone") from None


def _utc(at: datetime, zone: ZoneInfo) -> datetime:
    try:
        return (at.replace(tzinfo=zone) if at.tzinfo is None else at).astimezone(UTC)
    except OverflowError:  # at either end of the calendar
        raise Invalid("ceremony.times_wrong", field="starts") from None


def _point(item: AgendaItem) -> AgendaItem:
    return AgendaItem(
        kind=item.kind,
        title=_text(item.title, "agenda", MAX_TITLE),
        speaker=_text(item.speaker, "agenda", MAX_TITLE, needed=False),
        speaker_unit=_text(item.speaker_unit, "agenda", MAX_TITLE, needed=False),
    )


def _text(text: str, field: str, most: int, *, needed: bool = True) -> str:
    clean = nfc(text)
    if needed and not clean:
        raise Invalid("ceremony.text_missing", field=field)
    if len(clean) > most:
        raise Invalid("list.text_too_long", field=field, length=len(clean), limit=most)
    return clean


def _partition(ceremony: str) -> str:
    return f"ceremony#{ceremony}"


def _item(table: Table, ceremony: str) -> Item:
    item = table.get(_partition(ceremony), "ceremony")
    if item is None:
        raise NotFound("ceremony.unknown", ceremony=ceremony[:40])
    return item


def _put(ceremony: Ceremony, expect: int) -> Put:
    return Put(
        partition=_partition(ceremony.id),
        sort="ceremony",
        body=CEREMONY.body(ceremony),
        expect=expect,
        index1=("ceremonies", f"{rfc3339(ceremony.starts)}#{ceremony.id}"),
    )

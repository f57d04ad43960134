"""What is held about a person at ceremonies: found by mail address, and taken out of it again. Called by shared/edge/holdings.py,
carrying_out.py and retention.py.

What remains of an erased registration are ids, the unit and the category: the totals of a ceremony stay what they were, and
nobody can be told from them. What was handed out (a ticket in a mailbox) remains with whoever has it and admits nobody any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from events.envelope import Act
from shared.ceremonies.model import ADMISSION, REGISTRATION, TICKET, Admission, Registration, TicketState
from shared.ceremonies.planning import ShowCeremony
from shared.ceremonies.registrations import CancelRegistration, registration_put
from shared.ceremonies.stored_ticket import ticket_put
from shared.kernel.conflicts import decide_again
from shared.kernel.contacts import holder_digest
from shared.kernel.errors import NotFound
from shared.kernel.ports import Delete, Item, Put, Table, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One registration of a person, the ceremony's title and day, and the coming, if there was one."""

    registration: Registration
    title: str
    starts: datetime
    admission: Admission | None = None


class HeldAt:
    """The registrations that bear a mail address. An index read; those that no release since this one has written are added
    to the index by the nightly run (retention.py)."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, address: str) -> tuple[Held, ...]:
        found = (REGISTRATION.read(item.body) for item in self._indexed(address))
        same = (each for each in found if (each.delegate.email or "").casefold() == address.casefold())
        return tuple(self._held(each) for each in same)

    def is_any(self, address: str) -> bool:
        """Whether there is one."""
        return next(self._indexed(address), None) is not None

    def _indexed(self, address: str) -> Iterator[Item]:
        cursor = None
        while True:
            page = self._table.query(f"holder#{holder_digest(address)}", limit=200, cursor=cursor, index=2)
            yield from page.items
            cursor = page.cursor
            if cursor is None:
                return

    def _held(self, registration: Registration) -> Held:
        ceremony = ShowCeremony(self._table)(registration.ceremony)
        item = (
            self._table.get(f"ticket#{registration.ticket}", f"admission#{ceremony.id}")
            if registration.ticket
            else None
        )
        return Held(
            registration=registration,
            title=ceremony.title,
            starts=ceremony.starts,
            admission=ADMISSION.read(item.body) if item else None,
        )


class EraseRegistration:
    """Takes the person out of one registration, its tickets and what doors recorded. A repeat changes nothing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, registration: str) -> Registration:
        """Before the ceremony's end the registration is cancelled first. Raises NotFound(`registration.unknown`)."""
        standing = self._read(registration)[0]
        if standing.erased_at is None and act.at < ShowCeremony(self._table)(standing.ceremony).ends:
            CancelRegistration(self._table)(act, registration)
        return decide_again(partial(self._erase, act, registration))

    def _erase(self, act: Act, registration: str) -> Registration:
        standing, version = self._read(registration)
        if standing.erased_at is not None:
            return standing
        erased = anonymous(standing, act.at)
        self._table.commit([registration_put(erased, version), *traces(self._table, standing)])
        return erased

    def _read(self, registration: str) -> tuple[Registration, int]:
        item = self._table.get(f"registration#{registration}", "registration")
        if item is None:
            raise NotFound("registration.unknown", registration=registration[:40])
        return REGISTRATION.read(item.body), item.version


def anonymous(registration: Registration, at: datetime) -> Registration:
    """The registration without its person."""
    delegate = replace(
        registration.delegate, honorific="", name="", office="", phone=None, email=None, remark=""
    )  # unit and category stay: they are the ceremony's figures
    return replace(registration, delegate=delegate, erased_at=at)


def without_contacts(registration: Registration) -> Registration:
    """The registration without address, number and the remark that a list may hold."""
    return replace(registration, delegate=replace(registration.delegate, phone=None, email=None, remark=""))


def traces(table: Table, registration: Registration) -> list[Write]:
    """The writes that take a person out of the tickets and of what doors recorded. The member of the totals stays as a mark
    that says nothing, so that a fact delivered again is not counted twice."""
    writes: list[Write] = []
    for item in _tickets(table, registration):
        ticket = TICKET.read(item.body)
        ended = TicketState.CANCELLED if ticket.state is TicketState.VALID else ticket.state
        writes.append(ticket_put(replace(ticket, holder="", office="", state=ended), item.version))
        came = table.get(item.partition, f"admission#{registration.ceremony}")
        if came is not None:
            writes.append(Delete(partition=came.partition, sort=came.sort, expect=came.version))
    partition, member = f"attendance#{registration.ceremony}", f"member#{registration.id}"
    counted = table.get(partition, member)
    if counted is not None:
        writes.append(Put(partition=partition, sort=member, body={"erased": True}, expect=counted.version))
    return writes


def _tickets(table: Table, registration: Registration) -> list[Item]:
    """Every ticket of the registration: the one in force, and the replaced ones, as an index has them."""
    ids = {item.partition for item in table.query(f"tickets#{registration.id}", limit=40, index=1).items}
    if registration.ticket is not None:
        ids.add(f"ticket#{registration.ticket}")
    items = (table.get(partition, "ticket") for partition in sorted(ids))
    return [item for item in items if item is not None]

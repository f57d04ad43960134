"""Read registrations, cancel one and restore it. Called by functions/ceremonies/http.py and by the invitation's sender."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from events.ceremonies import DelegateRegistered
from events.envelope import Act, Envelope, wrap
from shared.ceremonies.model import (
    DELEGATE_LIST,
    REGISTRATION,
    TICKET,
    DelegateList,
    Registration,
    RegistrationState,
    TicketState,
)
from shared.ceremonies.stored_ticket import ticket_put
from shared.kernel.conflicts import decide_again
from shared.kernel.contacts import holder_digest
from shared.kernel.errors import Conflict, Invalid, NotFound, Refused
from shared.kernel.ports import ABSENT, Add, Check, Put, Table, Write
from shared.kernel.text import matches

SHARD = 500
"""Registrations of one index partition: consecutive in the order of protocol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationPage:
    """Registrations in the order of protocol; `cursor` is None at the end."""

    registrations: tuple[Registration, ...]
    cursor: str | None = None


class ShowRegistration:
    """One registration."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, registration: str) -> Registration:
        """Raises NotFound(`registration.unknown`)."""
        item = self._table.get(f"registration#{registration}", "registration")
        if item is None:
            raise NotFound("registration.unknown", registration=registration[:40])
        return REGISTRATION.read(item.body)


class ListDelegateLists:
    """The lists of a ceremony, in the order of their ids. At most 1000."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, ceremony: str) -> tuple[DelegateList, ...]:
        page = self._table.query(f"ceremony#{ceremony}", prefix="list#", limit=1000)
        return tuple(DELEGATE_LIST.read(item.body) for item in page.items)


class ListRegistrations:
    """The registrations of a ceremony, page by page. An index read: it may be late."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(
        self, ceremony: str, *, query: str = "", limit: int = 100, cursor: str | None = None
    ) -> RegistrationPage:
        """`query` searches name and unit, with or without marks. Raises Invalid: `list.limit_bad`, `list.cursor_bad`."""
        if not 1 <= limit <= 500:
            raise Invalid("list.limit_bad", field="limit", most=500)
        shards = max((each.last_order for each in ListDelegateLists(self._table)(ceremony)), default=0) // SHARD + 1
        shard, inner = _read_cursor(cursor)
        found: list[Registration] = []
        while shard < shards:
            try:
                page = self._table.query(
                    f"registrations#{ceremony}#{shard}", index=1, limit=limit - len(found), cursor=inner
                )
            except ValueError:
                raise Invalid("list.cursor_bad", field="cursor") from None
            read = (REGISTRATION.read(item.body) for item in page.items)
            found += [each for each in read if matches(query, f"{each.delegate.name} {each.delegate.unit_name}")]
            shard, inner = (shard, page.cursor) if page.cursor else (shard + 1, None)
            if len(found) == limit:
                break
        at_end = shard >= shards
        return RegistrationPage(registrations=tuple(found), cursor=None if at_end else f"{shard}.{inner or ''}")


class CancelRegistration:
    """The delegate does not come, or must not: the registration and its ticket end together. A repeat changes nothing.

    Who has come in already stays counted, as registered and as admitted: the hall's figures tell who is there.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, registration: str) -> Registration:  # noqa: ARG002  (every use case knows its act)
        """Raises NotFound."""
        return decide_again(partial(self._cancel, registration))

    def _cancel(self, registration: str) -> Registration:
        item = self._table.get(f"registration#{registration}", "registration")
        if item is None:
            raise NotFound("registration.unknown", registration=registration[:40])
        standing = REGISTRATION.read(item.body)
        if standing.state is RegistrationState.CANCELLED:
            return standing
        cancelled = replace(standing, state=RegistrationState.CANCELLED)
        writes = [registration_put(cancelled, item.version), *_counted(self._table, standing, -1)]
        if standing.ticket is not None:
            writes.append(ended_ticket(self._table, standing.ticket, TicketState.CANCELLED))
        self._table.commit(writes)
        return cancelled


class RestoreRegistration:
    """The delegate comes after all: registered again, with another ticket to follow. A repeat changes nothing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, registration: str) -> Registration:
        """Raises NotFound."""
        return decide_again(partial(self._restore, act, registration))

    def _restore(self, act: Act, registration: str) -> Registration:
        item = self._table.get(f"registration#{registration}", "registration")
        if item is None:
            raise NotFound("registration.unknown", registration=registration[:40])
        standing = REGISTRATION.read(item.body)
        if standing.erased_at is not None:
            raise Refused("registration.erased")
        if standing.state is RegistrationState.REGISTERED:
            return standing
        restored = replace(standing, state=RegistrationState.REGISTERED, ticket=None)
        writes = [registration_put(restored, item.version), *_counted(self._table, standing, 1)]
        self._table.commit(writes, [registered(act, restored, version=item.version + 1)])
        return restored


def _counted(table: Table, registration: Registration, amount: int) -> list[Write]:
    """One registered more or fewer, unless the member has come: it is counted then (attendance.py)."""
    partition, member = f"attendance#{registration.ceremony}", f"member#{registration.id}"
    if table.get(partition, member) is not None:
        return []
    return [
        Check(partition=partition, sort=member, expect=ABSENT),
        Add(partition=partition, sort="total", counter="registered", amount=amount),
        Add(partition=partition, sort=f"unit#{registration.delegate.unit}", counter="registered", amount=amount),
    ]


def registered(act: Act, registration: Registration, *, version: int) -> Envelope:
    """The fact that brings a registration its ticket."""
    fact = DelegateRegistered(
        ceremony=registration.ceremony,
        registration=registration.id,
        unit=registration.delegate.unit,
        category=registration.delegate.category.value,
    )
    return wrap(fact, act, subject=registration.id, version=version)


def registration_put(registration: Registration, expect: int) -> Put:
    """How a registration is stored."""
    order, email = registration.delegate.order, registration.delegate.email
    return Put(
        partition=f"registration#{registration.id}",
        sort="registration",
        body=REGISTRATION.body(registration),
        expect=expect,
        index1=(f"registrations#{registration.ceremony}#{order // SHARD}", f"{order:06d}#{registration.id}"),
        index2=(f"holder#{holder_digest(email)}", f"{registration.ceremony}#{registration.id}") if email else None,
    )


def ended_ticket(table: Table, ticket: str, state: TicketState) -> Put:
    """The write that ends a ticket. Raises Conflict where the ticket is not there (yet)."""
    item = table.get(f"ticket#{ticket}", "ticket")
    if item is None:
        raise Conflict(key=f"ticket#{ticket}")
    ended = replace(TICKET.read(item.body), state=state)
    return ticket_put(ended, item.version)


def _read_cursor(cursor: str | None) -> tuple[int, str | None]:
    if not cursor:
        return 0, None
    shard, _, inner = cursor.partition(".")
    if not (shard.isascii() and shard.isdigit() and len(shard) < 7):
        raise Invalid("list.cursor_bad", field="cursor")
    return int(shard), inner or None

"""Receive a delegate list and import it. Called by functions/ceremonies/http.py and import_delegates.py.

A list is read whole and judged whole, then its good rows are written in chunks, each one commit with its facts and its
counts. A registration's id follows from the person, so that a crash between two chunks, a redelivery or the same list sent
again registers nobody twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from events.ceremonies import DelegateAddressGiven, DelegateListImported, DelegateListReceived
from events.envelope import Act, Envelope, wrap
from events.plain import to_plain
from shared.ceremonies.delegate_list import COLUMNS, InvitedUnits, delegates_of, registration_id
from shared.ceremonies.model import (
    DELEGATE_LIST,
    REGISTRATION,
    TICKET,
    Delegate,
    DelegateList,
    ListState,
    Registration,
    RegistrationState,
)
from shared.ceremonies.planning import ShowCeremony
from shared.ceremonies.registrations import registered, registration_put
from shared.ceremonies.stored_ticket import ticket_put
from shared.ceremonies.tickets import VALID_AFTER_END
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Conflict, Invalid, NotFound, Refused
from shared.kernel.ids import derived_id
from shared.kernel.lists import Findings, ListReport, ListRow, Sheet, read_list
from shared.kernel.ports import ABSENT, Add, Objects, Put, Table, Write
from shared.kernel.text import nfc
from shared.kernel.uploads import first_reading

MAX_LIST_BYTES = 20 * 1024 * 1024
_CHUNK = 30
"""Rows of one commit: registration, fact and a unit's counter (or the ticket) each, the total besides, stay under 100."""

ReadSheets = Callable[[bytes], Sequence[Sheet]]
"""Reads an uploaded file (shared/documents/workbook.py). Raises Refused."""
Rows = Sequence[tuple[ListRow, Delegate]]


def upload_prefix(ceremony: str) -> str:
    """Object keys under which lists of a ceremony are uploaded."""
    return f"imports/ceremonies/{ceremony}/"


class ReceiveDelegateList:
    """Takes note of an uploaded list; the same object again is the same list."""

    def __init__(self, table: Table, objects: Objects) -> None:
        self._table = table
        self._objects = objects

    def __call__(self, act: Act, *, ceremony: str, object_key: str, filename: str) -> DelegateList:
        """Raises NotFound (no such ceremony, `list.not_uploaded`), Invalid (`list.not_its_upload`, `list.too_large`), and
        Refused (`ceremony.over`): its delegates could have no ticket any more, and nobody would be told."""
        if act.at >= ShowCeremony(self._table)(ceremony).ends + VALID_AFTER_END:
            raise Refused("ceremony.over")
        if not object_key.startswith(upload_prefix(ceremony)):
            raise Invalid("list.not_its_upload", field="key")
        try:
            size = self._objects.size(object_key)
        except NotFound:
            raise NotFound("list.not_uploaded") from None
        if size > MAX_LIST_BYTES:
            raise Invalid("list.too_large", field="file", size=size >> 20, limit=MAX_LIST_BYTES >> 20)
        received = DelegateList(
            id=derived_id("delegate-list", ceremony, object_key),
            ceremony=ceremony,
            object_key=object_key,
            filename=nfc(filename)[:200],
            state=ListState.RECEIVED,
            received_at=act.at,
        )
        fact = DelegateListReceived(
            ceremony=ceremony, list_id=received.id, object_key=object_key, filename=received.filename
        )
        try:
            self._table.commit([_put(received, ABSENT)], [wrap(fact, act, subject=received.id, version=1)])
        except Conflict:
            return ShowDelegateList(self._table)(ceremony, received.id)
        return received


class ImportDelegates:
    """Registers the good rows of a received list, reports the others, and keeps the report as an object."""

    def __init__(self, table: Table, objects: Objects, read_sheets: ReadSheets) -> None:
        self._table = table
        self._objects = objects
        self._read_sheets = read_sheets

    def __call__(self, act: Act, *, ceremony: str, list_id: str, invited: InvitedUnits) -> DelegateList:
        """The list with its counts, or REFUSED with the reason where the file as a whole cannot be used.

        A list that is done is answered as it stands. Raises NotFound, Unavailable, Conflict.
        """
        received = ShowDelegateList(self._table)(ceremony, list_id)
        if received.state is not ListState.RECEIVED:
            return received
        try:
            if self._objects.size(received.object_key) > MAX_LIST_BYTES:
                raise Refused("list.too_large", size=">", limit=MAX_LIST_BYTES >> 20)
            data = first_reading(self._objects, received.object_key, kept=f"ceremonies/{received.id}")
            read = read_list(self._read_sheets(data), COLUMNS)
        except Refused as refused:
            return self._settle(act, replace(received, state=ListState.REFUSED, refusal=refused.code,
                                             refusal_facts=refused.facts))  # fmt: skip
        findings = Findings(read)
        good = delegates_of(read, invited, findings)
        registered = 0
        for start in range(0, len(good), _CHUNK):
            chunk = good[start : start + _CHUNK]
            registered += decide_again(partial(self._register, act, received, chunk, findings.note))
        self._keep_unit_names(ceremony, good)
        report = findings.report()
        return self._settle(
            act,
            replace(
                received,
                state=ListState.IMPORTED,
                rows=report.rows,
                accepted=report.accepted,
                rejected=report.rejected,
                registered=registered,
                last_order=max((delegate.order for _, delegate in good), default=0),
                report_key=self._keep_report(received, report),
            ),
        )

    def _register(self, act: Act, received: DelegateList, chunk: Rows, note: Callable[..., None]) -> int:
        """How many rows of the chunk are this list's own registrations."""
        writes: list[Write] = []
        facts: list[Envelope] = []
        counts: dict[str, int] = {}
        notes: list[tuple[ListRow, str]] = []
        own = 0
        for row, delegate in chunk:
            new = _registration(act, received, delegate)
            item = self._table.get(f"registration#{new.id}", "registration")
            standing = REGISTRATION.read(item.body) if item else None
            own += standing is None or standing.list_id == received.id
            if standing is None:
                writes.append(registration_put(new, ABSENT))
                facts.append(registered(act, new, version=1))
                counts[delegate.unit] = counts.get(delegate.unit, 0) + 1
                continue
            if standing.erased_at is not None:  # a list of before does not bring back what a person had erased
                notes.append((row, "delegate.erased_before"))
                continue
            differs = _details(standing.delegate) != _details(delegate)
            if standing.list_id != received.id and standing.state is RegistrationState.CANCELLED:
                notes.append((row, "delegate.cancelled_before"))
            elif standing.list_id != received.id and differs:  # who stands unchanged needs no line: the counts tell
                notes.append((row, "delegate.registered_before"))
            if item is not None and differs:
                changed, more = self._changed(act, standing, delegate, item.version)
                writes += changed
                facts += more
        if counts:
            writes += _counters(received.ceremony, counts)
        if writes:
            self._table.commit(writes, facts)
        for row, code in notes:
            note(row, "name", code)
        return own

    def _changed(
        self, act: Act, standing: Registration, delegate: Delegate, version: int
    ) -> tuple[list[Write], list[Envelope]]:
        """The registration with its new details and, in the same commit, the ticket that gates and the hall read.

        Id, token and category of a ticket stay: the category is signed into the token, and only a re-issue changes it.
        """
        changed = replace(delegate, row=standing.delegate.row, order=standing.delegate.order)
        writes: list[Write] = [registration_put(replace(standing, delegate=changed), version)]
        if standing.ticket is None or standing.state is not RegistrationState.REGISTERED:
            return writes, []
        item = self._table.get(f"ticket#{standing.ticket}", "ticket")
        if item is None:
            raise Conflict(key=f"ticket#{standing.ticket}")
        ticket = TICKET.read(item.body)
        told = replace(ticket, holder=delegate.name, office=delegate.office, unit_name=delegate.unit_name)
        if told != ticket:
            writes.append(ticket_put(told, item.version))
        if not delegate.email or delegate.email == standing.delegate.email:
            return writes, []
        fact = DelegateAddressGiven(ceremony=standing.ceremony, registration=standing.id, ticket=ticket.id)
        return writes, [wrap(fact, act, subject=standing.id, version=version + 1)]

    def _keep_unit_names(self, ceremony: str, good: Rows) -> None:
        """The hall screen names units without asking the directory every second."""
        listed = {delegate.unit: delegate.unit_name for _, delegate in good}

        def keep() -> None:
            item = self._table.get(f"ceremony#{ceremony}", "units")
            names = {**(item.body["names"] if item else {}), **listed}
            if item is None or names != item.body["names"]:
                body = {"names": names}
                expect = item.version if item else ABSENT
                self._table.commit([Put(partition=f"ceremony#{ceremony}", sort="units", body=body, expect=expect)])

        decide_again(keep)

    def _keep_report(self, received: DelegateList, report: ListReport) -> str:
        key = f"reports/ceremonies/{received.ceremony}/{received.id}.json"
        document = {"list": received.id, "filename": received.filename, "report": to_plain(report)}
        self._objects.replace(key, json.dumps(document, ensure_ascii=False, indent=1).encode(), "application/json")
        return key

    def _settle(self, act: Act, done: DelegateList) -> DelegateList:
        done = replace(done, done_at=act.at)
        fact = DelegateListImported(
            ceremony=done.ceremony, list_id=done.id, rows=done.rows, accepted=done.accepted, rejected=done.rejected
        )
        try:
            # A received list has version 1; whoever settles it first has settled it.
            self._table.commit([_put(done, 1)], [wrap(fact, act, subject=done.id, version=2)])
        except Conflict:
            return ShowDelegateList(self._table)(done.ceremony, done.id)
        return done


class ShowDelegateList:
    """One list of a ceremony."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, ceremony: str, list_id: str) -> DelegateList:
        """Raises NotFound(`list.unknown`)."""
        item = self._table.get(f"ceremony#{ceremony}", f"list#{list_id}")
        if item is None:
            raise NotFound("list.unknown", list=list_id[:40])
        return DELEGATE_LIST.read(item.body)


def _registration(act: Act, received: DelegateList, delegate: Delegate) -> Registration:
    return Registration(
        id=registration_id(received.ceremony, delegate),
        ceremony=received.ceremony,
        list_id=received.id,
        delegate=delegate,
        state=RegistrationState.REGISTERED,
        registered_at=act.at,
    )


def _details(delegate: Delegate) -> Delegate:
    """What a later list may correct; its place in that list is not part of it."""
    return replace(delegate, row=0, order=0)


def _counters(ceremony: str, counts: dict[str, int]) -> list[Write]:
    partition = f"attendance#{ceremony}"
    total = Add(partition=partition, sort="total", counter="registered", amount=sum(counts.values()))
    units = (
        Add(partition=partition, sort=f"unit#{unit}", counter="registered", amount=count)
        for unit, count in counts.items()
    )
    return [total, *units]


def _put(received: DelegateList, expect: int) -> Put:
    return Put(
        partition=f"ceremony#{received.ceremony}",
        sort=f"list#{received.id}",
        body=DELEGATE_LIST.body(received),
        expect=expect,
    )

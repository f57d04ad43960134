"""Send a message once and keep the record of it. Called by functions/*/send_*.py and functions/notices/*.py.

How "once" is kept without leases, when messages are redelivered, run at the same time, or the process dies:

1. The attempt is committed as PENDING with its number before anything is sent. Of two callers that take the same attempt
   one loses the conditional write; it steps aside with `Unavailable`, is redelivered later and then finds the outcome.
2. The letter is composed and handed to the channel.
3. SENT and the fact NoticeSent are one commit.

A crash between 2 and 3 leaves PENDING although the letter went out; the redelivery sends again as the next attempt:
a letter without a secret bears the same id (the notice's), so that the channel delivers it once where it can tell; a
letter with a secret bears `<id>-<attempt>`: compose makes a new secret, which ends the one before, so that of two
letters only the last opens anything. A letter is never lost, and never opens two doors. To another address than the
attempt before it is another letter, `<id>-<attempt>` too.

An address whose letters come back gets none (suppression.py): the ledger says so, and what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from events.envelope import Act
from shared.kernel.errors import Conflict, Invalid, Refused, Unavailable
from shared.kernel.ports import ABSENT, Letter, Mail, Table
from shared.kernel.text import nfc
from shared.notices import ledger, suppression
from shared.notices.model import Entry, EntryPage, Notice, Outcome, Record, State, address_hint, address_key
from shared.notices.suppression import ADDRESS_BOUNCED, ADDRESS_COMPLAINED

Compose = Callable[[int], Letter]
"""Makes the letter of an attempt (1, 2, ...), at the moment of sending. Its id, to and to_name are set by SendNotice."""

_TRIES = 5
_NO_ADDRESS: Final = "notice.no_address"
_FINAL: Final = frozenset(State) - {State.PENDING}
_WRONG_ADDRESS: Final = frozenset({"mail.bad_address", "mail.address_refused"})


def goes_on(record: Record, notice: Notice, address: str | None) -> bool:
    """Whether a notice is sent, or judged, (again) when its duty comes with this address (a digest).

    PENDING is; so is what was held back for its address (which may have been changed or lifted), and what came back or
    was refused because of its address when the duty comes with another one. A letter with a secret does not come back to
    life: it would end the secret of a newer one; who needs it asks for a new one, which is a notice of its own.
    """
    entry = record.entry
    if entry.state is State.PENDING:
        return True
    if address is None:
        return False
    if entry.reason == _NO_ADDRESS:
        return True
    if notice.carries_secret:
        return False
    if entry.state is State.SUPPRESSED:
        return entry.reason in (ADDRESS_BOUNCED, ADDRESS_COMPLAINED)
    if entry.state is State.BOUNCED or (entry.state is State.FAILED and entry.reason in _WRONG_ADDRESS):
        return record.address not in ("", address)
    return False


class SendNotice:
    """Sends one letter and records it; a repeat of a settled notice changes nothing."""

    def __init__(self, table: Table, mail: Mail) -> None:
        self._table = table
        self._mail = mail

    def __call__(self, act: Act, notice: Notice, compose: Compose) -> Outcome:
        """Send `notice` unless it is settled.

        No address -> SUPPRESSED `notice.no_address`; letters to the address came back, or its reader complained about
        letters of this kind -> SUPPRESSED `notice.address_bounced`, `notice.address_complained`. What becomes of these
        when the same notice comes with an address that gets letters: `goes_on`. `compose` raises Refused (nothing to say
        any more) -> SUPPRESSED with that code; the channel refuses the address -> FAILED with its code, not retried
        unless the address is changed. Raises Unavailable when the channel or the store cannot answer, or when another
        caller has just taken the attempt: redeliver.
        """
        found = ledger.find(self._table, notice.id)
        record, version = found if found is not None else (Record(entry=_new(notice, act.at)), ABSENT)
        address = address_key(notice.address) if notice.address else None
        if not goes_on(record, notice, address):
            return _found(record.entry)
        if not notice.address or address is None:
            return self._settle(act, notice, record, version, State.SUPPRESSED, _NO_ADDRESS)
        standing, _ = suppression.find(self._table, address)
        stopped = suppression.stops(standing, notice.kind)
        if stopped is not None and (record.entry.reason, record.address) == (stopped, address):
            return _found(record.entry)
        record = _addressed(record, notice, address)
        if stopped is not None:
            return self._settle(act, notice, record, version, State.SUPPRESSED, stopped)
        record = replace(record, entry=_taken(record.entry))
        try:
            self._table.commit([ledger.put(record, version)])
        except Conflict:
            raise Unavailable("notice.being_sent", notice=notice.id) from None
        return self._send(act, notice, notice.address, record, version + 1, compose)

    def _send(self, act: Act, notice: Notice, address: str, record: Record, version: int, compose: Compose) -> Outcome:
        try:
            letter = compose(record.entry.attempts)
        except Refused as refused:
            return self._settle(act, notice, record, version, State.SUPPRESSED, refused.code)
        try:
            self._mail.send(replace(letter, id=record.letter, to=address, to_name=nfc(notice.address_name)))
        except Refused as refused:
            return self._settle(act, notice, record, version, State.FAILED, refused.code)
        return self._settle(act, notice, record, version, State.SENT, None)

    def _settle(
        self, act: Act, notice: Notice, record: Record, version: int, state: State, reason: str | None
    ) -> Outcome:
        """One commit of the final state and its fact; if a later attempt has moved the entry on, that one decides."""
        for _ in range(_TRIES):
            settled = replace(record.entry, state=state, reason=reason, settled_at=act.at)
            try:
                write = ledger.put(replace(record, entry=settled), version)
                self._table.commit([write], [ledger.fact_of(act, settled, version + 1)])
            except Conflict:
                found = ledger.find(self._table, notice.id)
                if found is None:
                    raise
                before, (record, version) = record.entry, found
                entry = record.entry
                if state is State.SUPPRESSED and entry.state is State.PENDING and entry.attempts > before.attempts:
                    # Somebody else has an address, or a letter, for it: what that one does is the outcome.
                    raise Unavailable("notice.being_sent", notice=notice.id) from None
                if entry.state in _FINAL or notice.carries_secret:
                    # A later attempt with a newer secret settles for itself: what was sent here opens nothing.
                    return _found(entry)
                continue
            return Outcome(state=state, attempts=settled.attempts, now=True, reason=reason)
        raise Conflict(key=notice.id)


class ListNotices:
    """The ledger by kind, by state, or by both; newest first."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(
        self, *, kind: str | None = None, state: State | None = None, limit: int = 50, cursor: str | None = None
    ) -> EntryPage:
        """Up to `limit` (1 to 200) lines. Raises Invalid: no filter, bad limit, a cursor of another list."""
        if not 1 <= limit <= 200:
            raise Invalid("notice.limit", field="limit", most=200)
        if kind is None and state is None:
            raise Invalid("notice.filter_needed", field="state")
        try:
            if kind is not None:
                page = self._table.query(
                    f"kind#{kind}",
                    prefix=f"{state}#" if state else "",
                    limit=limit,
                    cursor=cursor,
                    reverse=True,
                    index=1,
                )
            else:
                page = self._table.query(f"state#{state}", limit=limit, cursor=cursor, reverse=True, index=2)
        except ValueError:
            raise Invalid("notice.cursor", field="cursor") from None
        return EntryPage(entries=tuple(ledger.entry_of(item) for item in page.items), cursor=page.cursor)


def _found(entry: Entry) -> Outcome:
    return Outcome(state=entry.state, attempts=entry.attempts, now=False, reason=entry.reason)


def _new(notice: Notice, at: datetime) -> Entry:
    return Entry(
        id=notice.id,
        kind=notice.kind,
        recipient=notice.recipient,
        subject_ref=notice.subject_ref,
        address_hint=address_hint(notice.address),
        state=State.PENDING,
        attempts=0,
        created_at=at,
    )


def _addressed(record: Record, notice: Notice, address: str) -> Record:
    """The record with this address, and the id of the letter that goes there next. What was reported of a letter to
    another address is over."""
    before, entry = record.address, record.entry
    if before not in ("", address):
        entry = replace(entry, said=None)
    another = notice.carries_secret or before not in ("", address)
    letter = f"{notice.id}-{entry.attempts + 1}" if another else record.letter or notice.id
    return Record(entry=replace(entry, address_hint=address_hint(notice.address)), address=address, letter=letter)


def _taken(entry: Entry) -> Entry:
    """The entry with its next attempt under way."""
    return replace(entry, state=State.PENDING, reason=None, settled_at=None, attempts=entry.attempts + 1, said=None)

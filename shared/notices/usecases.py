"""Send a message once and keep the record of it. Called by functions/*/send_*.py and functions/notices/*.py.

How "once" is kept without leases, when messages are redelivered, run at the same time, or the process dies:

1. The attempt is committed as PENDING with its number before anything is sent. Of two callers that take the same attempt
   one loses the conditional write; it steps aside with `Unavailable`, is redelivered later and then finds the outcome.
2. The letter is composed and handed to the channel.
3. SENT and the fact NoticeSent are one commit.

A crash between 2 and 3 leaves PENDING although the letter went out; the redelivery sends again as the next attempt:
a letter without a secret bears the same id (the notice's), so that the channel delivers it once where it can tell; a
letter with a secret bears `<id>-<attempt>`: compose makes a new secret, which ends the one before, so that of two
letters only the last opens anything. A letter is never lost, and never opens two doors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from events.envelope import Act, Envelope, wrap
from events.notices import NoticeSent, NoticeSuppressed
from shared.kernel.errors import Conflict, Invalid, Refused, Unavailable
from shared.kernel.ports import ABSENT, Item, Letter, Mail, Put, Table
from shared.kernel.shapes import Shape
from shared.kernel.text import nfc
from shared.notices.model import Entry, EntryPage, Notice, Outcome, State, address_hint

Compose = Callable[[int], Letter]
"""Makes the letter of an attempt (1, 2, ...), at the moment of sending. Its id, to and to_name are set by SendNotice."""

_ENTRY = Shape(Entry, 1)
_TRIES = 5
_NO_ADDRESS = "notice.no_address"
_FINAL = frozenset({State.SENT, State.FAILED, State.SUPPRESSED})


class SendNotice:
    """Sends one letter and records it; a repeat of a settled notice changes nothing."""

    def __init__(self, table: Table, mail: Mail) -> None:
        self._table = table
        self._mail = mail

    def __call__(self, act: Act, notice: Notice, compose: Compose) -> Outcome:
        """Send `notice` unless it is settled.

        No address -> SUPPRESSED `notice.no_address`, and sent when the same notice comes with one; `compose` raises
        Refused (nothing to say any more) -> SUPPRESSED with that code; the channel refuses the address -> FAILED with
        its code, never retried. Raises Unavailable when the channel or the store cannot answer, or when another caller
        has just taken the attempt: redeliver.
        """
        item = self._table.get(_partition(notice.id), "entry")
        entry = _ENTRY.read(item.body) if item else _new(notice, act.at)
        version = item.version if item else ABSENT
        if entry.state in _FINAL and not (entry.reason == _NO_ADDRESS and notice.address):
            return Outcome(state=entry.state, attempts=entry.attempts, now=False, reason=entry.reason)
        if not notice.address:
            return self._settle(act, notice, entry, version, State.SUPPRESSED, _NO_ADDRESS)
        entry = replace(
            entry,
            state=State.PENDING,
            reason=None,
            settled_at=None,
            attempts=entry.attempts + 1,
            address_hint=address_hint(notice.address),
        )
        try:
            self._table.commit([_put(entry, version)])
        except Conflict:
            raise Unavailable("notice.being_sent", notice=notice.id) from None
        return self._send(act, notice, notice.address, entry, version + 1, compose)

    def _send(self, act: Act, notice: Notice, address: str, entry: Entry, version: int, compose: Compose) -> Outcome:
        try:
            letter = compose(entry.attempts)
        except Refused as refused:
            return self._settle(act, notice, entry, version, State.SUPPRESSED, refused.code)
        letter_id = f"{notice.id}-{entry.attempts}" if notice.carries_secret else notice.id
        try:
            self._mail.send(replace(letter, id=letter_id, to=address, to_name=nfc(notice.address_name)))
        except Refused as refused:
            return self._settle(act, notice, entry, version, State.FAILED, refused.code)
        return self._settle(act, notice, entry, version, State.SENT, None)

    def _settle(
        self, act: Act, notice: Notice, entry: Entry, version: int, state: State, reason: str | None
    ) -> Outcome:
        """One commit of the final state and its fact; if a later attempt has moved the entry on, that one decides."""
        for _ in range(_TRIES):
            settled = replace(entry, state=state, reason=reason, settled_at=act.at)
            try:
                self._table.commit([_put(settled, version)], _facts(act, settled, version + 1))
            except Conflict:
                item = self._table.get(_partition(notice.id), "entry")
                if item is None:
                    raise
                before, entry, version = entry, _ENTRY.read(item.body), item.version
                if state is State.SUPPRESSED and entry.state is State.PENDING and entry.attempts > before.attempts:
                    # Somebody else has an address, or a letter, for it: what that one does is the outcome.
                    raise Unavailable("notice.being_sent", notice=notice.id) from None
                if entry.state in _FINAL or notice.carries_secret:
                    # A later attempt with a newer secret settles for itself: what was sent here opens nothing.
                    return Outcome(state=entry.state, attempts=entry.attempts, now=False, reason=entry.reason)
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
        return EntryPage(entries=tuple(_read(item) for item in page.items), cursor=page.cursor)


def _partition(notice: str) -> str:
    return f"notice#{notice}"


def _read(item: Item) -> Entry:
    return _ENTRY.read(item.body)


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


def _put(entry: Entry, expect: int) -> Put:
    created = entry.created_at.astimezone(UTC).isoformat(timespec="milliseconds")
    return Put(
        partition=_partition(entry.id),
        sort="entry",
        body=_ENTRY.body(entry),
        expect=expect,
        index1=(f"kind#{entry.kind}", f"{entry.state}#{created}#{entry.id}"),
        index2=(f"state#{entry.state}", f"{created}#{entry.id}"),
    )


def _facts(act: Act, entry: Entry, version: int) -> list[Envelope]:
    if entry.state is State.SENT:
        fact: NoticeSent | NoticeSuppressed = NoticeSent(notice=entry.id, kind=entry.kind, channel="MAIL")
    else:
        fact = NoticeSuppressed(notice=entry.id, kind=entry.kind, reason=entry.reason or "")
    return [wrap(fact, act, subject=entry.id, version=version)]

"""Addresses that get no letters, why, and for which letters. Decided here; asked by SendNotice, written by feedback.py.

A letter that came back for good stops every letter to its address, until the address is changed or an organiser lifts
it: mail services measure how many letters come back, and suspend senders who go on. A complaint ("this is spam") stops
reminders only. Invitations, links to sign, receipts, records and warnings are owed to the recipient, some of them as
its protection (FORMATS 6), and a tap on a button in a mail program must not take that away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from shared.kernel.ports import ABSENT, Put, Table
from shared.kernel.shapes import Shape
from shared.notices.model import Entry, Report, State

ADDRESS_BOUNCED: Final = "notice.address_bounced"
ADDRESS_COMPLAINED: Final = "notice.address_complained"
OPTIONAL_KINDS: Final = frozenset({"reminder", "reminder-remember"})
"""What a recipient who complains no longer gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """When and with which notice it began; `reason` is the code of the report."""

    reason: str
    at: datetime
    notice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """What stands against an address. `lifted_at`: reports of letters that were sent before then are past and count no
    more, however late they come."""

    bounced: Mark | None = None
    complained: Mark | None = None
    lifted_at: datetime | None = None


_SUPPRESSION: Final = Shape(Suppression, 1)
NONE: Final = Suppression()


def find(table: Table, address: str) -> tuple[Suppression, int]:
    """What stands against an address (its digest), and the version to expect when writing."""
    item = table.get(_partition(address), "suppression")
    return (NONE, ABSENT) if item is None else (_SUPPRESSION.read(item.body), item.version)


def put(address: str, suppression: Suppression, expect: int) -> Put:
    """The write of a suppression."""
    body = _SUPPRESSION.body(suppression)
    return Put(partition=_partition(address), sort="suppression", body=body, expect=expect)


def stops(standing: Suppression, kind: str) -> str | None:
    """Why a letter of this kind does not go to the address (a code), or None."""
    if standing.bounced is not None:
        return ADDRESS_BOUNCED
    if standing.complained is not None and kind in OPTIONAL_KINDS:
        return ADDRESS_COMPLAINED
    return None


def marked(standing: Suppression, report: Report, mark: Mark, *, sent_at: datetime) -> Suppression:
    """With the mark of one report about a letter sent at `sent_at`. Of several marks the earliest stays, so that repeats
    and another order change nothing."""
    if standing.lifted_at is not None and sent_at <= standing.lifted_at:
        return standing
    if report is Report.BOUNCED:
        return replace(standing, bounced=_earliest((standing.bounced, mark)))
    if report is Report.COMPLAINED:
        return replace(standing, complained=_earliest((standing.complained, mark)))
    return standing


def may_be_lifted(entry: Entry) -> bool:
    """Whether this line of the ledger is one from which an organiser lets letters go to its address again."""
    complained = entry.said is not None and entry.said.report is Report.COMPLAINED
    held = entry.reason in (ADDRESS_BOUNCED, ADDRESS_COMPLAINED)
    return (entry.state is State.BOUNCED or held or complained) and entry.lifted_at is None


def _earliest(marks: Iterable[Mark | None]) -> Mark:
    return min((mark for mark in marks if mark is not None), key=lambda mark: (mark.at, mark.notice, mark.reason))


def _partition(address: str) -> str:
    return f"address#{address}"

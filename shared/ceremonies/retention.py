"""What ends some time after a ceremony: addresses and numbers first, then who was registered and who came.

Called once a day by shared/edge/retention.py. Bounded and idempotent: each run changes at most so many registrations, looks at
what is left, and marks the ceremony when nothing is. A run that is repeated, or stopped anywhere, goes on where it was.

    ceremony#C    retention    what has been done for this ceremony, and when
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Final

from events.envelope import Act
from shared.ceremonies.erasing import anonymous, traces, without_contacts
from shared.ceremonies.model import CEREMONY, DELEGATE_LIST, REGISTRATION, Ceremony, Registration
from shared.ceremonies.registrations import SHARD, ListDelegateLists, registration_put
from shared.kernel.clock import rfc3339
from shared.kernel.conflicts import decide_again
from shared.kernel.ports import ABSENT, ANY, Delete, Item, Objects, Put, Table, Write
from shared.kernel.shapes import Shape
from shared.kernel.uploads import KEPT

CHUNK: Final = 8
"""Registrations of one commit: each with its tickets, admissions and member well under the 100 that a commit takes."""
GONE: Final = b"removed"
"""What stands in place of a file that was emptied."""


class Stage(StrEnum):
    """CONTACTS: addresses, numbers, remarks, the lists that came in. PEOPLE: names, tickets, who came in, refused scans."""

    CONTACTS = "CONTACTS"
    PEOPLE = "PEOPLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """When each stage was finished for a ceremony, and how many registrations it changed in all."""

    contacts_at: datetime | None = None
    people_at: datetime | None = None
    contacts: int = 0
    people: int = 0


DONE: Final = Shape(Done, 1)


class CeremoniesBefore:
    """Ceremonies that began before a moment, the earliest first."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, end: datetime) -> Iterator[Ceremony]:
        cursor = None
        while True:
            page = self._table.query("ceremonies", between=("0", rfc3339(end)), limit=200, cursor=cursor, index=1)
            yield from (CEREMONY.read(item.body) for item in page.items)
            cursor = page.cursor
            if cursor is None:
                return


class ApplyRetention:
    """One stage for one ceremony."""

    def __init__(self, table: Table, objects: Objects) -> None:
        self._table = table
        self._objects = objects

    def __call__(self, act: Act, ceremony: str, stage: Stage, *, most: int) -> int:
        """How many registrations were changed now, at most about `most`; the stage is marked as finished when none is left."""
        item = self._table.get(f"ceremony#{ceremony}", "retention")
        done = DONE.read(item.body) if item else Done()
        if (done.contacts_at if stage is Stage.CONTACTS else done.people_at) is not None:
            return 0
        changed = 0
        waiting: list[str] = []
        for registration in self._left(ceremony, stage):
            waiting.append(registration)
            if len(waiting) == CHUNK:
                changed += self._chunk(act, waiting, stage)
                waiting = []
            if changed >= most:
                self._keep(ceremony, item, _counted(done, stage, changed))
                return changed
        changed += self._chunk(act, waiting, stage)
        if stage is Stage.CONTACTS:
            self._empty_lists(act, ceremony)
        else:
            self._forget_scans(ceremony)
        self._keep(ceremony, item, _finished(_counted(done, stage, changed), stage, act.at))
        return changed

    def _left(self, ceremony: str, stage: Stage) -> Iterator[str]:
        """Registrations that still hold what the stage removes, as the index has them."""
        shards = max((each.last_order for each in ListDelegateLists(self._table)(ceremony)), default=0) // SHARD + 1
        for shard in range(shards):
            cursor = None
            while True:
                page = self._table.query(f"registrations#{ceremony}#{shard}", limit=200, cursor=cursor, index=1)
                yield from (
                    each.id for each in map(_read, page.items) if after(each, stage, each.registered_at) != each
                )
                cursor = page.cursor
                if cursor is None:
                    break

    def _chunk(self, act: Act, registrations: list[str], stage: Stage) -> int:
        return decide_again(partial(self._change, act, registrations, stage)) if registrations else 0

    def _change(self, act: Act, registrations: list[str], stage: Stage) -> int:
        writes: list[Write] = []
        count = 0
        for id_ in registrations:
            item = self._table.get(f"registration#{id_}", "registration")
            standing = _read(item) if item else None
            if item is None or standing is None or after(standing, stage, act.at) == standing:
                continue
            writes.append(registration_put(after(standing, stage, act.at), item.version))
            writes += traces(self._table, standing) if stage is Stage.PEOPLE else []
            count += 1
        if writes:
            self._table.commit(writes)
        return count

    def _empty_lists(self, act: Act, ceremony: str) -> None:
        """The files that came in and their reports hold addresses and numbers too."""
        for each in ListDelegateLists(self._table)(ceremony):
            if each.cleared_at is not None:
                continue
            for key in (each.object_key, f"{KEPT}ceremonies/{each.id}", each.report_key):
                if key:
                    self._objects.replace(key, GONE, "text/plain")
            item = self._table.get(f"ceremony#{ceremony}", f"list#{each.id}")
            if item is not None:
                standing = DELEGATE_LIST.read(item.body)
                cleared = DELEGATE_LIST.body(replace(standing, report_key=None, cleared_at=act.at))
                self._table.commit([Put(partition=item.partition, sort=item.sort, body=cleared, expect=item.version)])

    def _forget_scans(self, ceremony: str) -> None:
        for shard in "0123456789abcdef":
            while items := self._table.query(f"scans#{ceremony}#{shard}", limit=90).items:
                self._table.commit([Delete(partition=each.partition, sort=each.sort, expect=ANY) for each in items])

    def _keep(self, ceremony: str, item: Item | None, done: Done) -> None:
        expect = item.version if item else ABSENT
        put = Put(partition=f"ceremony#{ceremony}", sort="retention", body=DONE.body(done), expect=expect)
        self._table.commit([put])


def after(registration: Registration, stage: Stage, at: datetime) -> Registration:
    """The registration as the stage leaves it; the same where there is nothing left to remove."""
    if stage is Stage.CONTACTS:
        return without_contacts(registration)
    return registration if registration.erased_at is not None else anonymous(registration, at)


def _counted(done: Done, stage: Stage, changed: int) -> Done:
    if stage is Stage.CONTACTS:
        return replace(done, contacts=done.contacts + changed)
    return replace(done, people=done.people + changed)


def _finished(done: Done, stage: Stage, at: datetime) -> Done:
    return replace(done, contacts_at=at) if stage is Stage.CONTACTS else replace(done, people_at=at)


def _read(item: Item) -> Registration:
    return REGISTRATION.read(item.body)

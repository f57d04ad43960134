"""What officers do to the system itself: ask for a copy of the data, have work tried again or give it up; with who and why.

Called by functions/operations/http.py and, for the copy, by the embedded engine's own timed work (infra/embedded/nightly.py): the
request is one item, so that it outlives the page that made it and the process that carries it out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from events.envelope import Act
from shared.kernel.clock import rfc3339
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Invalid
from shared.kernel.ids import random_id
from shared.kernel.ports import ABSENT, Put, Table
from shared.kernel.shapes import Shape
from shared.kernel.text import nfc

MAX_REASON: Final = 300
STUCK: Final = timedelta(hours=6)
"""After which a copy that was begun and never ended may be asked for again: its process is gone."""


class CopyState(StrEnum):
    """REQUESTED: waits for the engine, which looks once a minute."""

    REQUESTED = "REQUESTED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyRequest:
    """The latest request for a copy, and what became of it: number of files and bytes, or the code of what went wrong."""

    state: CopyState
    requested_at: datetime
    requested_by: str
    done_at: datetime | None = None
    files: int = 0
    size: int = 0
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """Somebody had work tried again (RETRY) or gave it up (DROP): `item` empty for all of a work, `count` messages."""

    kind: str
    work: str
    item: str
    count: int
    reason: str
    at: datetime
    by: str


COPY: Final = Shape(CopyRequest, 1)
INTERVENTION: Final = Shape(Intervention, 1)


class ReadCopyRequest:
    """The latest request, None before the first."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self) -> CopyRequest | None:
        item = self._table.get("office", "copy")
        return None if item is None else COPY.read(item.body)


class RequestCopy:
    """Asks for a copy of the data. While one is asked for or under way, that one is answered."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act) -> CopyRequest:
        return decide_again(lambda: self._ask(act))

    def _ask(self, act: Act) -> CopyRequest:
        item = self._table.get("office", "copy")
        if item is not None:
            standing = COPY.read(item.body)
            open_still = standing.state in (CopyState.REQUESTED, CopyState.RUNNING)
            if open_still and act.at < standing.requested_at + STUCK:
                return standing
        made = CopyRequest(state=CopyState.REQUESTED, requested_at=act.at, requested_by=act.actor.id)
        self._table.commit([_put(made, item.version if item else ABSENT)])
        return made


class TakeCopyRequest:
    """For whoever makes copies: the request that waits, now RUNNING; None if none waits."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self) -> CopyRequest | None:
        item = self._table.get("office", "copy")
        if item is None or COPY.read(item.body).state is not CopyState.REQUESTED:
            return None
        taken = replace(COPY.read(item.body), state=CopyState.RUNNING)
        self._table.commit([_put(taken, item.version)])
        return taken


class SettleCopyRequest:
    """Writes down how the running request ended."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, at: datetime, *, files: int = 0, size: int = 0, code: str = "") -> None:
        """`code`: of what went wrong. Nothing happens if no request is running."""
        item = self._table.get("office", "copy")
        if item is None or COPY.read(item.body).state is not CopyState.RUNNING:
            return
        state = CopyState.FAILED if code else CopyState.DONE
        done = replace(COPY.read(item.body), state=state, done_at=at, files=files, size=size, code=code)
        self._table.commit([_put(done, item.version)])


class NoteIntervention:
    """Keeps who had what tried again or gave it up. Before the deed: what is noted may not have happened, never the reverse."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, *, kind: str, work: str, item: str = "", count: int = 0, reason: str = "") -> None:
        """Raises Invalid(`operations.reason`) where something is given up without a reason."""
        clean = nfc(reason)
        if (kind == "DROP" and not clean) or len(clean) > MAX_REASON:
            raise Invalid("operations.reason", field="reason", most=MAX_REASON)
        made = Intervention(kind=kind, work=work, item=item, count=count, reason=clean, at=act.at, by=act.actor.id)
        sort = f"{rfc3339(act.at)}#{random_id()}"
        self._table.commit([Put(partition="interventions", sort=sort, body=INTERVENTION.body(made), expect=ABSENT)])


class ListInterventions:
    """The latest, newest first."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, limit: int = 20) -> tuple[Intervention, ...]:
        page = self._table.query("interventions", limit=limit, reverse=True)
        return tuple(INTERVENTION.read(item.body) for item in page.items)


def _put(request: CopyRequest, expect: int) -> Put:
    return Put(partition="office", sort="copy", body=COPY.body(request), expect=expect)

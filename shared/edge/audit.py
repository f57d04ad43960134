"""The audit trail (DESIGN 5): every change by a person or a device leaves who, when, from where and what, in its own commit.

Called by the HTTP edge, which gives a route's code the tables of its request through `audited`. Because the line rides in
the change's commit there is no change without it and no line without a change. Lines are only ever added: both stores
refuse anything else under `audit#` (kernel/limits.py). Reading personal data in bulk leaves a line too (`note_reading`).
Read by shared/edge/trail.py.

    audit#<day>    <time>#<random>    a line; in the table of the context that changed (day and time in UTC)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from events.envelope import Act, Envelope
from shared.edge.read_through import ReadThrough
from shared.kernel.clock import moment_key
from shared.kernel.ids import random_id
from shared.kernel.ports import ABSENT, Check, Put, Table, Write

_OF_PEOPLE = "address#"
"""Keys made from a mail address: whoever guesses the address could find it in a line that outlives the account."""
MOST_KEYS = 40
"""Keys named in a line; a chunk of a list touches more, and its first ones tell which list it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """From where and by which route: the caller's network address, `POST /api/v1/...` with its {names}, and the path.

    `approval` and `proposer`: the proposal that a second officer carries out, and whose it was (four_eyes.py).
    """

    address: str
    route: str
    path: str
    approval: str = ""
    proposer: str = ""


@dataclass(frozen=True, slots=True)
class AuditedTable(ReadThrough):
    """A table whose commits each carry a line of the trail."""

    act: Act
    source: Source

    def commit(self, writes: Sequence[Write], events: Sequence[Envelope] = ()) -> None:
        self.table.commit([*writes, self._line(writes, events)], events)

    def _line(self, writes: Sequence[Write], events: Sequence[Envelope]) -> Put:
        keys = [
            f"{write.partition} {write.sort}"
            for write in writes
            if not isinstance(write, Check) and not write.partition.startswith(_OF_PEOPLE)
        ]
        return line_of(self.act, self.source, changed=keys[:MOST_KEYS], facts=sorted({event.type for event in events}))


def line_of(act: Act, source: Source, *, changed: Sequence[str], facts: Sequence[str], **more: Any) -> Put:
    """The write of one line; `more` as note_reading has it."""
    body = {
        "shape": 1,
        "who": {"kind": act.actor.kind, "id": act.actor.id},
        "at": act.at.isoformat().replace("+00:00", "Z"),
        "from": source.address,
        "route": source.route,
        "path": source.path,
        "changed": list(changed),
        "facts": list(facts),
        "correlation_id": act.correlation_id,
        **({"approval": source.approval, "proposer": source.proposer} if source.approval else {}),
        **more,
    }
    place = moment_key(act.at)
    sort = f"{place}#{random_id()}"  # a client chooses correlation ids: they may come twice
    return Put(partition=f"audit#{place[:10]}", sort=sort, body=body, expect=ABSENT)


def note_reading(
    table: Table, act: Act, source: Source, *, kind: str, count: int | None, asked: Mapping[str, str]
) -> None:
    """Notes that personal data of many people was read: of which `kind` (Route.reads), how many, with which filters.

    A commit of its own, after the answer is made and before it is given: who cannot be noted is not answered.
    """
    filters = {name: value[:200] for name, value in sorted(asked.items())[:20] if name != "cursor"}
    table.commit([line_of(act, source, changed=(), facts=(), reads=kind, count=count, filters=filters)])


def audited(table: Callable[[str], Table], act: Act, source: Source) -> Callable[[str], Table]:
    """The same tables, leaving a line for every commit of this request."""
    return lambda context: AuditedTable(table(context), act, source)

"""The envelope of every published fact (DESIGN 4): CloudEvents names, past-tense facts, ids and what a consumer needs.

`wrap` is called by use cases; `open_envelope` by the edge before a consumer runs. An unknown type or version is refused
loudly (`UnknownEvent`), so that the message ends in the dead letters instead of being half understood.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from events.plain import Plain, from_plain, to_plain

MAX_EVENT_BYTES = 8 * 1024
"""Documents go by object key and digest, so a fact stays small (DESIGN 4)."""


class UnknownEvent(ValueError):
    """No class in the catalogue for this type and version."""


class EventTooLarge(ValueError):
    """The envelope would pass MAX_EVENT_BYTES."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who caused it: `kind` is PERSON, DEVICE, TOKEN, PARTY, SYSTEM or PUBLIC; `id` is never a name or an address."""

    kind: str
    id: str


SYSTEM = Actor(kind="SYSTEM", id="giaouoc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act in progress: who acts, when, and in which chain of causes. First argument of every use case."""

    actor: Actor
    at: datetime
    correlation_id: str
    causation_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A published fact. `sequence` = the aggregate's version x 100 + place in the commit; the bus keeps no order."""

    id: str
    type: str
    version: int
    source: str
    subject: str
    sequence: int
    occurred_at: datetime
    actor: Actor
    correlation_id: str
    causation_id: str | None
    data: Mapping[str, Plain]

    def wire(self) -> dict[str, Plain]:
        """The JSON object that travels."""
        plain: dict[str, Plain] = to_plain(self)
        return plain

    def act(self, at: datetime) -> Act:
        """The act that a consumer of this fact performs at `at`: the system's own, in the same chain of causes."""
        return Act(actor=SYSTEM, at=at, correlation_id=self.correlation_id, causation_id=self.id)


def wrap(event: Any, act: Act, *, subject: str, version: int, place: int = 0) -> Envelope:
    """The envelope of `event`, a dataclass of the catalogue.

    `subject` is the aggregate's id, `version` the aggregate's version after this commit, `place` (0-99) the event's
    place among the events of the commit about that aggregate. The id follows from subject, sequence and type, so that
    the same commit tried twice publishes the same ids. Raises EventTooLarge.
    """
    if not 0 <= place <= 99:
        raise ValueError("at most 100 events about one aggregate in one commit")
    kind, number, source = type_of(type(event))
    sequence = version * 100 + place
    name = hashlib.sha256(f"{source}|{kind}|{subject}|{sequence}".encode()).hexdigest()[:32]
    envelope = Envelope(
        id=name,
        type=kind,
        version=number,
        source=source,
        subject=subject,
        sequence=sequence,
        occurred_at=act.at.astimezone(UTC),
        actor=act.actor,
        correlation_id=act.correlation_id,
        causation_id=act.causation_id,
        data=to_plain(event),
    )
    if len(json.dumps(envelope.wire(), ensure_ascii=False).encode()) > MAX_EVENT_BYTES:
        raise EventTooLarge(f"{kind} v{number}")
    return envelope


def read_envelope(wire: Mapping[str, Plain]) -> Envelope:
    """The envelope read from its JSON object. Raises PlainError."""
    return from_plain(Envelope, dict(wire))


def source_of(module: str) -> str:
    """The source that the envelopes of a context's module name: `giaouoc.pledges` for `events.pledges`."""
    return "giaouoc." + module.rpartition(".")[2]


def type_of(cls: type[Any]) -> tuple[str, int, str]:
    """(type, version, source) of a catalogued event class. Raises UnknownEvent."""
    listed: Mapping[tuple[str, int], type[Any]] = getattr(sys.modules.get(cls.__module__), "EVENTS", {})
    for (kind, version), one in listed.items():
        if one is cls:
            return kind, version, source_of(cls.__module__)
    raise UnknownEvent(cls.__name__)


def open_envelope(envelope: Envelope, among: Iterable[type[Any]]) -> Any:
    """The fact inside, as its class among these (whoever takes any fact gives the catalogue's). Unknown fields are ignored.

    Raises UnknownEvent, PlainError.
    """
    kind, version = envelope.type, envelope.version
    for cls in among:
        if type_of(cls)[:2] == (kind, version):
            return from_plain(cls, dict(envelope.data))
    raise UnknownEvent(f"{kind} v{version}")

"""The ports of what runs behind the pages: work that could not be done, and the copies kept of the data.

Who implements: shared/embedded/{failed_work,backups}.py, shared/aws/{failed_work,backups}.py; one contract suite. Who calls: the
pages and the API under "Kỹ thuật" (functions/operations, functions/console/operations.py). Nothing here tells personal data: a
message is known by its fact's type, the ids in it and the code of the error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

MOST_AT_ONCE: Final = 100
"""Messages that one call tries again: an answer must not wait for thousands. What stays is said, and the call made again."""
THINGS: Final = ("ceremony", "pledge", "decision", "certificate", "campaign", "unit", "registration", "notice")
"""Fields of a fact that name a thing."""
_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9.]{0,79}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A kind of background work by its queue's short name. `waiting`: due or to be tried again, since `oldest` if that is known;
    `failed`: put aside after the last attempt. `by_command`: put aside where only the command `redrive` brings it back."""

    name: str
    waiting: int
    failed: int
    oldest: datetime | None = None
    by_command: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedItem:
    """One message that was put aside. `fact`: the type of what it reports; `things`: kind -> id of what it is about; `reason`:
    class and code of the error where the engine knows them (else `-`: they stand in the log, under `correlation_id`)."""

    id: str
    fact: str
    correlation_id: str
    since: datetime
    reason: str
    attempts: int | None = None
    things: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """How many messages went back to be tried anew, and how many of those that were asked for stay."""

    count: int
    left: int = 0


class FailedWork(Protocol):
    """What could not be done. Every work does no harm when done twice, so trying again is always safe."""

    def works(self) -> tuple[Work, ...]:
        """Every kind of work, in the order of their names, the idle ones too. Raises Unavailable."""
        ...

    def look(self, work: str, limit: int = 50) -> tuple[FailedItem, ...]:
        """Some of the messages put aside, the oldest first; they stay. `limit` 1 to 100.
        Raises NotFound(`operations.no_work`)."""
        ...

    def retry(self, work: str, ids: Collection[str] | None = None) -> Retried:
        """Those messages, or up to MOST_AT_ONCE of all. One that is not there (any more) counts as left.
        Raises NotFound(`operations.no_work`)."""
        ...

    def drop(self, work: str, id: str) -> bool:  # noqa: A002
        """Gives one message up for good; False if it is not there (any more). Raises NotFound(`operations.no_work`)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """How the data is kept twice. `way`: COPIES (whole copies in a folder: the latest was made at `latest`, there are `count`)
    or POINT_IN_TIME (the tables can be brought back to any second from `earliest` to `latest`). `missing`: tables, of
    POINT_IN_TIME, that are not kept so; `on_demand`: whether a copy can be asked for."""

    way: str
    latest: datetime | None
    earliest: datetime | None = None
    count: int = 0
    missing: tuple[str, ...] = ()
    on_demand: bool = False


class Backups(Protocol):
    """What the engine itself knows of the copies of its data."""

    def copies(self) -> Copies:
        """As of now. Raises Unavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What may be told of a message's body: no value of it but ids."""

    fact: str = "-"
    correlation_id: str = "-"
    things: Mapping[str, str] = field(default_factory=dict)


def told_of(body: str) -> Told:
    """Of a message as the bus or a schedule brings it; of any other nothing."""
    try:
        detail = json.loads(body)["detail"]
        data: Mapping[str, Any] = detail["data"]
        given = ((thing, data.get(thing)) for thing in THINGS)
        return Told(
            fact=_plain(_NAME, detail["type"]),
            correlation_id=_plain(_ID, detail["correlation_id"]),
            things={thing: value for thing, value in given if isinstance(value, str) and _ID.fullmatch(value)},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return Told()


def _plain(form: re.Pattern[str], value: object) -> str:
    return value if isinstance(value, str) and form.fullmatch(value) else "-"

"""Pledges in the table: keys of the items, reading them, and the writes of one decision. Used by this context's use cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from events.envelope import Act, Envelope, wrap
from shared.kernel.errors import NotFound
from shared.kernel.ports import ABSENT, Item, Put, Table, Write
from shared.kernel.shapes import Shape
from shared.pledges.model import AUDIT_LINE, DRAFT, PLEDGE, SIGNATURE, AuditLine, Draft, Pledge, Signature

RETRIES = 5
"""Tries of an organiser's verb against others' commits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A pledge and the version of its item, to be expected by the next commit."""

    pledge: Pledge
    version: int


def pledge_key(pledge: str) -> str:
    """The partition of everything that belongs to one pledge."""
    return f"pledge#{pledge}"


def link_key(version: int, party: int) -> str:
    return f"link#{version:03d}#{party:03d}"


def signature_key(version: int, party: int) -> str:
    return f"signature#{version:03d}#{party:03d}"


def text_key(version: int) -> str:
    return f"text#{version:03d}"


def load(table: Table, pledge: str) -> Loaded:
    """The pledge as of now. Raises NotFound."""
    item = table.get(pledge_key(pledge), "pledge")
    if item is None:
        raise NotFound("pledge.not_found")
    return Loaded(pledge=PLEDGE.read(item.body), version=item.version)


def load_draft(table: Table, pledge: str, version: int | None = None) -> Draft:
    """The draft being made, or with `version` the text as frozen. Raises NotFound."""
    item = table.get(pledge_key(pledge), "draft" if version is None else text_key(version))
    if item is None:
        raise NotFound("pledge.not_found")
    return DRAFT.read(item.body)


def load_signatures(table: Table, pledge: str, version: int) -> tuple[Signature, ...]:
    """All signatures of a version, by party number."""
    page = table.query(pledge_key(pledge), prefix=f"signature#{version:03d}#", limit=1000)
    return tuple(SIGNATURE.read(item.body) for item in page.items)


def put(partition: str, sort: str, shape: Shape[Any], value: object, expect: int | None, **more: Any) -> Put:
    """A Put of a value in its shape."""
    return Put(partition=partition, sort=sort, body=shape.body(value), expect=expect, **more)


def put_pledge(pledge: Pledge, expect: int) -> Put:
    """The pledge item with its index keys."""
    drafted = pledge.drafted_at.astimezone(UTC).isoformat(timespec="milliseconds")
    return put(
        pledge_key(pledge.id),
        "pledge",
        PLEDGE,
        pledge,
        expect,
        index1=(f"issuer#{pledge.issuer}", f"{drafted}#{pledge.id}"),
        index2=(f"ceremony#{pledge.ceremony}", pledge.id) if pledge.ceremony else None,
    )


def put_audit(
    act: Act, pledge: str, item_version: int, verb: str, *, party: int | None = None, reason: str | None = None
) -> Put:
    """The audit line of the commit that makes `item_version` of the pledge."""
    line = AuditLine(at=act.at, actor_kind=act.actor.kind, actor_id=act.actor.id, verb=verb, party=party, reason=reason)
    return put(pledge_key(pledge), f"audit#{item_version:08d}", AUDIT_LINE, line, ABSENT)


def wrapped(act: Act, pledge: str, item_version: int, facts: Sequence[Any]) -> list[Envelope]:
    """The facts of one commit in their order."""
    return [wrap(fact, act, subject=pledge, version=item_version, place=place) for place, fact in enumerate(facts)]


def commit(
    table: Table, act: Act, loaded: Loaded, after: Pledge, facts: Sequence[Any], more: Sequence[Write] = ()
) -> None:
    """The pledge as decided, further writes, and the facts, all or nothing. Raises Conflict."""
    version = loaded.version + 1
    table.commit([put_pledge(after, loaded.version), *more], wrapped(act, after.id, version, facts))


def version_of(item: Item | None) -> int:
    """What a Put over `item` expects."""
    return item.version if item else ABSENT

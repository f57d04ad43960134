"""What a person was typing, kept on the server until it is sent: a session that ends loses nothing. Called by
functions/identity/drafts_http.py.

    drafts#<account>    <form>    one draft for each form; gone 30 days after it was last kept

A draft is nobody's business but its writer's: it is no record, nothing is decided on it, and no line of the audit trail tells of
it (edge/http.py). Two tabs of one person share a draft, and the one typed in last wins.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from events.envelope import Act
from shared.kernel.errors import Invalid
from shared.kernel.ports import ANY, Delete, Item, Put, Table
from shared.kernel.shapes import Shape

KEPT: Final = timedelta(days=30)
MOST: Final = 50
"""Drafts of one person; the oldest makes way for a new one."""
MAX_BYTES: Final = 64 * 1024
"""Of a draft's fields as JSON: some 20,000 Vietnamese words."""
_FORM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`fields`: by the name of each field what it held, one value or several."""

    form: str
    fields: Mapping[str, tuple[str, ...]]
    saved_at: datetime


DRAFT: Final = Shape(Draft, 1)


class SaveDraft:
    """Keeps what was typed, in place of what was kept before."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, form: str, fields: Mapping[str, tuple[str, ...]]) -> Draft:
        """Raises Invalid: a bad form key (`draft.form`), or more than MAX_BYTES (`draft.too_large`)."""
        size = len(json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        if size > MAX_BYTES:
            raise Invalid("draft.too_large", field="fields", limit=MAX_BYTES // 1024)
        draft = Draft(form=_checked(form), fields=fields, saved_at=act.at)
        partition = _partition(act.actor.id)
        put = Put(partition=partition, sort=form, body=DRAFT.body(draft), expect=ANY, expires_at=act.at + KEPT)
        self.table.commit([put, *self._making_way(partition, form)])
        return draft

    def _making_way(self, partition: str, form: str) -> list[Delete]:
        if self.table.get(partition, form) is not None:
            return []
        kept = sorted(self.table.query(partition, limit=2 * MOST).items, key=_saved_at)
        surplus = max(0, len(kept) - MOST + 1)
        return [Delete(partition=partition, sort=item.sort, expect=ANY) for item in kept[:surplus]]


class ReadDraft:
    """What the caller was typing in a form; None if there is nothing, or it is too old."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, form: str) -> Draft | None:
        item = self.table.get(_partition(act.actor.id), _checked(form))
        draft = DRAFT.read(item.body) if item else None
        return draft if draft is not None and act.at < draft.saved_at + KEPT else None


class DropDraft:
    """The form was sent, or its writer wants to begin anew. Dropping what is not there is no error."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, form: str) -> None:
        self.table.commit([Delete(partition=_partition(act.actor.id), sort=_checked(form), expect=ANY)])


def _partition(person: str) -> str:
    return f"drafts#{person}"


def _checked(form: str) -> str:
    if _FORM.fullmatch(form) is None:
        raise Invalid("draft.form", field="form")
    return form


def _saved_at(item: Item) -> datetime:
    return DRAFT.read(item.body).saved_at

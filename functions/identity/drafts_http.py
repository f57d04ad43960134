"""HTTP /api/v1/drafts/{form}: what the caller is typing is kept, read again and dropped. Its routes join those of http.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.edge.answers import Answer
from shared.edge.http import Request, Route


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftBody:
    """By the name of each field what it holds, one value or several; at most 64 KB."""

    fields: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """`saved_at` is null where nothing is kept."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    saved_at: datetime | None = None


def read_draft(request: Request) -> Answer:
    from shared.identity.drafts import ReadDraft  # not with a session's first look

    found = ReadDraft(request.ports.table("identity"))(request.act, request.params["form"])
    return Answer(DraftView() if found is None else DraftView(fields=found.fields, saved_at=found.saved_at))


def save_draft(request: Request) -> Answer:
    from shared.identity.drafts import SaveDraft

    kept = SaveDraft(request.ports.table("identity"))(request.act, request.params["form"], request.body.fields)
    return Answer(DraftView(fields=kept.fields, saved_at=kept.saved_at))


def drop_draft(request: Request) -> Answer:
    from shared.identity.drafts import DropDraft

    DropDraft(request.ports.table("identity"))(request.act, request.params["form"])
    return Answer(None)


PATH = "/api/v1/drafts/{form}"
ROUTES = (
    Route(method="GET", path=PATH, scope="draft:read", run=read_draft, answer=DraftView, summary="Read my draft"),
    Route(method="PUT", path=PATH, scope="draft:write", run=save_draft, body=DraftBody, answer=DraftView,
          summary="Keep what I am typing"),
    Route(method="DELETE", path=PATH, scope="draft:write", run=drop_draft, ok=204, summary="Drop my draft"),
)  # fmt: skip

"""HTTP /api/v1/operations, /api/v1/settings and the pages /console/operations, /console/settings: for whoever looks after the
system. The pages stand here and not with the others, so that one function alone may look into the queues (decision 22)."""

from __future__ import annotations

from typing import Any

from functions.operations import pages
from functions.operations.views import (
    CopiesView,
    DropBody,
    FailedItemsView,
    RetryBody,
    SettingsBody,
    WorksView,
)
from shared.edge import http
from shared.edge.answers import Answer
from shared.edge.http import Request, Route, Routes
from shared.edge.progress import ProgressView, progress
from shared.identity.maintenance import CopyRequest, CopyState, NoteIntervention, ReadCopyRequest, RequestCopy
from shared.identity.office import FEWER_ACTS, ChangeOfficeSettings, OfficeSettings, ReadOfficeSettings
from shared.kernel.errors import Invalid, NotFound, Refused
from shared.kernel.operations import Retried
from shared.kernel.ports import Table

MOST_SHOWN = 50


def _table(request: Request) -> Table:
    return request.ports.table("identity")


def works(request: Request) -> Answer:
    found = request.ports.failed_work.works()
    return Answer(WorksView(works=found, failed=sum(each.failed for each in found)))


def items(request: Request) -> Answer:
    work = request.params["work"]
    return Answer(FailedItemsView(work=work, items=request.ports.failed_work.look(work, MOST_SHOWN)))


def retry(request: Request) -> Answer:
    """Noted first: repeating is harmless, an act without a trace is not."""
    body: RetryBody = request.body
    ids = list(dict.fromkeys(body.ids))
    if not 1 <= len(ids) <= MOST_SHOWN:
        raise Invalid("operations.how_many", field="ids", most=MOST_SHOWN)
    return _again(request, ids)


def retry_all(request: Request) -> Answer:
    """Up to a hundred at once; how many stay is answered."""
    return _again(request, None)


def _again(request: Request, ids: list[str] | None) -> Answer:
    work = request.params["work"]
    NoteIntervention(_table(request))(
        request.act, kind="RETRY", work=work[:60], item=(ids[0][:60] if ids else ""), count=len(ids or ())
    )
    return Answer(request.ports.failed_work.retry(work, ids))


def drop(request: Request) -> Answer:
    body: DropBody = request.body
    work = request.params["work"]
    NoteIntervention(_table(request))(
        request.act, kind="DROP", work=work[:60], item=body.id[:60], count=1, reason=body.reason
    )
    if not request.ports.failed_work.drop(work, body.id):
        raise NotFound("operations.no_item")
    return Answer(Retried(count=1))


def copies(request: Request) -> Answer:
    return Answer(CopiesView(copies=request.ports.backups.copies(), request=ReadCopyRequest(_table(request))()))


def request_copy(request: Request) -> Answer:
    """Where the engine makes copies, it makes one within a minute or two; elsewhere there is nothing to ask for."""
    if not request.ports.backups.copies().on_demand:
        raise Refused("operations.no_copies_here")
    return Answer(RequestCopy(_table(request))(request.act), status=202)


def copy_progress(request: Request) -> Answer:
    """What became of the latest request: asked again and again by the page, 304 while nothing has changed."""
    standing = ReadCopyRequest(_table(request))()
    if standing is None:
        raise NotFound("operations.no_copy_asked")
    state = {CopyState.DONE: "done", CopyState.FAILED: "failed"}.get(standing.state, "running")
    text = "operations.copy_done" if state == "done" else "operations.copy_running"
    if state == "failed":
        text = standing.code
    done = 1 if state == "done" else 0
    return progress(request, state, text, done=done, total=1, files=standing.files, size=standing.size >> 20)


def show_settings(request: Request) -> Answer:
    return Answer(ReadOfficeSettings(_table(request))())


def change_settings(request: Request) -> Answer:
    body: SettingsBody = request.body
    return Answer(ChangeOfficeSettings(_table(request))(request.act, body.settings()))


_ALL, _ONE = "/api/v1/operations/works", "/api/v1/operations/works/{work}"
_COPIES, _SETTINGS = "/api/v1/operations/copies", "/api/v1/settings"
_READ, _WRITE = "operation:read", "operation:write"
ROUTES = Routes(
    "operations",
    (
        Route(method="GET", path=_ALL, scope=_READ, run=works, answer=WorksView, summary="Background work, and what failed"),
        Route(method="GET", path=_ONE, scope=_READ, run=items, answer=FailedItemsView, summary="What failed of one work"),
        Route(method="POST", path=f"{_ONE}/retry", scope=_WRITE, run=retry, body=RetryBody, answer=Retried,
              summary="Have some messages tried again"),
        Route(method="POST", path=f"{_ONE}/retry-all", scope=_WRITE, run=retry_all, answer=Retried,
              summary="Have all of a work tried again"),
        Route(method="POST", path=f"{_ONE}/drop", scope=_WRITE, run=drop, body=DropBody, answer=Retried, fresh=True,
              summary="Give one message up"),
        Route(method="GET", path=_COPIES, scope=_READ, run=copies, answer=CopiesView, summary="Copies of the data"),
        Route(method="POST", path=_COPIES, scope=_WRITE, run=request_copy, answer=CopyRequest, ok=202,
              summary="Ask for a copy of the data"),
        Route(method="GET", path=f"{_COPIES}/progress", scope=_READ, run=copy_progress, answer=ProgressView,
              summary="What became of the copy that was asked for"),
        Route(method="GET", path=_SETTINGS, scope="setting:read", run=show_settings, answer=OfficeSettings,
              summary="The office's settings"),
        Route(method="PUT", path=_SETTINGS, scope="setting:write", run=change_settings, body=SettingsBody, fresh=True,
              four_eyes=FEWER_ACTS,
              answer=OfficeSettings, summary="Change the office's settings"),
        *pages.PAGES,
    ),
    home="identity",
)  # fmt: skip


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)

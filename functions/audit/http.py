"""HTTP /api/v1/audit and /api/v1/approvals: the audit trail is searched and taken away; a second officer looks at what was
proposed, and rejects it; the first one withdraws it. Agreeing is the act's own call (shared/edge/four_eyes.py)."""

from __future__ import annotations

from typing import Any

from functions.audit import export
from functions.audit.views import ApprovalsView, ApprovalView, ReasonBody, TrailView, approval_view, line_view
from shared.edge import http
from shared.edge.answers import Answer
from shared.edge.four_eyes import officer_of
from shared.edge.http import QueryField, Request, Route, Routes
from shared.edge.trail_query import asked, reader
from shared.identity.approvals import ListProposals, ProposalState, Reject, ShowProposal, Withdraw
from shared.kernel.errors import Invalid
from shared.kernel.ports import Table


def show(request: Request) -> Answer:
    read, names = reader(request.ports.table)
    page = read(asked(request), limit=_limit(request), cursor=request.query.get("cursor"))
    lines = tuple(line_view(line, names, request.locale) for line in page.lines)
    return Answer(TrailView(lines=lines, cursor=page.cursor))


def approvals(request: Request) -> Answer:
    """`?state=` OPEN (default), APPROVED, DONE, REJECTED, WITHDRAWN."""
    wanted = request.query.get("state", ProposalState.OPEN)
    if wanted not in set(ProposalState):
        raise Invalid("approval.state", field="state")
    page = ListProposals(_table(request))(
        ProposalState(wanted), limit=_limit(request), cursor=request.query.get("cursor")
    )
    found = tuple(approval_view(each, request.act.at, request.locale) for each in page.proposals)
    return Answer(ApprovalsView(approvals=found, cursor=page.cursor))


def approval(request: Request) -> Answer:
    found = ShowProposal(_table(request))(request.params["approval"])
    return Answer(approval_view(found, request.act.at, request.locale, whole=True))


def reject(request: Request) -> Answer:
    decide = Reject(_table(request))
    found = decide(request.act, request.params["approval"], request.body.reason, officer_of(request.principal))
    return Answer(approval_view(found, request.act.at, request.locale))


def withdraw(request: Request) -> Answer:
    found = Withdraw(_table(request))(request.act, request.params["approval"], officer_of(request.principal))
    return Answer(approval_view(found, request.act.at, request.locale))


def _limit(request: Request) -> int:
    text = request.query.get("limit", "50")
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise Invalid("audit.limit", field="limit", most=200)
    return int(text)


def _table(request: Request) -> Table:
    return request.ports.table("identity")


_DAY = {"type": "string", "format": "date"}
_FIND = (
    QueryField(name="from", text="First day, in Vietnam's zone; a week ago by default", form=_DAY),
    QueryField(name="to", text="Last day, included; today by default", form=_DAY),
    QueryField(name="who", text="Id of a person, device or program"),
    QueryField(name="thing", text="Id or code of what was changed, whole"),
    QueryField(name="q", text="Words of who, what or where, with or without marks"),
)
_PAGED = (
    QueryField(name="limit", text="1 to 200", form={"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
    QueryField(name="cursor", text="Where the last page ended"),
)
_STATE = QueryField(name="state", text="Which proposals", form={"type": "string", "enum": list(ProposalState)})
_FORMAT = QueryField(name="format", text="Kind of file", form={"type": "string", "enum": ["xlsx", "csv", "jsonl"]})
_ONE = "/api/v1/approvals/{approval}"

ROUTES = Routes(
    "audit",
    (
        Route(method="GET", path="/api/v1/audit", scope="audit:read", run=show, answer=TrailView,
              summary="The audit trail, the latest first", query=(*_FIND, *_PAGED)),
        Route(method="GET", path="/api/v1/audit/export", scope="audit:read", run=export.export, reads="trail",
              summary="The audit trail as a file", query=(*_FIND, _FORMAT), media=export.MEDIA),
        Route(method="GET", path="/api/v1/approvals", scope="approval:read", run=approvals, answer=ApprovalsView,
              summary="Acts that wait for a second officer", query=(_STATE, *_PAGED)),
        Route(method="GET", path=_ONE, scope="approval:read", run=approval, answer=ApprovalView,
              summary="One proposal with its body"),
        Route(method="POST", path=f"{_ONE}/rejection", scope="approval:write", run=reject, body=ReasonBody,
              answer=ApprovalView, summary="The second officer does not agree"),
        Route(method="POST", path=f"{_ONE}/withdrawal", scope="approval:write", run=withdraw, answer=ApprovalView,
              summary="The proposer takes it back"),
    ),
    home="identity",
)  # fmt: skip


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)

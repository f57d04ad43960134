"""What /api/v1/audit and /api/v1/approvals answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.edge.trail_lines import TrailLine
from shared.edge.trail_words import Names, act_in_words, line_in_words
from shared.identity.approvals import Proposal
from shared.texts import Locale


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailLineView:
    """One line: who (with the name of today), when, from which network address, what in words, and its route and path.

    `changed` are keys of the store, `facts` the events published. `reads`, `count`: personal data read in bulk.
    `approval`, `proposer`: the act was proposed by another officer. `id` is the line's own for ever.
    """

    id: str
    at: datetime
    who_kind: str
    who: str
    name: str
    what: str
    address: str
    route: str
    path: str
    context: str
    changed: tuple[str, ...]
    facts: tuple[str, ...]
    reads: str
    count: int | None
    approval: str
    proposer: str
    proposer_name: str
    correlation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailView:
    """Lines, the latest first. A page may be short and still have a `cursor`: the search goes on there."""

    lines: tuple[TrailLineView, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalView:
    """An act that waits for a second officer, or what became of it. `body` is there only while it waits, for who looks at the
    one: a second officer sends it again to `path`, letter for letter, with the header X-Giaouoc-Approval."""

    id: str
    act: str
    what: str
    route: str
    method: str
    path: str
    state: str
    open: bool
    proposer: str
    proposer_name: str
    proposed_at: datetime
    expires_at: datetime
    decided_by: str
    decided_by_name: str
    decided_at: datetime | None
    reason: str
    body: str = ""
    content_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalsView:
    """Proposals, the latest first."""

    approvals: tuple[ApprovalView, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonBody:
    """Why not."""

    reason: str


def line_view(line: TrailLine, names: Names, locale: Locale) -> TrailLineView:
    return TrailLineView(
        id=line.place,
        at=line.at,
        who_kind=line.who_kind,
        who=line.who,
        name=names.who(line),
        what=line_in_words(line, locale),
        address=line.address,
        route=line.route,
        path=line.path,
        context=line.context,
        changed=line.changed,
        facts=line.facts,
        reads=line.reads,
        count=line.count,
        approval=line.approval,
        proposer=line.proposer,
        proposer_name=names.of("PERSON", line.proposer) if line.proposer else "",
        correlation_id=line.correlation_id,
    )


def approval_view(proposal: Proposal, now: datetime, locale: Locale, *, whole: bool = False) -> ApprovalView:
    is_open = proposal.is_open(now)
    return ApprovalView(
        id=proposal.id,
        act=proposal.act,
        what=act_in_words(proposal.call.route, locale),
        route=proposal.call.route,
        method=proposal.call.method,
        path=proposal.call.path,
        state=proposal.state,
        open=is_open,
        proposer=proposal.proposer,
        proposer_name=proposal.proposer_name,
        proposed_at=proposal.proposed_at,
        expires_at=proposal.expires_at,
        decided_by=proposal.decided_by,
        decided_by_name=proposal.decided_by_name,
        decided_at=proposal.decided_at,
        reason=proposal.reason,
        body=proposal.call.body if whole else "",
        content_type=proposal.call.content_type if whole else "",
    )

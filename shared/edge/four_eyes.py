"""A second officer where the office asks for one (decision 24): between the edge's checks and a route's own code.

The first officer's call is rehearsed: the route runs with tables that read and take nothing, so that all that would refuse
it refuses it now, and the first commit ends the rehearsal. Then the call is kept as a proposal and answered 202. The second
officer makes the very same call with the header `X-Giaouoc-Approval: <id>`; it runs in the route's own function with its own
role, for nobody else may do the act. Called by shared/edge/http.py for routes that declare `four_eyes`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from events.envelope import Act, Envelope
from shared.edge.answers import Answer
from shared.edge.audit import MOST_KEYS, Source, audited
from shared.edge.idempotency import OneCall
from shared.edge.linked_accounts import changes_since
from shared.edge.read_through import ReadThrough
from shared.edge.wiring import Ports
from shared.identity.approvals import (
    Approve,
    Call,
    Officer,
    Proposal,
    Propose,
    Settle,
    ShowProposal,
)
from shared.identity.linked import LATELY
from shared.identity.model import Principal
from shared.identity.office import FEWER_ACTS, ReadOfficeSettings, takes_out
from shared.kernel.errors import Forbidden, Invalid, Problem, Refused
from shared.kernel.ports import ABSENT, Add, Check, Table, Write

HEADER: Final = "x-giaouoc-approval"
Tables = Callable[[str], Table]


class Rehearsed(Exception):
    """The route has come to its first commit: `keys` are what it would have written, `stood` as `stood_of` says."""

    def __init__(self, keys: tuple[str, ...], stood: str) -> None:
        super().__init__()
        self.keys = keys
        self.stood = stood


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What the first officer is answered: the act waits for a second one."""

    approval: str
    code: str = "approval.proposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One call of an act that needs two officers. `proposal` None: it is the first officer's. `came`: from where the call
    came, as the trail notes it."""

    what: str
    call: Call
    officer: Officer
    tables: Tables
    act: Act
    came: Source
    proposal: Proposal | None

    @property
    def key(self) -> str | None:
        """The key under which the act is done once (idempotency.py); a proposal needs none."""
        if self.proposal is None:
            return None
        return f"approval-{self.proposal.id}-{int(self.proposal.proposed_at.timestamp())}"

    @property
    def source(self) -> Source:
        """The source of the trail's lines, naming both officers."""
        if self.proposal is None:
            return self.came
        return replace(self.came, approval=self.proposal.id, proposer=self.proposal.proposer)

    def ports(self, ports: Ports) -> Ports:
        """The ports of the route: for the first officer's call with tables that take nothing, for the second one's with tables
        that take only what was proposed."""
        if self.proposal is None:
            return replace(ports, table=lambda context: _Rehearsal(ports.table(context)))
        as_proposed = _AsProposed(stood=self.proposal.stood)
        return replace(ports, table=lambda context: _Compared(ports.table(context), as_proposed))

    def earlier(self, call: OneCall) -> Answer | None:
        """The answer of the act where it was done before the process that did it could say so."""
        try:
            found = call.earlier()
        except Refused as refused:
            if refused.code != "http.call_done_before" or self.proposal is None:
                raise
            found = Answer(None)
        if found is not None and self.proposal is not None:
            Settle(self.tables("identity")).done(self.proposal.id)
        return found

    def run(self, route: Callable[[], Answer], call: OneCall | None) -> Answer:
        """Proposes, or approves and carries out under the key of `call`."""
        identity = audited(self.tables, self.act, self.source)("identity")
        if self.proposal is None:
            return self._propose(identity, route)
        Approve(identity)(self.act, self.proposal.id, self.call, self._second(self.proposal))
        try:
            answer = route()
        except Problem:
            if call is None or not call.started:
                Settle(self.tables("identity")).reopened(self.proposal.id)
            raise
        Settle(self.tables("identity")).done(self.proposal.id)
        return answer

    def _second(self, proposal: Proposal) -> Officer:
        """The officer, with what was changed on accounts since a day before the proposal, as the trail has it."""
        return replace(self.officer, given=changes_since(self.tables, proposal.proposed_at - LATELY, self.act.at))

    def _propose(self, identity: Table, route: Callable[[], Answer]) -> Answer:
        try:
            return route()  # where it would change nothing, the act was done before
        except Rehearsed as rehearsed:
            changes = rehearsed.keys[:MOST_KEYS]
            made = Propose(identity)(self.act, self.what, self.call, self.officer, changes, rehearsed.stood)
            return Answer(Proposed(approval=made.id), status=202)


def case_of(
    ports: Ports, principal: Principal, act: Act, source: Source, *, what: str, raw: bytes, headers: Mapping[str, str]
) -> Case | None:
    """The case, or None where the office asks for no second officer for `what`.

    Raises Forbidden(`approval.persons_only`) for programs and devices, Invalid(`approval.no_text`) for a body that is no
    text, NotFound(`approval.unknown`).
    """
    given = headers.get(HEADER)
    if given is None and not _is_asked_for(ports.table("identity"), what, raw):
        return None
    if principal.kind != "PERSON":
        raise Forbidden("approval.persons_only")
    try:
        body = raw.decode()
    except UnicodeDecodeError:
        raise Invalid("approval.no_text", field="body") from None
    method = source.route.partition(" ")[0]
    content_type = headers.get("content-type", "application/json")[:100]
    return Case(
        what=what,
        call=Call(route=source.route, method=method, path=source.path, body=body, content_type=content_type),
        officer=officer_of(principal),
        tables=ports.table,
        act=act,
        came=source,
        proposal=ShowProposal(ports.table("identity"))(given) if given is not None else None,
    )


def _is_asked_for(identity: Table, what: str, raw: bytes) -> bool:
    """Whether the office asks for a second officer for `what`, or the call would have it ask for fewer."""
    office = ReadOfficeSettings(identity)()
    return takes_out(office, raw.decode(errors="replace")) if what == FEWER_ACTS else what in office.four_eyes


def officer_of(principal: Principal) -> Officer:
    """The caller as one who decides."""
    return Officer(id=principal.id, name=principal.name)


def stood_of(writes: Sequence[Write]) -> str:
    """Digest of the versions on which these writes were decided; empty where nothing stood before. Random ids of what is new
    are no part of it."""
    versions = sorted(
        f"{write.partition} {write.sort} {write.expect}"
        for write in writes
        if not isinstance(write, Add) and write.expect is not None and write.expect != ABSENT
    )
    return hashlib.sha256("\n".join(versions).encode()).hexdigest() if versions else ""


@dataclass(frozen=True, slots=True)
class _Rehearsal(ReadThrough):
    """The first commit ends the rehearsal."""

    def commit(self, writes: Sequence[Write], events: Sequence[Envelope] = ()) -> None:  # noqa: ARG002
        keys = [f"{write.partition} {write.sort}" for write in writes if not isinstance(write, Check)]
        raise Rehearsed(tuple(key for key in keys if not key.startswith("audit#")), stood_of(writes))


@dataclass(slots=True)
class _AsProposed:
    """What the first commit must have been decided on; `done` after it."""

    stood: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class _Compared(ReadThrough):
    """The first commit is compared with the rehearsed one: what was edited since is another act, which nobody proposed."""

    as_proposed: _AsProposed

    def commit(self, writes: Sequence[Write], events: Sequence[Envelope] = ()) -> None:
        if not self.as_proposed.done and self.as_proposed.stood and stood_of(writes) != self.as_proposed.stood:
            raise Refused("approval.changed_meanwhile")
        self.table.commit(writes, events)
        self.as_proposed.done = True

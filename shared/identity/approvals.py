"""Acts that take effect when a second officer has agreed (four eyes): what was proposed, by whom, and what came
of it. Called by shared/edge/four_eyes.py and functions/audit/http.py.

A proposal is the first officer's call, word for word. The second one makes the very same call; its digest is compared. The
approval is marked before the act is carried out (APPROVED) and after (DONE). What a crash leaves between is carried out again
by the same officer, once: the act's own commit bears the record of the call (shared/edge/idempotency.py).

    proposal#<id>    proposal    index1: `proposals#<state>` / `<moment>#<id>`
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from events.envelope import Act
from shared.identity.linked import LATELY, Given, are_linked
from shared.kernel.clock import moment_key
from shared.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from shared.kernel.ids import derived_id
from shared.kernel.ports import ABSENT, Put, Table
from shared.kernel.shapes import Shape
from shared.kernel.text import nfc

LIFETIME: Final = timedelta(hours=72)
KEPT: Final = timedelta(days=60)
"""Afterwards the item may be gone; that it was, and by whom, stands in the audit trail."""
MAX_BODY: Final = 200_000
MAX_REASON: Final = 1_000
_SORT: Final = "proposal"


class ProposalState(StrEnum):
    """OPEN: waits. APPROVED: the second officer agreed and the act is being carried out. The others are ends."""

    OPEN = "OPEN"
    APPROVED = "APPROVED"
    DONE = "DONE"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call as it was made: `route` with its {names}, the path, the body as text, and its content type."""

    route: str
    method: str
    path: str
    body: str = field(repr=False)
    content_type: str = "application/json"

    @property
    def digest(self) -> str:
        """SHA-256 in hex of method, path and body."""
        return hashlib.sha256(f"{self.method} {self.path}\n{self.body}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """`act` is one of office.FOUR_EYES_ACTS, `changes` the keys that the act would have written when it was proposed.

    `stood`: digest of the versions of what the act would have changed, so that what the second officer agrees to is what the
    first one proposed. `decided_by`, `decided_at`: who approved, rejected or withdrew it. An ended proposal keeps the digest
    of its body alone.
    """

    id: str
    act: str
    call: Call
    digest: str
    changes: tuple[str, ...]
    proposer: str
    proposer_name: str = field(repr=False)
    proposed_at: datetime
    state: ProposalState = ProposalState.OPEN
    decided_by: str = ""
    decided_by_name: str = field(default="", repr=False)
    decided_at: datetime | None = None
    reason: str = ""
    stood: str = ""

    @property
    def expires_at(self) -> datetime:
        return self.proposed_at + LIFETIME

    def is_open(self, now: datetime) -> bool:
        """Whether it still waits for a second officer."""
        return self.state is ProposalState.OPEN and now < self.expires_at


PROPOSAL: Final = Shape(Proposal, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """Who decides; `given` are the accounts that somebody else made or changed lately, whosever (linked.py)."""

    id: str
    name: str = field(default="", repr=False)
    given: tuple[Given, ...] = ()


class Propose:
    """Keeps the first officer's call."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(
        self, act: Act, what: str, call: Call, officer: Officer, changes: tuple[str, ...], stood: str = ""
    ) -> Proposal:
        """The proposal; the same call proposed again while it waits, about things as they were, is the same one.

        Raises Invalid(`approval.too_large`)."""
        if len(call.body.encode()) > MAX_BODY:
            raise Invalid("approval.too_large", field="body", limit=MAX_BODY)
        id_ = derived_id("proposal", officer.id, call.digest, *((stood,) if stood else ()))
        item = self._table.get(f"proposal#{id_}", _SORT)
        if item is not None:
            standing = PROPOSAL.read(item.body)
            if standing.is_open(act.at) or standing.state is ProposalState.APPROVED:
                return standing
        made = Proposal(
            id=id_, act=what, call=call, digest=call.digest, changes=changes[:40], proposer=officer.id,
            proposer_name=officer.name, proposed_at=act.at, stood=stood,
        )  # fmt: skip
        return _kept(self._table, made, item.version if item else ABSENT)


class ShowProposal:
    """One proposal."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, proposal: str) -> Proposal:
        """Raises NotFound(`approval.unknown`)."""
        return read_proposal(self._table, proposal)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalPage:
    """Proposals, the latest first; `cursor` None at the end."""

    proposals: tuple[Proposal, ...]
    cursor: str | None = None


class ListProposals:
    """Proposals of one state. An index read: it may be late. Open ones may have passed their time: ask `is_open`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, state: ProposalState, *, limit: int = 50, cursor: str | None = None) -> ProposalPage:
        """Raises Invalid: `list.limit_bad`, `list.cursor_bad`."""
        if not 1 <= limit <= 200:
            raise Invalid("list.limit_bad", field="limit", most=200)
        try:
            page = self._table.query(f"proposals#{state}", limit=limit, cursor=cursor, reverse=True, index=1)
        except ValueError:
            raise Invalid("list.cursor_bad", field="cursor") from None
        return ProposalPage(proposals=tuple(PROPOSAL.read(item.body) for item in page.items), cursor=page.cursor)


class Approve:
    """Marks that the second officer agrees and carries the act out: step one."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, proposal: str, call: Call, officer: Officer) -> Proposal:
        """The same officer may come again while it is APPROVED. Raises NotFound, Forbidden (`approval.own`,
        `approval.granted_lately`), Refused (`approval.over`, `approval.taken`), Invalid(`approval.other_call`)."""
        standing, version = read_proposal(self._table, proposal)
        if (call.method, call.path, call.digest) != (standing.call.method, standing.call.path, standing.digest):
            raise Invalid("approval.other_call", field="body")
        check_second(standing, officer)
        if standing.state is ProposalState.APPROVED and standing.decided_by == officer.id:
            return standing
        if not standing.is_open(act.at):
            raise Refused("approval.over")
        approved = _decided(standing, ProposalState.APPROVED, act, officer)
        return _kept(self._table, approved, version)


class Settle:
    """Step two: what became of an approved act."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def done(self, proposal: str) -> None:
        """It was carried out. A repeat changes nothing."""
        standing, version = read_proposal(self._table, proposal)
        if standing.state is ProposalState.APPROVED:
            self._table.commit([put_proposal(_emptied(standing, ProposalState.DONE), version)])

    def reopened(self, proposal: str) -> None:
        """The act was refused and changed nothing: others may look at it again."""
        standing, version = read_proposal(self._table, proposal)
        if standing.state is ProposalState.APPROVED:
            back = replace(standing, state=ProposalState.OPEN, decided_by="", decided_by_name="", decided_at=None)
            self._table.commit([put_proposal(back, version)])


class Reject:
    """The second officer does not agree."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, proposal: str, reason: str, officer: Officer) -> Proposal:
        """Raises NotFound, Invalid(`approval.reason`), Forbidden(`approval.own`: withdraw it), Refused(`approval.over`)."""
        words = nfc(reason)
        if not words or len(words) > MAX_REASON:
            raise Invalid("approval.reason", field="reason", most=MAX_REASON)
        standing, version = read_proposal(self._table, proposal)
        if officer.id == standing.proposer:
            raise Forbidden("approval.own_withdraw")
        if not standing.is_open(act.at):
            raise Refused("approval.over")
        ended = replace(_decided(standing, ProposalState.REJECTED, act, officer), reason=words)
        return _kept(self._table, _emptied(ended, ProposalState.REJECTED), version)


class Withdraw:
    """The proposer takes it back."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, proposal: str, officer: Officer) -> Proposal:
        """Raises NotFound, Forbidden(`approval.not_yours`), Refused(`approval.over`)."""
        standing, version = read_proposal(self._table, proposal)
        if officer.id != standing.proposer:
            raise Forbidden("approval.not_yours")
        if not standing.is_open(act.at):
            raise Refused("approval.over")
        ended = _decided(standing, ProposalState.WITHDRAWN, act, officer)
        return _kept(self._table, _emptied(ended, ProposalState.WITHDRAWN), version)


def check_second(proposal: Proposal, officer: Officer) -> None:
    """Raises Forbidden unless this officer is a second one for the proposal: another person, whose account does not hang
    together with the proposer's by what was changed since a day before it was proposed."""
    if officer.id == proposal.proposer:
        raise Forbidden("approval.own")
    if are_linked(officer.id, proposal.proposer, officer.given, proposal.proposed_at - LATELY):
        raise Forbidden("approval.granted_lately")


def read_proposal(table: Table, proposal: str) -> tuple[Proposal, int]:
    """The proposal and its version. Raises NotFound(`approval.unknown`)."""
    item = table.get(f"proposal#{proposal}", _SORT)
    if item is None:
        raise NotFound("approval.unknown")
    return PROPOSAL.read(item.body), item.version


def put_proposal(proposal: Proposal, expect: int) -> Put:
    return Put(
        partition=f"proposal#{proposal.id}",
        sort=_SORT,
        body=PROPOSAL.body(proposal),
        expect=expect,
        index1=(f"proposals#{proposal.state}", f"{moment_key(proposal.proposed_at)}#{proposal.id}"),
        expires_at=proposal.proposed_at + KEPT,
    )


def _decided(proposal: Proposal, state: ProposalState, act: Act, officer: Officer) -> Proposal:
    return replace(proposal, state=state, decided_by=officer.id, decided_by_name=officer.name, decided_at=act.at)


def _emptied(proposal: Proposal, state: ProposalState) -> Proposal:
    """Ended: the body may hold names and addresses, and nobody needs it any more."""
    return replace(proposal, state=state, call=replace(proposal.call, body=""))


def _kept(table: Table, proposal: Proposal, version: int) -> Proposal:
    try:
        table.commit([put_proposal(proposal, version)])
    except Conflict:
        raise Refused("approval.taken") from None
    return proposal

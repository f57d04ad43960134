"""The organiser's verbs: draft, edit, open for signing, defer, change who signs, ask for a new link, revise, withdraw.

Called by functions/pledges/http.py. Signing itself is in signing.py, sealing in sealing.py, reading in reading.py.
No verb here makes or returns anything with which an organiser could sign for a party.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from events.envelope import Act
from events.pledges import PledgeDrafted
from shared.kernel.codetext import id_digits
from shared.kernel.errors import Conflict, Invalid, Refused
from shared.kernel.ids import derived_id, document_id
from shared.kernel.ports import ABSENT, Put, Table, Write
from shared.kernel.tokens import ISSUER_PATTERN
from shared.pledges import rules
from shared.pledges.items import (
    RETRIES,
    commit,
    load,
    load_draft,
    pledge_key,
    put,
    put_audit,
    put_pledge,
    text_key,
    version_of,
    wrapped,
)
from shared.pledges.model import DRAFT, PUBLIC_ID, STATUS_CLAIM, Draft, Pledge, PublicId, Representative, State
from shared.pledges.text import clean_draft, clean_representative, text_sha256

Decide = Callable[[Pledge], rules.Decision]


class _Verb:
    def __init__(self, table: Table) -> None:
        self._table = table

    def _decide(
        self, act: Act, pledge: str, verb: str, decide: Decide, *, party: int | None = None, reason: str | None = None
    ) -> Pledge:
        """Load, decide, commit with an audit line; again when somebody was faster. No change, no write."""
        for _ in range(RETRIES):
            loaded = load(self._table, pledge)
            after, facts = decide(loaded.pledge)
            if after == loaded.pledge and not facts:
                return after
            audit = put_audit(act, pledge, loaded.version + 1, verb, party=party, reason=reason)
            try:
                commit(self._table, act, loaded, after, facts, [audit, *self._more(act, after)])
            except Conflict:
                continue
            return after
        raise Conflict(key=pledge)

    def _more(self, act: Act, after: Pledge) -> list[Write]:  # noqa: ARG002  (for verbs that write more)
        return []


class DraftPledge(_Verb):
    """Makes a draft."""

    def __call__(self, act: Act, *, issuer: str, draft: Draft, key: str = "") -> Pledge:
        """The draft under an id derived from issuer and `key` (or title and period), so that a repeat meets the first.

        Raises Invalid (see text.clean_draft), Refused `pledge.exists` where another text stands under that id.
        """
        if not ISSUER_PATTERN.fullmatch(issuer):
            raise Invalid("pledge.issuer", field="issuer")
        draft = clean_draft(draft)
        start, end = draft.period
        pledge = Pledge(
            id=derived_id("pledge", issuer, key or f"{draft.title}|{start}|{end}"),
            issuer=issuer,
            title=draft.title,
            state=State.DRAFT,
            drafted_at=act.at,
            period=draft.period,
            parties=draft.parties,
            ceremony=draft.ceremony,
        )
        writes = [
            put_pledge(pledge, ABSENT),
            put(pledge_key(pledge.id), "draft", DRAFT, draft, ABSENT),
            put_audit(act, pledge.id, 1, "DRAFT"),
        ]
        fact = PledgeDrafted(pledge=pledge.id, title=draft.title, ceremony=draft.ceremony)
        try:
            self._table.commit(writes, wrapped(act, pledge.id, 1, [fact]))
        except Conflict:
            if load_draft(self._table, pledge.id) != draft:
                raise Refused("pledge.exists", pledge=pledge.id) from None
            return load(self._table, pledge.id).pledge
        return pledge


class EditDraft(_Verb):
    """Replaces the text of a draft; its digest changes with it."""

    def __call__(self, act: Act, pledge: str, draft: Draft) -> Pledge:
        """Raises Refused `pledge.not_a_draft` once it is open: then a new version is made (RevisePledge)."""
        draft = clean_draft(draft)
        for _ in range(RETRIES):
            loaded = load(self._table, pledge)
            if loaded.pledge.state is not State.DRAFT:
                raise Refused("pledge.not_a_draft", state=loaded.pledge.state)
            item = self._table.get(pledge_key(pledge), "draft")
            after = _with_draft(loaded.pledge, draft)
            writes = [
                put(pledge_key(pledge), "draft", DRAFT, draft, version_of(item)),
                put_audit(act, pledge, loaded.version + 1, "EDIT"),
            ]
            try:
                commit(self._table, act, loaded, after, (), writes)
            except Conflict:
                continue
            return after
        raise Conflict(key=pledge)


class OpenPledge(_Verb):
    """Freezes the text and opens it for signing: the first group's turn begins."""

    def __call__(self, act: Act, pledge: str) -> Pledge:
        """The opened pledge, with its version, digest and public id. Raises Refused `pledge.not_a_draft`.

        A repeat while the same draft is open answers the same.
        """
        for _ in range(RETRIES):
            loaded = load(self._table, pledge)
            draft = load_draft(self._table, pledge)
            digest = text_sha256(draft)
            if loaded.pledge.waiting and loaded.pledge.text_sha256 == digest:
                return loaded.pledge
            after, facts = rules.open_for_signing(
                loaded.pledge,
                at=act.at,
                text_sha256=digest,
                parties=draft.parties,
                public_id=id_digits(document_id()),
            )
            writes: list[Put] = [
                put(pledge_key(pledge), text_key(after.version), DRAFT, draft, ABSENT),
                put_audit(act, pledge, loaded.version + 1, "OPEN"),
            ]
            if loaded.pledge.public_id is None:
                writes.append(put(f"public#{after.public_id}", "pledge", PUBLIC_ID, PublicId(pledge=pledge), ABSENT))
            try:
                commit(self._table, act, loaded, after, facts, writes)
            except Conflict:
                continue
            return after
        raise Conflict(key=pledge)


class DeferParty(_Verb):
    """Marks an absent party "ký sau": the next group opens without it, completion waits for it."""

    def __call__(self, act: Act, pledge: str, party: int, reason: str) -> Pledge:
        """Raises Refused (not open, signed before), Invalid (no such party, no reason)."""
        return self._decide(
            act,
            pledge,
            "DEFER",
            lambda now: rules.defer(now, party, reason=reason, at=act.at),
            party=party,
            reason=rules.checked_reason(reason),
        )


class ChangeRepresentative(_Verb):
    """Another person signs for a unit; nothing is frozen anew, and a statement issued for the person before is void."""

    def __call__(self, act: Act, pledge: str, party: int, person: Representative) -> Pledge:
        """Raises Refused (not open, signed before), Invalid."""
        person = clean_representative(person, "representative")
        return self._decide(
            act, pledge, "REPRESENTATIVE", lambda now: rules.change_representative(now, party, person), party=party
        )


class RequestLink(_Verb):
    """Asks for a new link to be sent to a party's own address. The organiser never sees it."""

    def __call__(self, act: Act, pledge: str, party: int) -> Pledge:
        """Raises Refused: not open, signed before, not this party's turn, too many requests."""
        return self._decide(act, pledge, "NEW_LINK", lambda now: rules.request_link(now, party), party=party)


class RevisePledge(_Verb):
    """Stops signing for a new version of the text; all sign again."""

    def __call__(self, act: Act, pledge: str, reason: str) -> Pledge:
        """Back to a draft. Raises Refused `pledge.not_open`, Invalid (no reason)."""
        return self._decide(act, pledge, "REVISE", rules.revise, reason=rules.checked_reason(reason))


class WithdrawPledge(_Verb):
    """Stops the signing, or withdraws a pledge in force by a decision; its status number turns revoked in the same commit."""

    def __call__(
        self,
        act: Act,
        pledge: str,
        reason: str,
        *,
        decision_number: str | None = None,
        decided_on: date | None = None,
    ) -> Pledge:
        """Raises Invalid (no reason, no decision for a pledge in force). A repeat changes nothing."""
        return self._decide(
            act,
            pledge,
            "WITHDRAW",
            lambda now: rules.withdraw(
                now, reason=reason, at=act.at, decision_number=decision_number, decided_on=decided_on
            ),
            reason=rules.checked_reason(reason),
        )

    def _more(self, act: Act, after: Pledge) -> list[Write]:
        if after.seal is None:
            return []
        return [status_write(self._table, after, revoked_at=act.at)]


def status_write(table: Table, pledge: Pledge, **change: object) -> Put:
    """The status number of a sealed (or being sealed) pledge with a change to what the lists show."""
    if pledge.seal is None:
        raise ValueError("a pledge without a status number")
    key = f"{pledge.seal.status_number:010d}"
    item = table.get(f"status#{pledge.issuer}", key)
    if item is None:
        raise ValueError("a status number that was never claimed")
    claim = replace(STATUS_CLAIM.read(item.body), **change)  # type: ignore[arg-type]
    return put(f"status#{pledge.issuer}", key, STATUS_CLAIM, claim, item.version)


def _with_draft(pledge: Pledge, draft: Draft) -> Pledge:
    return replace(pledge, title=draft.title, period=draft.period, parties=draft.parties, ceremony=draft.ceremony)

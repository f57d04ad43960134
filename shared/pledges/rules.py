"""What may happen to a pledge, and what follows from it: pure decisions on values. Called by the use cases.

Each decision takes the pledge and returns (the pledge afterwards, the facts to publish), or raises Refused. That a
signature exists once per party and version, that the order binds signing itself, that nothing is signed after the end,
and that sealing comes once, are decided here alone (tests/unit/pledges/test_pledge_machine.py drives them at random).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from events.pledges import (
    PartyDeferred,
    PartySigned,
    PledgeCompleted,
    PledgeOpened,
    PledgeRevised,
    PledgeSealed,
    PledgeWithdrawn,
    SignatureDisputed,
    SigningGroupOpened,
    SigningLinkRequested,
)
from shared.kernel.errors import Invalid, Refused
from shared.kernel.text import nfc
from shared.pledges.model import Deferral, Party, Pledge, Representative, Seal, State, Withdrawal

Decision = tuple[Pledge, tuple[Any, ...]]

OBJECTION_TIME = timedelta(hours=72)
"""How long a unit may say "this was not us" (FORMATS 6)."""
AHEAD = timedelta(hours=14)
"""The day is already tomorrow somewhere: a decision of today in any zone is not one of the future."""
MAX_REASON = 500
MAX_DECISION_NUMBER = 40
MAX_LINK_REQUESTS = 20
"""New links per party and version: a mailbox is not to be flooded from the console."""


def open_for_signing(
    pledge: Pledge, *, at: datetime, text_sha256: str, parties: tuple[Party, ...], public_id: str
) -> Decision:
    """Freeze the text as the next version; the first group's turn begins. `public_id` counts at the first opening only."""
    if pledge.state is not State.DRAFT:
        raise Refused("pledge.not_a_draft", state=pledge.state)
    opened = replace(
        pledge,
        state=State.OPEN_FOR_SIGNING,
        version=pledge.version + 1,
        text_sha256=text_sha256,
        parties=parties,
        public_id=pledge.public_id or public_id,
        opened_at=at,
        open_group=1,
        signed=(),
        deferred=(),
        requests=(),
    )
    fact = PledgeOpened(pledge=pledge.id, version=opened.version, text_sha256=text_sha256)
    return opened, (fact, _group_opened(opened, 1))


def may_sign(pledge: Pledge, no: int, version: int) -> Party:
    """The party whose turn it is. Raises Refused: not open, another version, not this party's turn, signed before."""
    party = waiting_party(pledge, no, version)
    if party.group > pledge.open_group:
        raise Refused("pledge.not_your_turn", group=party.group, open_group=pledge.open_group)
    return party


def sign(pledge: Pledge, no: int, version: int, *, means: str, at: datetime) -> Decision:
    """Count the party's signature; open the next group or complete the pledge if this was what they waited for."""
    party = may_sign(pledge, no, version)
    signed = replace(pledge, state=State.PARTLY_SIGNED, signed=(*pledge.signed, no))
    fact = PartySigned(pledge=pledge.id, version=version, party=no, unit=party.unit, means=means, signed_at=at)
    if len(signed.signed) == len(signed.parties):
        completed = replace(signed, state=State.SIGNED, completed_at=at)
        return completed, (fact, PledgeCompleted(pledge=pledge.id, version=version))
    return _advance(signed, (fact,))


def defer(pledge: Pledge, no: int, *, reason: str, at: datetime) -> Decision:
    """Mark an absent party "ký sau": the next group need not wait for it, completion still does. A repeat changes nothing."""
    party = waiting_party(pledge, no, pledge.version)
    if no in _deferred(pledge):
        return pledge, ()
    deferred = replace(pledge, deferred=(*pledge.deferred, Deferral(party=no, reason=checked_reason(reason), at=at)))
    fact = PartyDeferred(pledge=pledge.id, version=pledge.version, party=no, unit=party.unit)
    return _advance(deferred, (fact,))


def change_representative(pledge: Pledge, no: int, person: Representative) -> Decision:
    """Another person signs for the unit. Freezes nothing anew: the frozen text does not name representatives."""
    party = waiting_party(pledge, no, pledge.version)
    if party.representative == person:
        return pledge, ()
    parties = tuple(replace(each, representative=person) if each.no == no else each for each in pledge.parties)
    return replace(pledge, parties=parties), ()


def request_link(pledge: Pledge, no: int) -> Decision:
    """A new link for a party whose turn it is: the one before ends when the new one is made."""
    may_sign(pledge, no, pledge.version)
    asked = dict(pledge.requests)
    asked[no] = asked.get(no, 0) + 1
    if asked[no] > MAX_LINK_REQUESTS:
        raise Refused("pledge.too_many_links", most=MAX_LINK_REQUESTS)
    fact = SigningLinkRequested(pledge=pledge.id, version=pledge.version, party=no, request=asked[no])
    return replace(pledge, requests=tuple(sorted(asked.items()))), (fact,)


def revise(pledge: Pledge) -> Decision:
    """Stop this version for a new text: back to a draft. Its signatures stay on record and no longer count."""
    if not pledge.waiting:
        raise Refused("pledge.not_open", state=pledge.state)
    draft = replace(pledge, state=State.DRAFT, open_group=0, signed=(), deferred=(), requests=(), disputed=())
    return draft, (PledgeRevised(pledge=pledge.id, version=pledge.version),)


def withdraw(
    pledge: Pledge, *, reason: str, at: datetime, decision_number: str | None = None, decided_on: date | None = None
) -> Decision:
    """Stop the signing, or withdraw a pledge in force (which needs the number and date of a decision). Final."""
    if pledge.state is State.WITHDRAWN:
        return pledge, ()
    if pledge.state is State.IN_FORCE and not (nfc(decision_number or "") and decided_on):
        raise Invalid("pledge.decision_needed", field="decision_number")
    if decided_on is not None and decided_on > (at + AHEAD).date():
        raise Invalid("pledge.decided_in_future", field="decided_on")
    number = nfc(decision_number or "")
    if len(number) > MAX_DECISION_NUMBER:
        raise Invalid("pledge.too_long", field="decision_number", most=MAX_DECISION_NUMBER)
    withdrawal = Withdrawal(at=at, reason=checked_reason(reason), decision_number=number or None, decided_on=decided_on)
    withdrawn = replace(pledge, state=State.WITHDRAWN, withdrawal=withdrawal)
    status = pledge.seal.status_number if pledge.seal else None
    fact = PledgeWithdrawn(pledge=pledge.id, version=pledge.version, issuer=pledge.issuer, status_number=status)
    return withdrawn, (fact,)


def may_be_sealed(pledge: Pledge, version: int) -> None:
    """Raises Refused unless all have signed this version, and it was not withdrawn."""
    if pledge.version != version:
        raise Refused("pledge.other_version", version=pledge.version)
    if pledge.state not in (State.SIGNED, State.IN_FORCE):
        raise Refused("pledge.not_completed", state=pledge.state)


def begin_sealing(pledge: Pledge, version: int, seal: Seal) -> Decision:
    """Fix the time of issue, the status number and the token, once. What they were before stays."""
    may_be_sealed(pledge, version)
    if pledge.seal is not None:
        return pledge, ()
    return replace(pledge, seal=seal), ()


def record_sealed(pledge: Pledge, version: int, *, at: datetime, pdf_key: str, pdf_sha256: str) -> Decision:
    """The sealed PDF is stored: the pledge is in force. A repeat changes nothing."""
    if pledge.version != version:
        raise Refused("pledge.other_version", version=pledge.version)
    if pledge.state is State.IN_FORCE:
        return pledge, ()
    if pledge.state is not State.SIGNED or pledge.seal is None:
        raise Refused("pledge.not_completed", state=pledge.state)
    seal = replace(pledge.seal, sealed_at=at, pdf_key=pdf_key, pdf_sha256=pdf_sha256)
    fact = PledgeSealed(pledge=pledge.id, version=version, pdf_key=pdf_key, pdf_sha256=pdf_sha256)
    return replace(pledge, state=State.IN_FORCE, seal=seal), (fact,)


def dispute(pledge: Pledge, no: int, version: int, *, signed_at: datetime, at: datetime) -> Decision:
    """A unit says in time that a signature was not its own: it is marked, a sealed pledge suspended. Repeats change nothing."""
    if at > signed_at + OBJECTION_TIME:
        raise Refused("pledge.objection_too_late", hours=72)
    if pledge.version != version or no not in pledge.signed:
        raise Refused("pledge.other_version", version=pledge.version)
    if no in pledge.disputed:
        return pledge, ()
    fact = SignatureDisputed(
        pledge=pledge.id,
        version=version,
        party=no,
        unit=pledge.parties[no - 1].unit,
        issuer=pledge.issuer,
        status_number=pledge.seal.status_number if pledge.seal else None,
    )
    return replace(pledge, disputed=(*pledge.disputed, no)), (fact,)


def waiting_party(pledge: Pledge, no: int, version: int) -> Party:
    """The party that has yet to sign this version, whoever's turn it is. Raises Refused otherwise."""
    if pledge.version != version:
        raise Refused("pledge.other_version", version=pledge.version)
    if not pledge.waiting:
        raise Refused("pledge.not_open", state=pledge.state)
    party = pledge.party(no)
    if party is None:
        raise Invalid("pledge.no_such_party", field="party")
    if no in pledge.signed:
        raise Refused("pledge.already_signed", party=no)
    return party


def checked_reason(reason: str) -> str:
    """A reason of 1 to 500 characters. Raises Invalid."""
    trimmed = nfc(reason)
    if not 1 <= len(trimmed) <= MAX_REASON:
        raise Invalid("pledge.reason", field="reason", most=MAX_REASON)
    return trimmed


def _advance(pledge: Pledge, facts: tuple[Any, ...]) -> Decision:
    """Open every next group that nobody present keeps waiting any more."""
    groups = {party.group for party in pledge.parties}
    while pledge.open_group < max(groups) and not _kept_waiting(pledge, pledge.open_group):
        pledge = replace(pledge, open_group=pledge.open_group + 1)
        facts = (*facts, _group_opened(pledge, pledge.open_group))
    return pledge, facts


def _kept_waiting(pledge: Pledge, group: int) -> Iterable[int]:
    done = {*pledge.signed, *_deferred(pledge)}
    return [party.no for party in pledge.parties if party.group <= group and party.no not in done]


def _deferred(pledge: Pledge) -> set[int]:
    return {each.party for each in pledge.deferred}


def _group_opened(pledge: Pledge, group: int) -> SigningGroupOpened:
    numbers = tuple(party.no for party in pledge.parties if party.group == group)
    return SigningGroupOpened(pledge=pledge.id, version=pledge.version, group=group, parties=numbers)

"""What /api/v1/privacy takes and answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from shared.edge.carrying_out import by_hand
from shared.edge.holdings import Holding
from shared.identity.subject_requests import SubjectRequest
from shared.texts import Locale, say


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressBody:
    """The mail address that somebody wants to see the data of."""

    email: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkBody:
    """`secret` is what stands after the # of the link that the letter brought."""

    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatBody:
    """`seat` is the page's own secret."""

    seat: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WishBody:
    """`wish`: CORRECT, HIDE or ERASE; `things` are `ref`s of what is held; `words` what should be different, or why."""

    seat: str = field(repr=False)
    wish: str
    things: tuple[str, ...]
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonBody:
    """Why not, for the person who asked."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """Said whether anything is held or not."""

    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactView:
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingView:
    """One record about the person; `stays` says what cannot be undone."""

    ref: str
    kind: str
    title: str
    facts: tuple[FactView, ...]
    wishes: tuple[str, ...]
    stays: str
    public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """A request as its maker sees it."""

    id: str
    wish: str
    wish_text: str
    things: tuple[str, ...]
    words: str
    asked_at: datetime
    answer_by: date
    carry_by: date
    state: str
    state_text: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldView:
    """Everything about the address, and what was asked about it. `seat` only when the link is spent."""

    address: str
    holdings: tuple[HoldingView, ...]
    requests: tuple[RequestView, ...]
    seat: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeRequestView:
    """A request as officers see it: with the address, who decided, and the day on which it is due."""

    id: str
    wish: str
    address: str
    things: tuple[str, ...]
    by_hand: tuple[str, ...]
    words: str
    asked_at: datetime
    answer_by: date
    carry_by: date
    due: date | None
    late: bool
    state: str
    reason: str
    decided_by: str
    decided_at: datetime | None
    carried_by: str
    carried_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeRequestsView:
    """The oldest first."""

    requests: tuple[OfficeRequestView, ...]
    cursor: str | None


def held_view(
    address: str, found: tuple[Holding, ...], asked: tuple[SubjectRequest, ...], locale: Locale, seat: str = ""
) -> HeldView:
    return HeldView(
        address=address,
        holdings=tuple(_holding(each) for each in found),
        requests=tuple(request_view(each, locale) for each in asked),
        seat=seat,
    )


def _holding(one: Holding) -> HoldingView:
    return HoldingView(
        ref=one.ref, kind=one.kind, title=one.title, wishes=tuple(one.wishes), stays=one.stays, public=one.public,
        facts=tuple(FactView(name=name, value=value) for name, value in one.facts),
    )  # fmt: skip


def request_view(one: SubjectRequest, locale: Locale) -> RequestView:
    return RequestView(
        id=one.id, wish=one.wish, wish_text=say(f"privacy.wish_{one.wish}", locale), things=one.things, words=one.words,
        asked_at=one.asked_at, answer_by=one.answer_by, carry_by=one.carry_by, state=one.state,
        state_text=say(f"privacy.state_{one.state}", locale), reason=one.reason,
    )  # fmt: skip


def office_view(one: SubjectRequest, today: date) -> OfficeRequestView:
    return OfficeRequestView(
        id=one.id, wish=one.wish, address=one.address, things=one.things, by_hand=by_hand(one), words=one.words,
        asked_at=one.asked_at, answer_by=one.answer_by, carry_by=one.carry_by, due=one.due,
        late=one.due is not None and one.due < today, state=one.state, reason=one.reason, decided_by=one.decided_by,
        decided_at=one.decided_at, carried_by=one.carried_by, carried_at=one.carried_at,
    )  # fmt: skip

"""What people ask about the data held about them, each request with its legal days (decision 25).

Luật 91/2025/QH15, in force since 1 January 2026, and Nghị định 356/2025/NĐ-CP: an answer within 2 working days, what was
granted carried out within 15 days. Requests are filed by functions/privacy/http.py for an address that was shown to be the
asker's, decided and carried out by officers; nothing here touches other contexts (shared/edge/carrying_out.py does).

    subject-request#<id>    request    index1: `subject-requests#<state>` / `<moment>#<id>`, index2: `subject#A` / the same
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from events.envelope import Act, wrap
from events.identity import SubjectRequestDecided
from shared.kernel.clock import moment_key
from shared.kernel.conflicts import decide_again
from shared.kernel.contacts import holder_digest
from shared.kernel.errors import Conflict, Invalid, NotFound, Refused
from shared.kernel.ids import derived_id
from shared.kernel.ports import ABSENT, Put, Table
from shared.kernel.shapes import Shape
from shared.kernel.text import nfc
from shared.kernel.working_days import after_working_days

ANSWER_DAYS: Final = 2
CARRY_DAYS: Final = 15
MAX_WORDS: Final = 2_000
MAX_THINGS: Final = 50
KEPT: Final = timedelta(days=1095)
"""Answered requests are kept as proof that they were answered in time, then they end too."""
MOST_OPEN: Final = 20
"""Open requests about one address."""
MOST_TIMES: Final = 20
"""How often the same may be asked again after an answer."""


class Wish(StrEnum):
    """CORRECT: something is wrong. HIDE: the public page shows nothing but the status. ERASE: take me out of it."""

    CORRECT = "CORRECT"
    HIDE = "HIDE"
    ERASE = "ERASE"


class RequestState(StrEnum):
    """RECEIVED: waits for an answer. GRANTED: answered, to be carried out. CARRIED_OUT and REFUSED are ends."""

    RECEIVED = "RECEIVED"
    GRANTED = "GRANTED"
    CARRIED_OUT = "CARRIED_OUT"
    REFUSED = "REFUSED"


OPEN: Final = (RequestState.RECEIVED, RequestState.GRANTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectRequest:
    """One request. `things` are references (`registration:<id>`, `certificate:<id>`, `contact:<unit>`, `account:<id>`);
    `words` what the person wrote. `answer_by`, `carry_by`: the last days of the periods. `reason`: why not, for the person."""

    id: str
    wish: Wish
    address: str = field(repr=False)
    things: tuple[str, ...]
    words: str = field(default="", repr=False)
    asked_at: datetime
    answer_by: date
    carry_by: date
    state: RequestState = RequestState.RECEIVED
    decided_by: str = ""
    decided_at: datetime | None = None
    reason: str = field(default="", repr=False)
    carried_by: str = ""
    carried_at: datetime | None = None

    @property
    def due(self) -> date | None:
        """The day by which something must be done; None for what has ended."""
        return {RequestState.RECEIVED: self.answer_by, RequestState.GRANTED: self.carry_by}.get(self.state)


REQUEST: Final = Shape(SubjectRequest, 1)


class FileRequest:
    """Takes a request in. `is_working`: whether a day is a working day."""

    def __init__(self, table: Table, is_working: Callable[[date], bool]) -> None:
        self._table = table
        self._is_working = is_working

    def __call__(
        self, act: Act, *, address: str, wish: Wish, things: tuple[str, ...], words: str, today: date
    ) -> SubjectRequest:
        """Raises Invalid: `privacy.nothing_chosen`, `privacy.words`, `privacy.say_what`; Refused(`privacy.too_many`)."""
        said = nfc(words)
        if not things or len(things) > MAX_THINGS:
            raise Invalid("privacy.nothing_chosen", field="things")
        if len(said) > MAX_WORDS:
            raise Invalid("privacy.words", field="words", most=MAX_WORDS)
        if wish is Wish.CORRECT and not said:
            raise Invalid("privacy.say_what", field="words")
        if sum(each.state in OPEN for each in RequestsOf(self._table)(address)) >= MOST_OPEN:
            raise Refused("privacy.too_many", most=MOST_OPEN)
        for time in range(MOST_TIMES):  # the same wish again while it is open is the same request
            id_ = derived_id("subject-request", holder_digest(address), wish, *things, said, time)
            item = self._table.get(f"subject-request#{id_}", "request")
            if item is None:
                return self._file(act, id_, address, wish, things, said, today)
            standing = REQUEST.read(item.body)
            if standing.state in OPEN:
                return standing
        raise Refused("privacy.too_many", most=MOST_TIMES)

    def _file(
        self, act: Act, id_: str, address: str, wish: Wish, things: tuple[str, ...], words: str, today: date
    ) -> SubjectRequest:
        made = SubjectRequest(
            id=id_, wish=wish, address=address, things=things, words=words, asked_at=act.at,
            answer_by=after_working_days(today, ANSWER_DAYS, self._is_working),
            carry_by=today + timedelta(days=CARRY_DAYS),
        )  # fmt: skip
        with suppress(Conflict):  # two taps at once
            self._table.commit([put_request(made, ABSENT)])
        return made


class RequestsOf:
    """The requests about one address, the latest first. An index read."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, address: str) -> tuple[SubjectRequest, ...]:
        page = self._table.query(f"subject#{holder_digest(address)}", limit=200, reverse=True, index=2)
        found = (REQUEST.read(item.body) for item in page.items)
        return tuple(each for each in found if each.address.casefold() == address.casefold())


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPage:
    """Requests, the oldest first: what is due soonest stands on top."""

    requests: tuple[SubjectRequest, ...]
    cursor: str | None = None


class ListRequests:
    """Requests of one state. An index read."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, state: RequestState, *, limit: int = 50, cursor: str | None = None) -> RequestPage:
        """Raises Invalid: `list.limit_bad`, `list.cursor_bad`."""
        if not 1 <= limit <= 200:
            raise Invalid("list.limit_bad", field="limit", most=200)
        try:
            page = self._table.query(f"subject-requests#{state}", limit=limit, cursor=cursor, index=1)
        except ValueError:
            raise Invalid("list.cursor_bad", field="cursor") from None
        return RequestPage(requests=tuple(REQUEST.read(item.body) for item in page.items), cursor=page.cursor)


class ShowRequest:
    """One request."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, request: str) -> SubjectRequest:
        """Raises NotFound(`privacy.no_request`)."""
        return _read(self._table, request)[0]


class DecideRequest:
    """Answers a request. Granting it again, or refusing it again for the same reason, changes nothing."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def grant(self, act: Act, request: str) -> SubjectRequest:
        """Raises NotFound, Refused(`privacy.decided`)."""
        return decide_again(partial(self._move, act, request, RequestState.GRANTED, ""))

    def refuse(self, act: Act, request: str, reason: str) -> SubjectRequest:
        """Raises NotFound, Invalid(`privacy.reason`), Refused(`privacy.decided`)."""
        said = nfc(reason)
        if not said or len(said) > MAX_WORDS:
            raise Invalid("privacy.reason", field="reason", most=MAX_WORDS)
        return decide_again(partial(self._move, act, request, RequestState.REFUSED, said))

    def carried_out(self, act: Act, request: str) -> SubjectRequest:
        """Marks that everything was done; the address is kept for the letter that says so. Raises NotFound,
        Refused(`privacy.decided`)."""
        return decide_again(partial(self._move, act, request, RequestState.CARRIED_OUT, ""))

    def _move(self, act: Act, request: str, state: RequestState, reason: str) -> SubjectRequest:
        standing, version = _read(self._table, request)
        if (standing.state, standing.reason) == (state, reason):
            return standing
        if state not in _NEXT.get(standing.state, ()):
            raise Refused("privacy.decided")
        if state is RequestState.CARRIED_OUT:
            moved = replace(standing, state=state, carried_by=act.actor.id, carried_at=act.at)
            if standing.decided_at is None:
                moved = replace(moved, decided_by=act.actor.id, decided_at=act.at)
        else:
            moved = replace(standing, state=state, reason=reason, decided_by=act.actor.id, decided_at=act.at)
        fact = SubjectRequestDecided(request=request, state=state)
        self._table.commit([put_request(moved, version)], [wrap(fact, act, subject=request, version=version + 1)])
        return moved


_NEXT: Final = {
    RequestState.RECEIVED: (RequestState.GRANTED, RequestState.CARRIED_OUT, RequestState.REFUSED),
    RequestState.GRANTED: (RequestState.CARRIED_OUT, RequestState.REFUSED),
}


def put_request(request: SubjectRequest, expect: int) -> Put:
    place = f"{moment_key(request.asked_at)}#{request.id}"
    return Put(
        partition=f"subject-request#{request.id}",
        sort="request",
        body=REQUEST.body(request),
        expect=expect,
        index1=(f"subject-requests#{request.state}", place),
        index2=(f"subject#{holder_digest(request.address)}", place),
        expires_at=None if request.state in OPEN else request.asked_at + KEPT,
    )


def _read(table: Table, request: str) -> tuple[SubjectRequest, int]:
    item = table.get(f"subject-request#{request}", "request")
    if item is None:
        raise NotFound("privacy.no_request")
    return REQUEST.read(item.body), item.version

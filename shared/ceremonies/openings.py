"""Which invitations have been opened ("đã mở"): the ticket's page says so when it has shown the ticket to somebody.

Called by functions/ceremonies/http.py and the console. First and last time and how often, for each registration; no network
address, no device. A ticket that was issued anew goes on with the count of the registration.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from events.envelope import Act
from shared.ceremonies.model import TicketState
from shared.ceremonies.rules import scanned_text
from shared.ceremonies.ticket_code import Unreadable, read_ticket
from shared.ceremonies.tickets import show_ticket
from shared.kernel.codetext import id_digits
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import NotFound, Refused
from shared.kernel.ports import ABSENT, Put, Table
from shared.kernel.shapes import Shape
from shared.kernel.trust import TrustList

SAME_OPENING: Final = timedelta(minutes=1)
"""A page loaded again within this time is the same opening."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """An invitation that was opened."""

    registration: str
    first_at: datetime
    last_at: datetime
    times: int


OPENING: Final = Shape(Opening, 1)


class RecordTicketOpening:
    """The ticket's page has shown itself."""

    def __init__(self, table: Table, trust: TrustList) -> None:
        self._table = table
        self._trust = trust

    def __call__(self, act: Act, text: str) -> Opening:
        """Loaded again within a minute it is the same opening. Raises Refused with the codes of read_ticket,
        `ticket.unknown` or `ticket.not_in_force`."""
        try:
            claims = read_ticket(scanned_text(text), self._trust, int(act.at.timestamp()))
            ticket = show_ticket(self._table, id_digits(claims.id))
        except Unreadable as unreadable:
            raise Refused(unreadable.code) from None
        except NotFound:
            raise Refused("ticket.unknown") from None
        if ticket.state is not TicketState.VALID:
            raise Refused("ticket.not_in_force")
        return decide_again(partial(self._record, act, ticket.ceremony, ticket.registration))

    def _record(self, act: Act, ceremony: str, registration: str) -> Opening:
        item = self._table.get(f"opened#{ceremony}", registration)
        now = Opening(registration=registration, first_at=act.at, last_at=act.at, times=1)
        if item is not None:
            standing = OPENING.read(item.body)
            if act.at - standing.last_at < SAME_OPENING:
                return standing
            now = replace(standing, last_at=act.at, times=standing.times + 1)
        self._table.commit(
            [
                Put(
                    partition=f"opened#{ceremony}",
                    sort=registration,
                    body=OPENING.body(now),
                    expect=ABSENT if item is None else item.version,
                )
            ]
        )
        return now


class CountOpenings:
    """The openings of a ceremony by registration. A consistent read of one partition, a thousand a page."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, ceremony: str) -> dict[str, Opening]:
        found: dict[str, Opening] = {}
        cursor = None
        while True:
            page = self._table.query(f"opened#{ceremony}", limit=1000, cursor=cursor)
            found |= {item.sort: OPENING.read(item.body) for item in page.items}
            cursor = page.cursor
            if cursor is None:
                return found

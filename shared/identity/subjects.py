"""A person without an account shows that a mail address is theirs, to see what is held about it (decision 25).

Somebody names an address and hears the same whether anything is held about it: only the sender of letters looks
(shared/edge/privacy_letters.py). The letter's link is spent by a tap and opens an hour in which the page asks by a secret of its
own, which travels in bodies alone. Called by functions/privacy/http.py.

    subject-ask#<name>      ask        the address that was named; an hour
    subject-link#<sha256>   link       a link that was sent; a day
    subject-seat#<sha256>   seat       an hour at the page
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from events.envelope import Act, wrap
from events.identity import PrivacyLinkRequested
from shared.identity.accounts import address_print, checked_address
from shared.identity.limits import LETTERS_FROM_NETWORK, LETTERS_TO_ADDRESS, counted
from shared.identity.links import fingerprint, new_secret
from shared.kernel.conflicts import decide_again
from shared.kernel.errors import Conflict, NotFound, Refused
from shared.kernel.ids import random_id
from shared.kernel.ports import ABSENT, Put, Table
from shared.kernel.shapes import Shape

ASK_LIFETIME: Final = timedelta(hours=1)
LINK_LIFETIME: Final = timedelta(hours=24)
SEAT_LIFETIME: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """What an ask, a link or a seat is about: the address, until when, and whether it was used (a link)."""

    address: str = field(repr=False)
    expires_at: datetime
    spent: bool = False


SEAT: Final = Shape(Seat, 1)


class AskForPrivacyLink:
    """Somebody names an address."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, email: str, *, network: str) -> None:
        """Raises Invalid(identity.address_malformed), Refused(identity.too_many)."""
        address = checked_address(email)
        name = random_id()
        kept = _put(f"subject-ask#{name}", "ask", Seat(address=address, expires_at=act.at + ASK_LIFETIME), ABSENT)

        def attempt() -> None:
            writes = [
                counted(self._table, LETTERS_TO_ADDRESS, f"privacy {address_print(address)}", act.at),
                counted(self._table, LETTERS_FROM_NETWORK, f"privacy {network}", act.at),
                kept,
            ]
            self._table.commit(writes, [wrap(PrivacyLinkRequested(request=name), act, subject=name, version=1)])

        decide_again(attempt)


class WhoAsked:
    """The address of an ask, for the sender of letters."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, request: str) -> str | None:
        """None where its hour is over."""
        item = self._table.get(f"subject-ask#{request}", "ask")
        seat = SEAT.read(item.body) if item else None
        return seat.address if seat and act.at < seat.expires_at else None


class MakePrivacyLink:
    """Makes the secret of a link, at the moment of sending."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, address: str) -> str:
        secret = new_secret()
        seat = Seat(address=address, expires_at=act.at + LINK_LIFETIME)
        self._table.commit([_put(f"subject-link#{fingerprint(secret)}", "link", seat, ABSENT)])
        return secret


class OpenSeat:
    """Spends a link, by POST after a tap."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, secret: str) -> str:
        """The page's own secret, for an hour. Raises Refused(`privacy.link`): unknown, spent and old ones look alike."""
        key = f"subject-link#{fingerprint(secret)}"
        item = self._table.get(key, "link")
        link = SEAT.read(item.body) if item else None
        if item is None or link is None or link.spent or act.at >= link.expires_at:
            raise Refused("privacy.link")
        seat = new_secret()
        opened = Seat(address=link.address, expires_at=act.at + SEAT_LIFETIME)
        try:
            self._table.commit([
                _put(key, "link", replace(link, spent=True), item.version),
                _put(f"subject-seat#{fingerprint(seat)}", "seat", opened, ABSENT),
            ])  # fmt: skip
        except Conflict:  # two taps at once: one of them has it
            raise Refused("privacy.link") from None
        return seat


class WhoseSeat:
    """The address that the page's secret stands for."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, seat: str) -> str:
        """Raises NotFound(`privacy.seat`): unknown, or its hour is over."""
        item = self._table.get(f"subject-seat#{fingerprint(seat)}", "seat")
        found = SEAT.read(item.body) if item else None
        if found is None or act.at >= found.expires_at:
            raise NotFound("privacy.seat")
        return found.address


def _put(partition: str, sort: str, seat: Seat, expect: int) -> Put:
    return Put(partition=partition, sort=sort, body=SEAT.body(seat), expect=expect, expires_at=seat.expires_at)

"""Who gets a letter, one recipient at a time, and how times are written in it. Called by functions/notices/send_*.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from shared.kernel.errors import NotFound, Refused
from shared.kernel.ids import derived_id
from shared.kernel.ports import Table
from shared.notices.model import Notice

T = TypeVar("T")
VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """A unit's contact as the directory has it now; without an address the letter is suppressed and says so.

    `held_until`: from then on links to sign may go to the address (None: it was never changed). `former`: the addresses
    that it took the place of within the last days, which get copies of what records a signature.
    """

    address: str | None = field(repr=False)
    name: str = field(repr=False)
    held_until: datetime | None = None
    former: tuple[str, ...] = field(default=(), repr=False)

    def is_held(self, at: datetime) -> bool:
        return self.held_until is not None and at < self.held_until


def unit_contact(directory: Table, unit: str, at: datetime) -> Addressee:
    """Where letters to a unit go at `at`. A unit that the directory does not know has no address."""
    from shared.directory.addresses import held_until, watching  # letters to people ask no directory
    from shared.directory.usecases import ShowUnit

    try:
        found = ShowUnit(directory)(unit)
    except NotFound:
        return Addressee(address=None, name=unit)
    return Addressee(
        address=found.contact.email,
        name=found.contact.name or found.name,
        held_until=held_until(found.contact),
        former=watching(found.contact, at),
    )


def with_copies(notice: Notice, contact: Addressee) -> tuple[Notice, ...]:
    """The notice, and one of its own for each former address; a copy is known by its place, not by the address."""
    copies = (
        replace(notice, id=derived_id("notice-copy", notice.id, place), address=address)
        for place, address in enumerate(contact.former, 1)
    )
    return (notice, *copies)


def unit_name(directory: Table, unit: str) -> str:
    """A unit's name, or its code where the directory does not know it."""
    from shared.directory.usecases import ShowUnit

    try:
        return ShowUnit(directory)(unit).name
    except NotFound:
        return unit


def each(recipients: Iterable[T], send: Callable[[T], object]) -> None:
    """Sends to all of them; one that fails never holds up the others. The last failure rises, so that the message comes
    again: who was served then is passed over by the ledger. A refusal concerns its recipient alone."""
    failure: Exception | None = None
    for recipient in recipients:
        try:
            send(recipient)
        except Refused:
            continue
        except Exception as error:
            failure = error
    if failure is not None:
        raise failure


def local_time(at: datetime) -> str:
    """`08:15 12/02/2027 (+07:00)`: a letter names the minute and the zone; seconds stand in records and on papers."""
    return at.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y (+07:00)")

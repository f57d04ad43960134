"""Queue send-contact-changed <- UnitContactChanged, AddressChangeAsked: the addresses that stood before hear at once that they
no longer do, and the one that stands that another was asked for while a pledge is open.

Nobody who edits the directory can sign for a unit unseen: no link to sign goes to the new address within 48 hours, and the
old one hears of the change while there is time to stop it (FORMATS 6).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from events.directory import AddressChangeAsked, UnitContactChanged
from events.envelope import Act
from shared.directory.addresses import ADDRESS_HOLD, ADDRESS_WATCH, watching
from shared.directory.model import Unit
from shared.directory.usecases import ShowUnit
from shared.edge import queue, wiring
from shared.edge.recipients import each, local_time
from shared.edge.wiring import Ports
from shared.kernel.clock import rfc3339
from shared.kernel.errors import NotFound
from shared.kernel.ids import derived_id
from shared.kernel.ports import Table
from shared.notices.letters import write_letter
from shared.notices.model import Notice, address_hint
from shared.notices.usecases import SendNotice

KIND = "contact-changed"
ASKED = "contact-asked"


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """One letter per change and former address."""
    ports = wiring.ports()
    return queue.consume(
        message,
        context,
        {
            UnitContactChanged: lambda act, fact, _: tell(ports, act, fact),
            AddressChangeAsked: lambda act, fact, _: tell_asked(ports, act, fact),
        },
    )


def tell(ports: Ports, act: Act, fact: UnitContactChanged) -> None:
    """Where the address was changed once more meanwhile, that change's own letters go to all that stood before."""
    directory, send = ports.table("directory"), SendNotice(ports.table("notices"), ports.mail)
    unit = ShowUnit(directory)(fact.unit)
    if unit.contact.changed_at != fact.changed_at:
        return
    facts: dict[str, str | int] = {
        "unit": unit.name,
        "new_address": address_hint(unit.contact.email) or "-",
        "changed_at": local_time(fact.changed_at),
        "held_until": local_time(fact.changed_at + ADDRESS_HOLD),
        "hours": ADDRESS_HOLD // timedelta(hours=1),
        "days": ADDRESS_WATCH.days,
        "organiser": _organiser(directory, ports.settings.issuer),
    }

    def one(placed: tuple[int, str]) -> None:
        place, address = placed
        notice = _notice(unit, KIND, fact.changed_at, place, address)
        send(act, notice, lambda _: write_letter(notice, facts))

    each(enumerate(unit.contact.former_emails), one)


def tell_asked(ports: Ports, act: Act, fact: AddressChangeAsked) -> None:
    """To the address that stands, and those watched. A wish that was settled meanwhile has nothing left to stop: if it was
    confirmed, the change has its own letter."""
    directory, send = ports.table("directory"), SendNotice(ports.table("notices"), ports.mail)
    unit = ShowUnit(directory)(fact.unit)
    wish = unit.asked_address
    if wish is None or wish.asked_at != fact.asked_at:
        return
    facts: dict[str, str | int] = {
        "unit": unit.name,
        "new_address": address_hint(wish.email) or "-",
        "changed_at": local_time(fact.asked_at),
        "organiser": _organiser(directory, ports.settings.issuer),
    }
    stand = dict.fromkeys((*filter(None, [unit.contact.email]), *watching(unit.contact, act.at)))

    def one(placed: tuple[int, str]) -> None:
        place, address = placed
        notice = _notice(unit, ASKED, fact.asked_at, place, address)
        send(act, notice, lambda _: write_letter(notice, facts))

    each(enumerate(stand), one)


def _notice(unit: Unit, kind: str, at: datetime, place: int, address: str) -> Notice:
    return Notice(
        id=derived_id("notice", kind, unit.code, rfc3339(at), place),
        kind=kind,
        recipient=f"unit:{unit.code}",
        address=address,
        address_name=unit.name,
        subject_ref=f"unit:{unit.code}",
    )


def _organiser(directory: Table, issuer: str) -> str:
    """Whom to call: the host's name, and its number where the directory has one."""
    try:
        host = ShowUnit(directory)(issuer)
    except NotFound:
        return issuer
    return f"{host.name} ({host.contact.phone})" if host.contact.phone else host.name

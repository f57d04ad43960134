"""Queue send-signature-receipt <- PartySigned: the unit hears at once that it has signed, and may say "this was not us".

The secret with which it may object is made inside `compose`, at the moment of sending (pledges/objections.py). While a
change of the unit's address is recent, the former addresses get receipts too, each with a secret of its own.
"""

from __future__ import annotations

from typing import Any

from events.envelope import Act
from events.pledges import PartySigned
from shared.edge import queue, wiring
from shared.edge.recipients import each, local_time, unit_contact, unit_name, with_copies
from shared.edge.wiring import Ports
from shared.kernel.ids import derived_id
from shared.kernel.ports import Letter
from shared.notices.letters import write_letter
from shared.notices.model import Notice
from shared.notices.usecases import SendNotice
from shared.pledges.objections import MakeReceiptLink
from shared.pledges.reading import ShowPledge

KIND = "signature-receipt"


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """One receipt per signature."""
    ports = wiring.ports()
    return queue.consume(message, context, {PartySigned: lambda act, fact, _: _send(ports, act, fact)})


def _send(ports: Ports, act: Act, fact: PartySigned) -> None:
    table, directory = ports.table("pledges"), ports.table("directory")
    contact = unit_contact(directory, fact.unit, act.at)
    notice = Notice(
        id=derived_id("notice", KIND, fact.pledge, fact.version, fact.party),
        kind=KIND,
        recipient=f"unit:{fact.unit}",
        address=contact.address,
        address_name=contact.name,
        subject_ref=f"pledge:{fact.pledge}/{fact.version}/{fact.party}",
        carries_secret=True,
    )

    def compose(copy: Notice, place: int) -> Letter:
        link = MakeReceiptLink(table)(act, fact.pledge, fact.version, fact.party, copy=place)
        facts = {
            "pledge": link.title,
            "unit": link.line.name,
            "representative": link.line.signer,
            "organiser": unit_name(directory, ShowPledge(table)(fact.pledge).pledge.issuer),
            "signed_at": local_time(link.line.signed_at),
            "objection_until": local_time(link.objection_until),
            "objection_url": link.address(ports.settings.origin),
        }
        return write_letter(copy, facts)

    def one(placed: tuple[int, Notice]) -> None:
        place, copy = placed
        SendNotice(ports.table("notices"), ports.mail)(act, copy, lambda _: compose(copy, place))

    each(enumerate(with_copies(notice, contact)), one)

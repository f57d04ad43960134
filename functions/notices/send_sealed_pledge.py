"""Queue send-sealed-pledge <- PledgeSealed: each party gets the sealed PDF and where to check it, at its former address too
while a change of it is recent."""

from __future__ import annotations

from typing import Any

from events.envelope import Act
from events.pledges import PledgeSealed
from shared.edge import queue, wiring
from shared.edge.recipients import each, local_time, unit_contact, with_copies
from shared.edge.wiring import Ports
from shared.kernel.ids import derived_id
from shared.kernel.ports import Attachment, Letter
from shared.notices.letters import write_letter
from shared.notices.model import Notice
from shared.notices.usecases import SendNotice
from shared.pledges.model import Party, Pledge
from shared.pledges.reading import ShowPledge

KIND = "sealed-pledge"


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """One letter per party."""
    ports = wiring.ports()

    def send(act: Act, fact: PledgeSealed, _: Any) -> None:
        pledge = ShowPledge(ports.table("pledges"))(fact.pledge).pledge
        each(pledge.parties, lambda party: _send(ports, act, fact, pledge, party))

    return queue.consume(message, context, {PledgeSealed: send})


def _send(ports: Ports, act: Act, fact: PledgeSealed, pledge: Pledge, party: Party) -> None:
    contact = unit_contact(ports.table("directory"), party.unit, act.at)
    notice = Notice(
        id=derived_id("notice", KIND, fact.pledge, fact.version, party.no),
        kind=KIND,
        recipient=f"unit:{party.unit}",
        address=contact.address,
        address_name=contact.name,
        subject_ref=f"pledge:{fact.pledge}/{fact.version}/{party.no}",
    )

    def compose(_: int) -> Letter:
        facts = {
            "pledge": pledge.title,
            "unit": party.name,
            "sealed_at": local_time(pledge.seal.sealed_at if pledge.seal and pledge.seal.sealed_at else act.at),
            "verify_url": f"{ports.settings.origin}/v/{pledge.public_id}",
            "text_sha256": pledge.text_sha256,
        }
        name = f"giao-uoc-{pledge.public_id}.pdf"
        pdf = Attachment(filename=name, content_type="application/pdf", data=ports.objects.get(fact.pdf_key))
        return write_letter(notice, facts, attachments=(pdf,))

    send = SendNotice(ports.table("notices"), ports.mail)
    each(with_copies(notice, contact), lambda copy: send(act, copy, compose))

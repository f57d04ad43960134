"""Queue send-signing-links <- SigningGroupOpened, SigningLinkRequested: each party's one-time link to its unit's contact.

The secret is made inside `compose`, at the moment of sending; a repeat after a crash makes a new one, which ends the one
before (notices/usecases.py). A party that has signed meanwhile gets no letter: the ledger says why.
"""

from __future__ import annotations

from typing import Any

from events.envelope import Act
from events.pledges import SigningGroupOpened, SigningLinkRequested
from shared.edge import queue, wiring
from shared.edge.recipients import each, local_time, unit_contact, unit_name
from shared.edge.wiring import Ports
from shared.kernel.ids import derived_id
from shared.kernel.ports import Letter
from shared.notices.letters import write_letter
from shared.notices.model import Notice
from shared.notices.usecases import SendNotice
from shared.pledges.links import MakeSigningLink
from shared.pledges.reading import ShowParty

KIND = "signing-link"


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """One letter per party and request."""
    ports = wiring.ports()

    def group(act: Act, fact: SigningGroupOpened, _: Any) -> None:
        each(fact.parties, lambda party: _send(ports, act, fact.pledge, fact.version, party, 0))

    def again(act: Act, fact: SigningLinkRequested, _: Any) -> None:
        _send(ports, act, fact.pledge, fact.version, fact.party, fact.request)

    return queue.consume(message, context, {SigningGroupOpened: group, SigningLinkRequested: again})


def _send(ports: Ports, act: Act, pledge: str, version: int, party: int, request: int) -> None:
    table, directory = ports.table("pledges"), ports.table("directory")
    found, whom = ShowParty(table)(pledge, party)
    contact = unit_contact(directory, whom.unit)
    notice = Notice(
        id=derived_id("notice", KIND, pledge, version, party, request),
        kind=KIND,
        recipient=f"unit:{whom.unit}",
        address=contact.address,
        address_name=contact.name,
        subject_ref=f"pledge:{pledge}/{version}/{party}",
        carries_secret=True,
    )

    def compose(_: int) -> Letter:
        link = MakeSigningLink(table)(act, pledge, version, party)
        facts = {
            "pledge": link.title,
            "unit": link.party.name,
            "representative": link.party.representative.name,
            "organiser": unit_name(directory, found.issuer),
            "sign_url": link.address(ports.settings.origin),
            "expires_at": local_time(link.expires_at),
        }
        return write_letter(notice, facts)

    SendNotice(ports.table("notices"), ports.mail)(act, notice, compose)

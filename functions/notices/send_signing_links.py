"""Queue send-signing-links <- SigningGroupOpened, SigningLinkRequested, and SigningLinkDue (put there by Schedules): each
party's one-time link to its unit's contact.

The secret is made inside `compose`, at the moment of sending; a repeat after a crash makes a new one, which ends the one
before (notices/usecases.py). A party that has signed meanwhile gets no letter: the ledger says why. An address that was
changed less than 48 hours ago gets none either: the ledger keeps `signing.address_changed`, and the link goes out by itself
when that time is over, to the address of then.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from events.envelope import Act
from events.pledges import SigningGroupOpened, SigningLinkDue, SigningLinkRequested
from shared.edge import queue, wiring
from shared.edge.recipients import each, local_time, unit_contact, unit_name
from shared.edge.wiring import Ports
from shared.kernel.clock import rfc3339
from shared.kernel.errors import Refused
from shared.kernel.ids import derived_id
from shared.kernel.ports import Letter
from shared.notices.letters import write_letter
from shared.notices.model import Notice
from shared.notices.usecases import SendNotice
from shared.pledges.links import MakeSigningLink, PutOffLink
from shared.pledges.reading import ShowParty

KIND = "signing-link"
HELD = "signing.address_changed"


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """One letter per party and request."""
    ports = wiring.ports()

    def group(act: Act, fact: SigningGroupOpened, _: Any) -> None:
        each(fact.parties, lambda party: _send(ports, act, fact.pledge, fact.version, party, "0", act.at))

    def again(act: Act, fact: SigningLinkRequested, _: Any) -> None:
        _send(ports, act, fact.pledge, fact.version, fact.party, str(fact.request), act.at)

    def due(act: Act, fact: SigningLinkDue, _: Any) -> None:
        at = max(act.at, fact.due_at)  # clocks differ by moments: what is due has waited long enough
        _send(ports, act, fact.pledge, fact.version, fact.party, f"due {rfc3339(fact.due_at)}", at)

    kinds: dict[type, queue.Consumer] = {SigningGroupOpened: group, SigningLinkRequested: again, SigningLinkDue: due}
    return queue.consume(message, context, kinds)


def _send(ports: Ports, act: Act, pledge: str, version: int, party: int, request: str, at: datetime) -> None:
    table, directory = ports.table("pledges"), ports.table("directory")
    found, whom = ShowParty(table)(pledge, party)
    contact = unit_contact(directory, whom.unit, at)
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
        if contact.is_held(at):
            raise Refused(HELD)
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

    outcome = SendNotice(ports.table("notices"), ports.mail)(act, notice, compose)
    if outcome.reason == HELD and contact.held_until is not None:
        # Also when the ledger held it already: a crash may have come between the two.
        PutOffLink(ports.schedules)(act, pledge, version, party, contact.held_until)

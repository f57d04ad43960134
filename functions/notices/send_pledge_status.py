"""Queue send-pledge-status <- PledgeWithdrawn, SignatureDisputed: all parties hear that signing stopped, that a pledge in
force was withdrawn, or that a unit says that a signature was not its own."""

from __future__ import annotations

from typing import Any

from events.envelope import Act
from events.pledges import PledgeWithdrawn, SignatureDisputed
from shared.documents.dates import short_date
from shared.edge import queue, wiring
from shared.edge.recipients import VIETNAM, each, local_time, unit_contact, unit_name, with_copies
from shared.edge.wiring import Ports
from shared.kernel.ids import derived_id
from shared.notices.letters import write_letter
from shared.notices.model import Notice
from shared.notices.usecases import SendNotice
from shared.pledges.model import Pledge, Withdrawal
from shared.pledges.reading import ShowPledge

Facts = dict[str, str]


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """One letter per party and change."""
    ports = wiring.ports()

    def withdrawn(act: Act, fact: PledgeWithdrawn, _: Any) -> None:
        pledge = ShowPledge(ports.table("pledges"))(fact.pledge).pledge
        if pledge.version == 0 or pledge.withdrawal is None:
            return  # a draft that was never opened: nobody was asked, so nobody is told
        if pledge.seal is not None and pledge.seal.sealed_at is not None:
            _tell(ports, act, pledge, "pledge-withdrawn", "", _decision(ports, pledge, pledge.withdrawal))
            return
        said = {"closed_at": local_time(pledge.withdrawal.at), "reason": pledge.withdrawal.reason}
        _tell(ports, act, pledge, "pledge-closed", "", said)

    def disputed(act: Act, fact: SignatureDisputed, envelope: Any) -> None:
        pledge = ShowPledge(ports.table("pledges"))(fact.pledge).pledge
        who = unit_name(ports.table("directory"), fact.unit)
        said = {"disputed_unit": who, "disputed_at": local_time(envelope.occurred_at)}
        _tell(ports, act, pledge, "signature-disputed", str(fact.party), said)

    return queue.consume(message, context, {PledgeWithdrawn: withdrawn, SignatureDisputed: disputed})


def _decision(ports: Ports, pledge: Pledge, withdrawal: Withdrawal) -> Facts:
    """A pledge in force ends by a decision: its number and date are told, its reason is not (FORMATS 7)."""
    decided_on = withdrawal.decided_on or withdrawal.at.astimezone(VIETNAM).date()
    return {
        "decision": withdrawal.decision_number or "",
        "decided_on": short_date(decided_on),
        "verify_url": f"{ports.settings.origin}/v/{pledge.public_id}",
    }


def _tell(ports: Ports, act: Act, pledge: Pledge, kind: str, about: str, said: Facts) -> None:
    directory, send = ports.table("directory"), SendNotice(ports.table("notices"), ports.mail)
    organiser = unit_name(directory, pledge.issuer)

    def one(party: Any) -> None:
        contact = unit_contact(directory, party.unit, act.at)
        notice = Notice(
            id=derived_id("notice", kind, pledge.id, pledge.version, party.no, about),
            kind=kind,
            recipient=f"unit:{party.unit}",
            address=contact.address,
            address_name=contact.name,
            subject_ref=f"pledge:{pledge.id}/{pledge.version}/{party.no}",
        )
        facts = {"pledge": pledge.title, "unit": party.name, "organiser": organiser, **said}
        each(with_copies(notice, contact), lambda copy: send(act, copy, lambda _: write_letter(copy, facts)))

    each(pledge.parties, one)

"""Letters that ask to read a paper, each with a link of its own. Called by functions/notices/send_invitation.py.

The secret is made inside `compose`, at the moment of sending; a letter that comes twice after a crash holds two links that
both open the paper for its reader. A paper that was recalled meanwhile is not sent: the ledger says why.
"""

from __future__ import annotations

from events.envelope import Act
from events.papers import PaperCirculated
from shared.edge.paper_print import contact_of
from shared.edge.recipients import each, unit_name
from shared.edge.wiring import Ports
from shared.kernel.ids import derived_id
from shared.kernel.ports import Letter
from shared.notices.letters import write_letter
from shared.notices.model import Notice
from shared.notices.usecases import SendNotice
from shared.papers.circulation import MakePaperLink


def send_paper(ports: Ports, act: Act, fact: PaperCirculated) -> None:
    """One letter for each reader of the fact; one that fails never holds up the others."""
    each(fact.readers, lambda ref: _send(ports, act, fact, ref))


def _send(ports: Ports, act: Act, fact: PaperCirculated, ref: str) -> None:
    contact = contact_of(ports, ref, act.at)
    kind = "paper-reminder" if fact.again else "paper"
    notice = Notice(
        id=derived_id("notice", kind, fact.paper, fact.round, ref),
        kind=kind,
        recipient=ref,
        address=contact.address,
        address_name=contact.name,
        subject_ref=f"paper:{fact.paper}/{fact.version}",
        carries_secret=True,
    )

    def compose(_: int) -> Letter:
        link = MakePaperLink(ports.table("papers"))(act, fact.paper, ref)
        facts = {
            "kind": link.paper.title,
            "paper": link.paper.subject,
            "organiser": unit_name(ports.table("directory"), link.paper.issuer),
            "paper_url": link.address(ports.settings.origin),
        }
        return write_letter(notice, facts)

    SendNotice(ports.table("notices"), ports.mail)(act, notice, compose)

"""What the office keeps only for some time ends by itself, once a day (decision 25).

Called by functions/privacy/apply_retention.py.

How long is the office's setting (shared/identity/office.py). Every run is bounded, and whatever stops it, the next one goes on;
what it did stands in the audit trail like an officer's act.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from events.envelope import Act
from shared.ceremonies.reindex import IndexHolders
from shared.ceremonies.retention import ApplyRetention, CeremoniesBefore, Stage
from shared.certificates.reindex import IndexRecipients
from shared.certificates.retention import EmptyAwardLists
from shared.edge.audit import Source, audited
from shared.edge.wiring import Ports
from shared.identity.forgetting import ForgetPeople
from shared.identity.office import ReadOfficeSettings
from shared.notices.retention import ForgetNotices

MOST: Final = 2_000
"""Records changed by one run: minutes on either engine."""
SOURCE: Final = "RETENTION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """How many registrations lost their contact data, and their people; how many lines of the ledger of messages ended; how many
    ended accounts lost their names and addresses; how many award lists that came in were emptied."""

    contacts: int = 0
    people: int = 0
    notices: int = 0
    accounts: int = 0
    award_lists: int = 0


def apply_retention(ports: Ports, act: Act) -> Applied:
    """One run."""
    keep = ReadOfficeSettings(ports.table("identity"))().retention
    ceremonies = ports.table("ceremonies")
    IndexHolders(ceremonies)(most=MOST)
    IndexRecipients(ports.table("certificates"))(most=MOST)
    changed = {Stage.CONTACTS: 0, Stage.PEOPLE: 0}
    for stage, days in ((Stage.CONTACTS, keep.contact_days), (Stage.PEOPLE, keep.attendance_days)):
        before = act.at - timedelta(days=days)
        for ceremony in CeremoniesBefore(ceremonies)(before):
            if ceremony.ends > before or changed[stage] >= MOST:
                continue
            source = Source(address="", route=f"{SOURCE} {stage}", path=f"/api/v1/ceremonies/{ceremony.id}")
            table = audited(ports.table, act, source)("ceremonies")
            apply = ApplyRetention(table, ports.objects)
            changed[stage] += apply(act, ceremony.id, stage, most=MOST - changed[stage])
    source = Source(address="", route=f"{SOURCE} NOTICES", path="/api/v1/notices")
    forget = ForgetNotices(audited(ports.table, act, source)("notices"))
    notices = forget(act.at - timedelta(days=keep.notice_days), most=MOST)
    source = Source(address="", route=f"{SOURCE} ACCOUNTS", path="/api/v1/people")
    forget_people = ForgetPeople(audited(ports.table, act, source)("identity"))
    accounts = forget_people(act.at - timedelta(days=keep.account_days), most=MOST)
    source = Source(address="", route=f"{SOURCE} AWARD_LISTS", path="/api/v1/decisions")
    empty = EmptyAwardLists(audited(ports.table, act, source)("certificates"), ports.objects)
    return Applied(
        contacts=changed[Stage.CONTACTS],
        people=changed[Stage.PEOPLE],
        notices=notices,
        accounts=accounts,
        award_lists=empty.before(act, act.at - timedelta(days=keep.contact_days), most=MOST),
    )

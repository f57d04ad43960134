"""Queue deliver-reminder <- ReminderDue (put there by Schedules): one reminder to one unit, in working hours."""

from __future__ import annotations

from typing import Any

from events.campaigns import ReminderDue
from events.envelope import Act
from shared.campaigns.model import Tone
from shared.campaigns.rules import Fate
from shared.campaigns.usecases import JudgeReminder, Reminder
from shared.directory.usecases import ShowUnit
from shared.documents.dates import short_date
from shared.edge import queue, wiring
from shared.edge.wiring import Ports
from shared.kernel.errors import Refused
from shared.kernel.ids import derived_id
from shared.kernel.ports import Letter
from shared.notices.letters import write_letter
from shared.notices.model import Notice
from shared.notices.usecases import SendNotice
from shared.texts import say


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """Queue deliver-reminder <- ReminderDue."""
    ports = wiring.ports()
    return queue.consume(message, context, {ReminderDue: lambda act, due, _: deliver(ports, act, due)})


def deliver(ports: Ports, act: Act, due: ReminderDue) -> None:
    """Once per milestone and unit, whatever is repeated; what came too late is on record with its reason."""
    reminder = JudgeReminder(ports.table("campaigns"), ports.schedules)(act, due)
    if reminder.delivery.fate is Fate.WAIT:
        return
    unit = ShowUnit(ports.table("directory"))(due.unit)
    notice = Notice(
        id=derived_id("notice", "reminder", due.milestone, due.unit),
        kind="reminder" if reminder.campaign.tone is Tone.CELEBRATE else "reminder-remember",
        recipient=f"unit:{due.unit}",
        address=unit.contact.email,
        address_name=unit.contact.name or unit.name,
        subject_ref=f"milestone:{due.milestone}",
    )

    def compose(_attempt: int) -> Letter:
        if reminder.delivery.fate is Fate.DROP:
            raise Refused(reminder.delivery.reason)
        return write_letter(notice, facts_of(reminder, unit.name))

    SendNotice(ports.table("notices"), ports.mail)(act, notice, compose)


def facts_of(reminder: Reminder, unit: str) -> dict[str, str]:
    """What the letter says of the milestone."""
    campaign, milestone = reminder.campaign, reminder.milestone
    if milestone is None:
        raise Refused("reminder.not_planned")
    return {
        "unit": unit,
        "campaign": campaign.name,
        "theme": campaign.theme,
        "milestone": say(f"milestone.{milestone.kind.lower()}"),
        "day": short_date(campaign.day),
        "due_at": short_date(milestone.meant_on),
    }

"""Queue check-awards <- AwardListReceived: the file becomes awards and a report."""

from __future__ import annotations

from typing import Any

from events.certificates import AwardListReceived
from events.envelope import Act
from shared.certificates.lists import CheckAwards, RefuseList
from shared.certificates.rules import COLUMNS
from shared.documents.workbook import read_workbook
from shared.edge import queue, wiring
from shared.edge.papers import printable
from shared.edge.wiring import Ports
from shared.kernel.errors import Refused
from shared.kernel.lists import read_list
from shared.kernel.uploads import first_reading


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """Queue check-awards <- AwardListReceived."""
    ports = wiring.ports()
    return queue.consume(message, context, {AwardListReceived: lambda act, fact, _: check(ports, act, fact)})


def check(ports: Ports, act: Act, fact: AwardListReceived) -> None:
    """An unreadable file is refused whole; the office finds the reason in its report."""
    table = ports.table("certificates")
    try:
        data = first_reading(ports.objects, fact.object_key, kept=f"awards/{fact.list_id}")
        read = read_list(read_workbook(data), COLUMNS)
        check_list = CheckAwards(table, printable=printable(ports))
        check_list(act, decision=fact.decision, list_id=fact.list_id, read=read)
    except Refused as refused:
        RefuseList(table)(act, decision=fact.decision, list_id=fact.list_id, code=refused.code, facts=refused.facts)
        raise

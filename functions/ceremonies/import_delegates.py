"""Queue import-delegates <- DelegateListReceived: the list is read, its good rows registered, its faults reported."""

from __future__ import annotations

from typing import Any

from events.ceremonies import DelegateListReceived
from events.envelope import Act
from shared.ceremonies.importing import ImportDelegates
from shared.ceremonies.planning import ShowCeremony
from shared.documents.workbook import read_workbook
from shared.edge import queue, wiring
from shared.edge.invited import invited_units


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """A list that was imported before is left as it stands."""
    ports = wiring.ports()
    table = ports.table("ceremonies")
    bring = ImportDelegates(table, ports.objects, read_workbook)

    def one(act: Act, fact: DelegateListReceived, _: Any) -> None:
        invited = invited_units(ports.table("directory"), ShowCeremony(table)(fact.ceremony))
        bring(act, ceremony=fact.ceremony, list_id=fact.list_id, invited=invited)

    return queue.consume(message, context, {DelegateListReceived: one})

"""Who has come, for the hall screen: a projection of TicketAdmitted. Called by count_attendance.py and by the totals' route.

Set-like: a member's item and the counters change in one commit, and the member is expected absent, so that a fact delivered
twice or late counts once. Whoever came counts as registered, also when the registration was cancelled between the door and
this count (registrations.py keeps it so afterwards). Units' names come with the import, so that a screen asks for one
partition and one item.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from events.ceremonies import TicketAdmitted
from events.envelope import Act
from shared.ceremonies.model import REGISTRATION, HallTotals, RegistrationState, UnitTotals
from shared.ceremonies.planning import ShowCeremony
from shared.kernel.clock import rfc3339
from shared.kernel.conflicts import decide_again
from shared.kernel.ports import ABSENT, Add, Check, Item, Put, Table, Write
from shared.kernel.text import sort_key


class CountAttendance:
    """Counts a registration's coming, once."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, act: Act, fact: TicketAdmitted, sequence: int) -> bool:  # noqa: ARG002
        """Whether it was counted now. `sequence` is the envelope's; an older fact about the member changes nothing."""
        return decide_again(partial(self._count, fact, sequence))

    def _count(self, fact: TicketAdmitted, sequence: int) -> bool:
        partition = f"attendance#{fact.ceremony}"
        item = self._table.get(partition, f"member#{fact.registration}")
        body: dict[str, Any] = {
            "unit": fact.unit, "gate": fact.gate, "kind": fact.kind, "at": rfc3339(fact.admitted_at), "sequence": sequence,
        }  # fmt: skip
        if item is None:
            writes: list[Write] = [
                Put(partition=partition, sort=f"member#{fact.registration}", body=body, expect=ABSENT)
            ]
            places = ("total", f"unit#{fact.unit}")
            registration = self._table.get(f"registration#{fact.registration}", "registration")
            if registration is not None:
                # A cancellation at this very moment takes the registered away: one of the two decides again.
                writes.append(
                    Check(partition=registration.partition, sort=registration.sort, expect=registration.version)
                )
            if registration is not None and _is_cancelled(registration):
                writes += [self._came_after_all(partition, place) for place in places]
            else:
                writes += [Add(partition=partition, sort=place, counter="admitted", amount=1) for place in places]
            self._table.commit(writes)
            return True
        # A re-issued ticket of the same person: the member has come already, its first coming stands.
        return False

    def _came_after_all(self, partition: str, place: str) -> Put:
        """Both counters of an item in one write."""
        item = self._table.get(partition, place)
        body = dict(item.body) if item else {}
        body |= {name: body.get(name, 0) + 1 for name in ("registered", "admitted")}
        return Put(partition=partition, sort=place, body=body, expect=item.version if item else ABSENT)


class ShowHallTotals:
    """The totals of one ceremony, units in the Vietnamese order of their names."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, ceremony: str) -> HallTotals:
        """Raises NotFound(`ceremony.unknown`)."""
        names_item = self._table.get(f"ceremony#{ceremony}", "units")
        if names_item is None:
            ShowCeremony(self._table)(ceremony)
        names = names_item.body["names"] if names_item else {}
        total = self._table.get(f"attendance#{ceremony}", "total")
        page = self._table.query(f"attendance#{ceremony}", prefix="unit#", limit=1000)
        units = tuple(
            UnitTotals(
                unit=code,
                unit_name=names.get(code, code),
                registered=item.body.get("registered", 0),
                admitted=item.body.get("admitted", 0),
            )
            for item in page.items
            for code in [item.sort.removeprefix("unit#")]
        )
        return HallTotals(
            ceremony=ceremony,
            registered=total.body.get("registered", 0) if total else 0,
            admitted=total.body.get("admitted", 0) if total else 0,
            units=tuple(sorted(units, key=lambda each: sort_key(each.unit_name))),
        )


def _is_cancelled(item: Item) -> bool:
    return REGISTRATION.read(item.body).state is RegistrationState.CANCELLED

"""Rights in one request: who was let in, whose thing it turned out to be, and what happens when nobody asked (decision 18).

A caller who entered only by a grant of one unit or ceremony gets tables that take no change, and its answer is withheld,
until `need` or `visible` has settled whose the thing is. So a route whose code forgets to ask refuses; it never lets pass.
Called by shared/edge/http.py. What is allowed is decided in shared/identity/rules.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from events.envelope import Envelope
from shared.edge import telemetry
from shared.edge.read_through import ReadThrough
from shared.identity.principal import PUBLIC, Principal
from shared.identity.rules import Allowed, Need, Reach, carrying, decide, units_of
from shared.kernel.errors import Forbidden, Invalid, NotFound, Refused
from shared.kernel.ports import Table, Write

_T = TypeVar("_T")
_MOST_ANCESTORS = 200
"""Units looked up for the predecessors of one; a reform merges a handful."""


@dataclass(slots=True)
class Access:
    """The rights of one request. `settled` is False while nobody has said whose the thing is."""

    principal: Principal
    scope: str
    tables: Callable[[str], Table]
    settled: bool = True
    _own: dict[str, frozenset[str]] = field(default_factory=dict)

    def need(self, scope: str, *, units: Iterable[str] | None = None, ceremony: str | None = None) -> None:
        """Raises Forbidden unless the caller holds the scope, and the route's own, for a thing of one of these units or of
        this ceremony. Naming neither asks for the whole office."""
        self._settle(scope, frozenset(units or ()), ceremony)
        if scope != self.scope:
            self._settle(self.scope, frozenset(units or ()), ceremony)
        self.settled = True

    def visible(self, scope: str, things: Iterable[_T], whose: Callable[[_T], Iterable[str]]) -> tuple[_T, ...]:
        """Of a list, what the caller may see: everything for the whole office, else the things of its units."""
        found = decide(self.principal, Need(scope=scope, reach=Reach.UNIT))
        if not isinstance(found, Allowed):
            raise Forbidden(found.code, right=found.right)
        listed = tuple(things)
        if found.bound:
            own = self.own_units(scope)
            listed = tuple(each for each in listed if not own.isdisjoint(whose(each)))
        self.settled = True
        return listed

    def common(self) -> None:
        """What is asked for is no unit's in particular (the days of a year): whoever was let in may have it."""
        self.settled = True

    def whole(self, scope: str) -> bool:
        """Whether the caller holds the scope for the whole office."""
        found = decide(self.principal, Need(scope=scope, reach=Reach.ALL))
        return isinstance(found, Allowed)

    def own_units(self, scope: str) -> frozenset[str]:
        """The units whose things a caller bound to units reaches: those granted, and all that were merged into them."""
        if scope not in self._own:
            self._own[scope] = _with_predecessors(self.tables, units_of(self.principal, scope))
        return self._own[scope]

    def _settle(self, scope: str, units: frozenset[str], ceremony: str | None) -> None:
        found = decide(self.principal, Need(scope=scope, units=units, ceremony=ceremony))
        if isinstance(found, Allowed):
            return
        if units and not units.isdisjoint(self.own_units(scope)):
            return
        raise Forbidden(found.code, right=found.right, own=", ".join(found.own) or None)


def enter(principal: Principal, scope: str, reach: Reach, tables: Callable[[str], Table]) -> Access:
    """Lets the caller into a route. Raises Forbidden that says what is missing; of the public it asks to sign in."""
    found = decide(principal, Need(scope=scope, reach=reach))
    if not isinstance(found, Allowed):
        raise Forbidden(found.code, right=found.right, own=", ".join(found.own) or None)
    return Access(principal=principal, scope=scope, tables=tables, settled=not found.bound)


def anybody(tables: Callable[[str], Table]) -> Access:
    """The rights of nobody in particular."""
    return Access(principal=PUBLIC, scope="public", tables=tables)


def settled(access: Access, route: str) -> None:
    """After a route's code. Raises Forbidden where a bound caller's right to the thing was never asked for."""
    if not access.settled:
        telemetry.unsettled(route)
        raise Forbidden("access.unsettled")


def as_told(access: Access, error: Refused | NotFound) -> Refused | NotFound:
    """What a bound caller hears of a problem that arose before its right was settled: nothing of what exists."""
    if access.settled or isinstance(error, Forbidden | Invalid):
        return error
    own = sorted({grant.reach for grant in carrying(access.principal, access.scope)})
    return Forbidden("access.elsewhere", right=access.scope, own=", ".join(own))


def guarded(tables: Callable[[str], Table], access: Access) -> Callable[[str], Table]:
    """The tables of the route: as they are for whoever reaches everything, else closed for changes until settled."""
    if access.settled:
        return tables
    return lambda context: GuardedTable(tables(context), access)


@dataclass(frozen=True, slots=True)
class GuardedTable(ReadThrough):
    """A table that takes no change before the caller's right to the thing is settled."""

    access: Access

    def commit(self, writes: Sequence[Write], events: Sequence[Envelope] = ()) -> None:
        if not self.access.settled:
            raise Forbidden("access.unsettled")
        self.table.commit(writes, events)


def _with_predecessors(tables: Callable[[str], Table], units: frozenset[str]) -> frozenset[str]:
    """These units and all that went into them, as the directory tells now."""
    from shared.directory.usecases import ShowUnit  # for callers of one unit alone

    show = ShowUnit(tables("directory"))
    found, ahead = set(units), list(units)
    while ahead and len(found) < _MOST_ANCESTORS:
        try:
            unit = show(ahead.pop())
        except NotFound:
            continue
        ahead += [code for code in unit.predecessors if code not in found]
        found.update(unit.predecessors)
    return frozenset(found)

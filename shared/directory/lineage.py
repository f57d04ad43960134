"""Which units went into which: pure, over a snapshot of all units. Called by imports, reorganisations, blocks and pages.

Only predecessors are stored, on the successor; successors are derived, so that the two directions cannot disagree. An edge
p -> s fits when p is over and s stands on a later day than p's last one. Last days therefore rise along every path: there
are no cycles. (`edge_fault` is the one place that judges this.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from shared.directory.model import Unit

Edges = frozenset[tuple[str, str]]
"""(predecessor, successor)"""


def edges_of(units: Iterable[Unit]) -> Edges:
    return frozenset((before, unit.code) for unit in units for before in unit.predecessors)


def successors(units: Iterable[Unit]) -> dict[str, tuple[str, ...]]:
    """Code -> the units that it went into, by code."""
    found: dict[str, set[str]] = {}
    for before, after in edges_of(units):
        found.setdefault(before, set()).add(after)
    return {code: tuple(sorted(heirs)) for code, heirs in found.items()}


def edge_fault(before: Unit, after: Unit) -> str | None:
    """Why `before` cannot have gone into `after`: `lineage.itself`, `lineage.stands` (it is not over),
    `lineage.ends_first` (the successor is over no later); None where it fits."""
    if before.code == after.code:
        return "lineage.itself"
    if before.valid_to is None:
        return "lineage.stands"
    if after.valid_to is not None and after.valid_to <= before.valid_to:
        return "lineage.ends_first"
    return None


def faults(units: Mapping[str, Unit]) -> tuple[tuple[str, str, str], ...]:
    """(code, predecessor, successor) of every edge that does not fit; a predecessor that nobody knows: `lineage.unknown`."""
    found = []
    for before, after in sorted(edges_of(units.values())):
        if before not in units:
            found.append(("lineage.unknown", before, after))
            continue
        fault = edge_fault(units[before], units[after])
        if fault:
            found.append((fault, before, after))
    return tuple(found)


def heirs_on(code: str, units: Mapping[str, Unit], day: date) -> tuple[str, ...]:
    """The standing units that a unit went into, through any number of mergers."""
    after = successors(units.values())
    found: set[str] = set()
    seen: set[str] = set()
    ahead = list(after.get(code, ()))
    while ahead:
        each = ahead.pop()
        if each in seen or each not in units:
            continue
        seen.add(each)
        unit = units[each]
        if unit.valid_to is None or day <= unit.valid_to:
            found.add(each)
        else:
            ahead += after.get(each, ())
    return tuple(sorted(found))


def joined(standing: Edges, said: Edges, spoken_of: frozenset[str], spoken_by: frozenset[str]) -> Edges:
    """The edges after a list that says `said`: what it does not speak of stays.

    `spoken_of`: units whose predecessors the list tells; `spoken_by`: units whose successors it tells. Where one end tells
    an edge and the other leaves it out, it stays: nothing is lost by a list that is half filled in.
    """
    kept = {(before, after) for before, after in standing if after not in spoken_of and before not in spoken_by}
    return frozenset(kept) | said

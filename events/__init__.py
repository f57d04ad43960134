"""The public facts of the product: the only list of all events, by (type, version).

One module per context; each lists its events in `EVENTS = {("TypeName", version): Class}`. Adding an event = one class,
one golden sample in events/samples, `make schemas`; the tests name whatever else is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import Any

from events import campaigns, ceremonies, certificates, directory, identity, notices, pledges

_MODULES: tuple[ModuleType, ...] = (campaigns, ceremonies, certificates, directory, identity, notices, pledges)


def _source(module: ModuleType) -> str:
    return "giaouoc." + module.__name__.rpartition(".")[2]


CATALOGUE: Mapping[tuple[str, int], type[Any]] = MappingProxyType(
    {key: cls for module in _MODULES for key, cls in module.EVENTS.items()}
)
BY_CLASS: Mapping[type[Any], tuple[str, int, str]] = MappingProxyType(
    {cls: (*key, _source(module)) for module in _MODULES for key, cls in module.EVENTS.items()}
)

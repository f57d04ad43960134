"""The only list of all events, by (type, version): read by schemas, subscriptions and whoever gets a fact of any kind.

Apart from the package itself, so that a function that publishes or consumes one fact loads its context's module alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import Any

from events import campaigns, ceremonies, certificates, directory, identity, notices, papers, pledges
from events.envelope import source_of

_MODULES: tuple[ModuleType, ...] = (campaigns, ceremonies, certificates, directory, identity, notices, papers, pledges)

CATALOGUE: Mapping[tuple[str, int], type[Any]] = MappingProxyType(
    {key: cls for module in _MODULES for key, cls in module.EVENTS.items()}
)
BY_CLASS: Mapping[type[Any], tuple[str, int, str]] = MappingProxyType(
    {cls: (*key, source_of(module.__name__)) for module in _MODULES for key, cls in module.EVENTS.items()}
)

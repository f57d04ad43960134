"""Facts of the context certificates."""

from __future__ import annotations

EVENTS: dict[tuple[str, int], type] = {}

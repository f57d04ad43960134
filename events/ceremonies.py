"""Facts of the context ceremonies."""

from __future__ import annotations

EVENTS: dict[tuple[str, int], type] = {}

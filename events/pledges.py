"""Facts of the context pledges."""

from __future__ import annotations

EVENTS: dict[tuple[str, int], type] = {}

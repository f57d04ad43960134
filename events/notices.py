"""Facts of the context notices."""

from __future__ import annotations

EVENTS: dict[tuple[str, int], type] = {}

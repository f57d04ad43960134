"""Body and answer of an admission. Apart from views.py: a gate waits for nothing that planning and tickets need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionBody:
    """A scan. `scan_id` is drawn by the device and sent again with a repeat; `gate` counts where the device has none."""

    ceremony: str
    text: str
    scan_id: str
    gate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionView:
    """Whom to welcome. A repeat of the same scan is answered by the same words."""

    outcome: str
    message: str
    admitted_at: datetime
    gate: str
    name: str
    office: str
    unit: str
    category: str

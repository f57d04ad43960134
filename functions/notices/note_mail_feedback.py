"""Queue mail-feedback <- SES: a letter came back, was delayed, arrived, was complained about -> the ledger and its addresses."""

from __future__ import annotations

from typing import Any

from shared.edge import mail_feedback, wiring
from shared.notices.feedback import NoteFeedback


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """One report per message. One that overtook its letter's SENT is redelivered."""
    return mail_feedback.consume(message, context, NoteFeedback(wiring.ports().table("notices")))

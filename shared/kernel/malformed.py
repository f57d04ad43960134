"""The one exception of the format core: bytes or text that are not what our public formats allow.

Every parser of this package raises a subclass; the edge decides what a person reads (a refusal, or an answer of FORMATS 7).
The message holds the `reason` alone: the input itself may be a bearer secret or personal and never travels in an error.
"""

from __future__ import annotations


class Malformed(ValueError):
    """Not in the form that was promised. `reason` is a short machine word (`not_canonical`, `bad_signature`)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

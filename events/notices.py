"""Facts of the ledger of messages. They tell that a message went out or not, never what it said nor to which address."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSent:
    """A message was handed to its channel. `kind` is the notice's kind (`invitation`), `channel` MAIL or SMS."""

    notice: str
    kind: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSuppressed:
    """A message was not sent, for a reason that a person should see: `reason` is a code (`notice.no_address`)."""

    notice: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeBounced:
    """A message that was sent came back for good: `reason` is a code (`notice.bounced_no_mailbox`). Letters to that
    address are held back until it is changed or an organiser lifts it."""

    notice: str
    kind: str
    reason: str


EVENTS: dict[tuple[str, int], type] = {
    ("NoticeSent", 1): NoticeSent,
    ("NoticeSuppressed", 1): NoticeSuppressed,
    ("NoticeBounced", 1): NoticeBounced,
}

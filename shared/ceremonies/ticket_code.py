"""Tickets as tokens: make a ticket's text again from its claims, and read a scanned text under the trust list.

Called by admission, by the invitation's sender and by the attendee's page. The text is a bearer secret: it is returned
to whom it belongs, and never stored, logged or put into an event.
"""

from __future__ import annotations

from shared.ceremonies.model import Ticket
from shared.kernel import codetext, tokens
from shared.kernel.errors import Unavailable
from shared.kernel.ports import Keyring
from shared.kernel.token_check import Check, NotVerified, authentic_ticket
from shared.kernel.tokens import TicketClaims
from shared.kernel.trust import TrustList


class Unreadable(Exception):
    """The text admits nobody: `code` of the refusal; `foreign` if it is not ours at all and may be anybody's data."""

    def __init__(self, *, code: str, foreign: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.foreign = foreign


def claims_of(ticket: Ticket) -> TicketClaims:
    """The claims from which the token is made, always the same."""
    return TicketClaims(
        issuer=ticket.issuer,
        issued_at=ticket.issued_at,
        expires_at=ticket.expires_at,
        id=int(ticket.id),
        category=ticket.category.number,
        ceremony=bytes.fromhex(ticket.ceremony),
    )


def ticket_text(ticket: Ticket, keyring: Keyring, origin: str) -> str:
    """The code text of a ticket, always the same: made again under the key that it was issued with, also when another is in
    force by now. `origin` is `https://HOST`. Raises Unavailable, `ticket.key_gone` when that key is no longer at hand and
    the ticket must be re-issued."""
    try:
        signer = keyring.signer_by_kid(ticket.kid)
    except Unavailable as unavailable:
        raise Unavailable("ticket.key_gone" if unavailable.code == "keys.no_key" else unavailable.code) from None
    token = tokens.sign_ticket(claims_of(ticket), signer)
    if tokens.ticket_proof(token) != ticket.proof:
        raise Unavailable("ticket.key_gone")
    return codetext.ticket_code(origin, token)


def read_ticket(text: str, trust: TrustList, now: int) -> TicketClaims:
    """The claims of a scanned text whose signature holds at unix time `now`; whether it has expired is for the record to say.

    Raises Unreadable: `ticket.not_our_code` (foreign), `ticket.incomplete_code`, `ticket.is_document`,
    `ticket.wrong_host`, `ticket.bad_signature`.
    """
    try:
        return authentic_ticket(text, trust, now).claims
    except NotVerified as refused:
        raise _unreadable(refused) from None


def _unreadable(refused: NotVerified) -> Unreadable:
    if refused.reason in ("no_token", "token_prefix"):
        return Unreadable(code="ticket.incomplete_code")
    if refused.reason == "not_a_ticket":
        return Unreadable(code="ticket.is_document")
    if not refused.usable:
        return Unreadable(code="ticket.not_our_code", foreign=True)
    return Unreadable(code="ticket.wrong_host" if refused.check is Check.HOST else "ticket.bad_signature")

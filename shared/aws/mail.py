"""`Mail` by SES: the same message as the embedded engine sends, handed over raw (called by notices at the edge).

SES gives a message its own Message-ID, so a letter sent again after a lost answer cannot be told from the first by the
reader's mail program; therefore the SDK does not repeat a request here (clients.py). The tag `letter` carries the
letter's id into bounce and complaint events.
"""

from __future__ import annotations

from typing import Any, Final

from botocore.exceptions import ClientError

from shared.aws.faults import code_of, unavailable_when_later
from shared.kernel.clock import Clock
from shared.kernel.errors import Refused, Unavailable
from shared.kernel.letters import Sender, message_of, name_of
from shared.kernel.ports import Letter

_REFUSED: Final = frozenset({"MessageRejected", "BadRequestException"})
_PAUSED: Final = frozenset(
    {"AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException"}
)


class SesMail:
    """Hands letters to SES version 2."""

    def __init__(self, client: Any, *, sender: Sender, clock: Clock, configuration_set: str | None = None) -> None:
        self._client = client
        self._sender = sender
        self._clock = clock
        self._more = {} if configuration_set is None else {"ConfigurationSetName": configuration_set}

    def send(self, letter: Letter) -> None:
        """See ports.Mail. Raises Refused: mail.bad_address, mail.letter_refused; Unavailable: mail.later,
        mail.sender_not_verified."""
        message = message_of(letter, self._sender, self._clock.now())
        try:
            with unavailable_when_later("mail.later", status=None):
                self._client.send_email(
                    FromEmailAddress=self._sender.address,
                    Destination={"ToAddresses": [letter.to]},
                    Content={"Raw": {"Data": message.as_bytes()}},
                    EmailTags=[{"Name": "letter", "Value": name_of(letter.id)}],
                    **self._more,
                )
        except ClientError as error:
            raise _problem(error) from None  # the service's sentence quotes the address


def _problem(error: ClientError) -> Exception:
    """An unverified sender is our own setting, not the letter's fault: the letter waits instead of being given up."""
    code, sentence = code_of(error), str(error.response["Error"].get("Message", ""))
    if code in _PAUSED or "not verified" in sentence:
        return Unavailable("mail.sender_not_verified")
    if code in _REFUSED:
        return Refused("mail.letter_refused", status=error.response["ResponseMetadata"].get("HTTPStatusCode"))
    unchanged: Exception = error
    return unchanged

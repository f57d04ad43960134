"""`Mail` by SES: the same message as the embedded engine sends, handed over raw (called by notices at the edge).

SES gives a message its own Message-ID, so a letter sent again after a lost answer cannot be told from the first by the
reader's mail program; therefore the SDK does not repeat a request here (clients.py). Only what SES refused for coming too
fast was surely not taken: that is tried again at once, a few times, and then left to the queue.

The tag `letter` carries the letter's id into what SES reports of it later (shared/edge/mail_feedback.py).
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from typing import Any, Final

from botocore.exceptions import ClientError

from shared.aws.faults import NETWORK, code_of, means_later
from shared.kernel.clock import Clock
from shared.kernel.errors import Refused, Unavailable
from shared.kernel.letters import Sender, message_of, name_of
from shared.kernel.ports import Letter

_REFUSED: Final = frozenset({"MessageRejected", "BadRequestException"})
_PAUSED: Final = frozenset(
    {"AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException"}
)
_TOO_FAST: Final = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling"})
PAUSES_S: Final = (0.2, 0.5, 1.0)
"""The longest waits before a letter is tried again: the sending rate counts seconds."""
_TAG: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")


class SesMail:
    """Hands letters to SES version 2. `sleep`: waits that many seconds."""

    def __init__(
        self,
        client: Any,
        *,
        sender: Sender,
        clock: Clock,
        configuration_set: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._sender = sender
        self._clock = clock
        self._more = {} if configuration_set is None else {"ConfigurationSetName": configuration_set}
        self._sleep = sleep

    def send(self, letter: Letter) -> None:
        """See ports.Mail. Raises Refused: mail.bad_address, mail.letter_refused; Unavailable: mail.later,
        mail.sender_not_verified."""
        raw = message_of(letter, self._sender, self._clock.now()).as_bytes()
        pauses = iter(PAUSES_S)
        while True:
            try:
                self._hand_over(letter, raw)
                return
            except (ClientError, *NETWORK) as error:
                pause = next(pauses, None) if _came_too_fast(error) else None
                if pause is None:
                    raise _problem(error) from None  # the service's sentence quotes the address
            self._sleep(random.uniform(pause / 2, pause))  # noqa: S311 - spreads attempts, guards nothing

    def _hand_over(self, letter: Letter, raw: bytes) -> None:
        self._client.send_email(
            FromEmailAddress=self._sender.address,
            Destination={"ToAddresses": [letter.to]},
            Content={"Raw": {"Data": raw}},
            EmailTags=[{"Name": "letter", "Value": tag_of(letter.id)}],
            **self._more,
        )


def tag_of(letter_id: str) -> str:
    """The letter's id as a tag's value: itself, as every id of the ledger; others by their name (kernel/letters.py)."""
    return letter_id if _TAG.fullmatch(letter_id) else name_of(letter_id)


def _came_too_fast(error: Exception) -> bool:
    """Over the rate of a second. Over the quota of a day waiting does not help."""
    return isinstance(error, ClientError) and code_of(error) in _TOO_FAST and "quota" not in _sentence(error).lower()


def _problem(error: Exception) -> Exception:
    """An unverified sender is our own setting, not the letter's fault: the letter waits instead of being given up."""
    if means_later(error):
        return Unavailable("mail.later", status=None)
    if isinstance(error, ClientError):
        code = code_of(error)
        if code in _PAUSED or "not verified" in _sentence(error):
            return Unavailable("mail.sender_not_verified")
        if code in _REFUSED:
            return Refused("mail.letter_refused", status=error.response["ResponseMetadata"].get("HTTPStatusCode"))
    return error


def _sentence(error: ClientError) -> str:
    return str(error.response["Error"].get("Message", ""))

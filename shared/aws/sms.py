"""`Sms` by SNS, as transactional messages (called by notices at the edge).

SNS knows no idempotency: the SDK does not repeat a request here (clients.py); after a lost answer a text may go twice.
"""

from __future__ import annotations

import re
from typing import Any, Final

from botocore.exceptions import ClientError

from shared.aws.faults import code_of, unavailable_when_later
from shared.kernel.errors import Refused
from shared.kernel.ports import TextMessage

_NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")
MAX_SMS: Final = 1000
_NOT_TAKEN: Final = frozenset({"InvalidParameter", "ParameterValueInvalid", "ValidationException"})
"""Also for a number whose owner wants no messages."""


class SnsSms:
    """Hands short messages to SNS; `sender_id` is the name registered with the operators, if there is one."""

    def __init__(self, client: Any, *, sender_id: str | None = None) -> None:
        attributes = {"AWS.SNS.SMS.SMSType": "Transactional"}
        if sender_id is not None:
            attributes["AWS.SNS.SMS.SenderID"] = sender_id
        self._client = client
        self._attributes = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}

    def send(self, message: TextMessage) -> None:
        """See ports.Sms. Raises Refused: sms.bad_number, sms.bad_text; Unavailable: sms.later."""
        if not _NUMBER.fullmatch(message.to):
            raise Refused("sms.bad_number")
        if not message.text or len(message.text) > MAX_SMS:
            raise Refused("sms.bad_text", length=len(message.text))
        try:
            with unavailable_when_later("sms.later"):
                self._client.publish(PhoneNumber=message.to, Message=message.text, MessageAttributes=self._attributes)
        except ClientError as error:
            if code_of(error) in _NOT_TAKEN:
                raise Refused("sms.bad_number") from None  # the service's sentence quotes the number
            raise

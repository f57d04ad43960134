"""A Letter as a mail message (RFC 5322, MIME), with headers that no recipient's name can break.

Called by the mail adapters of both engines, so that a letter reads the same whoever carries it.

Names, subjects and file names lose control, format and line-breaking characters before they reach a header; the rest
is encoded by the standard library (RFC 2047, RFC 2231): with its `Header`, for the folding of its newer policies loses the
blank between two encoded words ("Vănphòng"). The Message-ID follows from the letter's id, so that mail
systems which look can tell a repeat.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from shared.kernel.contacts import email_address
from shared.kernel.errors import Refused
from shared.kernel.ports import Attachment, Letter
from shared.kernel.text import nfc

MAX_SUBJECT: Final = 200
MAX_NAME: Final = 120
_POLICY: Final = SMTP.clone(refold_source="none")
"""Lines are folded here, and left as they are."""
_TYPE = re.compile(r"([a-z]+)/([a-z0-9.+-]+)((?:;\s*[a-zA-Z]+=[A-Za-z0-9-]+)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """From whom the letters are: an address of the office and the name beside it."""

    address: str
    name: str


def message_of(letter: Letter, sender: Sender, at: datetime) -> EmailMessage:
    """The message. Raises Refused(mail.bad_address) for what is not one deliverable address."""
    if email_address(letter.to) is None or email_address(letter.to) != _domain_lowered(letter.to):
        raise Refused("mail.bad_address")
    message = EmailMessage(policy=_POLICY)
    message["Message-ID"] = message_id(letter.id, sender)
    message["Date"] = format_datetime(at)
    _address(message, "From", sender.name, sender.address)
    _address(message, "To", letter.to_name, letter.to)
    _subject(message, nfc(letter.subject)[:MAX_SUBJECT])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies to us
    message.set_content(letter.text, cte="base64")
    if letter.html is not None:
        message.add_alternative(letter.html, subtype="html", cte="base64")
    for attachment in letter.attachments:
        _attach(message, attachment)
    return message


def message_id(letter_id: str, sender: Sender) -> str:
    """`<...@domain of the sender>`: the same for the same letter."""
    return f"<{name_of(letter_id)}@{sender.address.rpartition('@')[2]}>"


def name_of(letter_id: str) -> str:
    """A letter's or message's id as 32 hex digits: fit for a file name or a Message-ID, whatever the id holds."""
    return hashlib.sha256(b"giaouoc/letter\0" + letter_id.encode()).hexdigest()[:32]


def _subject(message: EmailMessage, subject: str) -> None:
    if subject.isascii():
        message["Subject"] = subject
    else:
        message.set_raw("Subject", _encoded("Subject", subject))


def _address(message: EmailMessage, header: str, name: str, address: str) -> None:
    name = nfc(name)[:MAX_NAME]
    mailbox = Address(display_name=name if name.isascii() else "", addr_spec=address)
    if name.isascii():
        message[header] = mailbox
    else:
        message.set_raw(header, f"{_encoded(header, name)}\n <{mailbox.addr_spec}>")


def _encoded(header: str, text: str) -> str:
    """Encoded words on lines of at most 76 characters, blanks within them."""
    return Header(text, "utf-8", header_name=header, maxlinelen=76).encode()


def _domain_lowered(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    found = _TYPE.fullmatch(attachment.content_type)
    if found is None:
        raise ValueError("the content type of an attachment")
    main, sub, rest = found.groups()
    parameters = dict(part.strip().split("=", 1) for part in rest.split(";") if part.strip())
    filename = "".join("_" if letter in '/\\:"' else letter for letter in nfc(attachment.filename))[:150] or "file"
    message.add_attachment(attachment.data, maintype=main, subtype=sub, filename=filename, params=parameters)

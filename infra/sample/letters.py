"""Letters of a Maildir, as their recipients read them. Called by the sample's story."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path


def letters_in(maildir: Path) -> list[EmailMessage]:
    """All letters, oldest first."""
    files = [path for sub in ("new", "cur") for path in (maildir / sub).iterdir() if path.is_file()]
    files.sort(key=lambda path: (path.stat().st_mtime_ns, path.name))
    parsed = (email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files)
    return [message for message in parsed if isinstance(message, EmailMessage)]


def text_of(letter: EmailMessage) -> str:
    """The plain text."""
    part = letter.get_body(("plain",))
    return str(part.get_content()) if part else ""


def picture_of(letter: EmailMessage) -> bytes | None:
    """The first PNG of a letter."""
    for part in letter.iter_attachments():
        if part.get_content_type() == "image/png":
            data = part.get_payload(decode=True)
            return data if isinstance(data, bytes) else None
    return None

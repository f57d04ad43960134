"""Letters to a mail server or into a Maildir, short messages into a spool folder (ports Mail and Sms).

Chosen by shared/edge/wiring.py: SMTP if a server is configured, else the Maildir, which `/mailbox` shows with the
sample. A Maildir takes each letter id once. SMTP knows no such thing: after a lost answer a letter may go twice, with
the same Message-ID.
"""

from __future__ import annotations

import json
import os
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from shared.embedded.files import disk_errors, make_folder, name_once, put_aside
from shared.kernel.clock import Clock, rfc3339
from shared.kernel.errors import Refused, Unavailable
from shared.kernel.letters import Sender, message_of, name_of
from shared.kernel.ports import Letter, TextMessage

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")
MAX_SMS: Final = 1000


class MaildirMail:
    """Delivers into a Maildir (`tmp`, `new`, `cur`); a letter's file is named after its id, so it is there once."""

    def __init__(self, folder: Path, *, sender: Sender, clock: Clock) -> None:
        self._folder, self._sender, self._clock = folder, sender, clock
        with disk_errors():
            for name in ("tmp", "new", "cur"):
                make_folder(folder / name)

    def send(self, letter: Letter) -> None:
        data = message_of(letter, self._sender, self._clock.now()).as_bytes()
        name = f"{name_of(letter.id)}.giaouoc"
        with disk_errors():
            if self._read_already(name):
                return
            path = self._folder / "new" / name
            if name_once(put_aside(self._folder / "tmp", data), path) and self._read_already(name):
                path.unlink(missing_ok=True)  # a reader moved the first one while we wrote the second

    def _read_already(self, name: str) -> bool:
        """Readers move letters to `cur` and add `:2,` with their marks to the name."""
        return any(entry.name.partition(":")[0] == name for entry in os.scandir(self._folder / "cur"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where letters are handed in. `security`: starttls (587), tls (465), none (only on this machine)."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: str | None = None
    timeout_s: float = 30.0

    def __post_init__(self) -> None:
        if self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError("mail without TLS only to a server on this machine")


class SmtpMail:
    """Hands each letter to one mail server, in a connection of its own."""

    def __init__(self, server: SmtpServer, *, sender: Sender, clock: Clock, tls: ssl.SSLContext | None = None) -> None:
        """`tls`: other trust anchors than the system's (a mail server with a certificate of the office's own CA)."""
        self._server, self._sender, self._clock = server, sender, clock
        self._tls = tls or ssl.create_default_context()

    def send(self, letter: Letter) -> None:
        message = message_of(letter, self._sender, self._clock.now())
        with _smtp_errors(), self._connection() as connection:
            connection.send_message(message, from_addr=self._sender.address, to_addrs=[letter.to])

    def _connection(self) -> smtplib.SMTP:
        server = self._server
        if server.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout_s, context=self._tls
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout_s)
        try:
            if server.security == "starttls":
                connection.starttls(context=self._tls)
            if server.user is not None:
                connection.login(server.user, server.password or "")
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def _smtp_errors() -> Iterator[None]:
    """5xx about the recipient or the message: Refused, it would be refused again. All else may pass: Unavailable."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        if codes and all(500 <= code < 600 for code in codes):
            raise Refused("mail.address_refused", status=codes[0]) from None
        raise Unavailable("mail.later", status=codes[0] if codes else None) from None
    except smtplib.SMTPAuthenticationError as error:
        raise Unavailable("mail.login_refused", status=error.smtp_code) from None
    except smtplib.SMTPDataError as error:
        if 500 <= error.smtp_code < 600:
            raise Refused("mail.letter_refused", status=error.smtp_code) from None
        raise Unavailable("mail.later", status=error.smtp_code) from None
    except smtplib.SMTPResponseException as error:
        raise Unavailable("mail.later", status=error.smtp_code) from None
    except ssl.SSLError:
        raise Unavailable("mail.no_tls") from None
    except (OSError, smtplib.SMTPException):
        raise Unavailable("mail.no_server") from None


class SpoolSms:
    """Writes short messages into a folder, one JSON file each, for the office's own gateway to fetch."""

    def __init__(self, folder: Path, *, clock: Clock) -> None:
        self._new, self._aside, self._clock = folder / "new", folder / "tmp", clock
        with disk_errors():
            make_folder(self._new)
            make_folder(self._aside)

    def send(self, message: TextMessage) -> None:
        if not _NUMBER.fullmatch(message.to):
            raise Refused("sms.bad_number")
        if not message.text or len(message.text) > MAX_SMS:
            raise Refused("sms.bad_text", length=len(message.text))
        content = {"id": message.id, "to": message.to, "text": message.text, "at": rfc3339(self._clock.now())}
        data = json.dumps(content, ensure_ascii=False, indent=1).encode()
        with disk_errors():
            name_once(put_aside(self._aside, data), self._new / f"{name_of(message.id)}.json")

"""Where letters arrive, for the contract suite of Mail: a Maildir, and a mail server of a few verbs in a thread."""

from __future__ import annotations

import contextlib
import mailbox
import socket
import socketserver
import ssl
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.embedded.mail import MaildirMail, SmtpMail, SmtpServer
from shared.kernel.clock import FixedClock
from shared.kernel.letters import Sender

CLOCK = FixedClock(datetime(2027, 2, 12, 0, 30, tzinfo=UTC))
SENDER = Sender(address="giao-uoc@tdkt.tinh.example", name="Ban Thi đua - Khen thưởng")


class MaildirPost:
    """Reads with the standard library's mailbox module."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "mail"
        self.mail = MaildirMail(self.folder, sender=SENDER, clock=CLOCK)

    def delivered(self) -> list[bytes]:
        box = mailbox.Maildir(self.folder, create=False)
        return [box.get_bytes(key) for key in box.keys()]  # noqa: SIM118 (a mailbox, not a dict)


class SmtpPost:
    """A server that takes letters; a recipient beginning with `4xx` or `5xx` is answered with that code.

    `tls`: its side of TLS, begun at once (`implicit`) or by STARTTLS.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, *, implicit: bool = False) -> None:
        self.tls, self.implicit = tls, implicit
        self.letters: list[bytes] = []
        self.envelopes: list[tuple[str, str]] = []
        self.data_answer = b"250 2.0.0 taken"
        self.server = _Server(("127.0.0.1", 0), _Session)
        self.server.post = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.mail = self.client()

    def client(self, trusting: ssl.SSLContext | None = None, **settings: Any) -> SmtpMail:
        server = SmtpServer(**{"host": "127.0.0.1", "port": self.port, "security": "none", "timeout_s": 5, **settings})
        return SmtpMail(server, sender=SENDER, clock=CLOCK, tls=trusting)

    def delivered(self) -> list[bytes]:
        return list(self.letters)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    post: SmtpPost


class _Session(socketserver.StreamRequestHandler):
    server: _Server

    def setup(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.server.post.implicit:
            self._encrypt()
        super().setup()

    def _encrypt(self) -> None:
        assert self.server.post.tls is not None
        self.request = self.server.post.tls.wrap_socket(self.request, server_side=True)

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # a client that does not trust us hangs up
            self._converse()

    def _converse(self) -> None:
        sender = recipient = ""
        self._say(b"220 mx.example ESMTP")
        while line := self.rfile.readline():
            verb = line.strip().upper()
            if verb.startswith(b"EHLO"):
                extensions = [
                    b"mx.example",
                    b"8BITMIME",
                    b"STARTTLS" if self.server.post.tls else b"HELP",
                    b"AUTH PLAIN",
                ]
                self._say(b"\r\n".join(b"250-" + each for each in extensions[:-1]) + b"\r\n250 " + extensions[-1])
            elif verb == b"STARTTLS" and self.server.post.tls is not None:
                self._say(b"220 go on")
                self._encrypt()
                super().setup()
            elif verb.startswith(b"AUTH"):
                self._say(b"535 5.7.8 no")
            elif verb.startswith(b"MAIL"):
                sender = line.decode().partition("<")[2].partition(">")[0]
                self._say(b"250 ok")
            elif verb.startswith(b"RCPT"):
                recipient = line.decode().partition("<")[2].partition(">")[0]
                code = recipient[:3]
                self._say(f"{code} no".encode() if code.isdecimal() else b"250 ok")
            elif verb == b"DATA":
                self._say(b"354 go on")
                self._take(sender, recipient)
            elif verb == b"QUIT":
                self._say(b"221 bye")
                return
            else:
                self._say(b"250 ok")

    def _take(self, sender: str, recipient: str) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        post = self.server.post
        if post.data_answer.startswith(b"2"):
            post.letters.append(b"".join(lines))
            post.envelopes.append((sender, recipient))
        self._say(post.data_answer)

    def _say(self, answer: bytes) -> None:
        self.wfile.write(answer + b"\r\n")

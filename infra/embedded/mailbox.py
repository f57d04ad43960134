"""/mailbox: the sample's outgoing letters, read from the Maildir, so that a trial needs no mail server.

Exists only with the sample and only on loopback (DESIGN 8). Pictures and files of a letter are shown as they are sent;
HTML parts are not rendered: the text part says the same.
"""

from __future__ import annotations

import email.policy
import html
import re
from collections.abc import Mapping
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Final

from shared.texts import say

PAGE: Final = 1000
"""Letters shown of one subject."""
FEW: Final = 20
"""A group of so many lies open: it hides nothing below it."""
_NAME = re.compile(r"[A-Za-z0-9._:,=+-]{1,200}")
_HEADERS: Final = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_LINK = re.compile(r"(https?://[^\s<>\"]+)")
_SHOWN_AS_PICTURE: Final = frozenset({"image/png", "image/jpeg"})


class Mailbox:
    """Reads a Maildir's `new` and `cur`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def page(self, path: str) -> tuple[int, Mapping[str, str], bytes]:
        """/mailbox, /mailbox/<name>, /mailbox/<name>/<part number>: status, headers, body."""
        parts = [part for part in path.removeprefix("/mailbox").split("/") if part]
        if not parts:
            return 200, _HEADERS, self._list()
        message = self._read(parts[0])
        if message is None or len(parts) > 2:
            return 404, _HEADERS, self._frame("404", "")
        if len(parts) == 2:
            return self._part(message, parts[1])
        return 200, _HEADERS, self._letter(parts[0], message)

    def _files(self) -> list[Path]:
        found = [path for sub in ("new", "cur") for path in (self._folder / sub).glob("*") if path.is_file()]
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)

    def _read(self, name: str) -> EmailMessage | None:
        if not _NAME.fullmatch(name):
            return None
        for path in self._files():
            if path.name == name:
                return _parse(path)
        return None

    def _list(self) -> bytes:
        """One group for each subject, the latest on top: 180 invitations never hide the twelve letters that ask to sign."""
        files = self._files()
        by_subject: dict[str, list[str]] = {}
        for path in files:
            message = _parse(path, headers_only=True)
            rows = by_subject.setdefault(str(message["subject"]), [])
            if len(rows) < PAGE:
                name = html.escape(path.name, quote=True)
                rows.append(f'<li><a href="/mailbox/{name}">{html.escape(str(message["to"]))}</a></li>')
        groups = "".join(
            f'<details class="sheet"{" open" if len(rows) <= FEW else ""}><summary>{html.escape(subject)} '
            f'<span class="quiet number">({len(rows)})</span></summary>'
            f'<ul class="letters">{"".join(rows)}</ul></details>'
            for subject, rows in by_subject.items()
        )
        head = f"<p>{html.escape(say('mailbox.count', count=len(files)))}</p>"
        return self._frame(say("mailbox.title"), head + groups)

    def _letter(self, name: str, message: EmailMessage) -> bytes:
        body = message.get_body(("plain",))
        text = _LINK.sub(r'<a href="\1">\1</a>', html.escape(body.get_content() if body else "", quote=False))
        files = []
        for number, part in enumerate(message.iter_attachments()):
            address = f"/mailbox/{html.escape(name, quote=True)}/{number}"
            label = html.escape(part.get_filename() or part.get_content_type())
            if part.get_content_type() in _SHOWN_AS_PICTURE:
                files.append(f'<p><img src="{address}" alt="{label}" class="attachment"></p>')
            else:
                files.append(f'<p><a href="{address}">{label}</a></p>')
        head = f"<p><strong>{html.escape(str(message['to']))}</strong></p><pre>{text}</pre>"
        return self._frame(str(message["subject"]), head + "".join(files))

    def _part(self, message: EmailMessage, number: str) -> tuple[int, Mapping[str, str], bytes]:
        parts = list(message.iter_attachments())
        if not number.isdecimal() or int(number) >= len(parts):
            return 404, _HEADERS, b""
        part = parts[int(number)]
        data = part.get_payload(decode=True)
        kind = part.get_content_type()
        place = "inline" if kind in _SHOWN_AS_PICTURE else "attachment"
        headers = {**_HEADERS, "content-type": kind, "content-disposition": place}
        return 200, headers, data if isinstance(data, bytes) else b""

    def _frame(self, title: str, body: str) -> bytes:
        title = html.escape(title)
        return (
            f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title>'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            '<link rel="icon" href="/static/mark.svg" type="image/svg+xml">'
            '<script type="module" src="/static/app/theme.js"></script>'
            '<link rel="stylesheet" href="/static/style.css"></head><body>'
            '<header class="bar"><div><a class="mark" href="/"><img src="/static/mark.svg" alt="" width="28" '
            'height="28">Giao Ước</a><span class="where">'
            f'<a href="/mailbox">{html.escape(say("mailbox.title"))}</a></span></div></header>'
            f'<main class="mailbox"><h1>{title}</h1>{body}</main></body></html>'
        ).encode()


def _parse(path: Path, *, headers_only: bool = False) -> EmailMessage:
    parser = BytesParser(policy=email.policy.default)
    with path.open("rb") as file:
        message = parser.parse(file, headersonly=headers_only)
    assert isinstance(message, EmailMessage)
    return message

"""The settings of a process, read once from its environment. Missing or wrong ones are named all at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

ENGINES: Final = ("embedded", "aws")
NO_SENDER: Final = ("Giao Ước", "khong-tra-loi@giaouoc.example")
"""Name and address on letters that stay in the Maildir."""
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = re.compile(
    rf"https://(?:{_LABEL}\.)+(?!localhost(?:$|:))(?=[a-z]){_LABEL}(?::[0-9]{{1,5}})?|http://localhost:[0-9]{{1,5}}"
)
"""A name with a domain: neither an IP address nor localhost stands in codes that are to last (DESIGN 1)."""
_ADDRESS = rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@(?:{_LABEL}\.)+{_LABEL}"
_SENDER = re.compile(rf"\s*(?:([^<>\r\n]{{0,120}})<({_ADDRESS})>|({_ADDRESS}))\s*", re.IGNORECASE)
_SMS_SENDER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9-]{1,11}")
"""As SNS takes it: a registered name, not a number."""
_ISSUER = re.compile(r"[A-Z0-9][A-Z0-9-]{0,11}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """From SMTP_URL=smtp://user:password@host:587 (STARTTLS), smtps://...:465 (TLS)."""

    host: str
    port: int
    tls: bool
    user: str | None
    password: str | None


class SettingsError(ValueError):
    """One line per missing or wrong variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`origin` is scheme and HOST as printed in codes; `issuer` the host's first issuer code (FORMATS 1).

    On AWS: `front` is what the distribution says with each request, `front_only` whether others are refused (edge/front.py);
    `uploads` the name of the bucket that pages send files to. On the embedded engine pages and files have one origin.
    `mail_from` is NO_SENDER where none was given: letters stay in the Maildir, and on AWS wait. `mail_set` is the SES
    configuration set by which letters go, `sms_sender` the name that the operators registered for short messages.
    """

    engine: str
    origin: str
    issuer: str
    data: Path | None = None
    stage: str = "dev"
    mail_from: tuple[str, str] = NO_SENDER
    smtp: SmtpSettings | None = None
    front: str | None = None
    front_only: bool = False
    uploads: str | None = None
    mail_set: str | None = None
    sms_sender: str | None = None

    @property
    def host(self) -> str:
        """HOST with its port if it has one: `tdkt.tinh.gov.vn`, `localhost:8000`."""
        return self.origin.split("://", 1)[1]

    @property
    def secure(self) -> bool:
        """Served over HTTPS: everything but the sample on localhost."""
        return self.origin.startswith("https://")


def load(environment: Mapping[str, str]) -> Settings:
    """Raises SettingsError naming every variable at fault."""
    faults: list[str] = []
    engine = environment.get("GIAOUOC_ENGINE", "embedded")
    origin = environment.get("GIAOUOC_ORIGIN", "")
    issuer = environment.get("GIAOUOC_ISSUER", "")
    data = environment.get("GIAOUOC_DATA")
    if engine not in ENGINES:
        faults.append(f"GIAOUOC_ENGINE={engine}: embedded / aws")
    if not _ORIGIN.fullmatch(origin):
        faults.append(
            f"GIAOUOC_ORIGIN={origin}: https://HOST (http://localhost:PORT: chỉ cho dữ liệu mẫu / sample only)"
        )
    if not _ISSUER.fullmatch(issuer):
        faults.append(f"GIAOUOC_ISSUER={issuer}: [A-Z0-9][A-Z0-9-]{{0,11}}")
    if engine == "embedded" and not data:
        faults.append("GIAOUOC_DATA: thiếu / missing")
    smtp = _smtp(environment.get("SMTP_URL", ""), faults)
    sender = _sender(environment.get("MAIL_FROM", ""), smtp is not None, faults)
    sms_sender = environment.get("GIAOUOC_SMS_SENDER") or None
    if sms_sender is not None and not _SMS_SENDER.fullmatch(sms_sender):
        faults.append(f"GIAOUOC_SMS_SENDER={sms_sender}: [A-Za-z0-9-]{{1,11}}, có chữ cái / with a letter")
    if faults:
        raise SettingsError("\n".join(faults))
    return Settings(
        engine=engine,
        origin=origin,
        issuer=issuer,
        data=Path(data) if data else None,
        stage=environment.get("GIAOUOC_STAGE", "dev"),
        mail_from=sender,
        smtp=smtp,
        front=environment.get("GIAOUOC_FRONT"),
        front_only=environment.get("GIAOUOC_FRONT_ONLY") == "yes",
        uploads=environment.get("GIAOUOC_UPLOADS"),
        mail_set=environment.get("GIAOUOC_MAIL_SET") or None,
        sms_sender=sms_sender,
    )


def _smtp(url: str, faults: list[str]) -> SmtpSettings | None:
    if not url:
        return None
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError(url)
        return SmtpSettings(
            host=parts.hostname,
            port=parts.port or (465 if parts.scheme == "smtps" else 587),
            tls=parts.scheme == "smtps",
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )
    except ValueError:
        faults.append("SMTP_URL: smtp://user:password@host:587, smtps://user:password@host:465")
        return None


def _sender(text: str, needed: bool, faults: list[str]) -> tuple[str, str]:
    """(name, address) of MAIL_FROM, `Sở Nội vụ <thidua@tinh.gov.vn>`; a mail server needs one."""
    if not text.strip() and not needed:
        return NO_SENDER
    found = _SENDER.fullmatch(text)
    if found is None:
        faults.append("MAIL_FROM: Tên cơ quan <dia-chi@co-quan.vn> / Name <address>")
        return NO_SENDER
    name, address, bare = found.groups()
    return (name or "").strip(' "') or NO_SENDER[0], address or bare

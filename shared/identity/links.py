"""Secrets of one-time links and cookies: 32 random bytes, stored only as SHA-256 (FORMATS 6)."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from datetime import timedelta
from typing import Final

from shared.identity.model import INVITATION, Invitation
from shared.kernel.ports import ABSENT, Put

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
KEPT_AFTER: Final = timedelta(days=1)
"""A link's item outlives the link a little, so that a late tap is told the same as any other."""


def new_secret() -> str:
    """32 random bytes as 43 characters of base64url."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


def fingerprint(secret: str) -> str:
    """What is stored of a secret: SHA-256 in hex. Anything that is not a secret's form gets a print that none has."""
    return hashlib.sha256(secret.encode()).hexdigest() if _SECRET.fullmatch(secret) else "-"


def link_put(secret: str, invitation: Invitation) -> Put:
    """The write of a new link."""
    return Put(
        partition=f"link#{fingerprint(secret)}", sort="link", body=INVITATION.body(invitation), expect=ABSENT,
        expires_at=invitation.expires_at + KEPT_AFTER,
    )  # fmt: skip

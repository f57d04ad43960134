"""Challenges for passkeys: 32 random bytes for one purpose, one person, one session and one answer (FORMATS 6).

Stored by their digest for five minutes. An answer takes its challenge away before anything of it is looked at, so that a
second answer, right or wrong, finds none. (A challenge of a pledge's signature is made from its statement, elsewhere.)
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from events.envelope import Act
from shared.kernel.errors import Conflict, Refused
from shared.kernel.ports import ABSENT, Delete, Put, Table
from shared.kernel.shapes import Shape

LIFETIME: Final = timedelta(minutes=5)


class Purpose(StrEnum):
    """What an answer to a challenge is for; an answer to one is never taken for another."""

    ENROL = "ENROL"
    SIGN_IN = "SIGN_IN"
    STEP_UP = "STEP_UP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """`account` and `session` are empty for signing in: nobody is known yet."""

    purpose: Purpose
    account: str
    session: str
    expires_at: datetime


CHALLENGE: Final = Shape(Challenge, 1)


def credential_print(credential: str) -> str:
    """What stands for a credential's id in keys."""
    return hashlib.sha256(credential.encode()).hexdigest()


class MakeChallenge:
    """Draws a challenge and keeps its digest."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, purpose: Purpose, *, account: str = "", session: str = "") -> bytes:
        challenge = secrets.token_bytes(32)
        kept = Challenge(purpose=purpose, account=account, session=session, expires_at=act.at + LIFETIME)
        put = Put(
            partition=_partition(challenge), sort="challenge", body=CHALLENGE.body(kept), expect=ABSENT,
            expires_at=kept.expires_at,
        )  # fmt: skip
        self.table.commit([put])
        return challenge


class SpendChallenge:
    """Takes a challenge away and says whether it was this one."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, act: Act, challenge: bytes, purpose: Purpose, *, account: str = "", session: str = "") -> None:
        """Raises Refused(identity.challenge_not_valid): unknown, used, too late, for another purpose or another person."""
        item = self.table.get(_partition(challenge), "challenge")
        if item is None:
            raise Refused("identity.challenge_not_valid")
        try:
            self.table.commit([Delete(partition=item.partition, sort=item.sort, expect=item.version)])
        except Conflict:  # two answers at once
            raise Refused("identity.challenge_not_valid") from None
        kept = CHALLENGE.read(item.body)
        if (kept.purpose, kept.account, kept.session) != (purpose, account, session) or act.at >= kept.expires_at:
            raise Refused("identity.challenge_not_valid")


def _partition(challenge: bytes) -> str:
    return f"challenge#{hashlib.sha256(challenge).hexdigest()}"

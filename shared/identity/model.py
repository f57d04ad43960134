"""People, grants, one-time links and sessions as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.kernel.shapes import Shape


class Role(StrEnum):
    """DESIGN 5. SIGNATORY is no role of a session: a party's right is the secret of its own link."""

    ADMIN = "ADMIN"
    ORGANISER = "ORGANISER"
    CLERK = "CLERK"
    AUDITOR = "AUDITOR"
    GATE = "GATE"
    SCREEN = "SCREEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role and what it reaches: a unit code for ORGANISER and CLERK, a ceremony id for GATE and SCREEN, "*" for all."""

    role: Role
    reach: str = "*"
    place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who is asking: `kind` PERSON, DEVICE or PUBLIC."""

    kind: str
    id: str
    grants: tuple[Grant, ...] = ()


PUBLIC = Principal(kind="PUBLIC", id="public")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A one-time link before it is spent: it opens a session as `principal` until `expires_at`."""

    principal: Principal
    expires_at: datetime
    session_hours: int
    spent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session of a person or a device; ends at `expires_at` or when it is ended."""

    principal: Principal
    opened_at: datetime
    expires_at: datetime
    ended: bool = False


INVITATION = Shape(Invitation, 1)
SESSION = Shape(Session, 1)

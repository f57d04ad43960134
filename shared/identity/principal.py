"""Who is asking, and by which roles: what every request needs, and nothing else (decision 16).

Apart from accounts, links and sessions (model.py), which public pages never read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from shared.identity.model import Session


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
    """Who is asking: `kind` PERSON, DEVICE, TOKEN or PUBLIC; `name` as colleagues know it, for pages and records.

    `scopes`: those of a token, which narrow what its maker's grants carry; None narrows nothing.
    """

    kind: str
    id: str
    grants: tuple[Grant, ...] = ()
    name: str = field(default="", repr=False)
    scopes: tuple[str, ...] | None = None


PUBLIC = Principal(kind="PUBLIC", id="public")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, and by which session: `id` is its print (not secret), empty for the public and for programs."""

    principal: Principal
    id: str = ""
    session: Session | None = None


NOBODY: Final = Caller(principal=PUBLIC)

"""HTTP /api/v1/signing: a party reads, signs, or objects. Public: the right is the secret in the body, spent by POST only.

The first reading binds the link to the browser by a cookie (HttpOnly, SameSite=Strict); signing needs the same browser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.pledges.bodies import LinkBody, ObjectBody, SignBody
from shared.edge import http
from shared.edge.answers import Answer
from shared.edge.http import Request, Route, Routes
from shared.pledges.links import LINK_LIFETIME
from shared.pledges.objections import ObjectToSignature
from shared.pledges.signing import ReadForSigning, Receipt, SignByLink, SigningView
from shared.pledges.statement import Site

_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionView:
    """When the objection was recorded."""

    recorded_at: datetime


def read(request: Request) -> Answer:
    """The frozen text, the party, and the statement S to be signed as it is; binds the link at the first call."""
    body: LinkBody = request.body
    use_case = ReadForSigning(request.ports.table("pledges"), _site(request))
    view, value = use_case(request.act, public_id=body.id, secret=body.secret, binding=_binding(request))
    return Answer(view, cookies=(_cookie(request, value),))


def sign(request: Request) -> Answer:
    """The receipt; the same request again gives the same receipt."""
    body: SignBody = request.body
    use_case = SignByLink(request.ports.table("pledges"), request.ports.keyring, _site(request))
    done = use_case(
        request.act,
        public_id=body.id,
        secret=body.secret,
        binding=_binding(request),
        statement=body.statement,
    )
    return Answer(done)


def object_to(request: Request) -> Answer:
    """ "This was not us", within 72 hours, by the secret of the receipt's letter."""
    body: ObjectBody = request.body
    use_case = ObjectToSignature(request.ports.table("pledges"))
    return Answer(
        ObjectionView(recorded_at=use_case(request.act, public_id=body.id, secret=body.secret, reason=body.reason))
    )


def _site(request: Request) -> Site:
    return Site(origin=request.ports.settings.origin)


def _name(request: Request) -> str:
    return "__Host-giaouoc-sign" if request.ports.settings.secure else "giaouoc-sign"


def _binding(request: Request) -> str | None:
    value = request.cookies.get(_name(request), "")
    return value if _VALUE.fullmatch(value) else None


def _cookie(request: Request, value: str) -> str:
    secure = "; Secure" if request.ports.settings.secure else ""
    age = int(LINK_LIFETIME.total_seconds())
    return f"{_name(request)}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}"


_PATH = "/api/v1/signing"

ROUTES = Routes(
    "signing",
    (
        Route(method="POST", path=_PATH + "/read", scope="public", run=read, body=LinkBody, answer=SigningView,
              summary="Read before signing"),
        Route(method="POST", path=_PATH + "/sign", scope="public", run=sign, body=SignBody, answer=Receipt,
              summary="Sign what was read"),
        Route(method="POST", path=_PATH + "/object", scope="public", run=object_to, body=ObjectBody, answer=ObjectionView,
              summary="This was not us"),
    ),
)  # fmt: skip


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)

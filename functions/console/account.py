"""/console/account: one's own name, passkeys and sessions. The forms call the API of functions/identity/account.py."""

from __future__ import annotations

from typing import Final

from functions.console.routes import page
from functions.identity.account import account_view
from shared.edge import pages
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.identity.model import Opening

WAYS: Final = {
    how.value: f"account.how_{how.value}" for how in (Opening.TERMINAL, Opening.LINK, Opening.CODE, Opening.PASSKEY)
}
"""How a session was opened, as codes of the catalogue."""


def account(request: Request) -> Answer:
    """The page of whoever has signed in."""
    view = account_view(request)
    alone = len(view.passkeys) == 1
    return pages.render(request, "console_account.html", me=view, alone=alone, ways=WAYS)


PAGES: Final = (page("/console/account", "account:read", account, "My account"),)

"""/console/account: one's own name, passkeys and sessions. The forms call the API of functions/identity/account.py."""

from __future__ import annotations

from typing import Final

from functions.console.routes import page
from functions.identity.account import account_view
from shared.edge import pages
from shared.edge.answers import Answer
from shared.edge.http import Request


def account(request: Request) -> Answer:
    """The page of whoever has signed in."""
    view = account_view(request)
    return pages.render(request, "console_account.html", me=view, alone=len(view.passkeys) == 1, now=request.act.at)


PAGES: Final = (page("/console/account", "account:read", account, "My account"),)

"""HTTP of identity: sessions (signing_in.py), one's own account (account.py), unfinished work (drafts_http.py), colleagues and
their roles (people_http.py), programs' tokens (tokens_http.py)."""

from __future__ import annotations

from typing import Any

from functions.identity import account, drafts_http, people_http, signing_in, tokens_http
from shared.edge import http
from shared.edge.http import Routes

ROUTES = Routes(
    "identity",
    (*signing_in.ROUTES, *account.ROUTES, *drafts_http.ROUTES, *people_http.ROUTES, *tokens_http.ROUTES),
)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)

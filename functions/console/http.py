"""/console: organisers see what stands, and what came of what they sent. Pages are made on the server from the contexts' own
read use cases; every button calls the contexts' API (shared/web/static/console.js). One module for each area names its pages."""

from __future__ import annotations

from typing import Any

from functions.console import (
    account,
    approvals,
    audit,
    blocks,
    campaigns,
    ceremonies,
    certificates,
    devices,
    forms,
    home,
    notices,
    papers,
    people,
    pledges,
    privacy,
    units,
)
from shared.edge import http
from shared.edge.http import Routes

ROUTES = Routes(
    "console",
    (
        *home.PAGES,
        *ceremonies.PAGES,
        *devices.PAGES,
        *pledges.PAGES,
        *certificates.PAGES,
        *campaigns.PAGES,
        *notices.PAGES,
        *papers.PAGES,
        *people.PAGES,
        *forms.PAGES,
        *approvals.PAGES,
        *audit.PAGES,
        *units.PAGES,
        *blocks.PAGES,
        *privacy.PAGES,
        *account.PAGES,
    ),
    home="identity",
)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)

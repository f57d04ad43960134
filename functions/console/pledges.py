"""/console/pledges: what many units sign."""

from __future__ import annotations

from functions.console.routes import page
from shared.edge import pages
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.pledges.reading import ReadBoard, ShowPledge


def pledge(request: Request) -> Answer:
    """One pledge: its text, and each party with what it waits for."""
    id_, table = request.params["pledge"], request.ports.table("pledges")
    return pages.render(request, "console_pledge.html", view=ShowPledge(table)(id_), board=ReadBoard(table)(id_))


PAGES = (page("/console/pledges/{pledge}", "pledge:read", pledge, "A pledge"),)

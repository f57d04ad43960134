"""/console/approvals: acts that wait for a second officer, in plain words, with the thing itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any, Final

from functions.console.routes import page
from shared.certificates.decisions import ShowDecision
from shared.certificates.records import ShowCertificate
from shared.directory.usecases import ShowUnit
from shared.edge import pages
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.edge.trail_words import THINGS, act_in_words
from shared.identity.approvals import ListProposals, Proposal, ProposalState
from shared.kernel.errors import Invalid, NotFound
from shared.pledges.reading import ShowPledge
from shared.texts import say

Tables = Callable[[str], Any]
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def approvals(request: Request) -> Answer:
    """Proposals of one state, the latest first."""
    wanted = request.query.get("state", ProposalState.OPEN)
    if wanted not in set(ProposalState):
        raise Invalid("approval.state", field="state")
    cursor = request.query.get("cursor") or None
    found = ListProposals(request.ports.table("identity"))(ProposalState(wanted), limit=20, cursor=cursor)
    return pages.render(
        request,
        "console_approvals.html",
        states=tuple(ProposalState),
        state=ProposalState(wanted),
        proposals=[_shown(request, one) for one in found.proposals],
        cursor=found.cursor,
        first=cursor is None,
        me=request.principal.id,
    )


def _shown(request: Request, proposal: Proposal) -> dict[str, Any]:
    kind, thing = _place(proposal.call.path)
    pattern = THINGS.get(kind)
    return {
        "one": proposal,
        "open": proposal.is_open(request.act.at),
        "what": act_in_words(proposal.call.route, request.locale),
        "about": _about(request.ports.table, kind, thing),
        "href": pattern.format(thing) if pattern else "",
        "fields": _fields(proposal.call.body, request),
    }


def _place(path: str) -> tuple[str, str]:
    """`/api/v1/pledges/x/open` -> ("pledges", "x")."""
    parts = [*path.split("/"), "", "", "", "", ""]
    return parts[3], parts[4]


def _certificate(tables: Tables, thing: str) -> tuple[str, ...]:
    found = ShowCertificate(tables("certificates"))(thing)
    return (found.form_name, found.recipient.name, found.decision_number, found.issuer.name)


def _decision(tables: Tables, thing: str) -> tuple[str, ...]:
    found, _ = ShowDecision(tables("certificates"))(thing)
    return (found.number, found.subject, found.issuer.name)


def _pledge(tables: Tables, thing: str) -> tuple[str, ...]:
    return (ShowPledge(tables("pledges"))(thing).pledge.title,)


def _unit(tables: Tables, thing: str) -> tuple[str, ...]:
    return (ShowUnit(tables("directory"))(thing).name,)


_READERS: Final = {"certificates": _certificate, "decisions": _decision, "pledges": _pledge, "units": _unit}


def _about(tables: Tables, kind: str, thing: str) -> tuple[str, ...]:
    """What the thing is as it stands now; nothing where it is no more."""
    try:
        return _READERS[kind](tables, thing) if kind in _READERS else ()
    except NotFound:
        return ()


def _fields(body: str, request: Request) -> tuple[tuple[str, str], ...]:
    """What the first officer wrote, by the names of the form; of what is no JSON object its beginning."""
    try:
        read = json.loads(body) if body else {}
    except ValueError:
        read = body
    if not isinstance(read, dict):
        return ((say("approval.content", request.locale), str(read)[:2000]),)
    pairs = ((_named(name, request), value) for name, value in read.items() if value not in (None, "", [], {}))
    return tuple((name, _written(value)) for name, value in pairs)


def _written(value: object) -> str:
    """A value as people read it: days as 20/11/2026, also inside lists and parts; a thing of parts in the form's own marks."""
    shown = _days(value)
    return shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)[:2000]


def _days(value: object) -> object:
    if isinstance(value, dict):
        return {name: _days(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_days(each) for each in value]
    if isinstance(value, str) and _DAY.fullmatch(value):
        with suppress(ValueError):  # 2026-02-30 is no day: it is shown as it was written
            return pages.day(date.fromisoformat(value))
    return value


def _named(name: str, request: Request) -> str:
    code = f"approval.field_{name}"
    found = say(code, request.locale)
    return name if found == code else found


PAGES = (page("/console/approvals", "approval:read", approvals, "Acts that wait for a second officer"),)

"""The pages under "Kỹ thuật", and the office's settings. Called by http.py of this folder."""

from __future__ import annotations

from functools import partial

from functions.console.routes import page
from functions.operations.views import KeysView, keys_of
from shared.edge import pages
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.edge.settings import NO_SENDER
from shared.identity.maintenance import CopyState, ListInterventions, ReadCopyRequest
from shared.identity.office import FOUR_EYES_ACTS, RETENTION, HeadingFamily, ReadOfficeSettings
from shared.identity.rules import allows
from shared.kernel.errors import NotFound, Unavailable
from shared.texts import Locale, say

MOST_SHOWN = 50
ZONES = ("Asia/Ho_Chi_Minh", "Asia/Bangkok", "Asia/Vientiane", "Asia/Tokyo", "Europe/Moscow", "Europe/Paris", "UTC")
"""Where offices of Viet Nam stand; any other IANA name is kept if it is there already."""
THINGS = {
    "ceremony": "ceremonies",
    "pledge": "pledges",
    "decision": "decisions",
    "campaign": "campaigns",
    "unit": "units",
}
"""Kinds of things that have a page."""


def overview(request: Request) -> Answer:
    """All kinds of work, keys, copies; each asked for on its own, so that one that does not answer hides no other."""
    table = request.ports.table("identity")
    try:
        works = request.ports.failed_work.works()
    except Unavailable:
        works = None
    try:
        copies = request.ports.backups.copies()
    except Unavailable:
        copies = None
    asked = ReadCopyRequest(table)()
    return pages.render(
        request,
        "console_operations.html",
        works=works,
        failed=sum(each.failed for each in works or ()),
        keys=_keys(request),
        copies=copies,
        asked=asked,
        waiting=asked is not None and asked.state in (CopyState.REQUESTED, CopyState.RUNNING),
        interventions=ListInterventions(table)(),
        settings=request.ports.settings,
        writes=allows(request.principal, "operation:write"),
        now=request.act.at,
    )


def work(request: Request) -> Answer:
    """One kind of work: what was put aside, and what may be done about it."""
    name = request.params["work"]
    found = {each.name: each for each in request.ports.failed_work.works()}
    if name not in found:
        raise NotFound("operations.no_work", work=name[:60])
    return pages.render(
        request,
        "console_operations_work.html",
        work=found[name],
        items=request.ports.failed_work.look(name, MOST_SHOWN) if found[name].failed else (),
        things=THINGS,
        why=partial(_why, request.locale),
        writes=allows(request.principal, "operation:write"),
    )


def settings(request: Request) -> Answer:
    """The office's settings. Letters: what the engine was started with is shown, and changed where that stands."""
    standing = ReadOfficeSettings(request.ports.table("identity"))()
    engine = request.ports.settings
    words = partial(_word, request.locale)
    return pages.render(
        request,
        "console_settings.html",
        office=standing,
        family_pairs=[(each.value, words(f"settings.heading_{each}")) for each in HeadingFamily],
        zone_pairs=[(zone, zone) for zone in dict.fromkeys((standing.zone, *ZONES))],
        act_pairs=[(act, words(f"settings.act_{act}")) for act in FOUR_EYES_ACTS],
        second_words="; ".join(words(f"settings.act_{act}") for act in standing.second_officer),
        periods=RETENTION,
        engine=engine,
        sends=engine.mail_from != NO_SENDER and (engine.engine == "aws" or engine.smtp is not None),
        writes=allows(request.principal, "setting:write"),
    )


def _why(locale: Locale, reason: str) -> str:
    """The sentence of an error's code (`Unavailable mail.no_server`), or nothing where the catalogues have none."""
    code = reason.rpartition(" ")[2]
    sentence = say(code, locale)
    return "" if sentence == code else sentence


def _word(locale: Locale, code: str) -> str:
    return say(code, locale)


def _keys(request: Request) -> KeysView | None:
    """None where no key session was held yet, or its list cannot be read now."""
    from shared.edge.trust import trust_list  # reads signatures: for this page alone

    try:
        return keys_of(trust_list(request.ports), request.act.at)
    except Unavailable:
        return None


PAGES = (
    page("/console/operations", "operation:read", overview, "Work that could not be done, keys, copies"),
    page("/console/operations/{work}", "operation:read", work, "What failed of one work"),
    page("/console/settings", "setting:read", settings, "The office's settings"),
)

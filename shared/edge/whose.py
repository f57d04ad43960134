"""Whose a thing is: what a route declares as `whose=`, so that grants of one unit or ceremony reach what is theirs.

Called by shared/edge/http.py before the route's code, and only for callers who entered by such a grant. Each raises
Forbidden where the thing is another's, and NotFound where there is none (which such callers are told as another's).
Route parameters are found by their names: {ceremony}, {pledge}, {decision}, {certificate}, {campaign}, {paper}, {unit}.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.campaigns.model import Campaign
    from shared.ceremonies.model import Ceremony
    from shared.certificates.model import AwardDecision
    from shared.edge.http import Request
    from shared.pledges.model import Pledge


def everybodys(request: Request) -> None:
    """No unit's in particular: for whoever holds the scope anywhere."""
    request.access.common()


def need_ceremony(request: Request, scope: str, ceremony: str) -> None:
    """A ceremony is its host's, and its devices'. Reads nothing for these, nor for whoever reaches the whole office."""
    own = any(grant.reach == ceremony for grant in request.principal.grants)
    if own or request.access.whole(scope):
        request.need(scope, ceremony=ceremony)
        return
    from shared.ceremonies.planning import ShowCeremony

    host = ShowCeremony(request.ports.table("ceremonies"))(ceremony).host
    request.need(scope, unit=host, ceremony=ceremony)


def ceremony(request: Request) -> None:
    need_ceremony(request, request.access.scope, request.params["ceremony"])


def pledge(request: Request) -> None:
    """A pledge is its issuer's. Whoever reads may also be its ceremony's host or a party."""
    from shared.pledges.reading import ShowPledge

    found = ShowPledge(request.ports.table("pledges"))(request.params["pledge"]).pledge
    scope = request.access.scope
    if scope != "pledge:read":
        request.need(scope, unit=found.issuer)
    else:
        request.need(scope, unit=(*readers_of(found), *hosts_of(request, found.ceremony)))


def readers_of(found: Pledge) -> tuple[str, ...]:
    """The units that may read a pledge: its issuer and its parties."""
    return (found.issuer, *(party.unit for party in found.parties))


def hosts_of(request: Request, ceremony: str | None) -> tuple[str, ...]:
    """The host of a ceremony, for callers bound to a unit; nobody where none is named or known."""
    if ceremony is None or request.access.whole(request.access.scope):
        return ()
    from shared.ceremonies.planning import ShowCeremony
    from shared.kernel.errors import NotFound

    try:
        return (ShowCeremony(request.ports.table("ceremonies"))(ceremony).host,)
    except NotFound:
        return ()


def pledge_at_hall(request: Request) -> None:
    """A pledge's board is shown to its issuer and by the screens of its ceremony."""
    from shared.pledges.reading import ShowPledge

    found = ShowPledge(request.ports.table("pledges"))(request.params["pledge"]).pledge
    request.need(request.access.scope, unit=found.issuer, ceremony=found.ceremony or "-")


def decision(request: Request) -> None:
    """An award decision is the unit's that decided."""
    from shared.certificates.decisions import ShowDecision

    found, _ = ShowDecision(request.ports.table("certificates"))(request.params["decision"])
    request.need(request.access.scope, unit=decider_of(found))


def decider_of(found: AwardDecision) -> tuple[str, ...]:
    return (found.issuer.unit,)


def certificate(request: Request) -> None:
    """A certificate is the unit's that decided on it."""
    from shared.certificates.records import ShowCertificate

    found = ShowCertificate(request.ports.table("certificates"))(request.params["certificate"])
    request.need(request.access.scope, unit=found.issuer.unit)


def campaign(request: Request) -> None:
    """A campaign is the unit's that launches it; those that take part may read it."""
    from shared.campaigns.usecases import ShowCampaign

    found, _ = ShowCampaign(request.ports.table("campaigns"))(request.params["campaign"])
    request.need(
        request.access.scope, unit=taking_part(found) if request.access.scope == "campaign:read" else found.unit
    )


def taking_part(found: Campaign) -> tuple[str, ...]:
    """The units that may read a campaign."""
    return (found.unit, *(each.unit for each in found.participants))


def paper(request: Request) -> None:
    """A paper is the unit's that issues it."""
    from shared.papers.reading import ShowPaper

    found = ShowPaper(request.ports.table("papers"))(request.params["paper"])
    request.need(request.access.scope, unit=found.paper.issuer)


def unit(request: Request) -> None:
    """A unit's own entry."""
    request.need(request.access.scope, unit=request.params["unit"])


def person(request: Request) -> None:
    """A person belongs to the units for which they hold a role. What of it may be changed, granting.py decides."""
    from shared.identity.people import ShowPerson, reaches_of

    found = ShowPerson(request.ports.table("identity"))(request.params["person"])
    request.need(request.access.scope, unit=reaches_of(found))


def host_of(found: Ceremony) -> tuple[str, ...]:
    return (found.host,)

"""HTTP /api/v1/pledges: organisers draft, open, follow and stop pledges. Nothing here shows a secret of a party's link."""

from __future__ import annotations

from typing import Any

from functions.pledges.bodies import (
    DownloadView,
    DraftBody,
    PledgesView,
    ReasonBody,
    RepresentativeBody,
    SignaturesView,
    WithdrawBody,
    draft_of,
    person_of,
)
from shared.ceremonies.planning import ShowCeremony
from shared.edge import http, whose
from shared.edge.answers import Answer
from shared.edge.http import QueryField, Request, Route, Routes
from shared.edge.pledge_paper import check_person_printable, check_printable
from shared.edge.recipients import VIETNAM, local_time, unit_contact
from shared.edge.whose import need_ceremony
from shared.identity.rules import Reach
from shared.kernel.errors import Invalid, NotFound, Refused
from shared.kernel.ports import Table
from shared.pledges.model import Draft
from shared.pledges.reading import Board, ListPledges, ListSignatures, PledgeView, ReadBoard, ShowParty, ShowPledge
from shared.pledges.usecases import (
    ChangeRepresentative,
    DeferParty,
    DraftPledge,
    EditDraft,
    OpenPledge,
    RequestLink,
    RevisePledge,
    WithdrawPledge,
)


def draft(request: Request) -> Answer:
    """A repeat with the same text answers the same draft; the units' names are read from the directory, once."""
    body: DraftBody = request.body
    issuer = body.issuer or request.ports.settings.issuer
    request.need(_PREPARE, unit=issuer)
    made = DraftPledge(_table(request))(request.act, issuer=issuer, draft=_draft(request), key=body.key)
    return _shown(request, made.id, status=201)


def edit(request: Request) -> Answer:
    """Replaces the text of a draft; `issuer` and `key` stay what they were."""
    EditDraft(_table(request))(request.act, _pledge(request), _draft(request))
    return _shown(request, _pledge(request))


def list_all(request: Request) -> Answer:
    """`?ceremony=` or `?issuer=` (default: the host's first issuer), `?cursor=`."""
    query, ceremony = request.query, request.query.get("ceremony")
    issuer = query.get("issuer") or (None if ceremony else request.ports.settings.issuer)
    lines, cursor = ListPledges(_table(request))(issuer=issuer, ceremony=ceremony, cursor=query.get("cursor"))
    hosts = whose.hosts_of(request, ceremony)
    seen = request.visible(_READ, lines, lambda line: (line.issuer, *line.units, *hosts))
    return Answer(PledgesView(pledges=seen, cursor=cursor))


def show(request: Request) -> Answer:
    return _shown(request, _pledge(request))


def open_it(request: Request) -> Answer:
    """Freezes the text. That the issuer has a key to attest with is seen before anybody is asked to sign."""
    issuer = ShowPledge(_table(request))(_pledge(request)).pledge.issuer
    request.ports.keyring.signer(issuer, "document")
    OpenPledge(_table(request))(request.act, _pledge(request))
    return _shown(request, _pledge(request))


def revise(request: Request) -> Answer:
    RevisePledge(_table(request))(request.act, _pledge(request), request.body.reason)
    return _shown(request, _pledge(request))


def withdraw(request: Request) -> Answer:
    body: WithdrawBody = request.body
    WithdrawPledge(_table(request))(
        request.act,
        _pledge(request),
        body.reason,
        decision_number=body.decision_number,
        decided_on=body.decided_on,
    )
    return _shown(request, _pledge(request))


def defer(request: Request) -> Answer:
    """The party signs later ("ký sau"); the next group need not wait for it."""
    DeferParty(_table(request))(request.act, _pledge(request), _party(request), request.body.reason)
    return _shown(request, _pledge(request))


def represent(request: Request) -> Answer:
    """Another person signs for the unit."""
    person = person_of(request.body)
    check_person_printable(person, "representative")
    ChangeRepresentative(_table(request))(request.act, _pledge(request), _party(request), person)
    return _shown(request, _pledge(request))


def send_link(request: Request) -> Answer:
    """A new link goes to the unit's own address in the directory; the one before ends when it is sent.

    Not within 48 hours after that address was changed (FORMATS 6): links that are due go out by themselves then.
    """
    _, whom = ShowParty(_table(request))(_pledge(request), _party(request))
    contact = unit_contact(request.ports.table("directory"), whom.unit, request.act.at)
    if contact.held_until is not None and contact.is_held(request.act.at):
        raise Refused("pledge.address_changed", unit=whom.name, until=local_time(contact.held_until))
    RequestLink(_table(request))(request.act, _pledge(request), _party(request))
    return Answer(None, status=202)


def signatures(request: Request) -> Answer:
    return Answer(SignaturesView(signatures=ListSignatures(_table(request))(_pledge(request))))


def board(request: Request) -> Answer:
    """The hall's screen."""
    return Answer(ReadBoard(_table(request))(_pledge(request)))


def pdf(request: Request) -> Answer:
    """A link to the sealed PDF, good for five minutes."""
    found = ShowPledge(_table(request))(_pledge(request)).pledge
    if found.seal is None or found.seal.pdf_key is None:
        raise Refused("pledge.not_sealed")
    name = f"giao-uoc-{found.public_id}.pdf"
    return Answer(DownloadView(url=request.ports.objects.download_url(found.seal.pdf_key, filename=name)))


def _draft(request: Request) -> Draft:
    """The body as a draft that can be printed, its units named as the directory names them today, at a ceremony that stands."""
    draft = draft_of(request.body, request.ports.table("directory"), request.act.at.astimezone(VIETNAM).date())
    if draft.ceremony is not None:
        try:
            need_ceremony(request, _PREPARE, draft.ceremony)
            ShowCeremony(request.ports.table("ceremonies"))(draft.ceremony)
        except NotFound:
            raise Invalid("pledge.ceremony", field="ceremony") from None
    check_printable(draft)
    return draft


def _table(request: Request) -> Table:
    return request.ports.table("pledges")


def _pledge(request: Request) -> str:
    return request.params["pledge"]


def _party(request: Request) -> int:
    text = request.params["party"]
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise Invalid("pledge.no_such_party", field="party")
    return int(text)


def _shown(request: Request, pledge: str, *, status: int = 200) -> Answer:
    return Answer(ShowPledge(_table(request))(pledge), status=status)


_ONE = "/api/v1/pledges/{pledge}"
_PARTY = _ONE + "/parties/{party}"
_WRITE, _PREPARE, _READ = "pledge:write", "pledge:prepare", "pledge:read"

ROUTES = Routes(
    "pledges",
    (
        Route(method="POST", path="/api/v1/pledges", scope=_PREPARE, run=draft, body=DraftBody, answer=PledgeView, ok=201,
              reach=Reach.UNIT,
              summary="Draft a pledge"),
        Route(method="GET", path="/api/v1/pledges", scope=_READ, run=list_all, answer=PledgesView,
              query=(
                  QueryField(name="ceremony", text="the pledges of this ceremony"),
                  QueryField(name="issuer", text="the pledges of this issuer; the host's by default"),
                  QueryField(name="cursor", text="where the page before ended"),
              ),
              reach=Reach.UNIT,
              summary="Pledges of a ceremony or issuer"),
        Route(method="GET", path=_ONE, scope=_READ, run=show, answer=PledgeView,
              reach=Reach.UNIT, whose=whose.pledge,
              summary="A pledge with its text"),
        Route(method="PUT", path=_ONE, scope=_PREPARE, run=edit, body=DraftBody, answer=PledgeView,
              reach=Reach.UNIT, whose=whose.pledge,
              summary="Replace a draft's text"),
        Route(method="POST", path=_ONE + "/open", scope=_WRITE, run=open_it, answer=PledgeView, four_eyes="pledge.open",
              reach=Reach.UNIT, whose=whose.pledge, fresh=True,
              summary="Freeze the text, open it for signing"),
        Route(method="POST", path=_ONE + "/revise", scope=_WRITE, run=revise, body=ReasonBody, answer=PledgeView,
              reach=Reach.UNIT, whose=whose.pledge, fresh=True,
              summary="Stop signing for a new version"),
        Route(method="POST", path=_ONE + "/withdraw", scope=_WRITE, run=withdraw, body=WithdrawBody, answer=PledgeView,
              reach=Reach.UNIT, whose=whose.pledge, fresh=True,
              summary="Stop or withdraw"),
        Route(method="POST", path=_PARTY + "/defer", scope=_WRITE, run=defer, body=ReasonBody, answer=PledgeView,
              reach=Reach.UNIT, whose=whose.pledge,
              summary="Mark a party as signing later"),
        Route(method="PUT", path=_PARTY + "/representative", scope=_WRITE, run=represent, body=RepresentativeBody,
              answer=PledgeView, reach=Reach.UNIT, whose=whose.pledge,
              summary="Who signs"),
        Route(method="POST", path=_PARTY + "/link", scope=_WRITE, run=send_link, ok=202,
              reach=Reach.UNIT, whose=whose.pledge,
              summary="Send a party a new link"),
        Route(method="GET", path=_ONE + "/signatures", scope=_READ, run=signatures, answer=SignaturesView, reads="signers",
              reach=Reach.UNIT, whose=whose.pledge,
              summary="Who signed, how and when"),
        Route(method="GET", path=_ONE + "/board", scope="hall:read", run=board, answer=Board,
              reach=Reach.CEREMONY, whose=whose.pledge_at_hall,
              summary="The hall's board"),
        Route(method="GET", path=_ONE + "/pdf", scope=_READ, run=pdf, answer=DownloadView,
              reach=Reach.UNIT, whose=whose.pledge,
              summary="The sealed PDF"),
    ),
)  # fmt: skip


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)

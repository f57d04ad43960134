"""/console/decisions, /console/certificates: award decisions, their lists and certificates."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter

from functions.console.listing import MOST, MOST_TAKEN, Listing, Order, Shown, gathered, show, take
from functions.console.routes import page
from functions.console.views import award_report
from shared.certificates.decisions import ListDecisions, ShowDecision
from shared.certificates.lists import ShowListReport
from shared.certificates.model import AwardDecision, Certificate, CertificateState
from shared.certificates.progress import ShowIssueProgress
from shared.certificates.records import ListCertificates
from shared.documents.table_export import Kind
from shared.edge import pages, whose
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.identity.rules import Reach, allows
from shared.kernel.text import name_key, sort_key

_RECEIVED = attrgetter("received_at")
PUBLISHED, UNPUBLISHED = "PUBLISHED", "UNPUBLISHED"


def decisions(request: Request) -> Answer:
    """Award decisions, newest first."""
    found, complete = _decisions(request)
    ways = (
        [("/console/decisions/new", "listing.decisions_new")] if allows(request.principal, "certificate:write") else []
    )
    ways.append(("/console/certificates", "listing.certificates_title"))
    return show(request, DECISIONS, found, complete=complete, begins=ways)


def take_decisions(request: Request) -> Answer:
    return take(request, DECISIONS, _decisions(request)[0])


def certificates(request: Request) -> Answer:
    """The certificates of all decisions, those of the newest first."""
    found, complete = _certificates(request, MOST)
    return show(
        request, CERTIFICATES, found, complete=complete, begins=[("/console/decisions", "listing.decisions_title")]
    )


def take_certificates(request: Request) -> Answer:
    return take(request, CERTIFICATES, _certificates(request, MOST_TAKEN)[0])


def _decisions(request: Request) -> tuple[tuple[AwardDecision, ...], bool]:
    read = ListDecisions(request.ports.table("certificates"))

    def part(cursor: str | None) -> tuple[tuple[AwardDecision, ...], str | None]:
        found = read(limit=200, cursor=cursor)
        return found.decisions, found.cursor

    found, complete = gathered(part)
    return request.visible("certificate:read", found, whose.decider_of), complete


def _certificates(request: Request, most: int) -> tuple[list[Certificate], bool]:
    """Decision by decision, so that rights are asked for once for each and the bound cuts off the oldest."""
    read = ListCertificates(request.ports.table("certificates"))
    standing, complete = _decisions(request)
    found: list[Certificate] = []
    for one in standing:
        if len(found) >= most:
            return found[:most], False

        def part(cursor: str | None, of: str = one.id) -> tuple[tuple[Certificate, ...], str | None]:
            page = read(decision=of, limit=200, cursor=cursor)
            return page.certificates, page.cursor

        more, whole = gathered(part, most - len(found))
        found += more
        complete = complete and whole
    return found, complete


DECISIONS: Listing[AwardDecision] = Listing(
    name="decisions",
    path="/console/decisions",
    text=lambda one: f"{one.number} {one.subject} {one.issuer.name} {one.authority.signer}",
    href=lambda one: f"/console/decisions/{one.id}",
    state=lambda one: PUBLISHED if one.published_at else UNPUBLISHED,
    states=(PUBLISHED, UNPUBLISHED),
    words="listing.state_%s",
    columns=(
        Shown(title="listing.col_number", cell=lambda one: one.number, width=16),
        Shown(title="listing.col_date", cell=lambda one: one.date, kind=Kind.DAY),
        Shown(title="listing.col_subject", cell=lambda one: one.subject, width=60),
        Shown(title="listing.col_issuer", cell=lambda one: one.issuer.name),
        Shown(title="listing.col_signer", cell=lambda one: one.authority.signer, only_in_file=True),
        Shown(title="listing.col_published", cell=lambda one: one.published_at, kind=Kind.MOMENT, only_in_file=True),
        Shown(title="listing.col_state", cell=lambda one: PUBLISHED if one.published_at else UNPUBLISHED,
              words="listing.state_%s", tag=True, width=16),
    ),
    orders=(
        Order(name="newest", title="listing.sort_newest", key=lambda one: (one.date, one.number), reverse=True),
        Order(name="oldest", title="listing.sort_oldest", key=lambda one: (one.date, one.number)),
        Order(name="name", title="listing.sort_subject", key=lambda one: (sort_key(one.subject), one.id)),
    ),
)  # fmt: skip
CERTIFICATES: Listing[Certificate] = Listing(
    name="certificates",
    path="/console/certificates",
    text=lambda one: f"{one.recipient.name} {one.recipient.unit} {one.form_name} {one.decision_number}",
    href=lambda one: f"/console/decisions/{one.decision}",
    state=lambda one: one.state.value,
    states=tuple(CertificateState),
    columns=(
        Shown(title="listing.col_recipient", cell=lambda one: one.recipient.name),
        Shown(title="listing.col_recipient_unit", cell=lambda one: one.recipient.unit, width=40),
        Shown(title="listing.col_form", cell=lambda one: one.form_name),
        Shown(title="listing.col_number", cell=lambda one: one.decision_number, width=16),
        Shown(title="listing.col_date", cell=lambda one: one.decision_date, kind=Kind.DAY),
        Shown(title="listing.col_citation", cell=lambda one: one.citation, width=60, only_in_file=True),
        Shown(title="listing.col_certificate", cell=lambda one: one.id, width=42, only_in_file=True),
        Shown(title="listing.col_published", cell=lambda one: one.published_at, kind=Kind.MOMENT, only_in_file=True),
        Shown(
            title="listing.col_state", cell=lambda one: one.state.value, words="console.state_%s", tag=True, width=16
        ),
    ),
    orders=(
        Order(name="name", title="listing.sort_person", key=lambda one: (name_key(one.recipient.name), one.id)),
        Order(name="newest", title="listing.sort_newest", key=lambda one: (one.issued_at, one.id), reverse=True),
        Order(name="unit", title="listing.sort_unit", key=lambda one: (sort_key(one.recipient.unit), one.id)),
    ),
)


def decision(request: Request) -> Answer:
    """One award decision: its lists with their reports, its certificates."""
    id_, table = request.params["decision"], request.ports.table("certificates")
    standing, found = ShowDecision(table)(id_)
    lists, cursor = sorted(found, key=_RECEIVED, reverse=True), request.query.get("cursor")
    reports = [award_report(ShowListReport(table)(decision=id_, list_id=one.id), request.locale) for one in lists]
    recipients = ListCertificates(table)(decision=id_, limit=50, cursor=cursor)
    shown = pages.render(
        request,
        "console_decision.html",
        decision=standing,
        lists=list(zip(lists, reports, strict=True)),
        page=recipients,
        making=not ShowIssueProgress(table)(id_).done,
        first=cursor is None,
    )
    return replace(shown, count=len(recipients.certificates))


_CERTIFICATE = "certificate:read"
PAGES = (
    page("/console/decisions", _CERTIFICATE, decisions, "Award decisions", reach=Reach.UNIT),
    page("/console/decisions/export", _CERTIFICATE, take_decisions, "Award decisions as a file", reach=Reach.UNIT),
    page("/console/decisions/{decision}", _CERTIFICATE, decision, "An award decision", reach=Reach.UNIT, whose=whose.decision,
         reads="recipients"),
    page("/console/certificates", _CERTIFICATE, certificates, "Certificates of all decisions", reach=Reach.UNIT,
         reads="recipients"),
    page("/console/certificates/export", _CERTIFICATE, take_certificates, "Certificates as a file", reach=Reach.UNIT,
         reads="recipients"),
)  # fmt: skip

"""HTTP /api/v1/decisions and /api/v1/certificates: decisions, their lists and reports, certificates, status."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace as changed
from datetime import datetime
from typing import Any, Final

from functions.certificates import views
from shared.ceremonies.planning import ShowCeremony
from shared.certificates.decisions import (
    DecisionPage,
    ListDecisions,
    NewDecision,
    ReceiveAwardList,
    RecordDecision,
    ShowDecision,
)
from shared.certificates.lists import ShowListReport
from shared.certificates.model import AwardDecision, AwardList, IssuerSnapshot
from shared.certificates.progress import ShowIssueProgress
from shared.certificates.publish import ReleaseResults
from shared.certificates.records import DownloadCertificate, ListCertificates, ShowCertificate
from shared.certificates.replace import Correction, ReplaceCertificate
from shared.certificates.status import Order, RestoreCertificate, RevokeCertificate, SuspendCertificate
from shared.directory.usecases import ShowUnit
from shared.edge import http, whose
from shared.edge.answers import Answer
from shared.edge.http import QueryField, Request, Route, Routes
from shared.edge.progress import ProgressView, progress
from shared.identity.rules import Reach
from shared.kernel.errors import Invalid, NotFound
from shared.kernel.ports import Table, Upload

MAX_LIST_BYTES: Final = 20 * 1024 * 1024
Run = Callable[[Request], Answer]


def record(request: Request) -> Answer:
    """The deciding unit is named as the directory names it today."""
    body: views.RecordDecisionBody = request.body
    request.need("certificate:write", unit=body.unit)
    try:
        unit = ShowUnit(request.ports.table("directory"))(body.unit)
    except NotFound:
        raise Invalid("decision.unit_unknown", field="unit", unit=body.unit[:40]) from None
    issuer = IssuerSnapshot(
        unit=unit.code,
        code=unit.code,
        name=unit.name,
        kind=unit.kind,
        heading_lines=body.heading_lines,
        place=body.place,
    )
    new = NewDecision(
        number=body.number,
        date=body.date,
        subject=body.subject,
        kind=body.kind,
        issuer=issuer,
        level=body.level,
        capacity=body.capacity,
        office=body.office,
        signer=body.signer,
        ceremony=body.ceremony,
        occasion=body.occasion,
        announce_at=body.announce_at,
        presentation_began_at=_began_at(request, body.ceremony),
    )
    return Answer(RecordDecision(_table(request))(request.act, new), status=201)


def show_decisions(request: Request) -> Answer:
    page = ListDecisions(_table(request))(cursor=request.query.get("cursor"))
    return Answer(changed(page, decisions=request.visible("certificate:read", page.decisions, whose.decider_of)))


def show_decision(request: Request) -> Answer:
    decision, lists = ShowDecision(_table(request))(request.params["decision"])
    return Answer(views.DecisionView(decision=decision, lists=lists))


def show_progress(request: Request) -> Answer:
    """How many of the decision's certificates are made; 304 while nothing has changed."""
    found = ShowIssueProgress(_table(request))(request.params["decision"])
    code = "certificate.progress_done" if found.done else "certificate.progress"
    if found.faulty:
        code = "certificate.progress_faulty"
    state = "done" if found.done else "running"
    return progress(request, state, code, done=found.made + found.faulty, total=found.total, made=found.made,
                    faulty=found.faulty, of=found.total)  # fmt: skip


def upload(request: Request) -> Answer:
    """Where to send the list; then POST its key to .../lists."""
    ShowDecision(_table(request))(request.params["decision"])
    key = f"{_prefix(request.params['decision'])}{secrets.token_hex(16)}"
    content_type = request.body.content_type or "application/octet-stream"
    return Answer(
        request.ports.objects.upload_url(key, content_type=content_type, max_bytes=MAX_LIST_BYTES), status=201
    )


def receive(request: Request) -> Answer:
    """The list is checked in the background; its report stands under .../lists/{list}."""
    body: views.ReceiveListBody = request.body
    decision = request.params["decision"]
    if not body.key.startswith(_prefix(decision)):
        raise Invalid("award_list.bad_key", field="key")
    try:
        request.ports.objects.size(body.key)
    except NotFound:
        raise NotFound("list.not_uploaded") from None
    received = ReceiveAwardList(_table(request))(
        request.act, decision=decision, object_key=body.key, filename=body.filename
    )
    return Answer(received, status=202)


def report(request: Request) -> Answer:
    """Every row that was not taken with its reason and remedy, in the reader's language."""
    found = ShowListReport(_table(request))(decision=request.params["decision"], list_id=request.params["list"])
    return Answer(views.report_view(found, request.locale))


def release(request: Request) -> Answer:
    return Answer(ReleaseResults(_table(request))(request.act, decision=request.params["decision"]))


def show_certificates(request: Request) -> Answer:
    """`?cursor=`; 100 a page, sorted by given name."""
    page = ListCertificates(_table(request))(decision=request.params["decision"], cursor=request.query.get("cursor"))
    return Answer(views.page_view(page, request.ports.settings.origin))


def show_certificate(request: Request) -> Answer:
    certificate = ShowCertificate(_table(request))(request.params["certificate"])
    return Answer(views.certificate_view(certificate, request.ports.settings.origin))


def download(request: Request) -> Answer:
    """A short-lived link to the `pdf` or the `png`."""
    use_case = DownloadCertificate(_table(request), request.ports.objects)
    return Answer(views.LinkView(url=use_case(certificate=request.params["certificate"], kind=request.params["kind"])))


def revoke(request: Request) -> Answer:
    use_case = RevokeCertificate(_table(request))
    certificate = use_case(request.act, certificate=request.params["certificate"], order=_order(request.body))
    return Answer(views.certificate_view(certificate, request.ports.settings.origin))


def suspend(request: Request) -> Answer:
    use_case = SuspendCertificate(_table(request))
    certificate = use_case(request.act, certificate=request.params["certificate"], order=_order(request.body))
    return Answer(views.certificate_view(certificate, request.ports.settings.origin))


def restore(request: Request) -> Answer:
    certificate = RestoreCertificate(_table(request))(request.act, certificate=request.params["certificate"])
    return Answer(views.certificate_view(certificate, request.ports.settings.origin))


def replace(request: Request) -> Answer:
    """Answers the new certificate; its documents follow."""
    body: views.ReplaceBody = request.body
    correction = Correction(
        name=body.name, salutation=body.salutation, position=body.position, unit=body.unit, citation=body.citation
    )
    new = ReplaceCertificate(_table(request), request.ports.keyring)(
        request.act, certificate=request.params["certificate"], correction=correction, order=_order(body)
    )
    return Answer(views.certificate_view(new, request.ports.settings.origin), status=201)


def _began_at(request: Request, ceremony: str | None) -> datetime | None:
    """When the presentation at the ceremony began. Raises Invalid for a ceremony that nobody planned."""
    if ceremony is None:
        return None
    try:
        return ShowCeremony(request.ports.table("ceremonies"))(ceremony).presentation_began_at
    except NotFound:
        raise Invalid("decision.ceremony", field="ceremony") from None


def _order(body: views.OrderBody | views.ReplaceBody) -> Order:
    return Order(number=body.decision_number, date=body.decided_on, reason=body.reason)


def _table(request: Request) -> Table:
    return request.ports.table("certificates")


def _prefix(decision: str) -> str:
    return f"imports/awards/{decision}/"


_CURSOR = QueryField(name="cursor", text="where the page before ended")


def _read(path: str, run: Run, answer: type, summary: str) -> Route:
    return Route(
        method="GET", path=path, scope="certificate:read", run=run, answer=answer, summary=summary,
        reach=Reach.UNIT, whose=_whose(path), reads="recipients" if path.endswith("/certificates") else None,
        query=(_CURSOR,) if answer in (DecisionPage, views.CertificatePageView) else (),
    )  # fmt: skip


def _write(path: str, run: Run, body: type | None, answer: type, ok: int, summary: str, method: str = "POST") -> Route:
    return Route(
        method=method, path=path, scope="certificate:write", run=run, body=body, answer=answer, ok=ok, summary=summary,
        reach=Reach.UNIT, whose=_whose(path), four_eyes=_TWO_OFFICERS.get(path), fresh=path in _PROVED_AGAIN,
    )  # fmt: skip


def _whose(path: str) -> Callable[[Request], None] | None:
    if path.startswith(_ONE):
        return whose.decision
    return whose.certificate if path.startswith(_CERTIFICATE) else None


_ALL = "/api/v1/decisions"
_ONE = "/api/v1/decisions/{decision}"
_CERTIFICATE = "/api/v1/certificates/{certificate}"
_VIEW = views.CertificateView
_TWO_OFFICERS = {
    f"{_ONE}/lists": "certificate.issue",  # what a list names is issued as soon as it is checked
    f"{_ONE}/release": "certificate.publish",
    f"{_CERTIFICATE}/revocation": "certificate.revoke",
    f"{_CERTIFICATE}/suspension": "certificate.revoke",
    f"{_CERTIFICATE}/replacement": "certificate.revoke",
}
"""Acts for which an office may ask for a second officer (decision 24)."""
_PROVED_AGAIN = frozenset(path for path in _TWO_OFFICERS if path != f"{_ONE}/lists")
"""Acts before which a person proves again who they are (decision 17)."""
ROUTES = Routes(
    "certificates",
    (
        _write(_ALL, record, views.RecordDecisionBody, AwardDecision, 201, "Record an award decision"),
        _read(_ALL, show_decisions, DecisionPage, "Decisions, newest first"),
        _read(_ONE, show_decision, views.DecisionView, "A decision and its lists"),
        _read(f"{_ONE}/progress", show_progress, ProgressView, "How many of its certificates are made"),
        _write(f"{_ONE}/uploads", upload, views.UploadBody, Upload, 201, "Where to send a list"),
        _write(f"{_ONE}/lists", receive, views.ReceiveListBody, AwardList, 202, "Check an uploaded list"),
        _read(f"{_ONE}/lists/{{list}}", report, views.ReportView, "The report of a list"),
        _write(f"{_ONE}/release", release, None, AwardDecision, 200, "Release the results"),
        _read(f"{_ONE}/certificates", show_certificates, views.CertificatePageView, "The certificates of a decision"),
        _read(_CERTIFICATE, show_certificate, _VIEW, "One certificate"),
        _read(f"{_CERTIFICATE}/documents/{{kind}}", download, views.LinkView, "A link to the PDF or PNG"),
        _write(f"{_CERTIFICATE}/revocation", revoke, views.OrderBody, _VIEW, 200, "Revoke by a decision"),
        _write(f"{_CERTIFICATE}/suspension", suspend, views.OrderBody, _VIEW, 200, "Suspend by a decision"),
        _write(f"{_CERTIFICATE}/suspension", restore, None, _VIEW, 200, "Lift a suspension", method="DELETE"),
        _write(f"{_CERTIFICATE}/replacement", replace, views.ReplaceBody, _VIEW, 201, "Replace by a corrected one"),
    ),
)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return http.answer(event, context, ROUTES)

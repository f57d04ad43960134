"""What each function is asked first in a cold process, and the records that it finds. Called by cold_starts.py.

An HTTP function gets a request that it answers with what it is there for: a published certificate's page, an admission, an
organiser's list. A consumer gets the golden sample of the first event of its queue, about which this data knows nothing: the
message is read, looked for and given back, the least that any message costs.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from infra.bench.certificates import granted
from infra.bench.imports import planned
from infra.bench.world import act
from infra.embedded.payloads import Delivery, sqs_event
from infra.embedded.template import Service
from infra.embedded.world import World
from infra.sample.device import device_cookie
from shared.ceremonies.importing import ImportDelegates, ReceiveDelegateList, upload_prefix
from shared.ceremonies.ticket_code import ticket_text
from shared.ceremonies.tickets import IssueTicket, show_ticket
from shared.certificates.issue import IssueCertificate
from shared.certificates.publish import PublishCertificates, ReleaseResults
from shared.documents.workbook import read_workbook
from shared.edge.invited import invited_units
from shared.edge.mail_feedback import GREETING
from shared.edge.papers import certificate_papers
from shared.identity.model import Grant, Principal, Role
from shared.identity.usecases import Invite, OpenSession

SAMPLES: Final = Path(__file__).parents[2] / "events" / "samples"
LISTS: Final = {
    "auditHttp": "/api/v1/audit",
    "campaignsHttp": "/api/v1/campaigns",
    "ceremoniesHttp": "/api/v1/ceremonies",
    "certificatesHttp": "/api/v1/decisions",
    "consoleHttp": "/console",
    "directoryHttp": "/api/v1/units",
    "hallHttp": "/gate",
    "identityHttp": "/api/v1/sessions",
    "noticesHttp": "/api/v1/notices?state=SENT",
    "operationsHttp": "/api/v1/settings",
    "privacyHttp": "/api/v1/privacy/requests",
    "papersHttp": "/api/v1/papers",
    "pledgesHttp": "/api/v1/pledges?issuer=TDOAN",
}
"""What an organiser looks at first."""


def _sample(kind: str) -> Any:
    return json.loads((SAMPLES / f"{kind}.v1.json").read_text("utf-8"))


def _body(kind: str) -> str:
    return json.dumps({"detail": _sample(kind)}, ensure_ascii=False)


BY_ITS_OWN_WAY: Final = {"noticesDeliverReminder": _body("ReminderDue"), "noticesNoteMailFeedback": GREETING}
"""Bodies of messages that no rule of the bus sends: schedules put the one, SES's topic the other."""


def first_events(world: World) -> dict[str, Any]:
    """The first event of each function, by its name. Writes the records that they are about."""
    admitted, scan = _ticket(world)
    organiser = _session(world, Principal(kind="PERSON", id="o", grants=(Grant(role=Role.ORGANISER),)))
    _, cookie = device_cookie(
        world.ports.table("identity"), act(world), origin=world.settings.origin, ceremony=admitted, role=Role.GATE
    )
    gate = f"giaouoc={cookie}"
    unknown = {"id": "1" * 39, "secret": "A" * 43}
    return {
        **_messages(world.service),
        **{name: _request(world, "GET", path, cookie=organiser) for name, path in LISTS.items()},
        "ceremoniesAdmit": _request(world, "POST", "/api/v1/admissions", body=scan, cookie=gate),
        "outboxRelay": {"Records": [_record(_sample("UnitRegistered"))]},
        "pledgesSigningHttp": _request(world, "POST", "/api/v1/signing/read", body=unknown),
        "publicPages": _request(world, "GET", "/"),
        "publicVerify": _request(world, "GET", f"/v/{_certificate(world)}"),
    }


def _messages(service: Service) -> dict[str, Any]:
    """A message with the first fact of each consumer's queue; a function that only a clock starts gets its event."""
    events: dict[str, Any] = {one.function: {} for one in service.schedules if one.function}
    bodies = {one.queue: _body(one.detail_type) for one in reversed(service.subscriptions)}
    for queue in service.queues:
        body = BY_ITS_OWN_WAY.get(queue.function or "") or bodies.get(queue.logical_id)
        if queue.function and body:
            delivery = Delivery(id="1", receipt="1", body=body, attempts=1, sent_at=0)
            events[queue.function] = sqs_event(queue, [delivery])
    return events


def _record(envelope: Any) -> dict[str, Any]:
    image = {"pk": {"S": envelope["id"]}, "sk": {"S": "event"}, "envelope": {"S": json.dumps(envelope)}}
    return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1", "NewImage": image}}


def _request(world: World, method: str, address: str, *, body: Any = None, cookie: str | None = None) -> dict[str, Any]:
    path, _, query = address.partition("?")
    http = {"method": method, "path": path, "sourceIp": "127.0.0.1"}
    event: dict[str, Any] = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": world.settings.host, "origin": world.settings.origin, "accept": "*/*"},
        "requestContext": {"http": http, "requestId": "bench"},
        "isBase64Encoded": False,
    }
    if query:
        event["queryStringParameters"] = dict(pair.split("=", 1) for pair in query.split("&"))
    if cookie:
        event["cookies"] = [cookie]
    if body is not None:
        event["body"] = json.dumps(body)
    return event


def _session(world: World, principal: Principal) -> str:
    table = world.ports.table("identity")
    secret = Invite(table)(act(world), principal, lifetime=timedelta(hours=1), session_hours=24)
    return f"giaouoc={OpenSession(table)(act(world), secret)[0]}"


def _ticket(world: World) -> tuple[str, dict[str, str]]:
    """A ceremony whose doors are open, and the body of a scan of its only ticket."""
    ceremony = planned(world, timedelta(minutes=-5))
    table, objects = world.ports.table("ceremonies"), world.ports.objects
    key = upload_prefix(ceremony.id) + "cold"
    rows = "STT;Họ và tên;Chức vụ;Đơn vị\n1;Nguyễn Văn An;Chuyên viên;Sở Nội vụ"
    objects.put_new(key, rows.encode(), "text/csv")
    received = ReceiveDelegateList(table, objects)(act(world), ceremony=ceremony.id, object_key=key, filename="c.csv")
    invited = invited_units(world.ports.table("directory"), ceremony)
    ImportDelegates(table, objects, read_workbook)(
        act(world), ceremony=ceremony.id, list_id=received.id, invited=invited
    )
    with world.store.reading() as db:
        (found,) = db.execute("SELECT pk FROM items WHERE context = 'ceremonies' AND pk LIKE 'registration#%'")
    ticket = IssueTicket(table, world.ports.keyring)(act(world), str(found[0]).partition("#")[2])
    text = ticket_text(show_ticket(table, ticket.id), world.ports.keyring, world.settings.origin)
    return ceremony.id, {"ceremony": ceremony.id, "text": text, "scan_id": "cold-scan-1", "gate": "Cổng A"}


def _certificate(world: World) -> str:
    """The id of a published certificate."""
    ports, table = world.ports, world.ports.table("certificates")
    decision, (award,) = granted(world, 1)
    issue = IssueCertificate(table, ports.objects, ports.keyring, ports.settings.origin, certificate_papers(ports))
    certificate = issue(act(world), decision=decision, award=award)
    ReleaseResults(table)(act(world), decision=decision)
    PublishCertificates(table)(act(world), decision=decision)
    return certificate.id

"""Devices of doors and halls. Organisers name, compare, move and revoke them (/api/v1/devices/<ceremony>); a device enrols and
signs in with its own key (/api/v1/device/...; shared/identity/device_proofs.py says how). Routes of functions/hall/http.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from events.envelope import Actor
from functions.hall.device_views import (
    AddDeviceBody,
    ChallengeView,
    ChangeDeviceBody,
    ClaimBody,
    ClaimView,
    CompareBody,
    DevicesView,
    EnrolmentView,
    KeyBody,
    OwnView,
    SignInBody,
    StateView,
    WhichBody,
)
from shared.ceremonies.model import Ceremony
from shared.ceremonies.planning import ShowCeremony
from shared.edge import http, pages, whose
from shared.edge.answers import Answer
from shared.edge.audit import Source, audited
from shared.edge.http import QueryField, Request, Route
from shared.identity import device_proofs, devices
from shared.identity.device_enrolment import AddDevice, ClaimCode, CompareDigits, EndDevice, GiveKey, RenewCode
from shared.identity.device_list import DeviceLine, ListDevices, NoteSeen, ShowDevice, line
from shared.identity.device_sessions import AskChallenge, ChangeDevice, OpenDeviceSession
from shared.identity.devices import Device, End
from shared.identity.model import PUBLIC, Role
from shared.identity.rules import Reach
from shared.kernel.errors import Invalid
from shared.kernel.ports import Table

MOST_LISTED = 200


def _table(request: Request) -> Table:
    return request.ports.table("identity")


def _ids(request: Request) -> tuple[str, str]:
    return request.params["ceremony"], request.params["device"]


def _place(ceremony: Ceremony, role: Role, place: str | None) -> str | None:
    """The gate that a device stands at. Raises Invalid(device.which_gate)."""
    if role is not Role.GATE or not ceremony.gates:
        return None
    if place not in ceremony.gates:
        raise Invalid("device.which_gate", field="place", known=", ".join(ceremony.gates))
    return place


def _enrolment(request: Request, device: Device, code: str) -> Answer:
    from shared.documents.qr import qr_matrix, qr_svg  # draws: for these routes alone

    link = f"{request.ports.settings.origin}/device#{code}"
    view = EnrolmentView(
        device=line(device, request.act.at), link=link, qr_svg=qr_svg(qr_matrix(link)), expires_at=device.due_at
    )
    return Answer(view, status=201)


def list_devices(request: Request) -> Answer:
    """`?limit=` (1 to 200), `?cursor=`."""
    limit = request.query.get("limit", "50")
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:4]) <= MOST_LISTED):
        raise Invalid("list.limit_bad", field="limit", most=MOST_LISTED)
    listed = ListDevices(_table(request))(request.params["ceremony"], request.act.at)
    ids = [one.id for one in listed]
    after = request.query.get("cursor")
    start = ids.index(after) + 1 if after in ids else 0
    page = listed[start : start + int(limit)]
    more = start + len(page) < len(listed)
    return Answer(DevicesView(devices=page, cursor=page[-1].id if more else None))


def add(request: Request) -> Answer:
    body: AddDeviceBody = request.body
    ceremony = ShowCeremony(request.ports.table("ceremonies"))(request.params["ceremony"])
    device, code = AddDevice(_table(request))(
        request.act, ceremony=ceremony.id, role=body.role, place=_place(ceremony, body.role, body.place),
        name=body.name, valid_until=ceremony.ends + devices.AFTER_CEREMONY,
    )  # fmt: skip
    return _enrolment(request, device, code)


def renew(request: Request) -> Answer:
    """Another code for a device that nobody has enrolled in time."""
    return _enrolment(request, *RenewCode(_table(request))(request.act, *_ids(request)))


def replacement(request: Request) -> Answer:
    """Another phone in place of a lost or broken one: same name, role and gate; the former one ends at once."""
    former = ShowDevice(_table(request))(*_ids(request))
    ceremony = ShowCeremony(request.ports.table("ceremonies"))(former.ceremony)
    device, code = AddDevice(_table(request))(
        request.act, ceremony=former.ceremony, role=former.role, place=former.place, name=former.name,
        valid_until=ceremony.ends + devices.AFTER_CEREMONY, replaces=former.id,
    )  # fmt: skip
    return _enrolment(request, device, code)


def compare(request: Request) -> Answer:
    """An organiser has looked at both screens."""
    body: CompareBody = request.body
    compared = CompareDigits(_table(request))(request.act, *_ids(request), digits=body.digits, same=body.same)
    return Answer(line(compared, request.act.at))


def change(request: Request) -> Answer:
    """Another name, or another gate."""
    body: ChangeDeviceBody = request.body
    standing = ShowDevice(_table(request))(*_ids(request))
    ceremony = ShowCeremony(request.ports.table("ceremonies"))(standing.ceremony)
    place = _place(ceremony, standing.role, body.place)
    changed = ChangeDevice(_table(request))(*_ids(request), name=body.name, place=place)
    return Answer(line(changed, request.act.at))


def revoke(request: Request) -> Answer:
    """Its next request is refused. Not asked twice who one is: a lost phone must not wait."""
    return Answer(line(EndDevice(_table(request))(request.act, *_ids(request)), request.act.at))


def _own_table(request: Request, device: str = "") -> Table:
    """The table of a device that is not signed in yet: its changes are in the trail as everybody else's."""
    if request.principal is not PUBLIC and request.access.scope == "public":
        return _table(request)  # the edge notes it, under the name of whoever is signed in here
    actor = Actor(kind="DEVICE", id=device) if device else request.act.actor
    source = Source(address=request.address, route=f"{request.method} {request.path}", path=request.path)
    return audited(request.ports.table, replace(request.act, actor=actor), source)("identity")


def claim(request: Request) -> Answer:
    body: ClaimBody = request.body
    commitment = device_proofs.bytes_of(body.commitment, "commitment", device_proofs.NONCE_BYTES)
    device = ClaimCode(_own_table(request))(request.act, body.code, commitment)
    ceremony = ShowCeremony(request.ports.table("ceremonies"))(device.ceremony)
    return Answer(
        ClaimView(
            device=device.id, ceremony=ceremony.id, title=ceremony.title, role=device.role, place=device.place,
            name=device.name, nonce=device.server_nonce,
        )
    )  # fmt: skip


def give_key(request: Request) -> Answer:
    """The device works out the digits itself: an answer that told them would prove nothing."""
    body: KeyBody = request.body
    device = GiveKey(_own_table(request, body.device))(
        request.act, body.ceremony, body.device, origin=request.ports.settings.origin,
        public_key=device_proofs.bytes_of(body.public_key, "public_key", device_proofs.POINT_BYTES),
        nonce=device_proofs.bytes_of(body.nonce, "nonce", device_proofs.NONCE_BYTES),
        signature=device_proofs.bytes_of(body.signature, "signature", device_proofs.SIGNATURE_BYTES),
    )  # fmt: skip
    return Answer(_state(request, device))


def _state(request: Request, device: Device) -> StateView:
    return StateView(state=devices.phase(device, request.act.at), end=device.end)


def state(request: Request) -> Answer:
    """What a waiting device asks again and again. It tells a state to whoever knows the random id, and nothing else."""
    return Answer(_state(request, ShowDevice(_table(request))(*_ids(request))))


def challenge(request: Request) -> Answer:
    body: WhichBody = request.body
    made = AskChallenge(_table(request))(request.act, body.ceremony, body.device)
    return Answer(ChallengeView(challenge=made.text, expires_at=made.expires_at), status=201)


def sign_in(request: Request) -> Answer:
    """A session for the key's holder, until 12 hours after the ceremony as it is planned now."""
    body: SignInBody = request.body
    found = ShowDevice(_table(request))(body.ceremony, body.device)
    ceremony = ShowCeremony(request.ports.table("ceremonies"))(found.ceremony)
    cookie, session, device = OpenDeviceSession(_own_table(request, body.device))(
        request.act, body.ceremony, body.device, origin=request.ports.settings.origin, challenge=body.challenge,
        signature=device_proofs.bytes_of(body.signature, "signature", device_proofs.SIGNATURE_BYTES),
        valid_until=ceremony.ends + devices.AFTER_CEREMONY, agent=request.headers.get("user-agent", "")[:200],
    )  # fmt: skip
    seconds = int((session.expires_at - request.act.at).total_seconds())
    line = http.session_cookie(request.ports, cookie, seconds)
    return Answer(_own(device), status=201, cookies=(line,))


def _own(device: Device) -> OwnView:
    return OwnView(
        device=device.id, ceremony=device.ceremony, role=device.role, place=device.place, name=device.name,
        valid_until=device.valid_until,
    )  # fmt: skip


def own_ceremony(request: Request) -> None:
    """A device is of one ceremony."""
    request.need("presence", ceremony=request.principal.grants[0].reach)


def presence(request: Request) -> Answer:
    """A device's page says about once a minute that it is there; it learns its name and gate, or by 401 that it is over."""
    ceremony, device = request.principal.grants[0].reach, request.principal.id
    found = ShowDevice(_table(request))(ceremony, device)
    NoteSeen(_table(request))(request.act, ceremony, device)
    return Answer(_own(found))


def leave(request: Request) -> Answer:
    """Whoever lent the phone takes it out again."""
    ceremony, device = request.principal.grants[0].reach, request.principal.id
    EndDevice(_own_table(request, device))(request.act, ceremony, device, End.LEFT)
    return Answer(None, cookies=(http.session_cookie(request.ports, "", 0),))


def enrolment_page(request: Request) -> Answer:
    """/device#<code>: opening it spends nothing; a tap does."""
    return pages.render(request, "device.html")


_ALL, _ONE = "/api/v1/devices/{ceremony}", "/api/v1/devices/{ceremony}/{device}"
_LIST = (
    QueryField(name="limit", text="1 to 200", form={"type": "integer", "minimum": 1, "maximum": MOST_LISTED}),
    QueryField(name="cursor", text="as the former answer gave it"),
)


def _managed(method: str, path: str, run: Callable[[Request], Answer], **more: Any) -> Route:
    """A route of whoever runs the ceremony."""
    scope = "device:read" if method == "GET" else "device:write"
    return Route(method=method, path=path, scope=scope, run=run, reach=Reach.UNIT, whose=whose.ceremony, **more)


ROUTES: tuple[Route, ...] = (
    Route(method="GET", path="/device", scope="public", run=enrolment_page, summary="Enrolment of a device"),
    _managed("GET", _ALL, list_devices, answer=DevicesView, query=_LIST, summary="The devices of a ceremony"),
    _managed("POST", _ALL, add, body=AddDeviceBody, answer=EnrolmentView, ok=201, answers_secret=True,
             summary="Name a device and get its enrolment code"),
    _managed("PUT", _ONE, change, body=ChangeDeviceBody, answer=DeviceLine, summary="Rename a device or move it"),
    _managed("POST", f"{_ONE}/code", renew, answer=EnrolmentView, ok=201, answers_secret=True,
             summary="Another code in place of one that was too slow"),
    _managed("POST", f"{_ONE}/replacement", replacement, answer=EnrolmentView, ok=201, answers_secret=True,
             summary="Another device in place of this one"),
    _managed("POST", f"{_ONE}/comparison", compare, body=CompareBody, answer=DeviceLine,
             summary="The digits were compared"),
    _managed("POST", f"{_ONE}/revocation", revoke, answer=DeviceLine, summary="Revoke a device at once"),
    Route(method="POST", path="/api/v1/device/claim", scope="public", run=claim, body=ClaimBody, answer=ClaimView,
          summary="A browser takes an enrolment code for itself"),
    Route(method="POST", path="/api/v1/device/key", scope="public", run=give_key, body=KeyBody, answer=StateView,
          summary="It shows the key it was bound to"),
    Route(method="GET", path="/api/v1/device/{ceremony}/{device}", scope="public", run=state, answer=StateView,
          summary="What became of an enrolment"),
    Route(method="POST", path="/api/v1/device/challenge", scope="public", run=challenge, body=WhichBody,
          answer=ChallengeView, ok=201, summary="What a device has to sign"),
    Route(method="POST", path="/api/v1/device/session", scope="public", run=sign_in, body=SignInBody, answer=OwnView,
          ok=201, summary="A device signs in with its key"),
    Route(method="POST", path="/api/v1/device/presence", scope="presence", run=presence, answer=OwnView,
          reach=Reach.CEREMONY, whose=own_ceremony, summary="A device says that it is there"),
    Route(method="DELETE", path="/api/v1/device/session", scope="presence", run=leave, ok=204, reach=Reach.CEREMONY,
          whose=own_ceremony, summary="A device leaves"),
)  # fmt: skip

"""Devices over the API: enrolled by a code and six digits, signed in by their key, refused from the moment they are revoked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from infra.sample.client import ApiError
from infra.sample.device import CHALLENGE, CLAIM, KEY, SESSION, SampleDevice
from infra.sample.files import SampleFiles
from infra.sample.load import import_units, plan_ceremony, send_list
from shared.identity import device_proofs
from shared.identity.links import new_secret
from shared.identity.model import Grant, Principal, Role
from shared.identity.usecases import Invite
from tests.edge_world import NOW, act
from tests.journey_world import InProcessClient, JourneyWorld, journey, text_of

GATE = {"role": "GATE", "name": "Điện thoại cô Lan", "place": "Cổng A"}
SCREEN = {"role": "SCREEN", "name": "Máy chiếu"}
LIST = (
    "STT;Họ và tên;Đơn vị;Điện thoại;Email\n"
    "1;Lê Thị An;Sở Nội vụ;;an@tinh.example\n"
    "2;Trần Văn Bình;Sở Nội vụ;;binh@tinh.example\n"
)
SECRETS = ("public_key", "nonce", "commitment", "code", "session")


@dataclass
class Hall:
    """A ceremony with its organiser; every device enrols through the API."""

    world: JourneyWorld
    ceremony: str
    tickets: list[str]
    office: InProcessClient = field(init=False)

    def __post_init__(self) -> None:
        self.office = self.world.signed_in(Role.ORGANISER)
        self.path = f"/api/v1/devices/{self.ceremony}"

    def add(self, body: Any = GATE) -> tuple[str, str]:
        """The device's id and its code."""
        made = self.office.post(self.path, body)
        return made["device"]["id"], made["link"].partition("#")[2]

    def listed(self, device: str) -> dict[str, Any]:
        found = self.office.get(f"{self.path}?limit=200")["devices"]
        return next(one for one in found if one["id"] == device)

    def waiting(self, body: Any = GATE) -> SampleDevice:
        device = SampleDevice(self.world.client())
        _, code = self.add(body)
        assert device.enrol(code) == "WAITING"
        return device

    def standing(self, body: Any = GATE) -> SampleDevice:
        device = self.waiting(body)
        self.compare(device, device.digits)
        device.sign_in()
        return device

    def compare(self, device: SampleDevice, digits: str, *, same: bool = True) -> Any:
        return self.office.post(f"{self.path}/{device.device}/comparison", {"digits": digits, "same": same})

    def scan(self, device: SampleDevice, ticket: int = 0) -> Any:
        body = {"ceremony": self.ceremony, "text": self.tickets[ticket], "scan_id": new_secret()[:20]}
        return device.client.post("/api/v1/admissions", body)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    with journey("embedded", tmp_path_factory.mktemp("devices")) as world:
        office = world.signed_in(Role.ORGANISER)
        files = SampleFiles(0)
        import_units(office, files)
        ceremony = plan_ceremony(office, files)
        send_list(office, f"/api/v1/ceremonies/{ceremony}", "ds.csv", LIST.encode())
        world.drain()
        tickets = [word for letter in world.letters() for word in text_of(letter).split() if "/t#" in word]
        yield Hall(world, ceremony, list(dict.fromkeys(tickets)))


@pytest.fixture(autouse=True)
def _same_morning(hall: Hall) -> Iterator[None]:
    yield
    hall.world.ports.clock.set(NOW)  # type: ignore[attr-defined]


def refusal(call: Callable[[], Any]) -> tuple[int, str]:
    with pytest.raises(ApiError) as refused:
        call()
    problem = refused.value.problem
    assert problem["title"]
    assert problem["detail"]
    assert "…" not in problem["title"]
    return refused.value.status, refused.value.code


def test_a_phone_is_enrolled_compared_admits_and_is_revoked(hall):
    phone = hall.waiting()
    assert refusal(lambda: phone.sign_in()) == (409, "device.waiting")
    shown = hall.listed(phone.device)
    assert (shown["phase"], shown["digits"]) == ("WAITING", phone.digits)
    assert hall.compare(phone, phone.digits)["phase"] == "ACTIVE"
    own = phone.sign_in()
    assert (own["role"], own["place"], own["name"]) == ("GATE", "Cổng A", "Điện thoại cô Lan")
    admitted = hall.scan(phone)
    assert (admitted["outcome"], admitted["gate"]) == ("ADMITTED", "Cổng A")
    hall.office.post(f"{hall.path}/{phone.device}/revocation")
    assert refusal(lambda: hall.scan(phone, 1)) == (401, "http.sign_in")
    assert refusal(lambda: phone.sign_in()) == (409, "device.revoked")
    assert hall.listed(phone.device)["end"] == "REVOKED"


def test_a_screen_sees_its_hall_and_admits_nobody(hall):
    screen = hall.standing(SCREEN)
    screen.client.get(f"/api/v1/hall/{hall.ceremony}")
    assert refusal(lambda: hall.scan(screen))[0] == 403
    assert refusal(lambda: screen.client.get("/api/v1/hall/0123456789abcdef"))[0] == 403
    assert refusal(lambda: screen.client.get(hall.path))[0] == 403


def test_the_code_is_a_link_and_a_picture_of_it_and_is_shown_once(hall):
    made = hall.office.post(hall.path, GATE)
    assert re.fullmatch(r"http://localhost:8000/device#[A-Za-z0-9_-]{43}", made["link"])
    assert made["qr_svg"].startswith("<svg")
    code = made["link"].partition("#")[2]
    told = str(hall.office.get(f"{hall.path}?limit=200"))
    assert code not in told
    assert not [word for word in SECRETS if f"'{word}'" in told]


def test_a_second_browser_with_the_same_code_is_refused(hall):
    first, second = SampleDevice(hall.world.client()), SampleDevice(hall.world.client())
    _, code = hall.add()
    first.enrol(code)
    assert refusal(lambda: second.enrol(code)) == (409, "device.code_used")
    assert hall.listed(first.device)["digits"] == first.digits


def test_different_digits_end_it(hall):
    phone = hall.waiting()
    assert refusal(lambda: hall.compare(phone, "x")) == (409, "device.nothing_to_compare")
    hall.compare(phone, phone.digits, same=False)
    assert refusal(phone.sign_in) == (409, "device.different")
    state = phone.client.get(f"/api/v1/device/{hall.ceremony}/{phone.device}")
    assert state == {"state": "ENDED", "end": "DIFFERENT"}


def test_a_code_is_too_late_after_five_minutes_and_renewed(hall):
    device, code = hall.add()
    hall.world.ports.clock.set(NOW + timedelta(minutes=5))
    late = SampleDevice(hall.world.client())
    assert refusal(lambda: late.enrol(code)) == (409, "device.code_expired")
    assert hall.listed(device)["phase"] == "LAPSED"
    again = hall.office.post(f"{hall.path}/{device}/code")["link"].partition("#")[2]
    assert refusal(lambda: late.enrol(code)) == (409, "device.code_not_valid")
    assert late.enrol(again) == "WAITING"
    assert refusal(lambda: hall.office.post(f"{hall.path}/{device}/code")) == (409, "device.no_code_now")


def test_a_device_is_moved_renamed_and_replaced(hall):
    phone = hall.standing()
    hall.office.request("PUT", f"{hall.path}/{phone.device}", {"name": "Máy cửa B", "place": "Cổng B"})
    own = phone.client.post("/api/v1/device/presence")
    assert (own["name"], own["place"]) == ("Máy cửa B", "Cổng B")
    assert hall.listed(phone.device)["seen_at"] is not None
    made = hall.office.post(f"{hall.path}/{phone.device}/replacement")
    assert (made["device"]["name"], made["device"]["replaces"]) == ("Máy cửa B", phone.device)
    assert refusal(lambda: phone.client.post("/api/v1/device/presence"))[0] == 401
    assert refusal(phone.sign_in) == (409, "device.revoked")
    heir = SampleDevice(hall.world.client())
    assert heir.enrol(made["link"].partition("#")[2]) == "WAITING"


def test_a_device_leaves_by_itself(hall):
    phone = hall.standing()
    phone.client.request("DELETE", SESSION)
    assert hall.listed(phone.device)["end"] == "LEFT"
    assert refusal(phone.sign_in) == (409, "device.revoked")


def test_a_new_session_ends_the_former_one(hall):
    phone = hall.standing()
    former = phone.client
    phone.client = hall.world.client()
    phone.sign_in()
    phone.client.post("/api/v1/device/presence")
    assert refusal(lambda: former.post("/api/v1/device/presence"))[0] == 401


def test_a_signature_serves_once(hall):
    phone = hall.standing()
    who = {"ceremony": hall.ceremony, "device": phone.device}
    challenge = phone.client.post(CHALLENGE, who)["challenge"]
    text = device_proofs.sign_in_text(phone.client.origin, phone.device, challenge.encode())
    body = {**who, "challenge": challenge, "signature": device_proofs.text_of(phone.own.sign(text))}
    phone.client.post(SESSION, body)
    assert refusal(lambda: hall.world.client().post(SESSION, body)) == (409, "device.proof_bad")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({**GATE, "name": " "}, "device.name_bad"),
        ({**GATE, "name": "x" * 61}, "device.name_bad"),
        ({**GATE, "place": "Cổng Z"}, "device.which_gate"),
        ({"role": "GATE", "name": "x"}, "device.which_gate"),
        ({**GATE, "role": "ADMIN"}, "device.no_such_kind"),
    ],
)
def test_what_cannot_be_a_device_is_refused_with_the_field(hall, body, code):
    assert refusal(lambda: hall.office.post(hall.path, body)) == (422, code)


@pytest.mark.parametrize("field", ["public_key", "nonce", "signature"])
@pytest.mark.parametrize("value", ["", "A", "====", "ạ", "A" * 87, "+" * 43])
def test_bytes_that_are_none_are_refused(hall, field, value):
    body = {"ceremony": hall.ceremony, "device": "x", "public_key": "A" * 87, "nonce": "A" * 43, "signature": "A" * 86}
    if body[field] == value:
        value = "B" * 87
    status, code = refusal(lambda: hall.world.client().post(KEY, {**body, field: value}))
    assert (status, code) == (422, "device.bytes_bad")


def test_codes_and_devices_that_are_none_are_refused(hall):
    stranger = hall.world.client()
    committed = {"code": new_secret(), "commitment": "A" * 43}
    assert refusal(lambda: stranger.post(CLAIM, committed)) == (409, "device.code_not_valid")
    nobody = {"ceremony": hall.ceremony, "device": "nobody"}
    assert refusal(lambda: stranger.post(CHALLENGE, nobody)) == (404, "device.unknown")
    assert refusal(lambda: stranger.get(f"/api/v1/device/{hall.ceremony}/nobody")) == (404, "device.unknown")


@pytest.mark.parametrize("role", [None, Role.CLERK, Role.AUDITOR, Role.GATE, Role.SCREEN])
def test_who_does_not_run_the_ceremony_makes_no_device(hall, role):
    reach = hall.ceremony if role in (Role.GATE, Role.SCREEN) else "*"
    caller = hall.world.client() if role is None else hall.world.signed_in(role, reach)
    before = len(hall.office.get(f"{hall.path}?limit=200")["devices"])
    for path in (hall.path, f"{hall.path}/x/comparison", f"{hall.path}/x/revocation", f"{hall.path}/x/code"):
        assert refusal(lambda path=path: caller.post(path, {**GATE, "digits": "0", "same": True}))[0] in (401, 403)
    assert len(hall.office.get(f"{hall.path}?limit=200")["devices"]) == before


def test_an_organiser_of_the_host_manages_its_devices_and_of_another_unit_none(hall):
    own, other = hall.world.signed_in(Role.ORGANISER, "TDOAN"), hall.world.signed_in(Role.ORGANISER, "SNV")
    made = own.post(hall.path, GATE)
    assert refusal(lambda: other.post(hall.path, GATE))[0] == 403
    assert refusal(lambda: other.post(f"{hall.path}/{made['device']['id']}/revocation"))[0] == 403
    own.post(f"{hall.path}/{made['device']['id']}/revocation")


def test_there_is_no_weaker_way_in(hall):
    """No body of the API makes a device stand without a comparison, and no one-time link of people opens a device's session."""
    assert hall.office.post(hall.path, {**GATE, "by_terminal": 86_400})["device"]["by_terminal"] is False
    _, code = hall.add()
    assert refusal(lambda: hall.world.client().post("/api/v1/sessions", {"secret": code}))[0] == 409
    principal = Principal(kind="DEVICE", id="x", grants=(Grant(role=Role.GATE, reach=hall.ceremony),))
    with pytest.raises(ValueError, match="DEVICE"):
        Invite(hall.world.ports.table("identity"))(act(hall.world.world), principal, lifetime=timedelta(hours=1))


def test_every_change_is_in_the_trail_and_no_secret_is(hall):
    phone = hall.standing()
    hall.office.post(f"{hall.path}/{phone.device}/revocation")
    table = hall.world.ports.table("identity")
    lines = [item.body for item in table.query(f"audit#{NOW:%Y-%m-%d}", limit=1000).items]
    about = [line for line in lines if any(phone.device in key for key in line["changed"])]
    routes = [line["route"].split(" ")[1] for line in about]
    acts = {"{ceremony}", "claim", "key", "comparison", "session", "revocation"}
    assert sorted(route.rpartition("/")[2] for route in routes) == sorted(acts), "one line each"
    assert {line["who"]["id"] for line in about if line["who"]["kind"] == "DEVICE"} == {phone.device}
    assert device_proofs.text_of(phone.own.public) not in str(lines)


def test_a_list_goes_on_where_it_stopped(hall):
    for _ in range(3):
        hall.add()
    seen, cursor = [], ""
    while cursor is not None:
        page = hall.office.get(f"{hall.path}?limit=2" + (f"&cursor={cursor}" if cursor else ""))
        seen += [one["id"] for one in page["devices"]]
        cursor = page["cursor"]
    assert seen == [one["id"] for one in hall.office.get(f"{hall.path}?limit=200")["devices"]]
    assert refusal(lambda: hall.office.get(f"{hall.path}?limit=0")) == (422, "list.limit_bad")


def test_pages_without_a_session_let_the_device_sign_in(hall):
    visitor = hall.world.client()
    for path in ("/gate", f"/hall/{hall.ceremony}", "/device"):
        page = visitor.request("GET", path, headers={"accept": "text/html"}).body.decode()
        assert "/static/device/" in page

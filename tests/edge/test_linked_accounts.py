"""Where two people are needed, one is not both: by an account of one's own making, by an edit in between, by a list."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from functions.directory import http as directory
from functions.identity import http as identity
from shared.directory.model import UNIT, AskedAddress, Contact, Unit, UnitKind
from shared.edge import http
from shared.edge.answers import Answer
from shared.edge.http import Route, Routes
from shared.identity.accounts import account_key
from shared.identity.linked import Given, are_linked
from shared.identity.model import Role
from shared.identity.office import ChangeOfficeSettings, ReadOfficeSettings
from shared.identity.recovery import RECOVERY, Recovery
from shared.identity.rules import Reach
from shared.kernel.ports import ABSENT, ANY, Put
from tests.edge_world import NOW, act, call, http_event, sample_world, session_of

OLD, NEW = "cu@snv.example", "moi@snv.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    text: str = ""


def _thing(request):
    return request.ports.table("pledges"), request.ports.table("pledges").get("thing", "1")


def edit(request):
    table, item = _thing(request)
    table.commit([Put(partition="thing", sort="1", body={"text": request.body.text}, expect=item.version)])
    return Answer({})


def open_it(request):
    """Opens the text as it stands: nothing of it is in the call."""
    table, item = _thing(request)
    table.commit([Put(partition="thing", sort="1", body={**item.body, "open": True}, expect=item.version)])
    return Answer({"text": item.body["text"]})


ROUTES = Routes(
    "pledges",
    (
        Route(method="PUT", path="/api/v1/things/1", scope="pledge:write", run=edit, body=Body),
        Route(method="POST", path="/api/v1/things/1/open", scope="pledge:write", run=open_it, four_eyes="pledge.open",
              reach=Reach.UNIT, whose=lambda request: request.need("pledge:write", unit="SNV")),
    ),
)  # fmt: skip


def things(method, path, body=None, *, cookie, approval=None):
    headers = {"x-giaouoc-approval": approval} if approval else {}
    event = http_event(method, f"/api/v1/things/{path}", body, cookie=cookie, headers=headers)
    return call(lambda event, context: http.answer(event, context, ROUTES), event)


@pytest.fixture
def world(tmp_path):
    with sample_world(tmp_path, keys=False) as world:
        table = world.ports.table("identity")
        settings = replace(ReadOfficeSettings(table)(), second_officer=("contact.change", "pledge.open"))
        ChangeOfficeSettings(table)(act(world), settings)
        thing = Put(partition="thing", sort="1", body={"text": "một"}, expect=ABSENT)
        world.ports.table("pledges").commit([thing])
        for code in ("SNV", "TCT"):
            contact = Contact(name="An", email=OLD) if code == "SNV" else Contact()
            unit = Unit(code=code, name=f"Sở {code}", kind=UnitKind.STATE, contact=contact)
            world.ports.table("directory").commit([Put(partition="units", sort=code, body=UNIT.body(unit), expect=ANY)])
        yield world


@pytest.fixture
def maker(world):
    return session_of(world, Role.ADMIN, person="maker")


def made_by(world, cookie, name):
    """The session of an administrator whom the holder of `cookie` has just let in."""
    body = {"name": name, "email": f"{name}@so.example", "role": "ADMIN", "reach": "*"}
    status, person = call(identity.handler, http_event("POST", "/api/v1/people", body, cookie=cookie))
    assert status == 201, person
    return person["id"], session_of(world, Role.ADMIN, person=person["id"])


def agreed(cookie, approval):
    return things("POST", "1/open", cookie=cookie, approval=approval)


def test_nobody_agrees_to_what_an_account_of_their_own_making_proposed(world, maker):
    _, own = made_by(world, maker, "own")
    approval = things("POST", "1/open", cookie=own)[1]["approval"]
    assert agreed(maker, approval)[1]["code"] == "approval.granted_lately"
    world.ports.clock.set(NOW + timedelta(hours=30))
    maker = session_of(world, Role.ADMIN, person="maker")
    assert agreed(maker, approval)[1]["code"] == "approval.granted_lately", "waiting does not make two of one"
    assert agreed(session_of(world, Role.ADMIN, person="else"), approval)[0] == 200


def test_nor_by_an_account_that_was_made_through_a_third_one(world, maker):
    approval = things("POST", "1/open", cookie=maker)[1]["approval"]
    _, third = made_by(world, maker, "third")
    _, fourth = made_by(world, third, "fourth")
    assert agreed(fourth, approval)[1]["code"] == "approval.granted_lately"


def test_what_was_edited_after_the_proposal_is_not_what_was_proposed(world, maker):
    approval = things("POST", "1/open", cookie=maker)[1]["approval"]
    second = session_of(world, Role.ADMIN, person="second")
    things("PUT", "1", {"text": "hai"}, cookie=second)
    status, problem = agreed(second, approval)
    assert (status, problem["code"]) == (409, "approval.changed_meanwhile")
    assert "open" not in world.ports.table("pledges").get("thing", "1").body
    again = things("POST", "1/open", cookie=maker)[1]["approval"]
    assert again != approval, "who looked at the one has not looked at the other"
    assert agreed(second, approval)[1]["code"] == "approval.changed_meanwhile"
    assert agreed(second, again) == (200, {"text": "hai"})


def test_an_officer_of_another_unit_does_not_even_mark_a_proposal(world, maker):
    approval = things("POST", "1/open", cookie=maker)[1]["approval"]
    table = world.ports.table("identity")
    before = table.get(f"proposal#{approval}", "proposal").version
    stranger = session_of(world, Role.ORGANISER, "TCT")
    assert agreed(stranger, approval)[1]["code"] == "access.elsewhere"
    assert things("POST", "1/open", cookie=stranger)[1]["code"] == "access.elsewhere"
    assert table.get(f"proposal#{approval}", "proposal").version == before
    assert agreed(session_of(world, Role.ORGANISER, "SNV"), approval)[0] == 200


def test_a_list_of_units_changes_no_address_that_two_officers_are_asked_for(world, maker):
    rows = f"Mã đơn vị,Tên đơn vị,Loại,Email\nSNV,Sở SNV,STATE,{NEW}\n"
    event = http_event("POST", "/api/v1/units/import", rows, cookie=maker)
    assert call(directory.handler, event)[0] == 200
    unit = UNIT.read(world.ports.table("directory").get("units", "SNV").body)
    assert (unit.contact.email, unit.asked_address.email) == (OLD, NEW)


def test_an_address_is_not_confirmed_by_an_account_of_ones_own_making(world, maker):
    _, own = made_by(world, maker, "own")
    wish = AskedAddress(email=NEW, asked_at=NOW, asked_by="maker", for_office=True)
    unit = Unit(code="SNV", name="Sở", kind=UnitKind.STATE, contact=Contact(email=OLD), asked_address=wish)
    world.ports.table("directory").commit([Put(partition="units", sort="SNV", body=UNIT.body(unit), expect=ANY)])
    path = "/api/v1/units/SNV/contact/confirmation"
    status, problem = call(directory.handler, http_event("POST", path, {"email": NEW}, cookie=own))
    assert (status, problem["code"]) == (403, "contact.same_person")
    other = session_of(world, Role.ADMIN, person="else")
    assert call(directory.handler, http_event("POST", path, {"email": NEW}, cookie=other))[0] == 200


def test_two_words_for_a_recovery_do_not_come_from_one_hand(world, maker):
    _, cookie = made_by(world, maker, "own")
    first = Recovery(id="r", by="maker", begun_at=NOW, expires_at=NOW + timedelta(hours=24))
    session_of(world, Role.ORGANISER, person="lost")
    item = Put(partition=account_key("lost")[0], sort="recovery", body=RECOVERY.body(first), expect=ABSENT)
    world.ports.table("identity").commit([item])
    path = "/api/v1/account/recoveries/lost"
    assert call(identity.handler, http_event("POST", path, cookie=cookie))[1]["code"] == "identity.recovery_linked"
    other = session_of(world, Role.ADMIN, person="else")
    assert call(identity.handler, http_event("POST", path, cookie=other))[1]["code"] == "identity.recovery_by_passkey"


def test_what_is_long_past_and_what_one_did_to_oneself_links_nobody():
    old = Given(by="a", to="b", at=NOW - timedelta(hours=1))
    assert not are_linked("a", "b", (old, Given(by="b", to="b", at=NOW)), NOW - timedelta(minutes=1))
    assert are_linked("b", "a", (old,), NOW - timedelta(hours=2))


def test_the_trail_keeps_nothing_that_is_made_from_an_address(world, maker):
    person, _ = made_by(world, maker, "own")
    lines = world.ports.table("identity").query(f"audit#{NOW.date()}", limit=100).items
    changed = [key for line in lines for key in line.body["changed"]]
    assert f"person#{person} person" in changed
    assert not [key for key in changed if key.startswith("address#")]

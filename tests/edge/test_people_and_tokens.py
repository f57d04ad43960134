"""People, their roles, and programs' tokens through the handlers."""

from datetime import timedelta

import pytest

from functions.ceremonies import http as ceremonies
from functions.identity import http as identity
from functions.pledges import http as pledges
from shared.directory.model import UNIT, Unit, UnitKind
from shared.identity.model import Role
from shared.kernel.ports import ANY, Put
from tests.edge_world import call, http_event, sample_world, session_of, stand_ceremony
from tests.hostile import HOSTILE_NAMES

CEREMONY = "0123456789abcdef"
HER = {"name": "Nguyễn Thị Lan", "email": "lan@so.example", "role": "CLERK", "reach": "SNV"}


@pytest.fixture
def world(tmp_path):
    with sample_world(tmp_path, keys=False) as world:
        stand_ceremony(world, CEREMONY)  # hosted by TDOAN
        for code in ("SNV", "TDOAN"):
            unit = Unit(code=code, name=code, kind=UnitKind.STATE)
            put = Put(partition="units", sort=code, body=UNIT.body(unit), expect=ANY)
            world.ports.table("directory").commit([put])
        yield world


@pytest.fixture
def admin(world):
    return session_of(world, Role.ADMIN)


@pytest.fixture
def office(world):
    return session_of(world, Role.ORGANISER)


@pytest.fixture
def unit(world):
    return session_of(world, Role.ORGANISER, "SNV")


def ask(method, path, body=None, **rest):
    return call(identity.handler, http_event(method, path, body, **rest))


def invited(cookie, **changed):
    status, person = ask("POST", "/api/v1/people", HER | changed, cookie=cookie)
    assert status == 201, person
    return person["id"]


def test_an_invited_person_stands_with_the_role_and_is_found_without_marks(world, office):
    person = invited(office)
    world.store.catch_up()  # lists read an index, which may be late
    _, page = ask("GET", "/api/v1/people?q=nguyen%20thi%20lan", cookie=office)
    assert [one["id"] for one in page["people"]] == [person]
    assert page["people"][0]["grants"] == [{"role": "CLERK", "reach": "SNV"}]


@pytest.mark.parametrize(
    ("role", "reach", "status"),
    [("CLERK", "SNV", 201), ("CLERK", "TDOAN", 403), ("ORGANISER", "SNV", 403), ("ADMIN", "*", 403), ("AUDITOR", "SNV", 403)],
)  # fmt: skip
def test_a_units_organiser_grants_clerks_of_that_unit(world, unit, role, reach, status):
    assert ask("POST", "/api/v1/people", HER | {"role": role, "reach": reach}, cookie=unit)[0] == status


@pytest.mark.parametrize(
    ("role", "reach", "status"),
    [("ORGANISER", "SNV", 201), ("AUDITOR", "SNV", 201), ("ORGANISER", "*", 403), ("ADMIN", "*", 403), ("AUDITOR", "*", 403)],
)  # fmt: skip
def test_the_offices_organiser_makes_no_equal(world, office, role, reach, status):
    assert ask("POST", "/api/v1/people", HER | {"role": role, "reach": reach}, cookie=office)[0] == status


@pytest.mark.parametrize(
    ("role", "reach", "code"),
    [
        ("GATE", "*", "grant.device_role"),
        ("CLERK", "*", "grant.reach_unit"),
        ("ADMIN", "SNV", "grant.reach_whole"),
        ("CLERK", "NOBODY", "grant.unknown_unit"),
    ],
)
def test_a_role_that_cannot_be_is_refused_in_words(world, admin, role, reach, code):
    status, problem = ask("POST", "/api/v1/people", HER | {"role": role, "reach": reach}, cookie=admin)
    assert (status, problem["code"]) == (422, code)


def test_a_role_holds_and_ends_from_the_next_request_on(world, office, unit):
    clerk = session_of(world, Role.CLERK, "SNV")
    assert call(ceremonies.handler, http_event("GET", "/api/v1/ceremonies", cookie=clerk))[0] == 200
    assert ask("DELETE", "/api/v1/people/clerk-SNV/grants/CLERK/SNV", cookie=unit)[0] == 200
    assert call(ceremonies.handler, http_event("GET", "/api/v1/ceremonies", cookie=clerk))[0] == 403


def test_nobody_changes_their_own_rights(world, admin):
    for method, path, body in (
        ("POST", "/api/v1/people/admin-*/grants", {"role": "ORGANISER", "reach": "*"}),
        ("DELETE", "/api/v1/people/admin-*/grants/ADMIN/*", None),
        ("PUT", "/api/v1/people/admin-*", {"name": "X", "email": "x@y.example"}),
        ("POST", "/api/v1/people/admin-*/end", {}),
    ):
        status, problem = ask(method, path, body, cookie=admin)
        assert (status, problem["code"]) == (409, "grant.own"), path


def test_the_last_administrator_cannot_be_taken_away(world, admin, office):
    second = session_of(world, Role.ADMIN, person="second")
    assert ask("DELETE", "/api/v1/people/second/grants/ADMIN/*", cookie=admin)[0] == 200
    assert ask("DELETE", "/api/v1/people/admin-*/grants/ADMIN/*", cookie=second)[0] == 403, "no administrator any more"
    assert ask("POST", "/api/v1/people/admin-*/end", {}, cookie=office)[0] == 403


def test_two_administrators_who_take_each_other_at_once_do_not_both_succeed(world, admin):
    from shared.identity.model import Grant
    from shared.identity.people import TakeGrant
    from shared.kernel.errors import Forbidden
    from tests.edge_world import act

    session_of(world, Role.ADMIN, person="second")
    table = world.ports.table("identity")

    class Meanwhile:
        """The other one commits between the reading and the commit."""

        def __getattr__(self, name):
            return getattr(table, name)

        done = False

        def commit(self, writes, events=()):
            if not self.done:
                self.done = True
                TakeGrant(table)(by("second"), "admin-*", Grant(role=Role.ADMIN))
            table.commit(writes, events)

    def by(person):
        from dataclasses import replace

        from events.envelope import Actor

        return replace(act(world), actor=Actor(kind="PERSON", id=person))

    with pytest.raises(Forbidden):
        TakeGrant(Meanwhile())(by("admin-*"), "second", Grant(role=Role.ADMIN))
    assert call(identity.handler, http_event("GET", "/api/v1/people/second", cookie=admin))[0] == 403
    second = session_of(world, Role.ADMIN, person="second")
    _, person = ask("GET", "/api/v1/people/second", cookie=second)
    assert {"role": "ADMIN", "reach": "*"} in person["grants"]


def test_an_account_of_more_rights_is_not_taken_over_by_its_address(world, unit, office, admin):
    clerk = invited(office)
    assert ask("POST", f"/api/v1/people/{clerk}/grants", {"role": "ORGANISER", "reach": "SNV"}, cookie=office)[0] == 200
    body = {"name": "Kẻ gian", "email": "ke-gian@evil.example"}
    status, problem = ask("PUT", f"/api/v1/people/{clerk}", body, cookie=unit)
    assert (status, problem["code"]) == (403, "grant.not_yours_to_change")
    assert ask("PUT", "/api/v1/people/admin-*", body, cookie=office)[0] == 403


def test_a_changed_address_ends_the_sessions(world, office):
    clerk = session_of(world, Role.CLERK, "SNV")
    body = {"name": "Lan", "email": "moi@so.example"}
    assert ask("PUT", "/api/v1/people/clerk-SNV", body, cookie=office)[0] == 200
    assert call(ceremonies.handler, http_event("GET", "/api/v1/ceremonies", cookie=clerk))[0] == 401


def test_one_address_is_one_account(world, office):
    invited(office)
    status, problem = ask("POST", "/api/v1/people", HER | {"name": "Khác"}, cookie=office)
    assert (status, problem["code"]) == (409, "people.address_taken")


def test_an_ended_account_is_out_and_listed_apart(world, office):
    clerk = session_of(world, Role.CLERK, "SNV")
    assert ask("POST", "/api/v1/people/clerk-SNV/end", {}, cookie=office)[0] == 200
    assert call(ceremonies.handler, http_event("GET", "/api/v1/ceremonies", cookie=clerk))[0] == 401
    ask("GET", "/api/v1/people", cookie=office)  # lists are read from an index, which is late once
    assert "clerk-SNV" not in str(ask("GET", "/api/v1/people", cookie=office)[1])
    assert "clerk-SNV" in str(ask("GET", "/api/v1/people?ended=yes", cookie=office)[1])


def test_a_units_organiser_sees_the_units_people_alone(world, office, unit):
    mine, other = invited(office), invited(office, email="a@b.example", reach="TDOAN")
    _, page = ask("GET", "/api/v1/people", cookie=unit)
    seen = {one["id"] for one in page["people"]}
    assert mine in seen
    assert other not in seen
    assert ask("GET", f"/api/v1/people/{other}", cookie=unit)[0] == 403


def test_pages_of_people_are_complete_and_in_order(world, office):
    for number in range(7):
        invited(office, name=f"{'ĐDEÊ'[number % 4]}ào {number}", email=f"p{number}@so.example")
    seen, cursor = [], ""
    while cursor is not None:
        _, page = ask("GET", f"/api/v1/people?limit=3{cursor}", cookie=office)
        seen += [one["name"] for one in page["people"]]
        cursor = f"&cursor={page['cursor']}" if page["cursor"] else None
    assert len(seen) == len(set(seen)) == 7 + 1
    assert ask("GET", "/api/v1/people?cursor=nobody", cookie=office)[0] == 422


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_are_kept_or_refused_in_words(world, office, name):
    status, _ = ask("POST", "/api/v1/people", HER | {"name": name}, cookie=office)
    assert status in (201, 422)


def test_dangerous_acts_ask_again_who_is_there(world, office):
    world.ports.clock.set(world.ports.clock.now() + timedelta(minutes=20))
    assert ask("GET", "/api/v1/people", cookie=office)[0] == 200
    status, problem = ask("POST", "/api/v1/people", HER, cookie=office)
    assert (status, problem["code"]) == (401, "identity.prove_again")


def token_of(cookie, **changed):
    body = {"name": "Kho dữ liệu", "scopes": ["ceremony:read"], "days": 30, "reach": "*"} | changed
    status, made = ask("POST", "/api/v1/tokens", body, cookie=cookie)
    assert status == 201, made
    return made["secret"], made["token"]["id"]


def by_token(handler, method, path, secret, body=None, **rest):
    event = http_event(method, path, body, **rest)
    event["headers"] = {k: v for k, v in event["headers"].items() if k != "origin"} | {
        "authorization": f"Bearer {secret}"
    }
    return call(handler, event)


def test_a_token_does_what_it_was_given_and_nothing_else(world, office):
    secret, _ = token_of(office)
    assert secret.startswith("giaouoc_")
    assert by_token(ceremonies.handler, "GET", "/api/v1/ceremonies", secret)[0] == 200
    status, problem = by_token(ceremonies.handler, "POST", f"/api/v1/ceremonies/{CEREMONY}/uploads", secret, {})
    assert (status, problem["code"]) == (403, "access.missing")
    assert by_token(pledges.handler, "GET", "/api/v1/pledges", secret)[0] == 403


def test_a_token_needs_no_origin_and_a_cookie_beside_it_counts_for_nothing(world, office):
    secret, _ = token_of(office, scopes=["ceremony:write"])
    path = f"/api/v1/ceremonies/{CEREMONY}/uploads"
    assert by_token(ceremonies.handler, "POST", path, secret, {})[0] == 201
    assert by_token(ceremonies.handler, "POST", path, "giaouoc_" + "A" * 43, {}, cookie=office)[0] == 401


def test_a_token_never_makes_people_or_tokens(world, admin):
    secret, _ = token_of(admin, scopes=["people:read", "ceremony:read"])
    assert by_token(identity.handler, "GET", "/api/v1/people", secret)[0] == 200
    for method, path, body in (
        ("POST", "/api/v1/people", HER),
        ("POST", "/api/v1/tokens", {}),
        ("GET", "/api/v1/tokens", None),
    ):
        status, problem = by_token(identity.handler, method, path, secret, body)
        assert (status, problem["code"]) == (403, "access.token_never")


@pytest.mark.parametrize(
    "scope", ["people:write", "token:write", "account:write", "admit", "public", "no:such", "setting:write"]
)
def test_what_cannot_be_given_is_refused_when_it_is_made(world, office, scope):
    body = {"name": "x", "scopes": [scope], "days": 1}
    status, problem = ask("POST", "/api/v1/tokens", body, cookie=office)
    assert status == 422
    assert problem["code"] in ("token.scope_unknown", "token.scope_not_held")


@pytest.mark.parametrize(("days", "status"), [(0, 422), (1, 201), (366, 201), (367, 422), (10**9, 422)])
def test_a_token_ends_within_a_year(world, office, days, status):
    body = {"name": "x", "scopes": ["ceremony:read"], "days": days}
    assert ask("POST", "/api/v1/tokens", body, cookie=office)[0] == status


def test_a_token_ends_by_its_day_by_revocation_and_with_its_makers_right(world, admin, office):
    secret, one = token_of(office)
    assert ask("DELETE", f"/api/v1/tokens/{one}", cookie=office)[0] == 204
    assert by_token(ceremonies.handler, "GET", "/api/v1/ceremonies", secret)[0] == 401
    secret, _ = token_of(office, days=1)
    world.ports.clock.set(world.ports.clock.now() + timedelta(hours=23))
    assert by_token(ceremonies.handler, "GET", "/api/v1/ceremonies", secret)[0] == 200
    world.ports.clock.set(world.ports.clock.now() + timedelta(hours=2))
    assert by_token(ceremonies.handler, "GET", "/api/v1/ceremonies", secret)[0] == 401
    again, fresh = session_of(world, Role.ORGANISER), session_of(world, Role.ADMIN)
    secret, _ = token_of(again)
    assert ask("DELETE", "/api/v1/people/organiser/grants/ORGANISER/*", cookie=fresh)[0] == 200
    assert by_token(ceremonies.handler, "GET", "/api/v1/ceremonies", secret)[0] == 403
    assert ask("POST", "/api/v1/people/organiser/end", {}, cookie=fresh)[0] == 200
    assert by_token(ceremonies.handler, "GET", "/api/v1/ceremonies", secret)[0] == 401


def test_a_token_of_one_unit_sees_that_unit(world, office):
    secret, _ = token_of(office, reach="SNV")
    assert by_token(ceremonies.handler, "GET", f"/api/v1/ceremonies/{CEREMONY}", secret)[0] == 403
    secret, _ = token_of(office, reach="TDOAN")
    assert by_token(ceremonies.handler, "GET", f"/api/v1/ceremonies/{CEREMONY}", secret)[0] == 200


def test_another_persons_token_is_revoked_by_an_administrator_alone(world, admin, office, unit):
    _, one = token_of(office)
    assert ask("DELETE", f"/api/v1/tokens/{one}", cookie=unit)[0] == 404
    assert ask("DELETE", f"/api/v1/tokens/{one}", cookie=admin)[0] == 204
    assert one not in str(ask("GET", "/api/v1/tokens", cookie=unit)[1])


def test_the_secret_is_stored_nowhere_and_its_use_is_noted_by_the_hour(world, office):
    secret, one = token_of(office)
    body = secret.removeprefix("giaouoc_")
    stored = b"".join(path.read_bytes() for path in world.settings.data.rglob("*") if path.is_file())
    assert body.encode() not in stored

    def used():
        return world.ports.table("identity").get(f"token#{one}", "token").body["used_at"]

    assert used() is None
    by_token(ceremonies.handler, "GET", "/api/v1/ceremonies", secret)
    first = used()
    world.ports.clock.set(world.ports.clock.now() + timedelta(minutes=59))
    by_token(ceremonies.handler, "GET", "/api/v1/ceremonies", secret)
    assert used() == first
    world.ports.clock.set(world.ports.clock.now() + timedelta(minutes=2))
    by_token(ceremonies.handler, "GET", "/api/v1/ceremonies", secret)
    assert used() > first


def test_a_token_opens_no_page(world, office):
    from functions.console import http as console

    secret, _ = token_of(office)
    assert by_token(console.handler, "GET", "/console", secret)[0] == 403


def test_whoever_is_concerned_is_told_by_mail(world, office):
    """Each letter's words are there, in both languages, with the role and what it reaches."""
    from types import SimpleNamespace

    from events.identity import GrantsChanged
    from shared.edge import sign_in_letters
    from tests.edge_world import act

    person, sent = invited(office), []
    mail = SimpleNamespace(send=sent.append)
    ports = SimpleNamespace(table=world.ports.table, mail=mail, settings=world.ports.settings)
    for number, (change, role) in enumerate((("GIVEN", "CLERK"), ("TAKEN", "CLERK"), ("ENDED", ""))):
        fact = GrantsChanged(account=person, change=change, role=role, reach="*" if role else "", number=number)
        sign_in_letters.rights_changed(ports, act(world), fact)
    assert [letter.to for letter in sent] == ["lan@so.example"] * 3
    assert "Đầu mối / Clerk" in sent[0].text
    assert "toàn cơ quan" in sent[1].text


def test_a_changed_address_is_told_to_the_one_that_stood(world, office):
    """Once for each change, and never to an address that another account has meanwhile."""
    from types import SimpleNamespace

    from events.identity import PersonAddressChanged
    from shared.edge import sign_in_letters
    from tests.edge_world import act

    person, sent = invited(office), []
    path, her = f"/api/v1/people/{person}", {"name": HER["name"]}
    before = world.ports.table("identity").get(f"person#{person}", "person").version
    assert ask("PUT", path, her | {"email": "moi@so.example"}, cookie=office)[0] == 200
    assert ask("PUT", path, her | {"email": "moi@so.example", "phone": "0912 345 678"}, cookie=office)[0] == 200
    assert ask("PUT", path, her | {"email": "nua@so.example"}, cookie=office)[0] == 200
    mail = SimpleNamespace(send=sent.append)
    ports = SimpleNamespace(table=world.ports.table, mail=mail, settings=world.ports.settings)
    for number in (before + 1, before + 2, before + 3, before + 1):
        fact = PersonAddressChanged(account=person, number=number)
        sign_in_letters.address_changed(ports, act(world), fact, world.ports.clock.now())
    assert [letter.to for letter in sent] == ["lan@so.example", "moi@so.example"]
    assert all("moi@so.example" not in letter.text for letter in sent), "a hint of the new address, not the address"
    world.ports.clock.set(world.ports.clock.now() + timedelta(days=8))
    sign_in_letters.address_changed(ports, act(world), fact, world.ports.clock.now())
    assert len(sent) == 2, "after a week nobody is written to any more"


@pytest.mark.parametrize("phone", ["9" * 400_000, "không có", "=1+1"])
def test_a_telephone_number_is_one_or_nothing(world, office, phone):
    status, problem = ask("POST", "/api/v1/people", HER | {"phone": phone}, cookie=office)
    assert (status, problem["code"]) == (422, "list.phone_bad")
    person = invited(office, phone="0912 345 678")
    path = f"/api/v1/people/{person}"
    body = {"name": "Lan", "email": HER["email"], "phone": phone}
    assert ask("PUT", path, body, cookie=office)[1]["code"] == "list.phone_bad"


def test_who_is_invited_and_that_a_letter_is_to_go_is_one_change(world, office):
    """Or a crash between the two would leave a colleague who never hears of it."""
    invited(office)
    today = world.ports.clock.now().date()
    trail = world.ports.table("identity").query(f"audit#{today}").items
    lines = [item.body for item in trail if item.body["route"] == "POST /api/v1/people"]
    assert [line["facts"] for line in lines] == [["PersonInvited"]]

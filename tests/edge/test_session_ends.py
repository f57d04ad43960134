"""Sessions end, accounts are opened again by two colleagues, roles are taken: at once and for whom."""

import pytest

from events.envelope import SYSTEM, Act
from tests.edge_world import sample_world
from tests.sign_in_world import (
    ADDRESS,
    Browser,
    asked,
    by_passkey,
    deliver,
    enrolled,
    letters,
    link_and_code,
    move,
    person,
    signed_in,
)


@pytest.fixture
def world(tmp_path):
    with sample_world(tmp_path, keys=False) as opened:
        yield opened


def test_sessions_end_after_an_hour_without_use_and_after_a_working_day(world):
    person(world)
    idle, used = signed_in(world), signed_in(world)
    for _ in range(10):
        move(world, minutes=50)
        used.post("/api/v1/sessions/renewal")
    assert idle.kind() == "PUBLIC"
    assert used.kind() == "PUBLIC", "8 hours and 20 minutes"
    fresh = signed_in(world)
    for _ in range(8):
        move(world, minutes=59)
        assert fresh.post("/api/v1/sessions/renewal")[1]["kind"] == "PERSON"


def test_signing_out_everywhere_holds_at_once_for_sessions_and_unspent_links(world):
    person(world)
    one, other, waiting = signed_in(world), signed_in(world), Browser()
    secret, _ = asked(world, waiting)
    assert one.post("/api/v1/account/sign-out-everywhere")[0] == 204
    assert (one.kind(), other.kind()) == ("PUBLIC", "PUBLIC")
    assert waiting.post("/api/v1/sessions", {"secret": secret})[1]["code"] == "identity.link_not_valid"


def test_one_session_is_ended_by_name_and_nobody_elses(world):
    person(world)
    person(world, "khac@tinhdoan.example")
    one, other, stranger = signed_in(world), signed_in(world), signed_in(world, address="khac@tinhdoan.example")
    listed = one.call("GET", "/api/v1/account/me")[1]["sessions"]
    theirs = next(each["id"] for each in listed if not each["own"])
    assert stranger.call("DELETE", f"/api/v1/account/sessions/{theirs}")[0] == 404
    assert other.kind() == "PERSON"
    assert one.call("DELETE", f"/api/v1/account/sessions/{theirs}")[0] == 204
    assert other.kind() == "PUBLIC"


def test_two_colleagues_with_passkeys_of_their_own_reopen_an_account(world):
    lost = person(world)
    colleagues = [person(world, f"{name}@tinhdoan.example", name=name) for name in ("an", "binh")]
    mine = signed_in(world)
    old, _ = enrolled(mine)
    path = f"/api/v1/account/recoveries/{lost.id}"
    helpers = [signed_in(world, address=each.email) for each in colleagues]
    assert helpers[0].post(path)[1]["code"] == "identity.recovery_by_passkey", "a letter is not enough to vouch"
    for helper in helpers:
        enrolled(helper)
    assert mine.post(path)[1]["code"] == "identity.recovery_of_oneself"
    assert helpers[0].post(path)[1]["state"] == "WAITING"
    assert helpers[0].post(path)[1]["code"] == "identity.recovery_by_another"
    assert mine.kind() == "PERSON"
    assert mine.call("GET", "/api/v1/account/me")[1]["recovery_until"] is not None
    assert helpers[1].post(path)[1]["state"] == "DONE"
    assert mine.kind() == "PUBLIC"
    assert by_passkey(Browser(), old)[1]["code"] == "identity.passkey_unknown"
    while deliver(world):
        pass
    letter = next(each for each in letters(world) if "bắt đầu lại" in each["subject"])
    assert ADDRESS in letter["to"]
    secret, _ = link_and_code(letter)
    anew = Browser()
    assert anew.post("/api/v1/sessions", {"secret": secret})[0] == 201
    enrolled(anew)


def test_a_recovery_waits_a_day_and_can_be_called_off(world):
    lost = person(world)
    helper = person(world, "an@tinhdoan.example", name="An")
    mine = signed_in(world)
    enrolled(mine)
    vouching = signed_in(world, address=helper.email)
    enrolled(vouching)
    path = f"/api/v1/account/recoveries/{lost.id}"
    assert vouching.post(path)[0] == 200
    assert mine.call("DELETE", "/api/v1/account/recovery")[0] == 204
    assert mine.call("GET", "/api/v1/account/me")[1]["recovery_until"] is None
    assert vouching.post(path)[1]["state"] == "WAITING"


def test_a_role_that_was_taken_ends_at_once(world):
    from dataclasses import replace

    from shared.identity.accounts import changed_account, read_account

    account = person(world)
    browser = signed_in(world)
    table = world.ports.table("identity")
    standing, version = read_account(table, account.id)
    table.commit(changed_account(standing, replace(standing, grants=()), version))
    assert browser.call("GET", "/api/v1/sessions")[1]["grants"] == []
    standing, version = read_account(table, account.id)
    table.commit(
        changed_account(
            standing,
            replace(standing, ended_at=Act(actor=SYSTEM, at=world.ports.clock.now(), correlation_id="t").at),
            version,
        )
    )
    assert browser.kind() == "PUBLIC"

"""A call that is sent again with its Idempotency-Key is answered again and not done again (shared/edge/idempotency.py)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.directory.http import handler as directory
from functions.notices.http import handler as notices
from shared.edge import idempotency
from shared.edge.answers import Answer
from shared.edge.http import Route, Routes, answer
from shared.identity.accounts import changed_account, find_account
from shared.identity.model import Grant, Role
from shared.kernel.errors import Refused
from shared.kernel.ports import ABSENT, Put
from tests.edge_world import call, context, http_event, sample_world, session_of

KEY = {"idempotency-key": "a-press-of-a-button-1"}


@pytest.fixture
def world(tmp_path):
    with sample_world(tmp_path, keys=False) as made:
        yield made


def counting(world, body="x", secret=False, commits=1):
    """A route that adds one item for each time it really runs, and says which."""
    ran = []

    def run(request):
        ran.append(request.path)
        for place in range(commits):
            put = Put(partition="things", sort=f"{len(ran)}-{place}", body={"shape": 1}, expect=ABSENT)
            request.ports.table("campaigns").commit([put])
        return Answer({"ran": len(ran)}, status=201)

    routes = Routes(
        "campaigns",
        (
            Route(method="POST", path="/api/v1/things", scope="campaign:write", run=run, ok=201, answers_secret=secret),
            Route(method="POST", path="/api/v1/others", scope="campaign:write", run=run, ok=201),
        ),
    )
    return lambda event, place: answer(event, place, routes)


def post(handler, cookie, path="/api/v1/things", body=None, key=KEY):
    return handler(http_event("POST", path, body, cookie=cookie, headers=key), context())


def test_the_second_call_gets_the_first_answer_and_does_nothing(world):
    handler, cookie = counting(world), session_of(world, Role.ADMIN)
    first, second = post(handler, cookie), post(handler, cookie)
    assert (first["statusCode"], first["body"]) == (201, '{"ran":1}')
    assert (second["statusCode"], second["body"]) == (201, '{"ran":1}')
    assert second["headers"]["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first["headers"]
    assert len(world.ports.table("campaigns").query("things").items) == 1


def test_without_a_key_every_call_is_done(world):
    handler, cookie = counting(world), session_of(world, Role.ADMIN)
    assert [post(handler, cookie, key={})["body"] for _ in range(2)] == ['{"ran":1}', '{"ran":2}']


def test_the_same_key_for_something_else_is_refused(world):
    handler, cookie = counting(world), session_of(world, Role.ADMIN)
    post(handler, cookie, body={"a": 1})
    for path, body in (("/api/v1/things", {"a": 2}), ("/api/v1/others", {"a": 1})):
        status, problem = call(handler, http_event("POST", path, body, cookie=cookie, headers=KEY))
        assert (status, problem["code"]) == (422, "http.key_used_otherwise")
    assert len(world.ports.table("campaigns").query("things").items) == 1


def test_two_people_may_choose_the_same_key(world):
    handler = counting(world)
    one = post(handler, session_of(world, Role.ADMIN, person="lan"))
    other = post(handler, session_of(world, Role.ADMIN, person="binh"))
    assert (one["body"], other["body"]) == ('{"ran":1}', '{"ran":2}')


def test_whose_rights_are_others_now_does_not_read_the_earlier_answer(world):
    handler = counting(world)
    post(handler, session_of(world, Role.ADMIN, person="lan"))
    account = find_account(world.ports.table("identity"), "lan")
    assert account is not None
    fewer = replace(account[0], grants=(Grant(role=Role.ORGANISER),))
    world.ports.table("identity").commit(changed_account(account[0], fewer, account[1]))
    again = session_of(world, Role.ORGANISER, person="lan")
    status, problem = call(handler, http_event("POST", "/api/v1/things", cookie=again, headers=KEY))
    assert (status, problem["code"]) == (409, "http.call_done_before")


def test_only_the_first_of_several_commits_carries_the_key(world):
    handler, cookie = counting(world, commits=3), session_of(world, Role.ADMIN)
    assert post(handler, cookie)["body"] == post(handler, cookie)["body"]
    assert len(world.ports.table("campaigns").query("things").items) == 3


def test_a_secret_that_is_shown_once_is_not_kept(world):
    handler, cookie = counting(world, secret=True), session_of(world, Role.ADMIN)
    assert post(handler, cookie)["statusCode"] == 201
    status, problem = call(handler, http_event("POST", "/api/v1/things", cookie=cookie, headers=KEY))
    assert (status, problem["code"]) == (409, "http.call_done_before")


def test_a_refused_call_leaves_no_record_and_may_be_corrected(world):
    cookie, refusing = session_of(world, Role.ADMIN), [True]

    def run(request):
        if refusing:
            raise Refused("campaign.launched_otherwise")
        request.ports.table("campaigns").commit([Put(partition="things", sort="1", body={"shape": 1}, expect=ABSENT)])
        return Answer({"ran": 1})

    routes = Routes("campaigns", (Route(method="POST", path="/api/v1/things", scope="campaign:write", run=run),))
    handler = lambda event, place: answer(event, place, routes)  # noqa: E731
    assert post(handler, cookie)["statusCode"] == 409
    refusing.clear()
    assert post(handler, cookie)["statusCode"] == 200


def test_whoever_loses_the_race_gets_the_winners_answer(world):
    """Both looked before either had committed."""
    cookie, inner = session_of(world, Role.ADMIN), []

    def run(request):
        if not inner:
            inner.append("second")
            inner.append(post(handler, cookie)["body"])
        request.ports.table("campaigns").commit(
            [Put(partition="things", sort=str(len(inner)), body={"shape": 1}, expect=ABSENT)]
        )
        return Answer({"ran": len(inner)})

    routes = Routes("campaigns", (Route(method="POST", path="/api/v1/things", scope="campaign:write", run=run),))
    handler = lambda event, place: answer(event, place, routes)  # noqa: E731
    outer = post(handler, cookie)
    assert outer["body"] == inner[1]
    assert len(world.ports.table("campaigns").query("things").items) == 1


def test_a_key_may_be_used_anew_after_a_day(world):
    handler = counting(world)
    post(handler, session_of(world, Role.ADMIN))
    world.ports.clock.set(world.ports.clock.now() + idempotency.KEPT + timedelta(seconds=1))
    assert post(handler, session_of(world, Role.ADMIN))["body"] == '{"ran":2}'


@pytest.mark.parametrize("key", ["short", "a" * 129, "with blanks in it", "chữ-có-dấu"])
def test_a_key_of_another_form_is_named(world, key):
    handler, cookie = counting(world), session_of(world, Role.ADMIN)
    status, problem = call(
        handler, http_event("POST", "/api/v1/things", cookie=cookie, headers={"idempotency-key": key})
    )
    assert (status, problem["code"], problem["facts"]) == (422, "http.key_bad", {"field": "Idempotency-Key"})


def test_the_public_is_not_asked_for_keys(world):
    status, problem = call(notices, http_event("POST", "/api/v1/notices/1/lift", headers=KEY))
    assert (status, problem["code"]) == (401, "http.sign_in")


def test_a_real_route_forms_its_block_once(world):
    cookie = session_of(world, Role.ADMIN)
    units = "Mã đơn vị,Tên đơn vị,Loại\nTDOAN,Tỉnh đoàn,MASS_ORG\nSNV,Sở Nội vụ,STATE\n"
    assert call(directory, http_event("POST", "/api/v1/units/import", units, cookie=cookie))[0] == 200
    body = {"name": "Khối 2", "year": 2027, "seats": [{"unit": "TDOAN", "role": "HEAD"}]}
    event = http_event("POST", "/api/v1/blocks", body, cookie=cookie, headers=KEY)
    first, second = call(directory, event), call(directory, event)
    assert first == second
    assert first[0] == 201

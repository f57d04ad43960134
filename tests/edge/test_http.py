"""What the HTTP edge decides before a route's own code runs."""

import json

import pytest

from functions.identity import http as identity
from shared.edge.answers import Answer
from shared.edge.http import MAX_BODY_BYTES, Route, Routes, answer
from shared.edge.problems import problem_of
from shared.identity.model import Role
from shared.kernel.errors import Conflict, NotFound, Unavailable
from tests.edge_world import ORIGIN, act, call, context, http_event, sample_world, session_of


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with sample_world(tmp_path_factory.mktemp("http"), keys=False) as world:
        yield world


def raising(error):
    def run(_request):
        raise error

    return run


def ok(request):
    return Answer({"person": request.principal.id})


ROUTES = Routes(
    "test",
    (
        Route(method="GET", path="/office", scope="ceremony:read", run=ok),
        Route(method="POST", path="/office", scope="ceremony:write", run=ok),
        Route(method="GET", path="/unscoped", scope="no-such-scope", run=ok),
        Route(method="GET", path="/conflict", scope="public", run=raising(Conflict(key="x"))),
        Route(method="GET", path="/later", scope="public", run=raising(Unavailable("store.disk_full"))),
        Route(method="GET", path="/gone", scope="public", run=raising(NotFound("http.no_such_page"))),
        Route(method="GET", path="/bug", scope="public", run=raising(KeyError("Nguyễn Văn A"))),
    ),
)


def routed(event, _context=None):
    return answer(event, context(), ROUTES)


@pytest.mark.parametrize(
    ("path", "status"), [("/conflict", 409), ("/later", 503), ("/gone", 404), ("/bug", 500), ("/nothing", 404)]
)
def test_the_class_of_an_error_decides_the_status(world, path, status):
    assert call(routed, http_event("GET", path))[0] == status


def test_a_fault_of_ours_shows_no_internals(world):
    status, problem = call(routed, http_event("GET", "/bug"))
    assert status == 500
    assert "Nguyễn" not in json.dumps(problem, ensure_ascii=False)
    assert problem["code"] == "http.internal"


def test_a_problem_speaks_both_languages(world):
    _, problem = call(routed, http_event("GET", "/gone"))
    assert problem["title"].startswith("Không có trang này")
    assert problem["detail"].startswith("There is no such page")


def test_a_browser_gets_a_page_instead(world):
    page = routed(http_event("GET", "/gone", headers={"accept": "text/html,*/*"}))
    assert page["headers"]["content-type"].startswith("text/html")
    assert "Không có trang này" in page["body"]


def test_the_public_is_asked_to_sign_in_and_a_stranger_is_refused(world):
    assert call(routed, http_event("GET", "/office"))[0] == 401
    gate = session_of(world, Role.GATE, reach="one")
    assert call(routed, http_event("GET", "/office", cookie=gate))[0] == 403
    organiser = session_of(world, Role.ORGANISER)
    assert call(routed, http_event("GET", "/office", cookie=organiser)) == (200, {"person": "organiser"})


def test_a_route_with_an_unknown_scope_is_closed_to_everybody(world):
    assert call(routed, http_event("GET", "/unscoped", cookie=session_of(world, Role.ADMIN)))[0] == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_a_session_acts_only_from_our_own_pages(world, origin):
    cookie = session_of(world, Role.ORGANISER)
    status, problem = call(routed, http_event("POST", "/office", {}, cookie=cookie, headers={"origin": origin}))
    assert (status, problem["code"]) == (403, "http.foreign_origin")
    assert call(routed, http_event("POST", "/office", {}, cookie=cookie, headers={"origin": ORIGIN}))[0] == 200


@pytest.mark.parametrize(
    ("origin", "status"), [("https://evil.example", 403), ("null", 403), (ORIGIN, 409), (None, 409)]
)
def test_no_page_elsewhere_signs_its_reader_in(world, origin, status):
    event = http_event("POST", "/api/v1/sessions", {"secret": "a" * 43})
    event["headers"] = {name: value for name, value in {**event["headers"], "origin": origin}.items() if value}
    assert call(identity.handler, event)[0] == status


def test_a_grant_of_one_unit_is_no_grant_of_all(world):
    cookie = session_of(world, Role.ORGANISER, reach="SNV")
    assert call(routed, http_event("GET", "/office", cookie=cookie))[0] == 403


def test_a_conflict_shows_no_key_of_the_store():
    answer = problem_of(Conflict(write=0, key="session#0123 session"), "vi", "/x")
    assert (answer.status, answer.body["code"], answer.body["facts"]) == (409, "store.conflict", {})


def test_a_wrong_method_and_a_body_too_large_are_told_apart(world):
    assert call(routed, http_event("DELETE", "/office"))[0] == 405
    huge = '{"secret": "' + "x" * MAX_BODY_BYTES + '"}'
    assert call(identity.handler, http_event("POST", "/api/v1/sessions", huge))[0] == 413


@pytest.mark.parametrize(
    ("body", "code"),
    [("{", "http.body_not_json"), ("{}", "http.body_missing"), ('{"secret": 5}', "http.body_wrong")],
)
def test_a_bad_body_names_the_field(world, body, code):
    status, problem = call(identity.handler, http_event("POST", "/api/v1/sessions", body))
    assert (status, problem["code"]) == (422, code)


def test_a_one_time_link_opens_one_session(world):
    from datetime import timedelta

    from shared.identity.model import Grant, Principal
    from shared.identity.usecases import Invite

    principal = Principal(kind="PERSON", id="p1", grants=(Grant(role=Role.ORGANISER),))
    secret = Invite(world.ports.table("identity"))(act(world), principal, lifetime=timedelta(hours=1), session_hours=8)
    first = identity.handler(http_event("POST", "/api/v1/sessions", {"secret": secret}), context())
    assert first["statusCode"] == 201
    cookie = first["cookies"][0]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    again = call(identity.handler, http_event("POST", "/api/v1/sessions", {"secret": secret}))
    assert again[0] == 409
    pair = cookie.partition(";")[0]
    assert call(identity.handler, http_event("GET", "/api/v1/sessions", cookie=pair))[1]["kind"] == "PERSON"
    identity.handler(http_event("DELETE", "/api/v1/sessions", cookie=pair), context())
    assert call(identity.handler, http_event("GET", "/api/v1/sessions", cookie=pair))[1]["kind"] == "PUBLIC"


@pytest.mark.parametrize("secret", ["", "x", "../../etc", "a" * 43, "ă" * 43, "A" * 5000])
def test_a_wrong_secret_says_nothing_about_what_exists(world, secret):
    status, problem = call(identity.handler, http_event("POST", "/api/v1/sessions", {"secret": secret}))
    assert (status, problem["code"]) == (409, "identity.link_not_valid")

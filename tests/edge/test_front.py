"""What the distribution in front of the API says about a request, and what nobody else may say."""

from dataclasses import replace

import pytest

from shared.edge import front, wiring
from shared.edge.answers import POLICY, Answer
from shared.edge.http import Route, Routes, answer
from shared.edge.pages import content_policy
from shared.edge.settings import load
from shared.kernel.errors import Forbidden
from tests.edge_world import ORIGIN, call, context, http_event, sample_world

VIEWER, EDGE, OTHER = "113.160.1.2", "130.176.0.9", "198.51.100.7"
STACK = "arn:aws:cloudformation:ap-southeast-1:1:stack/giaouoc-prod/b2c4"
AWS = {"GIAOUOC_ENGINE": "aws", "GIAOUOC_ORIGIN": "https://thidua.tinh.example", "GIAOUOC_ISSUER": "TDOAN"}


def settings(**more):
    return load({**AWS, **more})


def seen(source):
    return {"requestContext": {"http": {"sourceIp": source}}}


@pytest.mark.parametrize(
    ("forwarded", "caller"),
    [
        (f"{VIEWER}", VIEWER),
        (f"{VIEWER}, {EDGE}", VIEWER),  # the API adds whom it saw
        (f"{OTHER}, {VIEWER}, {EDGE}", VIEWER),  # the caller wrote the first itself
        (f"{OTHER},{VIEWER}", VIEWER),
        ("", EDGE),
        (" , ", EDGE),
    ],
)
def test_the_caller_is_whom_the_distribution_saw(forwarded, caller):
    headers = {front.HEADER: STACK, "x-forwarded-for": forwarded}
    assert front.caller(seen(EDGE), headers, settings(GIAOUOC_FRONT=STACK)) == caller


@pytest.mark.parametrize(
    "header", [{}, *({front.HEADER: guess} for guess in ("guessed", "", "đoán", "\ud800", STACK[:-1], f"{STACK} "))]
)
def test_who_comes_past_the_distribution_cannot_choose_an_address(header):
    headers = {"x-forwarded-for": VIEWER, **header}
    assert front.caller(seen(OTHER), headers, settings(GIAOUOC_FRONT=STACK)) == OTHER


@pytest.mark.parametrize("header", [{}, {front.HEADER: "None"}, {front.HEADER: ""}])
def test_without_a_distribution_headers_say_nothing(header):
    headers = {"x-forwarded-for": VIEWER, **header}
    assert front.caller(seen(OTHER), headers, settings()) == OTHER


def test_the_header_is_compared_without_telling_how_much_was_right(monkeypatch):
    compared = []
    monkeypatch.setattr(front.hmac, "compare_digest", lambda *pair: compared.append(pair) or False)
    assert not front.came_through({front.HEADER: STACK}, settings(GIAOUOC_FRONT=STACK))
    assert compared == [(STACK.encode(), STACK.encode())]
    assert not front.came_through({}, settings(GIAOUOC_FRONT=""))
    assert not front.came_through({front.HEADER: ""}, settings(GIAOUOC_FRONT=""))


def test_what_comes_past_the_distribution_is_refused_where_that_is_asked_for():
    only = settings(GIAOUOC_FRONT=STACK, GIAOUOC_FRONT_ONLY="yes")
    front.check({front.HEADER: STACK}, only)
    for headers in ({}, {front.HEADER: "guessed"}):
        with pytest.raises(Forbidden) as refused:
            front.check(headers, only)
        assert (refused.value.code, refused.value.facts) == ("http.by_its_name", {"host": "thidua.tinh.example"})
    front.check({}, settings(GIAOUOC_FRONT=STACK))
    front.check({}, settings())


def test_the_refusal_comes_before_anything_else(tmp_path):
    routes = Routes("test", (Route(method="GET", path="/x", scope="public", run=lambda _: Answer({"done": True})),))
    with sample_world(tmp_path, keys=False) as world:
        wiring.install(replace(world.ports, settings=settings(GIAOUOC_FRONT=STACK, GIAOUOC_FRONT_ONLY="yes")))
        status, problem = call(lambda event, _: answer(event, context(), routes), http_event("GET", "/x"))
        assert (status, problem["code"]) == (403, "http.by_its_name")
        assert "https://thidua.tinh.example" in problem["title"]
        event = http_event("GET", "/x")
        event["headers"][front.HEADER] = STACK
        assert call(lambda event, _: answer(event, context(), routes), event)[0] == 200


def test_pages_may_send_files_where_the_forms_go_and_nowhere_else():
    assert content_policy(settings().uploads) == POLICY
    name = "giaouoc-prod-documents-1-ap-southeast-1.s3.ap-southeast-1.amazonaws.com"
    policy = content_policy(settings(GIAOUOC_UPLOADS=name).uploads)
    assert policy == POLICY.replace("connect-src 'self';", f"connect-src 'self' https://{name};")
    assert policy.count("https://") == 1


def test_pages_on_the_embedded_engine_keep_to_their_own_origin(tmp_path):
    with sample_world(tmp_path, keys=False) as world:
        assert world.settings.origin == ORIGIN
        assert world.settings.uploads is None

"""A route that lets in a grant of one unit and forgets to ask whose the thing is: nothing is changed and nothing answered."""

import pytest

from shared.edge.answers import Answer
from shared.edge.http import Route, Routes, answer
from shared.identity.model import Role
from shared.identity.rules import Reach
from shared.kernel.errors import NotFound, Refused
from shared.kernel.ports import ANY, Put
from tests.edge_world import call, context, http_event, sample_world, session_of, stand_ceremony

CEREMONY = "0123456789abcdef"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with sample_world(tmp_path_factory.mktemp("access"), keys=False) as world:
        stand_ceremony(world, CEREMONY)
        yield world


def note(request):
    put = Put(partition="planted", sort=request.path, body={"shape": 1}, expect=ANY)
    request.ports.table("ceremonies").commit([put])


def forgetful(_request):
    return Answer({"secret": "of another unit"})


def forgetful_write(request):
    note(request)
    return Answer({"secret": "done"})


def too_late(request):
    note(request)
    request.need("ceremony:write", unit="SNV")
    return Answer({})


def in_order(request):
    request.need("ceremony:write", unit=request.params["unit"])
    note(request)
    return Answer({"done": True})


def by_a_lesser_right(request):
    """Asks for less than the route needs."""
    request.need("ceremony:read", unit="HCCB")
    note(request)
    return Answer({})


def tells_what_exists(_request):
    raise NotFound("ceremony.unknown", ceremony="x")


def tells_a_name(_request):
    raise Refused("ceremony.host_no_key", unit="Đơn vị khác")


def listed(request):
    return Answer({"seen": request.visible("ceremony:read", ("SNV", "TDOAN", "HCCB"), lambda unit: (unit,))})


def route(path, run, scope="ceremony:write", method="POST", reach=Reach.UNIT):
    return Route(method=method, path=path, scope=scope, run=run, reach=reach)


ROUTES = Routes(
    "test",
    (
        route("/forgetful", forgetful, "ceremony:read", "GET"),
        route("/forgetful", forgetful_write),
        route("/late", too_late),
        route("/order/{unit}", in_order),
        route("/lesser", by_a_lesser_right),
        route("/exists", tells_what_exists, "ceremony:read", "GET"),
        route("/name", tells_a_name),
        route("/listed", listed, "ceremony:read", "GET"),
        route("/whole", forgetful, "ceremony:read", "GET", Reach.ALL),
    ),
)


def routed(event, _context=None):
    return answer(event, context(), ROUTES)


def stored(world, path):
    return world.ports.table("ceremonies").get("planted", path)


@pytest.fixture
def office(world):
    return session_of(world, Role.ORGANISER)


@pytest.fixture
def unit(world):
    return session_of(world, Role.ORGANISER, "SNV")


def test_a_forgotten_question_is_a_refusal(world, unit):
    status, problem = call(routed, http_event("GET", "/forgetful", cookie=unit))
    assert (status, problem["code"]) == (403, "access.unsettled")
    assert "secret" not in str(problem)


@pytest.mark.parametrize("path", ["/forgetful", "/late"])
def test_nothing_is_changed_before_the_question(world, unit, path):
    assert call(routed, http_event("POST", path, {}, cookie=unit))[0] == 403
    assert stored(world, path) is None


def test_the_same_route_serves_the_whole_office(world, office):
    assert call(routed, http_event("GET", "/forgetful", cookie=office))[0] == 200
    assert call(routed, http_event("POST", "/forgetful", {}, cookie=office))[0] == 200


def test_what_is_ones_own_is_done_and_what_is_anothers_is_not(world, unit):
    assert call(routed, http_event("POST", "/order/SNV", {}, cookie=unit))[0] == 200
    status, problem = call(routed, http_event("POST", "/order/TDOAN", {}, cookie=unit))
    assert (status, problem["code"]) == (403, "access.elsewhere")
    assert "SNV" in problem["title"]
    assert "tổ chức buổi lễ" in problem["title"]
    assert stored(world, "/order/TDOAN") is None


def test_a_lesser_right_elsewhere_opens_no_greater_one(world):
    from datetime import timedelta

    from shared.identity.model import Grant, Principal
    from shared.identity.usecases import Invite, OpenSession
    from tests.edge_world import act

    grants = (Grant(role=Role.ORGANISER, reach="SNV"), Grant(role=Role.CLERK, reach="HCCB"))
    both = Principal(kind="PERSON", id="both", grants=grants)
    table = world.ports.table("identity")
    secret = Invite(table)(act(world), both, lifetime=timedelta(days=1), session_hours=24)
    cookie = f"giaouoc={OpenSession(table)(act(world), secret)[0]}"
    assert call(routed, http_event("POST", "/lesser", {}, cookie=cookie))[0] == 403
    assert stored(world, "/lesser") is None


@pytest.mark.parametrize(("method", "path"), [("GET", "/exists"), ("POST", "/name")])
def test_who_is_bound_hears_nothing_of_what_exists(world, unit, office, method, path):
    status, problem = call(routed, http_event(method, path, cookie=unit))
    assert (status, problem["code"]) == (403, "access.elsewhere")
    assert "Đơn vị khác" not in str(problem)
    assert call(routed, http_event(method, path, cookie=office))[0] in (404, 409)


def test_lists_show_what_is_ones_own(world, unit, office):
    assert call(routed, http_event("GET", "/listed", cookie=unit))[1] == {"seen": ["SNV"]}
    assert call(routed, http_event("GET", "/listed", cookie=office))[1] == {"seen": ["SNV", "TDOAN", "HCCB"]}


def test_a_route_for_the_whole_office_lets_no_unit_in(world, unit):
    assert call(routed, http_event("GET", "/whole", cookie=unit))[0] == 403


def test_a_unit_reaches_what_its_predecessors_had(world):
    from shared.directory.model import UNIT, Unit, UnitKind

    table = world.ports.table("directory")
    for code, before in (("XA-MOI", ("XA-CU",)), ("XA-CU", ("THON",)), ("THON", ("XA-MOI",))):
        unit = Unit(code=code, name=code, kind=UnitKind.COMMUNE, predecessors=before)
        table.commit([Put(partition="units", sort=code, body=UNIT.body(unit), expect=ANY)])
    cookie = session_of(world, Role.ORGANISER, "XA-MOI")
    assert call(routed, http_event("POST", "/order/XA-CU", {}, cookie=cookie))[0] == 200
    assert call(routed, http_event("POST", "/order/THON", {}, cookie=cookie))[0] == 200
    assert call(routed, http_event("POST", "/order/SNV", {}, cookie=cookie))[0] == 403

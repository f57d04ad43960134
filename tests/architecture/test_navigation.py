"""The console's navigation leads to pages that there are, asks for the right that each page asks for, and says so in words."""

from functions.console.http import ROUTES as CONSOLE
from functions.operations.http import ROUTES as OPERATIONS
from functions.papers.http import ROUTES as PAPERS
from shared.edge.navigation import GROUPS, reachable
from shared.identity.model import Grant, Principal, Role
from shared.texts import catalogue

PAGES = {
    route.path: route.scope
    for table in (CONSOLE, OPERATIONS, PAPERS)
    for route in table.routes
    if route.method == "GET" and route.path.startswith("/console")
}
WAYS = [way for group in GROUPS for way in group.ways]


def test_every_way_leads_to_a_page_that_asks_for_the_same_right():
    assert {way.path: PAGES.get(way.path) for way in WAYS} == {way.path: way.scope for way in WAYS}


def test_every_way_has_its_words():
    codes = {way.title for way in WAYS} | {group.title for group in GROUPS if group.title}
    assert codes - set(catalogue()) == set()


def test_one_sees_the_ways_that_one_may_go_and_which_one_is_open():
    def seen(role, path="/console"):
        person = Principal(kind="PERSON", id="lan", grants=(Grant(role=role, reach="*"),))
        return {way.path: way.current for group in reachable(person, path) for way in group.ways}

    assert set(seen(Role.ADMIN)) == {way.path for way in WAYS}
    assert "/console/operations" not in seen(Role.CLERK)
    assert "/console/people" not in seen(Role.CLERK)
    assert "/console/pledges" in seen(Role.CLERK)
    assert [path for path, current in seen(Role.ADMIN, "/console/units/SNV").items() if current] == ["/console/units"]
    assert [path for path, current in seen(Role.ADMIN).items() if current] == ["/console"]

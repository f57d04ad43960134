"""What a problem's `type` leads to."""

import html

from functions.ceremonies.http import handler as ceremonies
from functions.public.pages import handler as pages
from shared.identity.model import Role
from tests.edge_world import call, context, http_event, sample_world, session_of


def test_the_type_of_a_problem_leads_to_its_meaning_in_both_languages(tmp_path):
    with sample_world(tmp_path, keys=False) as world:
        cookie = session_of(world, Role.ADMIN)
        _, problem = call(ceremonies, http_event("GET", "/api/v1/ceremonies/0123456789abcdef", cookie=cookie))
        page = pages(http_event("GET", problem["type"], headers={"accept": "text/html"}), context())
    assert page["statusCode"] == 200
    said = html.unescape(page["body"])
    assert problem["title"] in said
    assert problem["detail"] in said
    assert problem["code"] in said


def test_a_code_that_nobody_says_has_no_page(tmp_path):
    with sample_world(tmp_path, keys=False):
        for code in ("nobody.says_this", "x", "..%2f", "%C4%91.x"):
            answer = pages(http_event("GET", f"/problems/{code}"), context())
            assert answer["statusCode"] == 404

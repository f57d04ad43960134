"""What a problem's `type` leads to."""

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
    assert problem["title"] in page["body"]
    assert problem["detail"] in page["body"]
    assert problem["code"] in page["body"]


def test_a_code_that_nobody_says_has_no_page(tmp_path):
    with sample_world(tmp_path, keys=False):
        for code in ("nobody.says_this", "x", "..%2f", "%C4%91.x"):
            answer = pages(http_event("GET", f"/problems/{code}"), context())
            assert answer["statusCode"] == 404

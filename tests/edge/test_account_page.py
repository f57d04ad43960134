"""/console/account for whoever has signed in, and the word for a colleague on their page."""

import pytest

from functions.console import http as console
from shared.identity.model import Role
from tests.edge_world import context, http_event, sample_world, session_of


@pytest.mark.parametrize("locale", ["vi", "en"])
@pytest.mark.parametrize("role", [Role.ORGANISER, Role.CLERK, Role.AUDITOR])
def test_everybody_who_has_signed_in_sees_their_own_account(tmp_path, role, locale):
    with sample_world(tmp_path, keys=False) as world:
        event = http_event("GET", f"/console/account?lang={locale}", cookie=session_of(world, role))
        answer = console.handler({**event, "headers": {**event["headers"], "accept": "text/html"}}, context())
    assert answer["statusCode"] == 200, answer["body"]
    assert 'id="add-passkey"' in answer["body"]


def test_a_device_and_the_public_have_no_account(tmp_path):
    with sample_world(tmp_path, keys=False) as world:
        for cookie, status in ((None, 401), (session_of(world, Role.GATE, "c1"), 403)):
            assert (
                console.handler(http_event("GET", "/console/account", cookie=cookie), context())["statusCode"] == status
            )

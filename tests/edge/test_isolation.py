"""Invocations are isolated: requests that run at once in threads of one process never see anything of one another."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from functions.identity.http import handler
from shared.identity.model import Role
from tests.edge_world import context, http_event, sample_world, session_of

CLIENTS, REQUESTS = 8, 500


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with sample_world(tmp_path_factory.mktemp("isolation"), keys=False) as world:
        yield world


def test_eight_clients_at_once_never_see_another_session_body_or_correlation_id(world):
    cookies = [session_of(world, Role.GATE, reach=f"ceremony-{number}") for number in range(CLIENTS)]

    def client(number: int) -> list[str]:
        wrong = []
        for turn in range(REQUESTS):
            correlation = f"client-{number}-{turn}"
            headers = {"x-correlation-id": correlation}
            if turn % 2:
                event = http_event("GET", "/api/v1/sessions", cookie=cookies[number], headers=headers)
            else:  # a body that is refused names the field that this client sent
                event = http_event("POST", "/api/v1/sessions", {f"field_{number}": turn}, headers=headers)
            answer = handler(event, context())
            expected = f"ceremony-{number}" if turn % 2 else '"field":"secret"'
            if answer["headers"]["x-correlation-id"] != correlation or expected not in answer["body"]:
                wrong.append(f"{correlation}: {answer}")
            if any(f"ceremony-{other}" in answer["body"] for other in range(CLIENTS) if other != number):
                wrong.append(f"{correlation} saw another session")
        return wrong

    with ThreadPoolExecutor(CLIENTS) as threads:
        assert [line for lines in threads.map(client, range(CLIENTS)) for line in lines] == []

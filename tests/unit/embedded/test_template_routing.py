"""Routes are chosen as API Gateway's HTTP APIs choose them."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.embedded.template import Route, Router


def router(*keys: str) -> Router:
    """A router over `METHOD /path` keys; each function is named like its key."""
    routes = []
    for key in keys:
        method, _, path = key.partition(" ")
        routes.append(
            Route(method="ANY", path=key, function=key)
            if key == "$default"
            else Route(method=method, path=path, function=key)
        )
    return Router(routes)


def chosen(one: Router, method: str, path: str) -> str | None:
    match = one.match(method, path)
    return match.route.key if match else None


PETS = router(
    "$default", "ANY /{proxy+}", "GET /pets/{proxy+}", "GET /pets/{id}/{rest+}", "GET /pets/dog/{id}", "GET /pets/dog/1"
)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1"),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
        ("GET", "/pets/cat/1", "GET /pets/{id}/{rest+}"),
        ("GET", "/pets/dog/1/2", "GET /pets/{id}/{rest+}"),
        ("GET", "/pets/5", "GET /pets/{proxy+}"),
        ("POST", "/pets/5", "ANY /{proxy+}"),
        ("POST", "/pets/dog/1", "ANY /{proxy+}"),
        ("GET", "/", "$default"),
    ],
)
def test_the_most_specific_route_wins(method: str, path: str, expected: str) -> None:
    assert chosen(PETS, method, path) == expected


def test_a_whole_fit_beats_a_greedy_one_with_more_text() -> None:
    assert (
        chosen(router("GET /pets/dog/{rest+}", "GET /pets/{id}/name"), "GET", "/pets/dog/name") == "GET /pets/{id}/name"
    )


def test_a_method_beats_any_on_the_same_path_and_any_takes_the_others() -> None:
    one = router("ANY /a", "GET /a", "ANY /b/{x}", "PUT /b/{x}")
    assert chosen(one, "GET", "/a") == "GET /a"
    assert chosen(one, "DELETE", "/a") == "ANY /a"
    assert chosen(one, "PUT", "/b/1") == "PUT /b/{x}"
    assert chosen(one, "GET", "/b/1") == "ANY /b/{x}"


@pytest.mark.parametrize("path", ["/v/", "/v", "/v/1/", "/v/1/2", "//", "/units/", "/units", "/nothing", ""])
def test_a_variable_takes_no_empty_segment(path: str) -> None:
    assert router("GET /v/{id}", "ANY /units/{proxy+}").match("GET", path) is None


def test_the_first_page() -> None:
    one = router("GET /", "GET /v/{id}")
    assert chosen(one, "GET", "/") == chosen(one, "GET", "") == "GET /"
    assert one.match("POST", "/") is None


def test_path_variables_come_without_percent_encoding() -> None:
    one = router("GET /v/{id}", "ANY /units/{proxy+}")
    match = one.match("GET", "/v/T%E1%BB%89nh%20A%2FB")
    assert match is not None
    assert match.path_parameters == {"id": "Tỉnh A/B"}
    match = one.match("PATCH", "/units/2026/kh%E1%BB%91i%2B2/x")
    assert match is not None
    assert match.path_parameters == {"proxy": "2026/khối+2/x"}
    assert match.route.key == "ANY /units/{proxy+}"


def test_text_matches_however_it_was_encoded() -> None:
    assert chosen(router("GET /v/{id}"), "GET", "/%76/1") == "GET /v/{id}"


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=5))
def test_every_encoded_path_comes_back(parts: list[str]) -> None:
    parts = [part.encode("utf-8", "replace").decode() for part in parts]
    match = router("GET /files/{name}/{rest+}", "GET /files/{name}").match(
        "GET", "/files/" + "/".join(quote(part, safe="") for part in parts)
    )
    assert match is not None
    assert match.path_parameters["name"] == parts[0]
    assert match.path_parameters.get("rest", "") == "/".join(parts[1:])


@given(
    st.permutations(["GET /a/{x}", "GET /a/b", "ANY /a/{y+}", "GET /{z}/b", "$default"]),
    st.sampled_from(["a", "b", "c"]),
)
def test_the_order_of_writing_decides_nothing(keys: list[str], last: str) -> None:
    expected = {"a": "GET /a/{x}", "b": "GET /a/b", "c": "GET /a/{x}"}[last]
    assert chosen(router(*keys), "GET", f"/a/{last}") == expected

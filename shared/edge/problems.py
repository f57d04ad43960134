"""Errors as answers: RFC 9457 problems in Vietnamese and English for programs, a plain page for people's browsers."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any, Final

from shared.edge.answers import POLICY, Answer
from shared.kernel.errors import Conflict, Fact, Forbidden, Invalid, NotFound, Problem, Refused, Unavailable
from shared.texts import Locale, say

_SPECIAL: Final = {
    "http.sign_in": 401,
    "access.token_not_valid": 401,
    "identity.prove_again": 401,
    "identity.too_many": 429,
    "http.method_not_allowed": 405,
    "http.body_too_large": 413,
    "objects.too_large": 413,
    "log.erased": 410,
}


def status_of(error: BaseException) -> int:
    """The HTTP status of an error, by its class (DESIGN 4)."""
    if isinstance(error, Problem) and error.code in _SPECIAL:
        return _SPECIAL[error.code]
    by_class: tuple[tuple[type[Problem], int], ...] = (
        (Forbidden, 403),
        (Invalid, 422),
        (Refused, 409),
        (NotFound, 404),
        (Conflict, 409),
        (Unavailable, 503),
    )
    return next((status for cls, status in by_class if isinstance(error, cls)), 500)


def problem_of(error: BaseException, locale: Locale, path: str, *, page: bool = False) -> Answer:
    """The answer to an error. Of what is not a Problem nothing is shown but that it happened."""
    status = status_of(error)
    code = error.code if isinstance(error, Problem) else "http.internal"
    # Of a Conflict the facts are keys of the store: nothing for the outside.
    facts = error.facts if isinstance(error, Problem) and not isinstance(error, Conflict) else {}
    sentence = say(code, locale, **_worded(facts, locale))
    headers = {"retry-after": "2"} if status == 503 else {}
    if page:
        headers["content-security-policy"] = POLICY
        return Answer(_page(status, sentence, locale), status=status, headers=headers)
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": say(code, "vi", **_worded(facts, "vi")),
        "detail": say(code, "en", **_worded(facts, "en")),
        "status": status,
        "code": code,
        "instance": path,
        "facts": {name: fact for name, fact in facts.items() if fact is not None},
    }
    return Answer(body, status=status, headers=headers, content_type="application/problem+json")


def _worded(facts: Mapping[str, Fact], locale: Locale) -> dict[str, Fact]:
    """The facts as a sentence takes them: a scope (`right`) is told in words."""
    right = facts.get("right")
    return {**facts, "right": say(f"right.{right}".replace(":", "_"), locale)} if right else dict(facts)


def _page(status: int, sentence: str, locale: Locale) -> str:
    """Made without a template: it must also come out when those fail."""
    heading = f"page.problem_{status}" if status in (401, 403, 404) else "page.problem_title"
    title, home, enter = (html.escape(say(code, locale)) for code in (heading, "page.home", "page.sign_in"))
    number = html.escape(say("page.problem_number", locale, status=status))
    ways = f'<a class="button second" href="/">{home}</a>'
    if status == 401:
        ways = f'<a class="button" href="/in">{enter}</a>{ways}'
    return (
        f'<!doctype html><html lang="{locale}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f'<meta name="robots" content="noindex"><title>{title} - Giao Ước</title>'
        f'<link rel="icon" href="/static/mark.svg" type="image/svg+xml">'
        f'<script type="module" src="/static/app/theme.js"></script>'
        f'<link rel="stylesheet" href="/static/style.css"></head><body class="problem"><header class="bar"><div>'
        f'<a class="mark" href="/"><img src="/static/mark.svg" alt="" width="28" height="28">Giao Ước</a></div></header>'
        f'<main><h1>{title}</h1><p class="lead">{html.escape(sentence)}</p><p class="row">{ways}</p>'
        f'<p class="quiet number">{number}</p></main></body></html>'
    )

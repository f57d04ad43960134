"""How far long work has come, as pages ask for it again and again (static/console/progress.js), 304 while nothing moves.

The work is done elsewhere and its state kept there, so that closing the page changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from events.plain import to_plain
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.texts import LOCALES, say


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressView:
    """Long work: `state` is running, done or failed; `done` of `total`; `sentence` says what came of it, in `vi` and `en`."""

    state: str
    done: int = 0
    total: int = 0
    sentence: Mapping[str, str] = field(default_factory=dict)


def progress(request: Request, state: str, code: str, *, done: int, total: int, **facts: object) -> Answer:
    """The answer, with its ETag."""
    sentence = {str(locale): say(code, locale, **facts) for locale in LOCALES}
    view = ProgressView(state=state, done=done, total=total, sentence=sentence)
    tag = f'"{hashlib.sha256(json.dumps(to_plain(view)).encode()).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") == tag:
        return Answer(None, status=304, headers={"etag": tag})
    return Answer(view, headers={"etag": tag})

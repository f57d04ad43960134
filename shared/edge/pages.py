"""HTML pages from shared/web/templates: autoescaped, texts from the catalogues, a strict content policy."""

from __future__ import annotations

import functools
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from shared.edge.answers import POLICY, Answer
from shared.edge.http import LANGUAGE, Request
from shared.texts import Locale, beginning_with, say

if TYPE_CHECKING:
    from jinja2 import Environment

    from shared.edge.navigation import Group

TEMPLATES: Final = Path(__file__).parents[1] / "web" / "templates"
COMPILED: Final = TEMPLATES.with_name("compiled")
"""The same as modules, in packages alone (infra/build/templates.py): there the first page does not wait for a compiler."""
LOOK: Final = "giaouoc-look"
"""The cookie in which a page's script keeps the reader's choice of light or dark (static/app/theme.js)."""
VIETNAM: Final = "Asia/Ho_Chi_Minh"


@functools.cache
def environment() -> Environment:
    """The one template environment; a name that nobody filled in is an error, not an empty place."""
    from jinja2 import Environment, FileSystemLoader, ModuleLoader, StrictUndefined  # with the first page

    made = Environment(
        loader=ModuleLoader(COMPILED) if COMPILED.is_dir() else FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["day"] = day
    made.filters["moment"] = moment
    made.filters["whole"] = whole
    return made


def day(value: date) -> str:
    """A day as it is written here: 12/02/2027; of a moment the day that it is in Vietnam."""
    value = value.astimezone(ZoneInfo(VIETNAM)) if isinstance(value, datetime) else value
    return f"{value.day:02d}/{value.month:02d}/{value.year}"


def moment(value: datetime, zone: str = VIETNAM, *, near: datetime | None = None) -> str:
    """A time in its zone: 07:30, 12/02/2027; the hour alone on the day of `near`, which stands beside it."""
    local = value.astimezone(ZoneInfo(zone))
    if near is not None and near.astimezone(ZoneInfo(zone)).date() == local.date():
        return f"{local:%H:%M}"
    return f"{local:%H:%M}, {day(local)}"


def whole(value: int) -> str:
    """A number as it is written here: 12.000."""
    return f"{value:,}".replace(",", ".")


def render(
    request: Request, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **data: Any
) -> Answer:
    """The page as an answer. In templates `t(code, ...)` is the sentence in the reader's language."""
    page = environment().get_template(template)
    body = page.render(
        t=lambda code, /, **facts: say(code, request.locale, **facts),
        words=lambda *areas: words(request.locale, areas),
        navigation=lambda: _navigation(request),
        locale=request.locale,
        look=request.cookies.get(LOOK) if request.cookies.get(LOOK) in ("light", "dark") else None,
        origin=request.ports.settings.origin,
        host=request.ports.settings.host,
        sample=not request.ports.settings.secure,
        **data,
    )
    policy = content_policy(request.ports.settings.uploads)
    cookies = (_language(request),) if "lang" in request.query else ()
    return Answer(body, status=status, headers={"content-security-policy": policy, **(headers or {})}, cookies=cookies)


def _navigation(request: Request) -> tuple[Group, ...]:
    from shared.edge.navigation import reachable  # public pages have none

    return reachable(request.principal, request.path)


def _language(request: Request) -> str:
    """The Set-Cookie line that keeps the language chosen here for the pages to come, for a year."""
    secure = "; Secure" if request.ports.settings.secure else ""
    return f"{LANGUAGE}={request.locale}; Path=/; SameSite=Lax; Max-Age=31536000{secure}"


def content_policy(uploads: str | None) -> str:
    """The policy of a page; where files are sent to a bucket of another name, scripts may reach that one too."""
    return POLICY if uploads is None else POLICY.replace("connect-src 'self'", f"connect-src 'self' https://{uploads}")


def words(locale: Locale, areas: tuple[str, ...]) -> dict[str, str]:
    """The sentences that a page's script says: of every code that begins with one of `areas`."""
    return {code: entry[locale] for code, entry in beginning_with(*areas).items()}

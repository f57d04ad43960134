"""HTTP for all handlers: a small route table, the principal, errors as RFC 9457 problems. Called by functions/*/http.py.

Ours and not Powertools' resolver, because that keeps the current request in a class attribute, which threads of one
process would share (DESIGN 1). The route table is also the source of the OpenAPI (edge/openapi.py).

A handler gets an API Gateway v2 payload on both engines. The order of decisions: route (404, 405), origin of unsafe
calls (403), scope (401/403), body (413, 422), then the route's own code.
"""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from events.envelope import Act, Actor
from shared.edge import access, bearer, front, telemetry, wiring
from shared.edge.access import Access
from shared.edge.answers import Answer, response_of
from shared.edge.problems import problem_of
from shared.edge.wiring import Ports
from shared.identity.principal import NOBODY, PUBLIC, Caller, Principal
from shared.identity.rules import Reach
from shared.kernel.errors import Forbidden, Invalid, NotFound, Problem, Refused
from shared.texts import Locale, locale_of

if TYPE_CHECKING:
    from shared.edge.audit import Source
    from shared.edge.idempotency import OneCall

MAX_BODY_BYTES: Final = 1024 * 1024
"""Larger bodies go by upload_url (DESIGN 1)."""
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_TRAIL: Final = frozenset({"admit", "draft:write", "presence"})
"""Scopes without lines of the audit trail: an admission is its own record (device, time, gate), a draft is none yet, and a
device that is still there changes nothing."""
KEY: Final = "idempotency-key"
"""The header of a call that may be sent again (edge/idempotency.py)."""
LANGUAGE: Final = "giaouoc-lang"
"""The cookie that keeps a reader's choice of language; it says nothing about anybody."""
_T = TypeVar("_T")
_CORRELATION = re.compile(r"[A-Za-z0-9-]{8,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `params` are the path's, decoded; `body` is the route's dataclass (or None). `caller` is the principal with
    the session that it came by; `address` is from where it came in the network."""

    method: str
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: Any
    raw_body: bytes
    principal: Principal
    act: Act
    locale: Locale
    ports: Ports
    access: Access
    caller: Caller = NOBODY
    address: str = ""

    def need(self, scope: str, *, unit: str | Iterable[str] | None = None, ceremony: str | None = None) -> None:
        """Raises Forbidden unless the caller's grants reach a thing of one of these units, or of this ceremony."""
        self.access.need(scope, units=(unit,) if isinstance(unit, str) else unit, ceremony=ceremony)

    def visible(self, scope: str, things: Iterable[_T], whose: Callable[[_T], Iterable[str]]) -> tuple[_T, ...]:
        """Of a list, what the caller may see; `whose` names the units of a thing."""
        return self.access.visible(scope, things, whose)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryField:
    """One field after the `?` of an address, for the OpenAPI: `form` is a JSON Schema of it."""

    name: str
    text: str
    form: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One verb on one path: its scope, the classes of body and answer, and the code that runs.

    `reach`: what a grant must reach (identity/rules.py). `fresh`: the person must have proved again who they are within the
    last minutes (dangerous acts). `four_eyes`: the act's name where an office may ask for a second officer. `reads`: the kind
    of personal data that is read in bulk, which leaves a line in the audit trail. `query`: the fields after the `?`.
    `answers_secret`: the answer holds what is shown once and never stored. `file`: what the body is where it is a file;
    `media`: the kinds of content of an answer that is no JSON. `whose` (shared/edge/whose.py): run first for callers who
    entered by a grant of one unit or ceremony; it needs the unit or ceremony of the thing that the path names.
    """

    method: str
    path: str
    scope: str
    run: Callable[[Request], Answer]
    body: type | None = None
    answer: type | None = None
    ok: int = 200
    summary: str = ""
    reach: Reach = Reach.ALL
    fresh: bool = False
    four_eyes: str | None = None
    reads: str | None = None
    query: tuple[QueryField, ...] = ()
    answers_secret: bool = False
    file: str = ""
    media: tuple[str, ...] = ()
    whose: Callable[[Request], None] | None = None


class Routes:
    """The routes of one function. Exact segments win over `{names}`."""

    def __init__(self, name: str, routes: tuple[Route, ...], *, home: str | None = None) -> None:
        """`home`: the context whose table keeps what was answered to an Idempotency-Key; that of the same name by default."""
        self.name = name
        self.home = home or name
        self.routes = routes
        self._compiled = [(route, _pattern(route.path)) for route in sorted(routes, key=lambda r: r.path.count("{"))]

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """Raises NotFound, or Refused(http.method_not_allowed)."""
        other = False
        for route, pattern in self._compiled:
            match = pattern.fullmatch(path)
            if match and route.method == method:
                return route, match.groupdict()
            other = other or match is not None
        if other:
            raise Refused("http.method_not_allowed")
        raise NotFound("http.no_such_page")


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{([a-z_]+)\}", path)
    spelled = "".join(f"(?P<{part}>[^/]+)" if odd % 2 else re.escape(part) for odd, part in enumerate(parts))
    return re.compile(spelled)


def answer(event: Mapping[str, Any], context: Any, routes: Routes) -> dict[str, Any]:
    """The API Gateway v2 response to an API Gateway v2 event; never raises."""
    headers: Mapping[str, str] = event.get("headers") or {}
    chosen = (event.get("queryStringParameters") or {}).get("lang")
    locale = locale_of(chosen or _kept_language(event) or headers.get("accept-language"))
    given = headers.get("x-correlation-id", "")
    correlation = given if _CORRELATION.fullmatch(given) else context.aws_request_id
    http = event["requestContext"]["http"]
    try:
        ports = wiring.ports()
        front.check(headers, ports.settings)
        route, params = routes.find("GET" if http["method"] == "HEAD" else http["method"], event["rawPath"])
        result = _run(event, headers, locale, correlation, ports, route, params, routes.home)
        response = response_of(result)
    except Exception as error:
        if not isinstance(error, Refused | NotFound):
            telemetry.fault(routes.name, error, correlation)
        wants_page = "text/html" in headers.get("accept", "") and http["method"] in SAFE
        response = response_of(problem_of(error, locale, event["rawPath"], page=wants_page))
    response["headers"]["x-correlation-id"] = correlation
    return response


def _run(
    event: Mapping[str, Any],
    headers: Mapping[str, str],
    locale: Locale,
    correlation: str,
    ports: Ports,
    route: Route,
    params: dict[str, str],
    home: str,
) -> Answer:
    cookies = dict(pair.split("=", 1) for pair in event.get("cookies") or () if "=" in pair)
    now = ports.clock.now()
    cookie = cookies.get(cookie_name(ports))
    if bearer.is_used(headers, route):
        caller = bearer.caller_of(headers, route, ports.table("identity"), now, correlation)
    else:
        caller = _of_cookie(ports, cookie, now) if cookie else NOBODY
        if route.method not in SAFE and _is_foreign(
            headers.get("origin"), ports.settings.origin, with_session=bool(cookie)
        ):
            raise Forbidden("http.foreign_origin")
    principal = caller.principal
    allowed = access.enter(principal, route.scope, route.reach, ports.table)
    if route.fresh:
        from shared.edge import freshness  # for dangerous acts alone

        freshness.check(ports.table("identity"), caller, now)
    raw = _raw_body(event)
    act = Act(actor=Actor(kind=principal.kind, id=principal.id), at=now, correlation_id=correlation)
    address = front.caller(event, headers, ports.settings)
    tables, case, call = ports.table, None, None
    if route.four_eyes is not None:
        from shared.edge import four_eyes  # for acts that may need a second officer

        case = four_eyes.case_of(
            ports, principal, act, _source(event, route, address), what=route.four_eyes, raw=raw, headers=headers
        )
    key = case.key if case else headers.get(KEY)
    changes = route.method not in SAFE and principal is not PUBLIC
    if changes and key is not None:
        from shared.edge import idempotency  # for callers who may have to send it again

        call = idempotency.one_call(
            key, tables=ports.table, home=home, act=act, method=route.method, path=event["rawPath"], raw=raw,
            rights=principal.grants,
        )  # fmt: skip
        if (earlier := case.earlier(call) if case else call.earlier()) is not None:
            return earlier
        ports = replace(ports, table=call.table)
    if case is not None:
        ports = case.ports(ports)
    if changes and route.scope not in OWN_TRAIL:
        from shared.edge.audit import audited  # neither the public nor a gate leaves lines

        source = case.source if case else _source(event, route, address)
        ports = replace(ports, table=audited(ports.table, act, source))
    request = Request(
        method=route.method,
        path=event["rawPath"],
        params=params,
        query=event.get("queryStringParameters") or {},
        headers=headers,
        cookies=cookies,
        body=_body(route, raw),
        raw_body=raw,
        principal=principal,
        act=act,
        locale=locale,
        ports=replace(ports, table=access.guarded(ports.table, allowed)) if not allowed.settled else ports,
        access=allowed,
        caller=caller,
        address=address,
    )
    _ask_whose(route, request)  # before anything is noted, an officer's word for a proposal too
    result = case.run(partial(called, call, route, request), call) if case else called(call, route, request)
    if route.reads is not None and principal is not PUBLIC and result.status < 300:
        from shared.edge.audit import note_reading  # where people are read in bulk

        source = case.source if case else _source(event, route, address)
        note_reading(tables(home), act, source, kind=route.reads, count=result.counted, asked=request.query)
    return result


def _of_cookie(ports: Ports, cookie: str, now: datetime) -> Caller:
    from shared.identity.callers import FindCaller  # accounts and sessions: nothing that the public needs

    return FindCaller(ports.table("identity"))(cookie, now)


def _source(event: Mapping[str, Any], route: Route, address: str) -> Source:
    """From where and by which route, for lines of the audit trail."""
    from shared.edge.audit import Source

    return Source(address=address, route=f"{route.method} {route.path}", path=event["rawPath"])


def called(call: OneCall | None, route: Route, request: Request) -> Answer:
    """The route's answer, once for each key."""
    return _reached(route, request) if call is None else _once(call, route, request)


def _reached(route: Route, request: Request) -> Answer:
    """The route's answer; of callers bound to a unit or a ceremony, whose code must have asked whose the thing is."""
    if request.access.settled:
        return route.run(request)
    try:
        result = route.run(request)
    except (Refused, NotFound) as problem:
        raise access.as_told(request.access, problem) from None
    access.settled(request.access, f"{route.method} {route.path}")
    return result


def _ask_whose(route: Route, request: Request) -> None:
    """Whether the thing is the caller's, for who entered by a grant of one unit or ceremony. Raises Forbidden."""
    if request.access.settled or route.whose is None:
        return
    try:
        route.whose(request)
    except (Refused, NotFound) as problem:
        raise access.as_told(request.access, problem) from None


def _once(call: OneCall, route: Route, request: Request) -> Answer:
    """The route's answer, kept for whoever sends the call again; the earlier one if another process was faster."""
    from shared.edge.idempotency import DoneMeanwhile

    try:
        result = _reached(route, request)
    except DoneMeanwhile:
        found = call.earlier()
        if found is None:
            raise Refused("http.call_done_before") from None
        return found
    if not route.answers_secret:
        with contextlib.suppress(Problem):  # the call is done, whatever becomes of the note about it
            call.keep(result)
    return result


def _body(route: Route, raw: bytes) -> Any:
    if route.body is None:
        return None
    from shared.edge import decode  # pydantic: 40 ms that no GET ever pays

    return decode.body(route.body, raw)


def _kept_language(event: Mapping[str, Any]) -> str | None:
    """The language that the reader chose on an earlier page (edge/pages.py)."""
    return next((one.partition("=")[2] for one in event.get("cookies") or () if one.startswith(f"{LANGUAGE}=")), None)


def _is_foreign(given: str | None, ours: str, *, with_session: bool) -> bool:
    """Whether another site's page made the call. Programs send no Origin, and then have no session either; without a
    session it counts too, or a page elsewhere could sign its reader in as somebody else."""
    return given != ours and (with_session or given is not None)


def _raw_body(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    if len(text) > MAX_BODY_BYTES * 2:
        raise Invalid("http.body_too_large", field="body", limit=MAX_BODY_BYTES)
    raw = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    if len(raw) > MAX_BODY_BYTES:
        raise Invalid("http.body_too_large", field="body", limit=MAX_BODY_BYTES)
    return raw


def cookie_name(ports: Ports) -> str:
    """`__Host-` binds the cookie to the host over HTTPS; browsers refuse that prefix on the sample's plain localhost."""
    return "__Host-giaouoc" if ports.settings.secure else "giaouoc"


def session_cookie(ports: Ports, value: str, max_age: int) -> str:
    """The Set-Cookie line of a session; an empty value with max_age 0 ends it."""
    secure = "; Secure" if ports.settings.secure else ""
    return f"{cookie_name(ports)}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age}{secure}"

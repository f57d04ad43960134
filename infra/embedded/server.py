"""The HTTP process: uvicorn turns a request into an API Gateway v2 payload and calls the function of its route.

Started by the supervisor with a listening socket; several such processes may share one socket and one store. Handlers
run in threads, so that commits of concurrent requests share a disk flush. Past a function's time-out the caller gets
504 and the process is replaced.
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from urllib.parse import unquote

from infra.embedded.invoke import Handler, Watch, load_handler
from infra.embedded.logs import AccessLog
from infra.embedded.mailbox import Mailbox
from infra.embedded.object_urls import ObjectUrls
from infra.embedded.payloads import http_event
from infra.embedded.static_files import StaticFiles
from infra.embedded.template import Function, Router, Service
from shared.edge.answers import SECURITY
from shared.edge.http import SAFE
from shared.edge.problems import problem_of
from shared.kernel.errors import Invalid, NotFound, Unavailable, reason_of
from shared.texts import locale_of

MAX_BODY_BYTES: Final = 6 * 1024 * 1024
"""What a Lambda invocation takes; larger bodies go by upload_url."""
THREADS: Final = 16
GONE: Final = 499
"""In the access log: the client went away before it was answered."""

Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]


class Gateway:
    """The ASGI application."""

    def __init__(
        self, service: Service, files: StaticFiles, objects: ObjectUrls, mailbox: Mailbox | None, access_log: AccessLog
    ) -> None:
        self._functions: dict[str, tuple[Function, Handler]] = {}
        for name in dict.fromkeys(route.function for route in service.routes):
            function = service.function(name)
            self._functions[name] = (function, load_handler(function))
        self._router = Router(service.routes)
        self._files = files
        self._objects = objects
        self._mailbox = mailbox
        self._access_log = access_log
        self._watch = Watch()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="http")

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        status, name = 500, "-"
        try:
            status, name = await self._serve(scope, receive, send)
        except Exception as error:
            print(f"giaouoc: http: {reason_of(error)}", file=sys.stderr, flush=True)
            await respond_problem(scope, send, RuntimeError())
        finally:
            self._access_log.write(scope["method"], name, status, (time.perf_counter() - started) * 1000)

    async def _serve(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> tuple[int, str]:
        """Answers; the status and a name for the access log, which never holds a path a person's code stands in."""
        path: str = scope["path"]
        if path.startswith("/objects/"):
            return await self._objects.serve(scope, receive, send), "/objects"
        if scope["method"] in ("GET", "HEAD"):
            wanted = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"if-none-match"), None)
            file = self._files.find(path, wanted)
            if file is not None:
                await respond(scope, send, file.status, file.headers, file.body)
                return file.status, "file"
            if self._mailbox is not None and (path == "/mailbox" or path.startswith("/mailbox/")):
                status, headers, body = await asyncio.to_thread(self._mailbox.page, unquote(path))
                await respond(scope, send, status, headers, body)
                return status, "/mailbox"
        return await self._call(scope, receive, send)

    async def _call(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> tuple[int, str]:
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        match = self._router.match(method, raw_path.decode("latin-1"))
        if match is None:
            return await respond_problem(scope, send, NotFound("http.no_such_page")), "-"
        try:
            body = await read_body(receive, MAX_BODY_BYTES)
        except Invalid as error:
            return await respond_problem(scope, send, error), match.route.key
        except Disconnected:
            return GONE, match.route.key
        function, handler = self._functions[match.route.function]
        event = http_event(
            scope,
            body,
            route_key=match.route.key,
            parameters=match.path_parameters,
            request_id=secrets.token_hex(8),
        )
        future = asyncio.get_running_loop().run_in_executor(self._threads, self._watch.call, function, handler, event)
        try:
            result = await asyncio.wait_for(asyncio.shield(future), function.timeout_s)
        except TimeoutError:
            return await respond_problem(scope, send, Unavailable("http.too_slow"), 504), match.route.key
        except Exception as error:
            print(f"giaouoc: {function.name}: {reason_of(error)}", file=sys.stderr, flush=True)
            return await respond_problem(scope, send, RuntimeError()), match.route.key
        text = result.get("body") or ""
        payload = base64.b64decode(text) if result.get("isBase64Encoded") else text.encode()
        status: int = result["statusCode"]
        await respond(scope, send, status, result.get("headers") or {}, payload, result.get("cookies") or ())
        return status, match.route.key


class Disconnected(Exception):
    """The client went away before its request was whole: nobody is there to be answered."""


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body. Raises Invalid once it passes `limit` bytes (what follows is not kept), or Disconnected."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise Invalid("http.body_too_large", field="body", limit=limit)
        parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def respond(
    scope: Mapping[str, Any],
    send: Send,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    cookies: tuple[str, ...] | list[str] = (),
) -> None:
    """Sends one whole answer; to HEAD its headers alone, with the length that GET would have (RFC 9110, 9.3.2)."""
    raw = [(name.encode("latin-1"), str(value).encode("latin-1")) for name, value in headers.items()]
    raw.extend((b"set-cookie", cookie.encode("latin-1")) for cookie in cookies)
    if status not in (204, 304):  # these never have a body, nor a length
        raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def respond_problem(scope: Mapping[str, Any], send: Send, error: Exception, status: int | None = None) -> int:
    """A problem of the engine itself, in the form that functions answer with; the status."""
    wanted = {name: value.decode("latin-1") for name, value in scope["headers"]}
    page = "text/html" in wanted.get(b"accept", "") and scope["method"] in SAFE
    answer = problem_of(error, locale_of(wanted.get(b"accept-language")), scope["path"], page=page)
    kind = answer.content_type or "text/html; charset=utf-8"
    headers = {"content-type": kind, "cache-control": "no-store", **SECURITY, **answer.headers}
    body = answer.body if isinstance(answer.body, str) else json.dumps(answer.body, ensure_ascii=False)
    await respond(scope, send, status or answer.status, headers, body.encode())
    return status or answer.status


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return

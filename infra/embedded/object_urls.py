"""/objects/*: signed links to local documents, what presigned S3 addresses are on AWS. Called by the HTTP server.

Uploads are written to disk as they arrive: a list of many megabytes never stands in memory, and one over its limit is
refused while it comes. Downloads are attachments under a policy that lets them do nothing in a browser.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from shared.edge.problems import problem_of
from shared.embedded.objects import FolderObjects, Receiving
from shared.embedded.signed_urls import Grant, content_disposition
from shared.kernel.errors import Problem, Refused
from shared.texts import locale_of

CHUNK: Final = 256 * 1024
GONE: Final = 499
"""In the access log: the client went away before its upload was whole; nothing is kept."""
_SANDBOX: Final = (
    (b"cache-control", b"private, no-store"),
    (b"content-security-policy", b"sandbox; default-src 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)

Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]


class ObjectUrls:
    """Serves GET, HEAD and PUT of signed links."""

    def __init__(self, objects: FolderObjects) -> None:
        self._objects = objects

    async def serve(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> int:
        """Answers the request; the status for the access log."""
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        address = raw.decode("latin-1") + "?" + scope["query_string"].decode("latin-1")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            grant = await asyncio.to_thread(self._objects.check_url, scope["method"], address)
            if grant.method == "PUT":
                if not await self._upload(grant, headers, receive):
                    return GONE
                return await _send(send, 200, (), b"")
            return await self._download(grant, scope["method"] == "HEAD", send)
        except Problem as problem:
            answer = problem_of(problem, locale_of(headers.get("accept-language")), "/objects")
            return await _send_problem(send, answer)

    async def _upload(self, grant: Grant, headers: Mapping[str, str], receive: Receive) -> bool:
        """False if the client went away. Raises Refused; a length over the limit is refused before a byte is read."""
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length[:15]) > grant.max_bytes:
            raise Refused("objects.too_large", max_bytes=grant.max_bytes)
        receiving = await asyncio.to_thread(self._objects.receive, grant, headers.get("content-type", ""))
        try:
            return await _take(receiving, receive)
        finally:
            await asyncio.to_thread(receiving.abandon)  # nothing if it is kept already

    async def _download(self, grant: Grant, head: bool, send: Send) -> int:
        path = await asyncio.to_thread(self._objects.path, grant.key)
        kind = await asyncio.to_thread(self._objects.content_type, grant.key)
        size = path.stat().st_size
        headers = [
            *_SANDBOX,
            (b"content-type", kind.encode("latin-1")),
            (b"content-length", str(size).encode()),
            (b"content-disposition", content_disposition(grant.filename).encode("latin-1")),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        with path.open("rb") as file:
            while not head and (part := await asyncio.to_thread(file.read, CHUNK)):
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return 200


async def _take(receiving: Receiving, receive: Receive) -> bool:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return False
        part = message.get("body", b"")
        if part:
            await asyncio.to_thread(receiving.write, part)
        if not message.get("more_body"):
            await asyncio.to_thread(receiving.finish)
            return True


async def _send(send: Send, status: int, headers: tuple[tuple[bytes, bytes], ...], body: bytes) -> int:
    lines = [*_SANDBOX, (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})
    return status


async def _send_problem(send: Send, answer: Any) -> int:
    body = json.dumps(answer.body, ensure_ascii=False).encode()
    return await _send(send, answer.status, ((b"content-type", b"application/problem+json"),), body)

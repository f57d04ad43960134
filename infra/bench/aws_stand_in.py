"""The services as a cold process meets them, on the loopback: they answer at once, so that a figure is the process's own.

DynamoDB reads and S3 objects are those of an engine's data (bench/world.py); commits are accepted and not kept; every other
service says yes. For measuring alone: how the services behave is tested against emulators (tests/contract, tests/cloud).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from infra.embedded.world import World
from shared.kernel.errors import NotFound
from shared.kernel.ports import Item

STAGE: Final = "bench"
DOCUMENTS, PUBLIC = "bench-documents", "bench-public"
_NO_SUCH_KEY: Final = b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>"


@contextmanager
def services(world: World) -> Iterator[dict[str, str]]:
    """The environment of a function whose AWS is this stand-in."""

    class Answers(_Answers):
        data = world

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield {
            "GIAOUOC_ENGINE": "aws",
            "GIAOUOC_STAGE": STAGE,
            "GIAOUOC_ORIGIN": world.settings.origin,
            "GIAOUOC_ISSUER": world.settings.issuer,
            "GIAOUOC_DOCUMENTS": DOCUMENTS,
            "GIAOUOC_PUBLIC": PUBLIC,
            "GIAOUOC_SCHEDULES_ROLE": "arn:aws:iam::000000000000:role/schedules",
            "BUS": "bench",
            "AWS_REGION": "ap-southeast-1",
            "AWS_DEFAULT_REGION": "ap-southeast-1",
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        }
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    data: World

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        service, _, action = self.headers.get("x-amz-target", "").partition(".")
        asked = json.loads(body) if service.startswith("DynamoDB") else {}
        if action == "GetItem":
            answer = self._get_item(asked)
        elif action == "Query":
            answer = self._query(asked)
        elif action == "PutEvents":
            answer = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}
        else:
            answer = {}
        self._send(200, json.dumps(answer).encode(), "application/x-amz-json-1.0")

    def do_GET(self) -> None:
        bucket, _, key = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        objects = self.data.ports.public if bucket == PUBLIC else self.data.ports.objects
        try:
            self._send(200, objects.get(key), "application/octet-stream")
        except NotFound:
            self._send(404, _NO_SUCH_KEY, "application/xml")

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", "0")))
        self._send(200, b"", "application/xml")

    def log_message(self, *_: object) -> None:
        """Silent: a line for each request would stand between the figures."""

    def _table(self, asked: dict[str, Any]) -> Any:
        return self.data.ports.table(asked["TableName"].removeprefix(f"giaouoc-{STAGE}-"))

    def _get_item(self, asked: dict[str, Any]) -> dict[str, Any]:
        item = self._table(asked).get(asked["Key"]["pk"]["S"], asked["Key"]["sk"]["S"])
        return {"Item": _attributes(item)} if item else {}

    def _query(self, asked: dict[str, Any]) -> dict[str, Any]:
        values = {name: value["S"] for name, value in asked["ExpressionAttributeValues"].items()}
        between = (values.get(":low", ""), values[":high"]) if ":high" in values else None
        index = asked.get("IndexName", "")[-1:]
        page = self._table(asked).query(
            values[":pk"],
            prefix=values.get(":prefix", ""),
            between=between,
            limit=min(asked.get("Limit", 100), 1000),
            reverse=not asked.get("ScanIndexForward", True),
            index=int(index) if index else None,
        )
        return {"Items": [_attributes(item) for item in page.items], "Count": len(page.items)}

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _attributes(item: Item) -> dict[str, Any]:
    found: dict[str, Any] = {
        "pk": {"S": item.partition},
        "sk": {"S": item.sort},
        "v": {"N": str(item.version)},
        "body": {"S": json.dumps(item.body, ensure_ascii=False)},
        "n": {"M": {}},
    }
    for number, key in (("1", item.index1), ("2", item.index2)):
        if key:
            found |= {f"g{number}pk": {"S": key[0]}, f"g{number}sk": {"S": key[1]}}
    return found

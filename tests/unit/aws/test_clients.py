"""What the SDK does by our settings, seen by a server: throttles, lost answers, cut bodies; and that no call outlives its
function."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from events.directory import UnitRegistered
from events.envelope import SYSTEM, Act, wrap
from infra.embedded.template import load
from shared.aws.clients import OPERATORS, SERVICES, Clients, patience
from shared.aws.keys import KmsSigner
from shared.aws.objects import S3Objects
from shared.aws.table import DynamoTable
from shared.kernel.errors import Unavailable
from shared.kernel.key_store import KeyInfo
from shared.kernel.ports import ANY, Put
from tests.unit.aws.test_outbox_relay import AT

SENDS_MAIL = ("sesv2", "sns")

Answer = tuple[int, dict[str, str], bytes]
LOST = None
"""The request is taken, the answer never comes: the connection breaks."""


@dataclass
class Server:
    """Answers in turn; remembers what came."""

    answers: list[Answer | None]
    requests: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    """`serve(*answers)`: every client made afterwards speaks to this server."""
    running: list[ThreadingHTTPServer] = []

    def start(*answers: Answer | None) -> Server:
        server = Server(list(answers))

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server.requests.append({"path": self.path, "headers": dict(self.headers), "body": body})
                answer = server.answers.pop(0) if server.answers else (500, {}, b"")
                if answer is LOST:
                    self.close_connection = True
                    return
                status, headers, data = answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)
                self.close_connection = True

            do_GET = do_PUT = do_HEAD = do_POST  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        running.append(httpd)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{httpd.server_port}")
        return server

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    yield start
    for each in running:
        each.shutdown()
        each.server_close()


def refusal(code: str, status: int = 400) -> Answer:
    return status, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps({"__type": code}).encode()


FINE: Answer = (200, {"Content-Type": "application/x-amz-json-1.0"}, b"{}")


def table() -> DynamoTable:
    return DynamoTable(Clients("ap-southeast-1").get("dynamodb"), "directory", "outbox")


def commit(one: DynamoTable) -> None:
    act = Act(actor=SYSTEM, at=AT, correlation_id="c")
    fact = wrap(UnitRegistered(unit="U", name="Sở Nội vụ", kind="SO"), act, subject="U", version=1)
    one.commit([Put(partition="p", sort="s", body={}, expect=ANY)], [fact])


def test_no_call_outlives_the_shortest_function() -> None:
    service = load("serverless.yml")
    shortest = min(function.timeout_s for function in service.functions)
    for name in SERVICES - {*SENDS_MAIL}:
        assert patience(name).longest < shortest, name
    senders = [function for function in service.functions if function.name.startswith("noticesSend")]
    assert senders
    for name in SENDS_MAIL:
        assert patience(name).attempts == 1
        assert patience(name).longest < min(function.timeout_s for function in senders)


def test_every_client_waits_as_it_is_told(serve: Callable[..., Server]) -> None:
    serve()
    clients = Clients("ap-southeast-1", OPERATORS)
    for name in OPERATORS:
        settings, told = clients.get(name).meta.config, patience(name, in_function=False)
        assert (settings.connect_timeout, settings.read_timeout) == (told.connect, told.read)
        assert settings.retries == {"mode": "standard", "total_max_attempts": told.attempts}


def test_a_commit_whose_answer_is_lost_goes_again_under_the_same_token(serve: Callable[..., Server]) -> None:
    server = serve(LOST, refusal("TransactionInProgressException"), FINE)
    commit(table())
    tokens = {json.loads(each["body"])["ClientRequestToken"] for each in server.requests}
    assert (len(server.requests), len(tokens)) == (3, 1)


def test_a_throttled_read_is_repeated_and_then_later(serve: Callable[..., Server]) -> None:
    server = serve(*[refusal("ProvisionedThroughputExceededException")] * 3)
    with pytest.raises(Unavailable):
        table().get("p", "s")
    assert len(server.requests) == 3


def test_a_mail_is_never_sent_twice_by_the_sdk(serve: Callable[..., Server]) -> None:
    server = serve(refusal("TooManyRequestsException", 429), FINE)
    with pytest.raises(Exception, match="TooManyRequests"):
        Clients("ap-southeast-1").get("sesv2").send_email(Content={"Raw": {"Data": b"x"}})
    assert len(server.requests) == 1


def test_a_person_waits_longer_than_a_function() -> None:
    """A repeated CreateKey makes a second key: on an operator's machine it is repeated only when nobody answers for long."""
    waits = {
        each: Clients("ap-southeast-1", each).get("kms").meta.config.read_timeout for each in (SERVICES, OPERATORS)
    }
    assert waits == {SERVICES: patience("kms").read, OPERATORS: 10}
    assert patience("kms").read < 10


def test_a_throttled_signature_is_repeated_and_then_later(serve: Callable[..., Server]) -> None:
    server = serve(*[refusal("ThrottlingException")] * 3)
    info = KeyInfo(
        kid=b"\0" * 8, issuer="T", purpose="ticket", alg="EdDSA", public_key=b"\0" * 32, valid_from=AT, valid_until=AT
    )
    with pytest.raises(Unavailable) as caught:
        KmsSigner(Clients("ap-southeast-1").get("kms"), "arn:aws:kms:::key/1", info).sign(b"data")
    assert caught.value.code == "keys.unavailable"
    assert len(server.requests) == 3


def s3() -> S3Objects:
    return S3Objects(Clients("ap-southeast-1").get("s3"), "documents", sleep=lambda _: None)


def xml(code: str) -> bytes:
    return f"<Error><Code>{code}</Code></Error>".encode()


def test_a_bucket_that_asks_for_less_is_asked_again(serve: Callable[..., Server]) -> None:
    server = serve((503, {}, xml("SlowDown")), (200, {}, b"bytes"))
    assert s3().get("a/b") == b"bytes"
    assert len(server.requests) == 2
    serve(*[(503, {}, xml("SlowDown"))] * 2)
    with pytest.raises(Unavailable):
        s3().get("a/b")


def test_an_object_cut_short_is_later_and_never_half(serve: Callable[..., Server]) -> None:
    serve((200, {"Content-Length": "10"}, b"half"))
    with pytest.raises(Unavailable):
        s3().get("a/b")


def test_an_object_damaged_on_its_way_is_later(serve: Callable[..., Server]) -> None:
    serve((200, {"x-amz-checksum-crc32": "AAAAAA=="}, b"damaged"))
    with pytest.raises(Unavailable):
        s3().get("a/b")


def test_bytes_go_up_with_a_checksum(serve: Callable[..., Server]) -> None:
    server = serve((200, {}, b""))
    assert s3().put_new("a/b", b"bytes", "text/plain")
    headers = {name.lower(): value for name, value in server.requests[0]["headers"].items()}
    assert headers["if-none-match"] == "*"
    assert headers["x-amz-checksum-crc32"] or headers["x-amz-trailer"]


def test_bytes_that_were_stored_though_the_answer_was_lost_are_there(serve: Callable[..., Server]) -> None:
    stored = (200, {"Content-Length": "5"}, b"bytes")
    serve(LOST, (412, {}, xml("PreconditionFailed")), (200, {"Content-Length": "5"}, b""), stored)
    assert s3().put_new("a/b", b"bytes", "text/plain") is False


def test_two_writers_of_one_key_wait_for_each_other(serve: Callable[..., Server]) -> None:
    serve((409, {}, xml("ConditionalRequestConflict")), (200, {}, b""))
    assert s3().put_new("a/b", b"bytes", "text/plain")

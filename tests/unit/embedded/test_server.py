"""The HTTP process through real sockets: true payloads, bodies of every kind, files, signed links, isolation."""

import http.client
import json
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.embedded.payloads import Delivery, scheduled_event, sqs_event
from infra.embedded.template import Schedule
from infra.embedded.template.expressions import parse
from infra.embedded.world import open_world
from shared.identity.model import Role
from shared.kernel.ports import Attachment, Letter
from tests.edge_world import session_of
from tests.trial_engine import SERVICE, Engine, engine, environment, gone, until

PAYLOADS = Path(__file__).parents[2] / "payloads"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with engine(tmp_path_factory.mktemp("server")) as started:
        yield started


@pytest.fixture(scope="module")
def world(running: Engine) -> Any:
    """Another process's view of the same data: what handlers would do to make links and sessions."""
    given = {
        "GIAOUOC_ENGINE": "embedded",
        "GIAOUOC_ORIGIN": f"http://localhost:{running.port}",
        "GIAOUOC_ISSUER": "TDOAN",
        "GIAOUOC_DATA": str(running.data),
        "GIAOUOC_DESCRIPTION": environment(running.data)["GIAOUOC_DESCRIPTION"],
    }
    opened = open_world(given, (running.data / "passphrase").read_text())
    yield opened
    opened.close()


def sample(name: str) -> Any:
    return json.loads((PAYLOADS / name).read_text("utf-8"))


def shape(value: Any) -> Any:
    """Names and kinds, without the values."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return type(value).__name__


def raw(running: Engine, text: bytes) -> bytes:
    """The answer to bytes that no client library would send."""
    with socket.create_connection(("127.0.0.1", running.port), timeout=30) as connection:
        connection.sendall(text)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_a_function_gets_the_event_that_api_gateway_sends(running: Engine) -> None:
    expected = sample("http_api_v2.json")
    body = expected["body"].encode()
    lines = [
        f"POST /trial/echo?{expected['rawQueryString']} HTTP/1.1",
        "Host: trial.example",
        "Cookie: cookie1=a; cookie2=b=c",
        "Accept-Language: vi",
        "User-Agent: a browser",
        "Content-Type: application/json",
        "Cookie-Like: x",
        "X-Repeated: one",
        "X-Repeated: two",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    answer = raw(running, "\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    event = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert event["headers"].pop("connection") == "close"  # API Gateway ends the connection itself
    expected["headers"]["content-length"] = str(len(body))
    assert shape(event) == shape(expected)
    context, wanted = event.pop("requestContext"), expected.pop("requestContext")
    assert event == expected
    assert context["http"] == wanted["http"]
    for name in ("routeKey", "stage", "domainName"):
        assert context[name] == wanted[name]
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context["time"])
    assert abs(context["timeEpoch"] / 1000 - time.time()) < 60


def test_what_is_absent_from_the_request_is_absent_from_the_event(running: Engine) -> None:
    event = json.loads(running.get("/trial/echo")[2])
    assert {"cookies", "queryStringParameters", "body"} & set(event) == set()
    assert event["rawQueryString"] == ""


def test_queue_and_schedule_payloads_have_the_shapes_of_aws() -> None:
    delivery = Delivery(id="1", receipt="1-2", body='{"all": "pledges"}', attempts=1, sent_at=1802219400.0)
    expected = sample("sqs.json")
    made = sqs_event(SERVICE.queue("other"), [delivery])
    assert shape(made) == shape(expected)
    assert made["Records"][0]["attributes"]["SentTimestamp"] == "1802219400000"
    assert made["Records"][0]["md5OfBody"] == expected["Records"][0]["md5OfBody"]
    schedule = Schedule(name="s", expression=parse("rate(1 day)"), function="f", queue=None, input=None)
    made = scheduled_event(schedule, datetime(2027, 2, 12, 0, 30, tzinfo=UTC))
    assert shape(made) == shape(sample("scheduled.json"))
    assert made["time"] == sample("scheduled.json")["time"]


def test_bytes_go_in_and_out_unchanged(running: Engine) -> None:
    sent = bytes(range(256)) * 100
    assert running.get("/trial/bytes", "POST", sent)[2] == sent[::-1]
    assert running.get("/trial/bytes", "POST", "chữ".encode())[2] == "chữ".encode()[::-1]


def test_cookies_are_set_one_by_one(running: Engine) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", running.port)
    connection.request("GET", "/trial/cookies", headers={"Cookie": "x=1;y=2"})
    answer = connection.getresponse()
    assert answer.status == 201
    assert answer.headers.get_all("set-cookie") == ["a=1", "b=2"]
    assert answer.headers["x-seen"] == "x=1;y=2"
    connection.close()


@pytest.mark.parametrize("path", ["/trial/echo", "/nothing/here", "/static/verify/none.js"])
def test_head_answers_as_get_without_the_body(running: Engine, path: str) -> None:
    head, get = running.get(path, "HEAD"), running.get(path)
    assert (head[0], head[2]) == (get[0], b"")
    if path != "/trial/echo":  # which echoes the method
        assert head[1]["content-length"] == get[1]["content-length"] == str(len(get[2]))


def test_an_unknown_path_and_an_exception_say_nothing_of_the_inside(running: Engine) -> None:
    status, headers, body = running.get("/nothing/here")
    problem = json.loads(body)
    assert (status, headers["content-type"]) == (404, "application/problem+json")
    assert problem["title"].startswith("Không có trang này")
    assert problem["detail"].startswith("There is no such page")
    status, headers, body = running.get("/trial/secret-word")
    assert status == 500
    assert json.loads(body)["code"] == "http.internal"
    assert b"secret-word" not in body.replace(b'"instance": "/trial/secret-word"', b"")
    assert b"RuntimeError" not in body
    page = running.get("/nothing/here", Accept="text/html", **{"Accept-Language": "en"})
    assert page[1]["content-type"].startswith("text/html")
    assert b"There is no such page" in page[2]


def memory_mb(pid: int) -> float:
    """What the process had at most so far."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def pour(running: Engine, path: str, megabytes: int, method: str, **headers: str) -> tuple[int, Any]:
    """Sends chunks without a length until the server says no; its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
    connection.putrequest(method, path)
    for name, value in {"Transfer-Encoding": "chunked", **headers}.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    chunk = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
    try:
        for _ in range(megabytes):
            connection.send(chunk)
        connection.send(b"0\r\n\r\n")
    except (BrokenPipeError, ConnectionResetError):
        pass
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, json.loads(body)


def test_a_large_body_is_refused_while_it_comes(running: Engine) -> None:
    before = memory_mb(running.pid("http"))
    status, problem = pour(running, "/trial/echo", 200, "POST")
    assert (status, problem["code"]) == (413, "http.body_too_large")
    assert "6291456" in problem["title"]
    assert memory_mb(running.pid("http")) - before < 40


def path_of(running: Engine, url: str) -> str:
    return url.removeprefix(f"http://localhost:{running.port}")


def test_an_upload_by_link_stands_under_its_key_and_comes_back_by_link(running: Engine, world: Any) -> None:
    data = bytes(range(256)) * 40_000  # 10 MB: over what a function takes
    upload = world.ports.objects.upload_url("imports/a.xlsx", content_type="application/x-list", max_bytes=20 << 20)
    path = path_of(running, upload.url)
    assert running.get(path, "PUT", data, **upload.headers)[0] == 200
    assert world.ports.objects.get("imports/a.xlsx") == data
    assert running.get(path, "PUT", data, **upload.headers)[0] == 200, "the same once more"
    assert running.get(path, "PUT", b"other", **upload.headers)[0] == 409
    link = path_of(running, world.ports.objects.download_url("imports/a.xlsx", filename='Danh sách\r\n"x".xlsx'))
    status, headers, body = running.get(link)
    assert (status, body == data, headers["content-type"]) == (200, True, "application/x-list")
    assert headers["content-disposition"].startswith("attachment; ")
    assert "sandbox" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert running.get(link, "HEAD")[1]["content-length"] == str(len(data))


def test_links_cannot_be_bent(running: Engine, world: Any) -> None:
    upload = world.ports.objects.upload_url("imports/b.csv", content_type="text/csv", max_bytes=100)
    path = path_of(running, upload.url)
    assert running.get(path)[0] == 403, "a link to write does not read"
    assert running.get(path.replace("b.csv", "c.csv"), "PUT", b"x", **upload.headers)[0] == 403
    assert running.get(path.replace("max=100", "max=999"), "PUT", b"x", **upload.headers)[0] == 403
    assert running.get(path, "PUT", b"x", **{"Content-Type": "text/html"})[0] == 409
    assert running.get("/objects/../store.db")[0] == 403
    assert running.get("/objects/imports/b.csv")[0] == 403
    status, _, body = running.get(path, "PUT", b"x" * 101, **upload.headers)
    assert (status, json.loads(body)["code"]) == (413, "objects.too_large")
    assert not (running.data / "objects" / "data" / "imports" / "b.csv").exists()
    late = world.ports.objects.upload_url("imports/b.csv", content_type="text/csv", max_bytes=100, lifetime_s=-1)
    assert running.get(path_of(running, late.url), "PUT", b"x", **upload.headers)[0] == 409


def test_an_upload_over_its_limit_is_refused_while_it_comes_and_costs_no_memory(running: Engine, world: Any) -> None:
    before = memory_mb(running.pid("http"))
    upload = world.ports.objects.upload_url("imports/huge", content_type="text/csv", max_bytes=50 << 20)
    status, problem = pour(running, path_of(running, upload.url), 200, "PUT", Content_Type="text/csv")
    assert (status, problem["code"]) == (413, "objects.too_large")
    assert memory_mb(running.pid("http")) - before < 40
    assert list((running.data / "objects" / "aside").iterdir()) == []


def test_an_upload_that_breaks_off_leaves_nothing(running: Engine, world: Any) -> None:
    upload = world.ports.objects.upload_url("imports/half", content_type="text/csv", max_bytes=1000)
    aside = running.data / "objects" / "aside"
    with socket.create_connection(("127.0.0.1", running.port)) as connection:
        head = f"PUT {path_of(running, upload.url)} HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\n"
        connection.sendall(head.encode() + b"Content-Length: 500\r\n\r\n" + b"x" * 100)
        until(lambda: list(aside.iterdir()), "the upload has begun")
    until(lambda: not list(aside.iterdir()), "what came of it is gone")
    assert not (running.data / "objects" / "data" / "imports" / "half").exists()


def test_files_carry_etags_and_are_not_sent_again(running: Engine) -> None:
    status, headers, body = running.get("/static/verify/verify.js")
    if status == 404:
        name = next((Path("shared/web/static")).rglob("*.js")).relative_to("shared/web/static")
        status, headers, body = running.get(path := f"/static/{name}")
    else:
        path = "/static/verify/verify.js"
    assert status == 200
    assert body
    assert headers["content-type"].startswith("text/javascript")
    for given in (headers["etag"], f'"other", W/{headers["etag"]}', "*"):
        again = running.get(path, **{"If-None-Match": given})
        assert (again[0], again[2]) == (304, b"")
        assert again[1]["etag"] == headers["etag"]
    assert running.get(path, **{"If-None-Match": '"other"'})[0] == 200


def test_public_objects_may_be_read_by_pages_of_others(running: Engine) -> None:
    status, headers, body = running.get("/.well-known/giaouoc/keys.json")
    assert (status, headers["access-control-allow-origin"]) == (200, "*")
    assert json.loads(body)
    assert headers["content-type"] == "application/json"
    assert running.get("/.well-known/giaouoc/keys.json", **{"If-None-Match": headers["etag"]})[0] == 304
    assert "access-control-allow-origin" not in running.get("/trial/echo")[1]


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../serverless.yml",
        "/static/%2e%2e/%2e%2e/serverless.yml",
        "/static/..%2f..%2fserverless.yml",
        "/static//etc/passwd",
        "/static/vendor/../../../serverless.yml",
        "/static/%00",
        "/static/" + "a" * 5000,
        "/.well-known/../../store.db",
        "/.well-known/%2e%2e/%2e%2e/passphrase",
        "/status/..%2f..%2fpassphrase",
        "/log/" + "a/" * 300,
        "/i/%ff%fe",
        "/static",
        "/static/",
    ],
)
def test_no_path_leads_out_of_the_folders(running: Engine, path: str) -> None:
    answer = raw(running, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert answer.split(b" ", 2)[1] in (b"404", b"400")
    assert b"service: giaouoc" not in answer
    assert b"root:" not in answer


def test_eight_clients_at_once_see_only_their_own_session_body_and_correlation(running: Engine, world: Any) -> None:
    clients, requests = 8, 100
    cookies = [session_of(world, Role.GATE, reach=f"ceremony-{number}") for number in range(clients)]

    def client(number: int) -> list[str]:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)
        wrong = []
        for turn in range(requests):
            correlation = f"client-{number}-{turn}"
            headers = {"Cookie": cookies[number], "X-Correlation-Id": correlation}
            if turn % 2:
                connection.request("GET", "/api/v1/sessions", headers=headers)
                expected = f'"reach":"ceremony-{number}"'
            else:
                connection.request("POST", "/trial/echo", f"body of {correlation} ", headers)
                expected = f"body of {correlation} "
            answer = connection.getresponse()
            text = answer.read().decode()
            if expected not in text or any(f"ceremony-{each}" in text for each in range(clients) if each != number):
                wrong.append(f"{correlation}: {answer.status} {text}")
            if turn % 2 and answer.headers["x-correlation-id"] != correlation:
                wrong.append(f"{correlation}: {answer.headers}")
        connection.close()
        return wrong

    with ThreadPoolExecutor(clients) as threads:
        assert [line for lines in threads.map(client, range(clients)) for line in lines] == []


def test_the_callers_address_is_the_sockets_whatever_a_header_says(running: Engine) -> None:
    event = json.loads(running.get("/trial/echo", **{"X-Forwarded-For": "203.0.113.7"})[2])
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"


def test_the_mailbox_of_the_sample_shows_hostile_letters_as_text(running: Engine, world: Any) -> None:
    letter = Letter(
        id="n1",
        to="a@example.vn",
        to_name="<img src=x onerror=alert(1)>",
        subject="Giấy mời <script>alert(1)</script>",
        text="Kính mời <b>bạn</b>: http://localhost/t#abc",
        html="<p>Kính mời</p>",
        attachments=(Attachment(filename='<x>".html', content_type="text/html", data=b"<script>1</script>"),),
    )
    world.ports.mail.send(letter)
    page = running.get("/mailbox")[2].decode()
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    name = re.search(r'href="/mailbox/([^"]+)"', page)
    assert name
    shown = running.get(f"/mailbox/{name[1]}")
    assert "<script>" not in shown[2].decode()
    assert "<b>bạn" not in shown[2].decode()
    assert '<a href="http://localhost/t#abc">' in shown[2].decode()
    part = running.get(f"/mailbox/{name[1]}/0")
    assert part[1]["content-disposition"].startswith("attachment")
    assert running.get("/mailbox/../store.db")[0] == 404
    assert running.get("/mailbox/none")[0] == 404


def test_a_moved_clock_makes_links_run_out(running: Engine, world: Any) -> None:
    link = path_of(running, world.ports.objects.download_url("imports/a.xlsx", filename="a.xlsx"))
    assert running.get(link)[0] == 200
    world.ports.clock.advance(timedelta(hours=1))
    try:
        assert running.get(link)[0] == 409
    finally:
        world.ports.clock.clear()


def test_a_function_past_its_time_answers_504_and_its_process_is_replaced(running: Engine) -> None:
    """The last of this file: others would have to wait for the new process."""
    before = running.pid("http")
    status, _, body = running.get("/slow/600")
    assert (status, json.loads(body)["code"]) == (504, "http.too_slow")
    until(lambda: gone(before), "the process has ended")
    until(running.answers, "the new one answers")
    assert running.pid("http") != before
    assert running.get("/slow/0.1")[2] == b"at last"

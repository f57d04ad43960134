"""What the contract suite cannot ask of every store of objects: the signed forms, and S3's own answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from shared.aws.clients import Clients
from shared.aws.objects import ATTEMPTS, S3Objects, attachment
from shared.kernel.clock import FixedClock
from shared.kernel.errors import Conflict, NotFound, Unavailable
from tests.support_aws import REGION, make_bucket

AT = datetime(2027, 2, 12, 0, 30, tzinfo=UTC)


@pytest.fixture
def objects(client: Callable[[str], Any]) -> S3Objects:
    return S3Objects(client("s3"), make_bucket(client("s3"), "documents"), clock=FixedClock(AT))


def test_objects_are_written_once(objects: S3Objects, client: Callable[[str], Any]) -> None:
    assert objects.put_new("c/1.pdf", b"%PDF-1", "application/pdf")
    assert not objects.put_new("c/1.pdf", b"%PDF-1", "application/pdf")
    for other in (b"%PDF-2", b"%PDF-10", b""):
        with pytest.raises(Conflict) as caught:
            objects.put_new("c/1.pdf", other, "application/pdf")
        assert caught.value.key == "c/1.pdf"
    assert objects.get("c/1.pdf") == b"%PDF-1"
    assert objects.size("c/1.pdf") == 6
    head = client("s3").head_object(Bucket="documents", Key="c/1.pdf")
    assert head["ContentType"] == "application/pdf"


def test_what_is_derived_may_be_replaced(objects: S3Objects) -> None:
    for text in (b"1", b"22"):
        objects.replace("status/list", text, "text/plain")
        assert objects.get("status/list") == text


def test_what_another_wrote_meanwhile_is_not_replaced(objects: S3Objects) -> None:
    objects.replace_version("keys/register", b"1", "text/plain", None)
    data, version = objects.get_version("keys/register")
    assert data == b"1"
    objects.replace_version("keys/register", b"2", "text/plain", version)
    for seen in (None, version):
        with pytest.raises(Conflict) as caught:
            objects.replace_version("keys/register", b"3", "text/plain", seen)
        assert caught.value.code == "objects.changed"
        objects.replace_version("keys/register", b"2", "text/plain", seen)  # ours, asked for again after a lost answer
    assert objects.get("keys/register") == b"2"
    with pytest.raises(Conflict):
        objects.replace_version("keys/gone", b"3", "text/plain", version)


def test_what_is_absent_is_not_found(objects: S3Objects) -> None:
    for ask in (objects.get, objects.size):
        with pytest.raises(NotFound):
            ask("nothing/here")


def test_an_upload_form_brings_the_body(objects: S3Objects) -> None:
    upload = objects.upload_url("imports/1.xlsx", content_type="application/zip", max_bytes=1000, lifetime_s=600)
    assert upload.fields is not None
    assert (upload.key, (upload.expires_at - AT).seconds) == ("imports/1.xlsx", 600)
    answer = requests.post(upload.url, data=dict(upload.fields), files={"file": b"PK..."}, timeout=5)
    assert answer.status_code < 300
    assert objects.get("imports/1.xlsx") == b"PK..."


def test_an_upload_form_is_bound_to_key_type_and_size(objects: S3Objects) -> None:
    upload = objects.upload_url("imports/1.xlsx", content_type="application/zip", max_bytes=1000)
    assert upload.fields is not None
    conditions = json.loads(base64.b64decode(upload.fields["policy"]))["conditions"]
    assert ["content-length-range", 0, 1000] in conditions
    assert {"Content-Type": "application/zip"} in conditions
    assert {"key": "imports/1.xlsx"} in conditions
    assert {"bucket": "documents"} in conditions


def test_a_download_is_an_attachment_of_that_name(objects: S3Objects) -> None:
    objects.put_new("c/1.pdf", b"%PDF-1", "application/pdf")
    address = objects.download_url("c/1.pdf", filename="Giấy khen – Đỗ Thị Thuý.pdf")
    query = parse_qs(urlsplit(address).query)
    assert query["X-Amz-Expires"] == ["300"]
    (disposition,) = query["response-content-disposition"]
    assert (
        "filename*=UTF-8''Gi%E1%BA%A5y%20khen%20%E2%80%93%20%C4%90%E1%BB%97%20Th%E1%BB%8B%20Thu%C3%BD.pdf"
        in disposition
    )
    assert requests.get(address, timeout=5).content == b"%PDF-1"


@pytest.mark.parametrize("name", ['a"; filename=evil.exe', "a\r\nSet-Cookie: x=1", "%41", "a\\b", "\u202egpj.exe", ""])
def test_a_hostile_filename_stays_inside_its_quotes(name: str) -> None:
    disposition = attachment(name)
    assert disposition.isascii()
    assert disposition.isprintable()
    assert disposition.startswith('attachment; filename="')
    assert disposition.count('"') == 2
    assert disposition.count(";") == 2


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = Clients(REGION).get("s3")
    with Stubber(client) as stubber:
        yield S3Objects(client, "documents"), stubber
        stubber.assert_no_pending_responses()


def test_two_writers_at_once_are_asked_again(stubbed: tuple[S3Objects, Stubber]) -> None:
    objects, stubber = stubbed
    stubber.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409)
    expected = {"Bucket": "documents", "Key": "k", "Body": b"1", "ContentType": "text/plain", "IfNoneMatch": "*"}
    stubber.add_response("put_object", {}, expected)
    assert objects.put_new("k", b"1", "text/plain")
    for _ in range(ATTEMPTS):
        stubber.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409)
    with pytest.raises(Unavailable):
        objects.put_new("k", b"1", "text/plain")


def test_what_passes_with_time_is_unavailable_and_the_rest_is_loud(stubbed: tuple[S3Objects, Stubber]) -> None:
    objects, stubber = stubbed
    for operation in ("put_object", "get_object", "head_object"):
        stubber.add_client_error(operation, "SlowDown", http_status_code=503)
    for call in (lambda: objects.replace("k", b"1", "text/plain"), lambda: objects.get("k"), lambda: objects.size("k")):
        with pytest.raises(Unavailable):
            call()
    stubber.add_client_error("get_object", "AccessDenied", http_status_code=403)
    with pytest.raises(ClientError):
        objects.get("k")

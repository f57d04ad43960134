"""A deployment against moto: the pages' files go out with the right types, once; the steps come in their order, and may be
repeated. The packaging tool's own part runs against the emulator (tests/cloud/test_make_deploy.py)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import boto3
import pytest
from botocore.exceptions import NoCredentialsError
from botocore.stub import Stubber
from moto import mock_aws

from infra.build import publish_static
from infra.build.deploy import deploy
from infra.build.office import read
from infra.build.publish_static import StaticFile, publish, static_files
from infra.embedded.errors import EngineError
from infra.embedded.static_files import STATIC, StaticFiles
from shared.kernel.errors import NotFound
from tests.unit.build.test_office_words import GIVEN

REGION = "ap-southeast-1"
BUCKET = "giaouoc-prod-public-123456789012-ap-southeast-1"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    with mock_aws():
        yield lambda service: boto3.client(service, region_name=REGION)


@pytest.fixture
def s3(aws: Any) -> Any:
    client = aws("s3")
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return client


class NoObjects:
    def get(self, key: str) -> bytes:
        raise NotFound("objects.not_found", key=key)


def test_files_are_those_of_the_embedded_engine_with_the_same_bytes_types_and_life(s3: Any) -> None:
    publish(s3, BUCKET)
    embedded = StaticFiles(NoObjects())  # type: ignore[arg-type]
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    on_disk = {f"static/{path.relative_to(STATIC).as_posix()}" for path in STATIC.rglob("*") if path.is_file()}
    assert on_disk <= set(keys)
    assert {key for key in keys if key.startswith("static/vendor/")} == set(keys) - on_disk != set()
    for key in keys:
        served, held = embedded.find(f"/{key}", None), s3.get_object(Bucket=BUCKET, Key=key)
        assert served is not None
        assert served.status == 200
        assert held["Body"].read() == served.body
        assert (held["ContentType"], held["CacheControl"]) == (
            served.headers["content-type"],
            served.headers["cache-control"],
        )


def test_only_what_changed_is_sent(s3: Any) -> None:
    first = publish(s3, BUCKET)
    assert set(first) == {one.key for one in static_files()}
    assert publish(s3, BUCKET) == ()
    s3.put_object(Bucket=BUCKET, Key=first[0], Body=b"older", ContentType="text/css")
    held = s3.head_object(Bucket=BUCKET, Key=first[1])
    s3.copy_object(  # the right bytes under the wrong type
        Bucket=BUCKET, Key=first[1], CopySource=f"{BUCKET}/{first[1]}", MetadataDirective="REPLACE",
        ContentType="text/plain", CacheControl=held["CacheControl"], Metadata=held["Metadata"],
    )  # fmt: skip
    assert publish(s3, BUCKET) == (first[0], first[1])


def test_a_library_that_is_not_installed_stops_it(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="npm ci"):
        list(static_files(packages=tmp_path))


def test_every_file_has_a_type_that_browsers_run() -> None:
    types = {one.content_type for one in static_files()}
    assert types <= {"text/javascript; charset=utf-8", "text/css; charset=utf-8", "image/svg+xml", "font/woff2"}


class Tool:
    """Stands for the packaging tool, which test_make_deploy.py runs itself; notes what it was asked."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def __call__(self, words: Sequence[str]) -> None:
        self.ran.append(next((word for word in ("package", "deploy") if word in words), "archives"))


OUTPUTS = {
    "PublicBucketName": BUCKET,
    "DistributionId": "E2QWRUHAPOMQZL",
    "DistributionName": "d111111abcdef8.cloudfront.net",
    "MailRecord1": "a._domainkey.tinh.gov.vn CNAME a.dkim.example",
}


def stubbed_cloudformation() -> Any:
    """Expects, twice, the stack to be protected and then looked at."""
    client = boto3.client("cloudformation", region_name=REGION)
    stubber = Stubber(client)
    stack = {
        "StackName": "giaouoc-prod",
        "CreationTime": datetime(2027, 1, 1, tzinfo=UTC),
        "StackStatus": "UPDATE_COMPLETE",
        "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in OUTPUTS.items()],
    }
    for _ in range(2):
        named = {"StackName": "giaouoc-prod"}
        stubber.add_response("update_termination_protection", {}, {**named, "EnableTerminationProtection": True})
        stubber.add_response("describe_stacks", {"Stacks": [stack]}, named)
    stubber.activate()
    return client


def stubbed_cloudfront() -> Any:
    """Expects one invalidation: the second time nothing has changed."""
    client = boto3.client("cloudfront", region_name=REGION)
    stubber = Stubber(client)
    batch = {"Paths": {"Quantity": 1, "Items": ["/static/*"]}, "CallerReference": ANY}
    stubber.add_response(
        "create_invalidation", {}, {"DistributionId": OUTPUTS["DistributionId"], "InvalidationBatch": batch}
    )
    stubber.activate()
    return client


def test_the_steps_come_in_their_order_and_may_be_repeated(
    aws: Any, s3: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    clients = {"cloudformation": stubbed_cloudformation(), "cloudfront": stubbed_cloudfront(), "s3": s3}
    tool = Tool()
    for _ in range(2):
        deploy(read(GIVEN), lambda service: clients.get(service) or aws(service), tool)
    assert tool.ran == ["archives", "package", "deploy"] * 2
    said = capsys.readouterr().out
    assert "thidua.tinh.gov.vn CNAME d111111abcdef8.cloudfront.net" in said
    assert "a._domainkey.tinh.gov.vn CNAME a.dkim.example" in said
    assert "./giaouoc keys --stage prod" in said


def test_another_account_is_refused_before_anything_runs(aws: Any) -> None:
    tool = Tool()
    office = read({**GIVEN, "CERTIFICATE": GIVEN["CERTIFICATE"].replace("123456789012", "210987654321")})
    with pytest.raises(EngineError) as refused:
        deploy(office, aws, tool)
    assert refused.value.code == "deploy.other_account"
    assert tool.ran == []


def test_without_credentials_a_sentence_tells_it() -> None:
    def no_client(_: str) -> Any:
        raise NoCredentialsError()

    with pytest.raises(EngineError) as refused:
        deploy(read(GIVEN), no_client, Tool())
    assert refused.value.code == "aws.not_signed_in"


def test_a_file_knows_its_key(tmp_path: Path) -> None:
    (tmp_path / "vendor.json").write_text("{}")
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "a.css").write_text("")
    found = list(publish_static.static_files(tmp_path / "static", tmp_path / "vendor.json"))
    assert found == [
        StaticFile(
            key="static/a.css",
            path=tmp_path / "static" / "a.css",
            content_type="text/css; charset=utf-8",
            caching="public, max-age=300",
        )
    ]

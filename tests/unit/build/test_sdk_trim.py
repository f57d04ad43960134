"""The SDK as it is packed: every service that the product names works, and no other is there."""

import ast
import json
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from infra.build.botocore_trim import unneeded
from infra.build.errors import BuildError
from shared.aws.clients import SERVICES, Clients

SITE = Path(sysconfig.get_paths()["purelib"])
PARTS = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py")


@pytest.fixture(scope="module")
def trimmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed SDK without what packages leave out, by links."""
    folder = tmp_path_factory.mktemp("trimmed")
    files = [
        path.relative_to(SITE).as_posix()
        for part in PARTS
        for path in ([SITE / part] if (SITE / part).is_file() else (SITE / part).rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    ]
    for name in set(files) - unneeded(files, SERVICES):
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(SITE / name)
    return folder


def ran(trimmed: Path, code: str) -> str:
    return subprocess.check_output(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(trimmed)!r})\n{code}"], text=True
    )


def test_a_client_of_every_service_can_be_made(trimmed: Path) -> None:
    code = """
import boto3, json
session = boto3.session.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="ap-southeast-1")
clients = {name: session.client(name) for name in SERVICES}
print(json.dumps({name: [client.meta.endpoint_url, client.meta.service_model.api_version] for name, client in clients.items()}))
print(json.dumps(session.get_available_services()))
""".replace("SERVICES", repr(sorted(SERVICES)))
    made, available = map(json.loads, ran(trimmed, code).splitlines())
    assert set(made) == SERVICES == set(available)
    assert made["dynamodb"] == ["https://dynamodb.ap-southeast-1.amazonaws.com", "2012-08-10"], "the newest model"
    assert made["sesv2"][0] == "https://email.ap-southeast-1.amazonaws.com"


def test_endpoints_of_other_partitions_are_right(trimmed: Path) -> None:
    code = """
import boto3
for region in ("ap-southeast-1", "cn-north-1", "us-gov-west-1"):
    session = boto3.session.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name=region)
    print(session.client("s3").meta.endpoint_url)
"""
    assert ran(trimmed, code).split() == [
        "https://s3.ap-southeast-1.amazonaws.com",
        "https://s3.cn-north-1.amazonaws.com.cn",
        "https://s3.us-gov-west-1.amazonaws.com",
    ]


def test_models_alone_are_left_out() -> None:
    names = ["botocore/client.py", "botocore/data/endpoints.json", "botocore/data/partitions.json"]
    names += [f"botocore/data/{one}/2020-01-01/service-2.json.gz" for one in ("s3", "sqs", "sns")]
    names += ["botocore/data/s3/2019-01-01/service-2.json.gz", "botocore/data/s3/2020-01-01/examples-1.json"]
    names += ["boto3/session.py", "boto3/data/s3/2006-03-01/resources-1.json", "boto3/examples/s3.rst"]
    assert unneeded(names, frozenset({"s3", "sns"})) == {
        "botocore/data/sqs/2020-01-01/service-2.json.gz",
        "botocore/data/s3/2019-01-01/service-2.json.gz",
        "botocore/data/s3/2020-01-01/examples-1.json",
        "boto3/data/s3/2006-03-01/resources-1.json",
        "boto3/examples/s3.rst",
    }


def test_a_service_that_does_not_exist_stops_the_build() -> None:
    with pytest.raises(BuildError, match="s4"):
        unneeded(["botocore/data/s3/2020-01-01/service-2.json.gz"], frozenset({"s4"}))


def test_a_function_cannot_ask_for_a_service_that_is_not_packed() -> None:
    with pytest.raises(KeyError):
        Clients("ap-southeast-1").get("ec2")


def test_every_service_that_is_packed_is_asked_for() -> None:
    """`later("s3")` and `Clients(...).get("events")` in what functions import: no more and no fewer than SERVICES."""
    asked = {
        node.args[0].value
        for folder in ("shared/aws", "functions", "shared/edge")
        for path in Path(folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and re.search(r"(\.later|Clients\(.*\)\.get)$", ast.unparse(node.func))
        and isinstance(node.args[0], ast.Constant)
    }
    assert asked == SERVICES

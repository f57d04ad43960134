"""`make deploy` against the emulator: the packaging tool itself deploys our stack, twice; the pages' files come out of the
distribution with the headers that the embedded engine sends.

The archives are those for this machine, which `make cloud-test` makes. The template departs as departures.py says, but for
the deployment bucket: that one is the packaging tool's own and is made here. The emulator's distribution keeps nothing and
reaches no HTTP API, so what is asked of it is files.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.build.deploy import MADE, OSLS, deploy
from infra.build.office import read
from infra.build.publish_static import static_files
from infra.build.targets import ROOT
from infra.embedded.static_files import StaticFiles
from infra.rehearsal.departures import DEPARTURES
from infra.rehearsal.emulator import ACCOUNT, REGION, Running
from shared.aws.objects import S3Objects
from shared.kernel.errors import NotFound
from shared.kernel.public_files import caching

OFFICE = {
    "HOST": "thidua.tinh.example",
    "ISSUER": "TDOAN",
    "CERTIFICATE": f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012",
    "MAIL_FROM": "Sở Nội vụ <thidua@tinh.example>",
    "ALARM_MAIL": "truc@tinh.example",
    "STAGE": "trial",
    "REGION": REGION,
}
STACK = "giaouoc-trial"
_OWN_BUCKET = ("no deployment bucket", "code from the rehearsal's bucket")
_COMPARED = ("content-type", "cache-control", "strict-transport-security", "x-content-type-options", "referrer-policy")


@dataclass(frozen=True)
class Office:
    running: Running
    outputs: dict[str, str]
    said: list[str]

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """What a browser gets under the office's name."""
        connection = http.client.HTTPConnection(urlsplit(self.running.endpoint).netloc, timeout=30)
        name = self.outputs["DistributionName"]
        connection.request("GET", path, headers={"Host": name, "x-forwarded-proto": "https", **headers})
        answer = connection.getresponse()
        found = {key.lower(): value for key, value in answer.getheaders()}
        body = answer.read()
        connection.close()
        return answer.status, found, body


@pytest.fixture(scope="module")
def office(bare: Running, tmp_path_factory: pytest.TempPathFactory) -> Office:
    if not (ROOT / ".build" / "host" / "edge.zip").exists():
        pytest.fail("no archives for this machine: `make package TARGET=host` makes them")
    said: list[str] = []

    def run(words: Sequence[str]) -> None:
        if words[0] != OSLS:
            return  # the archives are made
        words = [word.replace("=lambda", "=host") for word in words]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path_factory.mktemp("home")),
            "AWS_ENDPOINT_URL": bare.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        ran = subprocess.run(
            [*words, "--verbose"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        said.append(ran.stdout + ran.stderr)
        if words[1] == "package":
            _depart(ROOT / MADE / "serverless-state.json")

    try:
        for _ in range(2):
            deploy(read(OFFICE), bare.client, run)
    finally:
        shutil.rmtree(ROOT / ".serverless", ignore_errors=True)
        shutil.rmtree(ROOT / MADE, ignore_errors=True)
    stack = bare.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    return Office(running=bare, outputs=outputs, said=said)


def _depart(state: Path) -> None:
    """The tool deploys what it noted in its state, where repeated parts stand as references to the first."""
    whole = json.loads(state.read_text("utf-8"))
    whole["service"] = {name: _whole(part, whole) for name, part in whole["service"].items()}
    template = whole["service"]["provider"]["compiledCloudFormationTemplate"]
    for departure in DEPARTURES:
        if departure.name not in _OWN_BUCKET:
            departure.apply(template)
    state.write_text(json.dumps(whole), "utf-8")


def _whole(value: Any, root: Any) -> Any:
    if isinstance(value, list):
        return [_whole(each, root) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"$ref"}:
        found = root
        for step in re.findall(r'\[("(?:[^"\\]|\\.)*"|[0-9]+)\]', value["$ref"]):
            found = found[json.loads(step)]
        return _whole(found, root)
    return {key: _whole(each, root) for key, each in value.items()}


def test_the_stack_stands_is_protected_and_may_be_deployed_again(office: Office) -> None:
    cloudformation = office.running.client("cloudformation")
    stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    assert stack["EnableTerminationProtection"] is True
    assert sum("Service deployed to stack" in one for one in office.said) == 2
    assert sum("Setting stack policy" in one for one in office.said) == 2
    names = {each["Key"].rsplit("/", 1)[-1] for each in _deployed(office)}
    assert {"edge.zip", "render.zip"} <= names


def _deployed(office: Office) -> list[dict[str, Any]]:
    bucket = office.outputs["ServerlessDeploymentBucketName"]
    found: list[dict[str, Any]] = office.running.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    return found


def test_functions_know_their_office(office: Office) -> None:
    answer = office.running.client("lambda").get_function_configuration(FunctionName=f"{STACK}-publicVerify")
    given = answer["Environment"]["Variables"]
    assert given["GIAOUOC_ORIGIN"] == "https://thidua.tinh.example"
    assert (given["GIAOUOC_ISSUER"], given["MAIL_FROM"]) == ("TDOAN", "Sở Nội vụ <thidua@tinh.example>")
    assert given["GIAOUOC_FRONT_ONLY"] == "yes"
    assert given["GIAOUOC_FRONT"].startswith("arn:aws:cloudformation:")


class NoObjects:
    def get(self, key: str) -> bytes:
        raise NotFound("objects.not_found", key=key)


def test_the_pages_files_come_out_as_the_embedded_engine_serves_them(office: Office) -> None:
    embedded = StaticFiles(NoObjects())  # type: ignore[arg-type]
    for file in static_files():
        status, headers, body = office.get(f"/{file.key}", **{"accept-encoding": "identity"})
        served = embedded.find(f"/{file.key}", None)
        assert served is not None
        assert (status, body) == (200, served.body), file.key
        assert {name: headers.get(name) for name in _COMPARED} == {name: served.headers[name] for name in _COMPARED}


def test_public_files_may_be_read_by_other_sites_pages(office: Office) -> None:
    objects = S3Objects(office.running.client("s3"), office.outputs["PublicBucketName"], caching=caching)
    objects.replace("log/checkpoint", b"note", "text/plain; charset=utf-8")
    objects.put_new("log/tile/0/000", b"tile", "application/octet-stream")
    objects.replace(".well-known/did.json", b"{}", "application/did+json")
    for path, kind in (
        ("log/checkpoint", "text/plain; charset=utf-8"),
        ("log/tile/0/000", "application/octet-stream"),
        (".well-known/did.json", "application/did+json"),
    ):
        status, headers, _ = office.get(f"/{path}", origin="https://nguoi-kiem-tra.example")
        assert (status, headers["content-type"], headers["cache-control"]) == (200, kind, caching(path))
        assert headers["access-control-allow-origin"] == "*"
        assert headers["x-content-type-options"] == "nosniff"


def test_what_is_not_there_is_not_kept_as_if_it_were(office: Office) -> None:
    status, headers, _ = office.get("/log/tile/0/001", origin="https://nguoi-kiem-tra.example")
    assert status in (403, 404)
    assert "immutable" not in headers.get("cache-control", "")

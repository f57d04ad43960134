"""`giaouoc keys`, `link` and `backup` for a stage on AWS, typed as an operator types them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    SSOTokenLoadError,
)
from botocore.stub import Stubber

from events.envelope import SYSTEM, Act
from infra.commands.__main__ import main
from infra.embedded.template import load
from infra.sample.device import DeviceKey, enrolled_here
from shared.aws import operator
from shared.aws.clients import OPERATORS, Clients
from shared.aws.key_register import read_register
from shared.aws.objects import S3Objects
from shared.aws.table import DynamoTable
from shared.ceremonies.model import CeremonyKind
from shared.ceremonies.planning import CeremonyPlan, PlanCeremony
from shared.edge.trust_files import LIST_KEY
from shared.identity.accounts import find_account
from shared.identity.devices import Device, State
from shared.identity.model import Account, Role
from shared.identity.usecases import OpenSession
from shared.kernel.statuslist import verify_status_list
from shared.kernel.trust_json import parse_list
from tests.support_aws import REGION, make_bucket, make_outbox, make_table

HOST = "thidua.tinh.example"
PREFIX = "giaouoc-thu"
STAGE = ("--stage", "thu")


@pytest.fixture
def stage(client: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """A stage whose functions have this environment."""
    make_outbox(client("dynamodb"), f"{PREFIX}-outbox")
    for context in ("identity", "ceremonies", "certificates", "pledges"):
        make_table(client("dynamodb"), f"{PREFIX}-{context}")
    for bucket in ("documents", "public"):
        make_bucket(client("s3"), f"{PREFIX}-{bucket}")
    environment = {
        "GIAOUOC_ENGINE": "aws",
        "GIAOUOC_STAGE": "thu",
        "GIAOUOC_ORIGIN": f"https://{HOST}",
        "GIAOUOC_ISSUER": "TDOAN",
        "GIAOUOC_DOCUMENTS": f"{PREFIX}-documents",
        "GIAOUOC_PUBLIC": f"{PREFIX}-public",
        "GIAOUOC_SCHEDULES_ROLE": "arn:aws:iam::123456789012:role/schedules",
        "GIAOUOC_MAIL_SET": f"{PREFIX}-mail",
        "GIAOUOC_UPLOADS": f"{PREFIX}-documents.s3.{REGION}.amazonaws.com",
        "MAIL_FROM": "Tỉnh đoàn <thidua@tinh.example>",
    }
    asked = []

    def function_environment(functions: Any, name: str) -> dict[str, str]:
        asked.append((functions.meta.service_model.service_name, name))
        return dict(environment)

    monkeypatch.setattr(operator, "function_environment", function_environment)
    return client


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("một câu thật dài\n", "utf-8")
    monkeypatch.setenv("ROOT_PASSPHRASE_FILE", str(passphrase))
    return str(tmp_path / "usb")


def objects(client: Callable[[str], Any], name: str) -> S3Objects:
    return S3Objects(client("s3"), f"{PREFIX}-{name}")


def table(client: Callable[[str], Any], context: str) -> DynamoTable:
    return DynamoTable(client("dynamodb"), f"{PREFIX}-{context}", f"{PREFIX}-outbox")


def act() -> Act:
    return Act(actor=SYSTEM, at=datetime.now(UTC), correlation_id="test")


def entered(client: Callable[[str], Any], printed: str) -> Account:
    """Who the printed link lets in."""
    found = re.search(rf"https://{HOST}/in#([A-Za-z0-9_-]{{43}})\n", printed)
    assert found, printed
    _, session = OpenSession(table(client, "identity"))(act(), found[1])
    account = find_account(table(client, "identity"), session.holder)
    assert account is not None
    return account[0]


def enrolled(client: Callable[[str], Any], printed: str) -> Device:
    """The device that the printed link makes: it stands as soon as its key is known."""
    found = re.search(rf"https://{HOST}/device#([A-Za-z0-9_-]{{43}})\n", printed)
    assert found, printed
    return enrolled_here(table(client, "identity"), act(), found[1], DeviceKey(), origin=f"https://{HOST}")


def test_a_key_session_leaves_a_stage_that_can_issue(
    stage: Callable[[str], Any], root: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["keys", *STAGE, "--root", root, "--issuer", "TDOAN=Tỉnh đoàn", "--issuer", "SNV=Sở Nội vụ"]
    assert main(words) == 0, capsys.readouterr().err
    printed = capsys.readouterr().out
    assert "Đã ký 4 danh sách trạng thái" in printed
    trust = parse_list(objects(stage, "public").get(LIST_KEY))
    assert f"{HOST}/keys+" in printed
    assert "arn:" not in printed
    for name in ("TDOAN-r0", "TDOAN-s0", "SNV-r0", "SNV-s0"):
        assert verify_status_list(objects(stage, "public").get(f"status/{name}.cwt"), trust).name == name
    did = json.loads(objects(stage, "public").get("i/SNV/did.json"))
    assert did["id"] == f"did:web:{HOST}:i:SNV"
    registered = read_register(objects(stage, "documents"))
    assert all(one.listed for one in registered)
    assert len(registered) == 2 * 2 * 5 + 1
    assert len(stage("kms").list_keys()["Keys"]) == 2 * 8 + 2, "what each costs a month stands in docs/aws.md"
    assert main(words) == 0
    assert parse_list(objects(stage, "public").get(LIST_KEY)) == trust, "held again, nothing changes"


def test_a_key_is_revoked_by_its_id(stage: Callable[[str], Any], root: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", *STAGE, "--root", root, "--issuer", "TDOAN=Tỉnh đoàn"]) == 0
    first = parse_list(objects(stage, "public").get(LIST_KEY))
    key = next(key for key in first.keys if key.purpose == "document")
    words = ["keys", *STAGE, "--root", root, "--revoke", key.kid.hex(), "--because", "compromised"]
    assert main(words) == 0, capsys.readouterr().err
    later = parse_list(objects(stage, "public").get(LIST_KEY))
    revoked = later.key(key.kid)
    assert revoked is not None
    assert revoked.compromised
    newest = verify_status_list(objects(stage, "public").get("status/TDOAN-r0.cwt"), later)
    assert newest.name == "TDOAN-r0", "the lists are signed anew with a key that stands"
    assert main(["keys", *STAGE, "--root", root, "--revoke", "khóa"]) == 1
    assert "16 chữ số" in capsys.readouterr().err


def test_a_key_that_nothing_uses_is_named(
    stage: Callable[[str], Any], root: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["keys", *STAGE, "--root", root, "--issuer", "TDOAN=Tỉnh đoàn"]
    assert main(words) == 0
    left = stage("kms").create_key(Description=f"{PREFIX} list-keys")["KeyMetadata"]["Arn"]
    assert main(words) == 0
    assert f"Khóa {left} trong KMS" in capsys.readouterr().out


def test_the_host_is_the_stages_own(stage: Callable[[str], Any], root: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["keys", *STAGE, "--root", root, "--issuer", "TDOAN=Tỉnh đoàn", "--host", "khac.tinh.example"]
    assert main(words) == 1
    assert HOST in capsys.readouterr().err
    assert stage("kms").list_keys()["Keys"] == []
    assert main(["keys", *STAGE, "--root", root]) == 1
    assert "--issuer" in capsys.readouterr().err


def test_the_first_issuer_is_the_stages_own(
    stage: Callable[[str], Any], root: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its key signs the log; under another one's no checkpoint would ever be signed."""
    own, other = ["--issuer", "TDOAN=Tỉnh đoàn"], ["--issuer", "SNV=Sở Nội vụ"]
    assert main(["keys", *STAGE, "--root", root, *other, *own]) == 1
    assert "TDOAN" in capsys.readouterr().err
    assert stage("kms").list_keys()["Keys"] == []
    assert main(["keys", *STAGE, "--root", root, *own]) == 0
    assert main(["keys", *STAGE, "--root", root, *other]) == 0, "later sessions name whom they like"


def test_the_first_organiser_a_gate_and_a_screen_get_in(
    stage: Callable[[str], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["link", "organiser", *STAGE]) == 0, capsys.readouterr().err
    grants = entered(stage, capsys.readouterr().out).grants
    assert {grant.role for grant in grants} == {Role.ADMIN, Role.ORGANISER}, "who is first makes others administrators"
    doors = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    plan = CeremonyPlan(
        title="Họp mặt đầu xuân", kind=next(iter(CeremonyKind)), host="TDOAN", place="Hội trường", doors_open=doors,
        starts=doors + timedelta(hours=1), ends=doors + timedelta(hours=4), gates=("Cổng A", "Cổng B"),
    )  # fmt: skip
    PlanCeremony(table(stage, "ceremonies"))(act(), plan)
    assert main(["link", "gate", "--gate", "Cổng B", *STAGE]) == 0
    device = enrolled(stage, capsys.readouterr().out)
    assert (device.role, device.place, device.state) == (Role.GATE, "Cổng B", State.ACTIVE)
    assert main(["link", "hall", *STAGE]) == 0
    assert enrolled(stage, capsys.readouterr().out).role is Role.SCREEN


def test_backup_says_who_keeps_the_past(stage: Callable[[str], Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", *STAGE, "anywhere"]) == 0
    assert "35 ngày" in capsys.readouterr().out


def test_the_same_environment_as_the_functions_chooses_the_engine(
    stage: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in operator.function_environment(stage("kms"), "thu").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(operator, "function_environment", None)
    assert main(["link", "organiser"]) == 0
    assert Role.ORGANISER in {grant.role for grant in entered(stage, capsys.readouterr().out).grants}


def test_what_functions_have_is_asked_of_a_function_that_every_stage_has(monkeypatch: pytest.MonkeyPatch) -> None:
    assert operator.ASKED in {function.name for function in load("serverless.yml").functions}
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    functions = Clients(REGION, OPERATORS).get("lambda")
    with Stubber(functions) as stubber:
        answer = {"Environment": {"Variables": {"GIAOUOC_ORIGIN": f"https://{HOST}"}}}
        asked = {"FunctionName": f"giaouoc-thu-{operator.ASKED}"}
        stubber.add_response("get_function_configuration", answer, asked)
        assert operator.function_environment(functions, "thu") == {"GIAOUOC_ORIGIN": f"https://{HOST}"}


def refusal(operation: str, code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "arn:aws:iam::123456789012:user/huong"}}, operation)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NoCredentialsError(), "Chưa đăng nhập AWS"),
        (SSOTokenLoadError(error_msg="no token yet"), "Chưa đăng nhập AWS"),
        (CredentialRetrievalError(provider="process", error_msg="ended"), "Chưa đăng nhập AWS"),
        (refusal("GetFunctionConfiguration", "ExpiredTokenException"), "Chưa đăng nhập AWS"),
        (refusal("GetFunctionConfiguration", "ResourceNotFoundException"), "make deploy"),
        (refusal("GetFunctionConfiguration", "AccessDeniedException"), "không được phép: GetFunctionConfiguration"),
        (refusal("CreateKey", "LimitExceededException"), "AWS từ chối CreateKey: LimitExceededException"),
        (EndpointConnectionError(endpoint_url="https://lambda"), "kiểm tra mạng"),
    ],
)
def test_what_aws_refuses_is_told_in_a_sentence_without_identities(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, said: str
) -> None:
    def refuse(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(operator, "function_environment", refuse)
    monkeypatch.setattr(Clients, "get", lambda *_: None)
    assert main(["link", "organiser", *STAGE]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert "huong" not in told
    assert main(["link", "organiser", "--stage", "Chính Thức"]) == 1
    assert "Traceback" not in capsys.readouterr().err

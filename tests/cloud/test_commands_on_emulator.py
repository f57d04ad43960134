"""`giaouoc keys`, `link` and `redrive` as processes of their own, typed at a machine whose environment names a stage on AWS."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.rehearsal.emulator import ACCOUNT, REGION, ROOT, Running
from shared.embedded.bridge import event_text
from shared.kernel.trust_json import parse_list
from tests.cloud import emulated
from tests.support_aws import make_outbox, make_table
from tests.unit.aws.test_outbox_chain import fact

HOST = "thidua.tinh.example"
PREFIX = "giaouoc-tay"


@pytest.fixture(scope="module")
def client(bare: Running) -> Iterator[Callable[[str], Any]]:
    """The clients of a stage that has its tables, buckets and queues."""
    with emulated.product_clients(bare) as clients:
        make_outbox(clients.get("dynamodb"), f"{PREFIX}-outbox")
        for context in ("identity", "ceremonies", "certificates", "pledges"):
            make_table(clients.get("dynamodb"), f"{PREFIX}-{context}")
        place = {"LocationConstraint": REGION}
        for bucket in ("documents", "public"):
            clients.get("s3").create_bucket(Bucket=f"{PREFIX}-{bucket}", CreateBucketConfiguration=place)
        for queue in ("issue-ticket-dead", "issue-ticket", "bus-dead", "outbox-dead"):
            clients.get("sqs").create_queue(QueueName=f"{PREFIX}-{queue}")
        yield clients.get


@pytest.fixture
def typed(bare: Running, client: Callable[[str], Any], tmp_path: Path) -> Callable[..., str]:
    """`typed("link", "organiser")`: what the command prints."""
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("một câu thật dài", "utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GIAOUOC_"))}
    environment |= {
        "AWS_ENDPOINT_URL": bare.endpoint,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "ROOT_PASSPHRASE_FILE": str(passphrase),
        "GIAOUOC_ENGINE": "aws",
        "GIAOUOC_STAGE": "tay",
        "GIAOUOC_ORIGIN": f"https://{HOST}",
        "GIAOUOC_ISSUER": "TDOAN",
        "GIAOUOC_DOCUMENTS": f"{PREFIX}-documents",
        "GIAOUOC_PUBLIC": f"{PREFIX}-public",
        "GIAOUOC_SCHEDULES_ROLE": f"arn:aws:iam::{ACCOUNT}:role/schedules",
        "GIAOUOC_MAIL_SET": f"{PREFIX}-mail",
        "GIAOUOC_UPLOADS": f"{PREFIX}-documents.s3.{REGION}.amazonaws.com",
        "MAIL_FROM": "Tỉnh đoàn <thidua@tinh.example>",
    }

    def run(*words: str, code: int = 0) -> str:
        command = [sys.executable, "-m", "infra.commands", *words]
        ran = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
        assert "Traceback" not in ran.stderr
        return ran.stdout + ran.stderr

    return run


def test_keys_then_the_first_organiser(typed: Callable[..., str], client: Callable[[str], Any], tmp_path: Path) -> None:
    words = ("keys", "--root", str(tmp_path / "usb"), "--issuer", "TDOAN=Tỉnh đoàn")
    assert "Đã ký 2 danh sách trạng thái" in typed(*words)
    listed = client("s3").get_object(Bucket=f"{PREFIX}-public", Key=".well-known/giaouoc/keys.json")["Body"].read()
    assert len(parse_list(listed).keys) == 11
    typed(*words)
    again = client("s3").get_object(Bucket=f"{PREFIX}-public", Key=".well-known/giaouoc/keys.json")["Body"].read()
    assert again == listed
    assert re.search(rf"https://{HOST}/in#[A-Za-z0-9_-]{{43}}\n", typed("link", "organiser"))


def test_dead_letters_are_shown_and_brought_back(typed: Callable[..., str], client: Callable[[str], Any]) -> None:
    sqs = client("sqs")
    urls = {name: sqs.get_queue_url(QueueName=f"{PREFIX}-{name}")["QueueUrl"] for name in ("issue-ticket", "bus-dead")}
    dead = sqs.get_queue_url(QueueName=f"{PREFIX}-issue-ticket-dead")["QueueUrl"]
    sqs.send_message(QueueUrl=dead, MessageBody=event_text(fact(1)))
    target = {"DataType": "String", "StringValue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{PREFIX}-issue-ticket"}
    sqs.send_message(
        QueueUrl=urls["bus-dead"], MessageBody=event_text(fact(2)), MessageAttributes={"TARGET_ARN": target}
    )
    shown = typed("redrive")
    assert "DelegateRegistered" in shown
    assert re.search(r"^bus +1$", shown, re.MULTILINE)
    assert "đưa 1 việc của issue-ticket" in typed("redrive", "issue-ticket")
    assert "đưa 1 việc của bus" in typed("redrive", "bus")
    taken = sqs.receive_message(QueueUrl=urls["issue-ticket"], MaxNumberOfMessages=10, WaitTimeSeconds=1)["Messages"]
    assert sorted(json.loads(each["Body"])["detail"]["subject"] for each in taken) == ["R-1", "R-2"]
    assert "Không có hàng đợi" in typed("redrive", "no-such", code=1)


def test_without_a_stage_the_sentence_says_so(typed: Callable[..., str]) -> None:
    assert "make deploy" in typed("link", "organiser", "--stage", "khong-co", code=1)

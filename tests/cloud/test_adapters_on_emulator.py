"""What moto cannot show of the adapters: KMS with Ed25519, request tokens, schedules that fire, letters, redrive."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from infra.commands.key_session import IssuerName, Withdrawal, hold
from infra.rehearsal.emulator import ACCOUNT, REGION, Running
from shared.aws.clients import Clients
from shared.aws.dead_letters import DeadLetters
from shared.aws.key_store import KmsKeyStore
from shared.aws.keys import KmsKeyring
from shared.aws.mail import SesMail
from shared.aws.objects import S3Objects
from shared.aws.outbox_rescue import OutboxRescue
from shared.aws.relay import Relay
from shared.aws.schedules import AwsSchedules
from shared.aws.table import DynamoTable
from shared.embedded.bridge import event_text
from shared.embedded.keyfiles import KeyFolder
from shared.kernel.clock import FixedClock, SystemClock
from shared.kernel.errors import Conflict, Unavailable
from shared.kernel.letters import Sender
from shared.kernel.ports import ABSENT, Add, Letter, Put
from shared.kernel.trust import Revocation
from tests.cloud import emulated
from tests.unit.aws.test_outbox_chain import fact

HOST = "thidua.tinh.example"
NOW = datetime(2027, 2, 12, 9, 30, tzinfo=UTC)
ISSUER = IssuerName(code="TDOAN", name="Ban Thường vụ Tỉnh đoàn")


@pytest.fixture(scope="module")
def clients(bare: Running) -> Iterator[Clients]:
    with emulated.product_clients(bare) as made:
        yield made


def objects(clients: Clients) -> S3Objects:
    return S3Objects(clients.get("s3"), emulated.new_bucket(clients))


def test_a_key_session_on_kms_signs_what_others_verify(clients: Clients, tmp_path: Path) -> None:
    kms, clock = clients.get("kms"), FixedClock(NOW)
    public, private = objects(clients), objects(clients)
    store = KmsKeyStore(kms, prefix="giaouoc-session", register=private)
    root = KeyFolder(tmp_path / "root", b"passphrase-of-root", clock)
    given: dict[str, Any] = {"host": HOST, "keys": store, "root": root, "public": public, "private": private}
    trust = hold(issuers=[ISSUER], now=NOW, **given)
    store.bring_into_force(trust)
    keyring = KmsKeyring(kms, register=private, clock=clock)
    for purpose, length in (("ticket", 4096), ("document", 300), ("document", 16_000), ("credential", 64)):
        signer = keyring.signer("TDOAN", purpose, length=length)
        listed = trust.key(signer.kid)
        assert listed is not None
        Ed25519PublicKey.from_public_bytes(listed.public_key).verify(signer.sign(b"x" * length), b"x" * length)
    certificate = x509.load_der_x509_certificate(keyring.certificate("TDOAN"))
    seal: Any = certificate.public_key()
    seal.verify(certificate.signature, certificate.tbs_certificate_bytes, ECDSA(SHA256()))
    seal.verify(keyring.signer("TDOAN", "seal").sign(b"x" * 9000), b"x" * 9000, ECDSA(SHA256()))
    stolen = keyring.signer("TDOAN", "document")
    withdrawal = Withdrawal(kid=stolen.kid, why=Revocation.COMPROMISED)
    store.bring_into_force(hold(issuers=[], now=NOW + timedelta(hours=1), withdrawals=[withdrawal], **given))
    clock.at = NOW + timedelta(hours=1)
    with pytest.raises(Unavailable):
        stolen.sign(b"forged")
    assert KmsKeyring(kms, register=private, clock=clock).signer("TDOAN", "document").kid != stolen.kid


class SentTwice:
    """A client behind a network that repeats every transaction, as the SDK does after a lost answer."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def transact_write_items(self, **request: Any) -> Any:
        self._inner.transact_write_items(**request)
        return self._inner.transact_write_items(**request)


def test_a_transaction_that_comes_twice_counts_once(clients: Clients) -> None:
    tables = emulated.Tables(clients)
    plain = tables("ceremonies")
    table = DynamoTable(SentTwice(clients.get("dynamodb")), plain._table, plain._outbox)
    for number in range(3):
        item = Put(partition="p", sort=f"s{number}", body={}, expect=ABSENT)
        table.commit([item, Add(partition="p", sort="total", counter="n", amount=1)], [fact(number)])
    total = plain.get("p", "total")
    assert total is not None
    assert total.body["n"] == 3


def test_one_of_many_writers_of_an_object_wins(clients: Clients) -> None:
    bucket, outcomes = objects(clients), []

    def write(number: int) -> None:
        try:
            outcomes.append(bucket.put_new("log/head", str(number).encode(), "text/plain"))
        except Conflict:
            outcomes.append(False)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 7 + [True]


def test_a_schedule_brings_the_fact_to_its_queue_when_it_is_due(clients: Clients) -> None:
    sqs, scheduler = clients.get("sqs"), clients.get("scheduler")
    url = sqs.create_queue(QueueName="giaouoc-at-remind")["QueueUrl"]
    scheduler.create_schedule_group(Name="giaouoc-at")
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:giaouoc-at-"
    role = f"arn:aws:iam::{ACCOUNT}:role/schedules"
    schedules = AwsSchedules(scheduler, group="giaouoc-at", role_arn=role, queue_arn_prefix=arn)
    due = datetime.now(UTC) + timedelta(seconds=3)
    schedules.put("remind-1", at=due, queue="remind", envelope=fact(1))
    schedules.put("remind-1", at=due, queue="remind", envelope=fact(2))
    schedules.put("remind-9", at=due, queue="remind", envelope=fact(9))
    schedules.delete("remind-9")
    bodies: list[str] = []
    deadline = time.monotonic() + 30
    while not bodies and time.monotonic() < deadline:
        taken = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10)
        bodies += [message["Body"] for message in taken.get("Messages", ())]
    assert datetime.now(UTC) >= due
    assert [json.loads(body)["detail"] for body in bodies] == [json.loads(event_text(fact(1)))["detail"]]
    assert sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", []) == []
    schedules.put("remind-1", at=datetime.now(UTC), queue="remind", envelope=fact(3))
    assert len(scheduler.list_schedules(GroupName="giaouoc-at")["Schedules"]) == 1


def test_a_letter_is_taken_with_its_vietnamese_names(bare: Running, clients: Clients) -> None:
    clients.get("sesv2").create_email_identity(EmailIdentity="thidua@tinh.example")
    mail = SesMail(
        clients.get("sesv2"), sender=Sender(name="Tỉnh đoàn", address="thidua@tinh.example"), clock=SystemClock()
    )
    letter = Letter(
        id="invitation-1", to="thuy@so.example", to_name="Nguyễn Thị Thuý", subject="Thư mời dự lễ", text="Kính mời"
    )
    mail.send(letter)
    (sent,) = bare.letters()
    assert "thuy@so.example" in str(sent["To"])
    assert "Thư mời dự lễ" in sent["Subject"]


def test_dead_letters_come_back_with_or_without_moves_by_the_service(clients: Clients) -> None:
    sqs = clients.get("sqs")
    source = sqs.create_queue(QueueName="giaouoc-back-seal-pledge")["QueueUrl"]
    dead = sqs.create_queue(QueueName="giaouoc-back-seal-pledge-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    sqs.set_queue_attributes(QueueUrl=source, Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "0"})
    for number in range(12):
        sqs.send_message(QueueUrl=source, MessageBody=event_text(fact(number)))
    while sqs.receive_message(QueueUrl=source, MaxNumberOfMessages=10).get("Messages"):
        time.sleep(0.1)
    letters = DeadLetters(sqs, "giaouoc-back", ["seal-pledge"])
    (queue,) = letters.queues()
    assert (queue.name, queue.count) == ("seal-pledge", 12)
    shown = letters.look(queue)
    assert {letter.fact for letter in shown} == {"DelegateRegistered"}
    assert letters.move(queue, [shown[0].id]).count == 1
    assert letters.move_all(queue, None).count == 11
    assert letters.queues()[0].count == 0


def test_facts_that_the_relay_gave_up_are_read_from_the_stream(clients: Clients) -> None:
    events, sqs, streams = (clients.get(name) for name in ("events", "sqs", "dynamodbstreams"))
    events.create_event_bus(Name="giaouoc-lost")
    url = sqs.create_queue(QueueName="giaouoc-lost-issue-ticket")["QueueUrl"]
    pattern = json.dumps({"source": ["giaouoc.ceremonies"]})
    events.put_rule(Name="lost", EventBusName="giaouoc-lost", EventPattern=pattern)
    target = {"Id": "queue", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:giaouoc-lost-issue-ticket"}
    events.put_targets(Rule="lost", EventBusName="giaouoc-lost", Targets=[target])
    table = emulated.Tables(clients)("ceremonies")
    for number in range(5):
        table.commit([Put(partition="p", sort=f"s{number}", body={}, expect=ABSENT)], [fact(number)])
    stream = clients.get("dynamodb").describe_table(TableName=table._outbox)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]["ShardId"]
    start = streams.get_shard_iterator(StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = streams.get_records(ShardIterator=start["ShardIterator"])["Records"]
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    now = datetime.now(UTC).isoformat()
    told = {
        "shardId": shard, "startSequenceNumber": numbers[1], "endSequenceNumber": numbers[3], "batchSize": 3,
        "approximateArrivalOfFirstRecord": now, "approximateArrivalOfLastRecord": now, "streamArn": stream,
    }  # fmt: skip
    relay = Relay(events, "giaouoc-lost")
    rescue = OutboxRescue(streams=streams, dynamodb=clients.get("dynamodb"), outbox=table._outbox, relay=relay)
    assert rescue.settle(json.dumps({"DDBStreamBatchInfo": told}))
    assert subjects(sqs, url) == ["R-1", "R-2", "R-3"]
    minute = timedelta(minutes=1)
    assert rescue.carry_committed(datetime.now(UTC) - minute, datetime.now(UTC) + minute) == 5
    assert subjects(sqs, url) == ["R-0", "R-1", "R-2", "R-3", "R-4"]


def subjects(sqs: Any, url: str) -> list[str]:
    found: list[str] = []
    while taken := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages"):
        for message in taken:
            found.append(json.loads(message["Body"])["detail"]["subject"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return sorted(found)

"""Letters by SES, short messages by SNS, one-time schedules: what is handed over, and what each refusal means."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from events.directory import UnitRegistered
from events.envelope import SYSTEM, Act, Envelope, wrap
from shared.aws.clients import Clients
from shared.aws.mail import SesMail
from shared.aws.schedules import AwsSchedules, physical_name
from shared.aws.sms import SnsSms
from shared.aws.world import aws_parts
from shared.embedded.bridge import event_text
from shared.kernel.clock import FixedClock
from shared.kernel.errors import Problem, Refused, Unavailable
from shared.kernel.letters import Sender
from shared.kernel.ports import Letter, TextMessage
from tests.support_aws import REGION

AT = datetime(2027, 2, 12, 0, 30, tzinfo=UTC)
SENDER = Sender(address="thidua@tinh.gov.vn", name="Sở Nội vụ")
ROLE = "arn:aws:iam::123456789012:role/schedules"
QUEUES = "arn:aws:sqs:ap-southeast-1:123456789012:giaouoc-dev-"


def letter(to: str = "thuy@example.vn") -> Letter:
    return Letter(id="L-1", to=to, to_name="Nguyễn Thị Thuý", subject="Giấy mời", text="Kính gửi\n")


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], tuple[Any, Stubber]]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    stubbers = []

    def make(service: str) -> tuple[Any, Stubber]:
        client = Clients(REGION).get(service)
        stubber = Stubber(client)
        stubber.activate()
        stubbers.append(stubber)
        return client, stubber

    yield make
    for stubber in stubbers:
        stubber.assert_no_pending_responses()


Stub = Callable[[str], tuple[Any, Stubber]]


def test_a_letter_is_handed_over_whole(client: Callable[[str], Any]) -> None:
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.ses.models import ses_backends

    client("sesv2").create_email_identity(EmailIdentity=SENDER.address)
    SesMail(client("sesv2"), sender=SENDER, clock=FixedClock(AT)).send(letter())
    (sent,) = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    message = email.message_from_string(sent.raw_data, policy=email.policy.default)
    assert sent.destinations[0] == "thuy@example.vn"
    assert (message["Subject"], message["From"]) == ("Giấy mời", "Sở Nội vụ <thidua@tinh.gov.vn>")
    assert message.get_content().splitlines() == ["Kính gửi"]


@pytest.mark.parametrize(
    ("code", "sentence", "status", "kind", "ours"),
    [
        ("MessageRejected", "Illegal content", 400, Refused, "mail.letter_refused"),
        (
            "MessageRejected",
            "Email address is not verified: thuy@example.vn",
            400,
            Unavailable,
            "mail.sender_not_verified",
        ),
        ("SendingPausedException", "", 400, Unavailable, "mail.sender_not_verified"),
        ("TooManyRequestsException", "Daily message quota exceeded", 429, Unavailable, "mail.later"),
        ("InternalFailure", "", 500, Unavailable, "mail.later"),
    ],
)
def test_why_a_letter_was_not_taken(stub: Stub, code: str, sentence: str, status: int, kind: type, ours: str) -> None:
    client, stubber = stub("sesv2")
    stubber.add_client_error("send_email", code, sentence, status)
    with pytest.raises(Problem) as caught:
        SesMail(client, sender=SENDER, clock=FixedClock(AT)).send(letter())
    assert isinstance(caught.value, kind)
    assert caught.value.code == ours


def test_an_address_that_is_none_never_reaches_the_service(stub: Stub) -> None:
    client, _ = stub("sesv2")
    with pytest.raises(Refused):
        SesMail(client, sender=SENDER, clock=FixedClock(AT)).send(letter("a@b.vn\r\nBcc: c@d.vn"))


def test_a_short_message_is_transactional(stub: Stub) -> None:
    client, stubber = stub("sns")
    attributes = {"AWS.SNS.SMS.SMSType": "Transactional", "AWS.SNS.SMS.SenderID": "GIAOUOC"}
    expected = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    stubber.add_response(
        "publish",
        {"MessageId": "1"},
        {"PhoneNumber": "+84900000001", "Message": "Mã: 123456", "MessageAttributes": expected},
    )
    sms = SnsSms(client, sender_id="GIAOUOC")
    sms.send(TextMessage(id="T-1", to="+84900000001", text="Mã: 123456"))
    stubber.add_client_error("publish", "InvalidParameter", http_status_code=400)
    stubber.add_client_error("publish", "Throttling", http_status_code=400)
    for kind in (Refused, Unavailable):
        with pytest.raises(kind):
            sms.send(TextMessage(id="T-1", to="+84900000001", text="x"))
    for to, text in (("0900000001", "x"), ("+84900000001", ""), ("+84900000001", "x" * 1001)):
        with pytest.raises(Refused):
            sms.send(TextMessage(id="T-1", to=to, text=text))


def fact(name: str = "Sở Nội vụ") -> Envelope:
    act = Act(actor=SYSTEM, at=AT, correlation_id="c-1")
    return wrap(UnitRegistered(unit="U-1", name=name, kind="SO"), act, subject="U-1", version=1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(AT)


@pytest.fixture
def schedules(client: Callable[[str], Any], clock: FixedClock) -> AwsSchedules:
    client("scheduler").create_schedule_group(Name="giaouoc-dev")
    return AwsSchedules(client("scheduler"), group="giaouoc-dev", role_arn=ROLE, queue_arn_prefix=QUEUES, clock=clock)


def standing(client: Callable[[str], Any], name: str) -> Any:
    try:
        return client("scheduler").get_schedule(GroupName="giaouoc-dev", Name=physical_name(name))
    except ClientError:
        return None


def test_a_schedule_sends_what_the_bus_would_bring(schedules: AwsSchedules, client: Callable[[str], Any]) -> None:
    schedules.put(
        "nhắc/1", at=AT + timedelta(days=3, microseconds=1), queue="remind", envelope=fact("<aws.scheduler.x>")
    )
    made = standing(client, "nhắc/1")
    assert made["ScheduleExpression"] == "at(2027-02-15T00:30:01)"
    assert (made["ScheduleExpressionTimezone"], made["ActionAfterCompletion"]) == ("UTC", "NONE")
    target = made["Target"]
    assert (target["Arn"], target["RoleArn"]) == (QUEUES + "remind", ROLE)
    assert target["DeadLetterConfig"] == {"Arn": QUEUES + "bus-dead"}
    assert "<" not in target["Input"]
    own = {"region": None, "account": None}
    assert {**json.loads(target["Input"]), **own} == {**json.loads(event_text(fact("<aws.scheduler.x>"))), **own}


def test_a_name_is_taken_once_and_for_ever(
    schedules: AwsSchedules, client: Callable[[str], Any], clock: FixedClock
) -> None:
    first = AT + timedelta(hours=1)
    schedules.put("n", at=first, queue="remind", envelope=fact())
    schedules.put("n", at=AT + timedelta(hours=2), queue="remind", envelope=fact())
    assert standing(client, "n")["ScheduleExpression"] == "at(2027-02-12T01:30:00)"
    clock.at = first + timedelta(minutes=1)  # it has fired
    schedules.delete("n")
    schedules.put("n", at=AT + timedelta(days=9), queue="remind", envelope=fact())
    assert standing(client, "n")["ScheduleExpression"] == "at(2027-02-12T01:30:00)"


def test_what_is_still_to_come_can_be_taken_back(schedules: AwsSchedules, client: Callable[[str], Any]) -> None:
    schedules.put("n", at=AT + timedelta(hours=1), queue="remind", envelope=fact())
    schedules.delete("n")
    schedules.delete("n")
    assert standing(client, "n") is None
    schedules.put("n", at=AT + timedelta(hours=3), queue="remind", envelope=fact())
    assert standing(client, "n")["ScheduleExpression"] == "at(2027-02-12T03:30:00)"


def test_a_time_that_has_passed_goes_off_soon(schedules: AwsSchedules, client: Callable[[str], Any]) -> None:
    schedules.put("n", at=AT - timedelta(days=1), queue="remind", envelope=fact())
    assert standing(client, "n")["ScheduleExpression"] == "at(2027-02-12T00:31:00)"


def test_fired_schedules_of_past_years_can_be_forgotten(
    schedules: AwsSchedules, client: Callable[[str], Any], clock: FixedClock
) -> None:
    for days in (1, 400, 800):
        schedules.put(f"n{days}", at=AT + timedelta(days=days), queue="remind", envelope=fact())
    clock.at = AT + timedelta(days=500)
    with pytest.raises(ValueError):
        schedules.forget(clock.at)
    assert schedules.forget(AT + timedelta(days=100)) == 1
    assert standing(client, "n1") is None
    assert standing(client, "n400") is not None


@pytest.mark.parametrize("name", ["a", "a" * 500, "nhắc việc", "../x", "n#1"])
def test_every_name_has_one_that_the_service_takes(name: str) -> None:
    taken = physical_name(name)
    assert len(taken) <= 64
    assert set(taken) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    assert taken != physical_name(name + "x")


def test_the_ports_of_a_stage_make_no_client_before_its_use(client: Callable[[str], Any]) -> None:
    environment = {
        "AWS_REGION": REGION,
        "GIAOUOC_DOCUMENTS": "documents",
        "GIAOUOC_PUBLIC": "public",
        "GIAOUOC_SCHEDULES_ROLE": ROLE,
    }
    clients = Clients(REGION)
    parts = aws_parts(environment, stage="dev", sender=("Giao Ước", "tin@giaouoc.example"), clients=clients)
    assert clients._made == {}
    client("scheduler").create_schedule_group(Name="giaouoc-dev")
    parts.schedules.put("n", at=AT, queue="remind", envelope=fact())
    assert standing(client, "n")["Target"]["Arn"] == QUEUES + "remind"
    assert list(clients._made) == ["scheduler"]

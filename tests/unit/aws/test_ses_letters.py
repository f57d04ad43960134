"""Letters by SES beyond the contract: what comes too fast, whose letters they are, and a burst that the service holds back.

The service's refusals are put in front of moto where the SDK's own stubs stand, so that the SDK raises what it raises there.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.header import decode_header, make_header
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from events.envelope import SYSTEM, Act
from infra.embedded.template import load
from shared.aws.mail import PAUSES_S, SesMail, tag_of
from shared.aws.world import aws_parts
from shared.embedded.store import Store
from shared.kernel.clock import FixedClock
from shared.kernel.errors import Unavailable
from shared.kernel.ids import derived_id
from shared.kernel.letters import Sender
from shared.kernel.ports import Letter
from shared.notices.model import Notice, State
from shared.notices.usecases import ListNotices, SendNotice
from tests.support_aws import REGION

AT = datetime(2027, 2, 12, 0, 30, tzinfo=UTC)
SENDER = Sender(address="thidua@tinh.gov.vn", name="Sở Nội vụ: Ban Thi đua - Khen thưởng tỉnh Đắk Lắk (thư tự động)")
LETTERS = 200
ROLE = "arn:aws:iam::123456789012:role/schedules"
Ses = Callable[[Callable[[], str | None]], Any]


@pytest.fixture
def ses(client: Callable[[str], Any]) -> Iterator[Ses]:
    """`make(refuse) -> SesMail` before moto; `refuse()` is asked for each letter: a sentence of refusal, or None."""
    service = client("sesv2")
    service.create_email_identity(EmailIdentity=SENDER.address)
    hooks: list[Any] = []

    def make(refuse: Callable[[], str | None]) -> SesMail:
        def hook(**_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
            sentence = refuse()
            if sentence is None:
                return None
            error = {"Error": {"Code": "TooManyRequestsException", "Message": sentence}}
            return AWSResponse("", 429, {}, None), {**error, "ResponseMetadata": {"HTTPStatusCode": 429}}

        hooks.append(hook)
        service.meta.events.register_first("before-call.sesv2.SendEmail", hook)
        return SesMail(service, sender=SENDER, clock=FixedClock(AT), sleep=waits.append)

    waits: list[float] = []
    make.waits = waits  # type: ignore[attr-defined]
    yield make
    for hook in hooks:
        service.meta.events.unregister("before-call.sesv2.SendEmail", hook)


def taken() -> list[Any]:
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.ses.models import ses_backends

    return list(ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages)


def letter(number: int = 1) -> Letter:
    return Letter(id=f"letter{number}", to=f"a{number}@b.example", to_name="A", subject="S", text="T")


def test_what_comes_too_fast_waits_a_little_and_goes_once(ses: Any) -> None:
    answers = iter(["Maximum sending rate exceeded."] * 3 + [None])
    ses(lambda: next(answers)).send(letter())
    assert len(taken()) == 1
    assert [pause / 2 <= wait <= pause for pause, wait in zip(PAUSES_S, ses.waits, strict=True)] == [True] * 3


@pytest.mark.parametrize(
    ("sentence", "tries"), [("Maximum sending rate exceeded.", 4), ("Daily message quota exceeded.", 1)]
)
def test_what_cannot_go_now_is_left_to_the_queue(ses: Any, sentence: str, tries: int) -> None:
    asked = []
    mail = ses(lambda: asked.append(1) or sentence)
    with pytest.raises(Unavailable) as caught:
        mail.send(letter())
    assert (caught.value.code, len(asked), taken()) == ("mail.later", tries, [])


def test_the_office_is_named_with_all_its_marks(ses: Any) -> None:
    ses(lambda: None).send(letter())
    (sent,) = taken()
    [line] = re.findall(r"^From: (.*?)$(?! )", sent.raw_data.replace("\r\n", "\n").replace("\n ", " "), re.MULTILINE)
    assert line.isascii()
    # decode_header: the newer parser of addresses keeps the fold between two encoded words (RFC 2047 6.2 drops it)
    assert str(make_header(decode_header(line))) == f"{SENDER.name} <{SENDER.address}>"


def test_without_a_sender_letters_wait_and_all_else_works(client: Callable[[str], Any]) -> None:
    environment = {
        "AWS_REGION": REGION,
        "GIAOUOC_DOCUMENTS": "d",
        "GIAOUOC_PUBLIC": "p",
        "GIAOUOC_SCHEDULES_ROLE": ROLE,
    }
    parts = aws_parts(environment, stage="dev", sender=None)
    with pytest.raises(Unavailable) as caught:
        parts.mail.send(letter())
    assert (caught.value.code, taken()) == ("mail.no_sender", [])


def test_letters_go_by_the_offices_rules(client: Callable[[str], Any]) -> None:
    asked: list[dict[str, Any]] = []

    class Service:
        def send_email(self, **request: Any) -> None:
            asked.append(request)

    SesMail(Service(), sender=SENDER, clock=FixedClock(AT), configuration_set="giaouoc-prod").send(letter())
    assert [one["ConfigurationSetName"] for one in asked] == ["giaouoc-prod"]
    assert asked[0]["EmailTags"] == [{"Name": "letter", "Value": "letter1"}]


def test_a_letters_id_is_its_tag() -> None:
    notice = derived_id("notice", "invitation", "t-1")
    assert [tag_of(notice), tag_of(f"{notice}-2")] == [notice, f"{notice}-2"]
    assert len(tag_of("Thư số 1/../x")) == 32


def test_a_burst_that_is_held_back_by_half_loses_nothing_and_repeats_nothing(ses: Any) -> None:
    """200 letters at once, half of all requests refused; messages come again as often as their queue allows."""
    dice = random.Random(20_270_212)
    attempts = load("serverless.yml").queue("send-invitation").max_attempts or 0
    mail = ses(lambda: "Maximum sending rate exceeded." if dice.random() < 0.5 else None)
    with Store(":memory:", {}) as store:
        send = SendNotice(store.table("notices"), mail)
        waiting = [(number, 1) for number in range(LETTERS)]
        dead = []
        while waiting:
            number, attempt = waiting.pop(dice.randrange(len(waiting)))
            try:
                send(Act(actor=SYSTEM, at=AT, correlation_id="burst"), notice(number), lambda _: letter())
            except Unavailable:
                (waiting if attempt < attempts else dead).append((number, attempt + 1))
        for number in range(LETTERS):  # every message once more
            send(Act(actor=SYSTEM, at=AT, correlation_id="burst"), notice(number), lambda _: letter())
        sent = ListNotices(store.table("notices"))(state=State.SENT, limit=200)
    assert dead == []
    assert len(sent.entries) == LETTERS
    assert max(entry.attempts for entry in sent.entries) > 1, "the queue was needed, too"
    assert Counter(one.destinations[0] for one in taken()) == {f"a{number}@b.example": 1 for number in range(LETTERS)}


def notice(number: int) -> Notice:
    return Notice(
        id=derived_id("notice", "burst", number), kind="invitation", recipient=f"registration:{number}",
        address=f"a{number}@b.example", address_name="A", subject_ref=f"ticket:{number}",
    )  # fmt: skip

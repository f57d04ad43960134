"""The function behind the queue mail-feedback, on events as SES publishes them (tests/payloads/ses_*.json)."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.console import http as console
from functions.notices import http as api
from functions.notices import note_mail_feedback
from infra.embedded.payloads import Delivery, sqs_event
from infra.embedded.world import World
from shared.edge.mail_feedback import GREETING, MAX_BYTES, BadFeedback, read_feedback
from shared.edge.queue import BatchFailed
from shared.identity.model import Role
from shared.kernel.errors import Refused
from shared.kernel.ports import Letter
from shared.notices.feedback import Feedback
from shared.notices.ledger import find
from shared.notices.model import Notice, Report, State
from shared.notices.usecases import SendNotice
from tests.edge_world import act, call, context, http_event, sample_world, session_of

PAYLOADS = Path(__file__).parents[1] / "payloads"
KINDS = ("bounce", "complaint", "delivery", "delivery_delay", "reject")
LETTER, ADDRESS = "4k2n0v9s3x7b1c5d8f6g0h2j4m", "lien-he@hoi-nong-dan.example"
AT = datetime(2027, 2, 12, 1, 0, tzinfo=UTC)


def event(kind: str, **changes: Any) -> dict[str, Any]:
    """A published event; `changes` are of its own part (`bounce`, ...)."""
    found: dict[str, Any] = json.loads((PAYLOADS / f"ses_{kind}.json").read_text("utf-8"))
    found.get({"delivery_delay": "deliveryDelay"}.get(kind, kind), {}).update(changes)
    return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with sample_world(tmp_path, at=AT, keys=False) as opened:
        yield opened


def deliver(world: World, *bodies: Any) -> dict[str, Any]:
    queue = world.service.queue("mail-feedback")
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    records = [Delivery(id=str(n), receipt="r", body=text, attempts=1, sent_at=0) for n, text in enumerate(texts)]
    return note_mail_feedback.handler(sqs_event(queue, records), context())


def send(world: World, letter: str = LETTER) -> State:
    notice = Notice(
        id=letter, kind="invitation", recipient="registration:r-1", address=ADDRESS, address_name="Hội Nông dân",
        subject_ref="ticket:t-1",
    )  # fmt: skip
    text = Letter(id="", to="", to_name="", subject="S", text="T")
    return SendNotice(world.ports.table("notices"), world.ports.mail)(act(world), notice, lambda _: text).state


def said(world: World, state: State) -> Any:
    found = find(world.ports.table("notices"), LETTER)
    assert found is not None
    entry = found[0].entry
    assert entry.state is state
    return entry.said


@pytest.mark.parametrize(
    ("kind", "changes", "report", "code"),
    [
        ("bounce", {}, Report.BOUNCED, "notice.bounced_no_mailbox"),
        ("bounce", {"bounceSubType": "General"}, Report.BOUNCED, "notice.bounced"),
        ("bounce", {"bounceSubType": "Suppressed"}, Report.BOUNCED, "notice.bounced_on_list"),
        ("bounce", {"bounceSubType": "OnAccountSuppressionList"}, Report.BOUNCED, "notice.bounced_on_list"),
        ("bounce", {"bounceSubType": "SomethingNew"}, Report.BOUNCED, "notice.bounced"),
        ("bounce", {"bounceType": "Transient", "bounceSubType": "MailboxFull"}, Report.RETURNED, "notice.mailbox_full"),
        ("bounce", {"bounceType": "Transient", "bounceSubType": "MessageTooLarge"}, Report.RETURNED, "notice.too_large"),
        ("bounce", {"bounceType": "Transient", "bounceSubType": "General"}, Report.UNSURE, "notice.may_have_come_back"),
        ("bounce", {"bounceType": "Undetermined", "bounceSubType": "Undetermined"}, Report.UNSURE,
         "notice.may_have_come_back"),
        ("complaint", {}, Report.COMPLAINED, "notice.complained"),
        ("complaint", {"complaintSubType": "OnAccountSuppressionList"}, Report.BOUNCED, "notice.bounced_on_list"),
        ("delivery", {}, Report.DELIVERED, "notice.delivered"),
        ("delivery_delay", {}, Report.DELAYED, "notice.delayed"),
        ("reject", {}, Report.REJECTED, "notice.rejected"),
    ],
)  # fmt: skip
def test_what_each_event_means(kind: str, changes: dict[str, Any], report: Report, code: str) -> None:
    found = read_feedback(json.dumps(event(kind, **changes)))
    assert (found.report, found.reason, found.letter, found.address) == (report, code, LETTER, ADDRESS)
    assert found.sent_at == datetime(2027, 2, 12, 1, 0, 2, 12000, tzinfo=UTC)
    assert ADDRESS not in repr(found)


def test_a_letter_that_came_back_is_shown_with_what_to_do(world: World) -> None:
    send(world)
    assert deliver(world, event("bounce"))["batchItemFailures"] == []
    cookie = session_of(world, Role.ORGANISER)
    page = console.handler(http_event("GET", "/console/notices?state=BOUNCED", cookie=cookie), context())["body"]
    assert "Thư bị trả lại: không có hộp thư này" in page
    assert f"/api/v1/notices/{LETTER}/lift" in page
    assert ADDRESS not in page
    status, listed = call(api.handler, http_event("GET", "/api/v1/notices?state=BOUNCED", cookie=cookie))
    (line,) = listed["entries"]
    assert (status, line["reason"], line["said"]["report"]) == (200, "notice.bounced_no_mailbox", "BOUNCED")
    assert not {"address", "letter"} & set(line), "the digest of an address is nobody's business"
    assert send(world, "n2") is State.SUPPRESSED


def test_only_an_organiser_lifts_and_the_trail_says_who(world: World) -> None:
    send(world)
    deliver(world, event("bounce"))
    path = f"/api/v1/notices/{LETTER}/lift"
    assert call(api.handler, http_event("POST", path))[0] == 401
    assert call(api.handler, http_event("POST", path, cookie=session_of(world, Role.AUDITOR, person="a")))[0] == 403
    cookie = session_of(world, Role.ORGANISER)
    status, line = call(api.handler, http_event("POST", path, cookie=cookie))
    assert (status, line["lifted_at"]) == (200, "2027-02-12T01:00:00Z")
    (trail,) = world.ports.table("notices").query("audit#2027-02-12").items
    assert (trail.body["who"]["id"], trail.body["route"]) == ("organiser", "POST /api/v1/notices/{notice}/lift")
    assert ADDRESS not in str(trail.body)
    assert send(world, "n2") is State.SENT
    page = console.handler(http_event("GET", "/console/notices?state=BOUNCED", cookie=cookie), context())["body"]
    assert "Đã cho gửi lại từ 08:00, 12/02/2027" in page
    status, problem = call(api.handler, http_event("POST", path, cookie=cookie))
    assert (status, problem["code"]) == (409, "notice.not_suppressed")
    assert call(api.handler, http_event("POST", "/api/v1/notices/nobody/lift", cookie=cookie))[0] == 404


def test_one_bad_report_never_holds_up_the_others(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    send(world)
    early = event("bounce")
    early["mail"]["tags"]["letter"] = ["0000000000000000000000000z"]
    answer = deliver(world, "{", event("delivery_delay"), early, {"eventType": "Bounce"}, GREETING)
    failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    assert failed == {"0", "2", "3"}
    assert answer["reasons"] == {"0": "BadFeedback", "2": "NotFound notice.unknown", "3": "BadFeedback"}
    assert said(world, State.SENT).report is Report.DELAYED
    assert ADDRESS not in capfd.readouterr().err
    with pytest.raises(BatchFailed):
        deliver(world, "{")


@pytest.mark.parametrize("kind", ["Send", "Open", "Click", "Rendering Failure", "Subscription", "NewInTheFuture"])
def test_events_that_nobody_here_uses_are_acknowledged(world: World, kind: str) -> None:
    assert deliver(world, {**event("delivery"), "eventType": kind})["batchItemFailures"] == []


def test_letters_of_others_and_complaints_taken_back_are_acknowledged(world: World) -> None:
    send(world)
    test_mail = event("bounce")
    del test_mail["mail"]["tags"]["letter"]
    answer = deliver(world, GREETING, test_mail, event("complaint", complaintFeedbackType="not-spam"))
    assert answer["batchItemFailures"] == []
    assert said(world, State.SENT) is None


@pytest.mark.parametrize(
    "body",
    ["", "null", "[]", "{}", '"x"', "[" * 100_000, " " * (MAX_BYTES + 1), '{"eventType": 1}', "9" * 5000, "\ud800"],
    ids=range(10),
)
def test_what_is_no_event_is_a_failure(body: str) -> None:
    with pytest.raises(BadFeedback) as caught:
        read_feedback(body)
    assert len(str(caught.value)) < 40, "the text itself travels in no error"


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=30), st.lists(st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2), st.just("x" * 5000), st.just([ADDRESS] * 2),
    st.just("2027-02-12T01:00:00"), st.just("9999-12-31T23:59:59-23:00"),
)  # fmt: skip


@given(kind=st.sampled_from(KINDS), junk=JUNK, drop=st.booleans(), data=st.data())
def test_an_event_with_any_part_spoilt_is_read_refused_or_failed(kind: str, junk: Any, drop: bool, data: Any) -> None:
    spoilt = copy.deepcopy(event(kind))
    node: Any = spoilt
    while True:
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        if isinstance(node[key], dict | list) and node[key] and data.draw(st.booleans()):
            node = node[key]
            continue
        if drop:
            del node[key]
        else:
            node[key] = junk
        break
    with contextlib.suppress(BadFeedback, Refused):
        assert isinstance(read_feedback(json.dumps(spoilt)), Feedback)

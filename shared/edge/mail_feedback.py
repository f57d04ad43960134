"""Queue mail-feedback: what SES reports of letters, an SQS batch in, reports of the ledger out (partial batch response).

SES publishes sending events to a topic, which hands them on raw (infra/mail.yml). They are read here as a stranger's
text, bounded and form by form, after the SES developer guide ("Contents of event data that Amazon SES publishes to
Amazon SNS"). What concerns no letter of ours, or nobody here, is acknowledged (a line of level INFO); what is not of the
promised form is a failure and ends in the dead letters. Addresses and diagnostic texts are never logged.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from events.envelope import SYSTEM, Act
from shared.edge import queue, telemetry, wiring
from shared.kernel.errors import Refused
from shared.kernel.malformed import Malformed
from shared.notices.feedback import Feedback
from shared.notices.model import Report

MAX_BYTES: Final = 256 * 1024  # the most that a topic's message holds
GREETING: Final = "Successfully validated SNS topic for Amazon SES event publishing."
"""What SES sends once, as plain text, when the topic is connected."""
_LONGEST: Final = 400
_ON_LIST: Final = "OnAccountSuppressionList"
_GONE: Final = {
    "NoEmail": "notice.bounced_no_mailbox",
    "Suppressed": "notice.bounced_on_list",
    _ON_LIST: "notice.bounced_on_list",
}
_RETURNED: Final = {
    "MailboxFull": "notice.mailbox_full",
    "MessageTooLarge": "notice.too_large",
    "ContentRejected": "notice.content_refused",
    "AttachmentRejected": "notice.content_refused",
}


class BadFeedback(Malformed):
    """Not an event as SES documents it; `reason` names the part."""


def consume(message: Mapping[str, Any], context: Any, note: Callable[[Act, Feedback], object]) -> dict[str, Any]:
    """Gives each report of the batch to `note`; answers as queue.consume does."""
    clock = wiring.ports().clock

    def deliver(record: SQSRecord) -> None:
        act = Act(actor=SYSTEM, at=clock.now(), correlation_id=record.message_id)
        try:
            note(act, read_feedback(record.body))
        except Refused as refused:
            telemetry.refusal("mail-feedback", refused.code, act.correlation_id)
        except Exception as error:
            telemetry.fault("mail-feedback", error, act.correlation_id)
            raise

    return queue.each_record(message, context, deliver)


def read_feedback(body: str) -> Feedback:
    """The report in a message of the queue.

    Raises BadFeedback; Refused(feedback.greeting, feedback.not_ours, feedback.unknown_type, feedback.nothing_to_do) for
    what is in order and concerns no letter of ours.
    """
    if body.strip() == GREETING:
        raise Refused("feedback.greeting")
    event = _object(_json(body), "event")
    kind = _text(event, "eventType")
    if kind not in _READERS:
        raise Refused("feedback.unknown_type")
    mail = _object(event.get("mail"), "mail")
    letters = _object(mail.get("tags", {}), "tags").get("letter")
    if letters is None:
        raise Refused("feedback.not_ours")
    sent_at = _time(mail, "timestamp")
    report, reason, at = _READERS[kind](event, sent_at)
    return Feedback(
        letter=_only(letters, "letter"),
        address=_only(mail.get("destination"), "destination"),
        report=report,
        reason=reason,
        at=at,
        sent_at=sent_at,
    )


_Read = tuple[Report, str, datetime]


def _bounce(event: Mapping[str, Any], _: datetime) -> _Read:
    bounce = _object(event.get("bounce"), "bounce")
    kind, sub, at = _text(bounce, "bounceType"), _text(bounce, "bounceSubType"), _time(bounce, "timestamp")
    if kind == "Permanent":
        return Report.BOUNCED, _GONE.get(sub, "notice.bounced"), at
    if kind not in ("Transient", "Undetermined"):
        raise BadFeedback("bounceType")
    if sub in _RETURNED:
        return Report.RETURNED, _RETURNED[sub], at
    return Report.UNSURE, "notice.may_have_come_back", at


def _complaint(event: Mapping[str, Any], _: datetime) -> _Read:
    complaint = _object(event.get("complaint"), "complaint")
    at = _time(complaint, "timestamp")
    if complaint.get("complaintSubType") == _ON_LIST:  # SES did not even try
        return Report.BOUNCED, "notice.bounced_on_list", at
    if complaint.get("complaintFeedbackType") == "not-spam":  # the reader takes a complaint back
        raise Refused("feedback.nothing_to_do")
    return Report.COMPLAINED, "notice.complained", at


def _delay(event: Mapping[str, Any], _: datetime) -> _Read:
    return Report.DELAYED, "notice.delayed", _time(_object(event.get("deliveryDelay"), "deliveryDelay"), "timestamp")


def _delivery(event: Mapping[str, Any], _: datetime) -> _Read:
    return Report.DELIVERED, "notice.delivered", _time(_object(event.get("delivery"), "delivery"), "timestamp")


def _reject(event: Mapping[str, Any], sent_at: datetime) -> _Read:
    _object(event.get("reject"), "reject")  # has no time of its own
    return Report.REJECTED, "notice.rejected", sent_at


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any], datetime], _Read]]] = {
    "Bounce": _bounce,
    "Complaint": _complaint,
    "Delivery": _delivery,
    "DeliveryDelay": _delay,
    "Reject": _reject,
}


def _json(body: str) -> Any:
    if len(body) > MAX_BYTES:
        raise BadFeedback("too_long")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise BadFeedback("not_json") from None  # the error would quote the text


def _object(value: Any, part: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadFeedback(part)
    return value


def _text(parent: Mapping[str, Any], part: str) -> str:
    return _short(parent.get(part), part)


def _short(value: Any, part: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST:
        raise BadFeedback(part)
    return value


def _only(values: Any, part: str) -> str:
    """Tags and recipients are lists; each of our letters has one of both."""
    if not isinstance(values, list) or len(values) != 1:
        raise BadFeedback(part)
    return _short(values[0], part)


def _time(parent: Mapping[str, Any], part: str) -> datetime:
    try:
        at = datetime.fromisoformat(_text(parent, part))
        if at.tzinfo is None:
            raise ValueError(part)
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadFeedback(part) from None

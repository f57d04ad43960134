"""What is logged and kept of an error: enough to mend the cause, and no sentence, which may quote a person."""

from __future__ import annotations

import io
import json

import pytest
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from shared.edge import telemetry
from shared.kernel.errors import Refused, Unavailable, reason_of

DENIED = ClientError(
    {"Error": {"Code": "AccessDeniedException", "Message": "not authorized on identity/vy.doan@tinhdoan.example"}},
    "SendEmail",
)


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (Refused("ticket.already_admitted", name="Nguyễn Thị Thuý"), "Refused ticket.already_admitted"),
        (KeyError("Nguyễn Thị Thuý"), "KeyError"),
        (DENIED, "ClientError SendEmail AccessDeniedException"),
    ],
)
def test_the_reason_kept_of_an_error_holds_no_sentence(error: Exception, kept: str) -> None:
    assert reason_of(error) == kept


@pytest.mark.parametrize(
    ("error", "logged"),
    [
        (Unavailable("mail.sender_not_verified"), ("Unavailable", "mail.sender_not_verified")),
        (DENIED, ("ClientError", "SendEmail AccessDeniedException")),
        (KeyError("Nguyễn Thị Thuý"), ("KeyError", None)),
    ],
)
def test_the_log_says_which_of_our_codes_or_of_the_services(
    error: Exception, logged: tuple[str, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.StringIO()
    monkeypatch.setattr(telemetry, "_logger", Logger(service=f"test-{logged[0]}", stream=written))
    telemetry.fault("send-invitation", error, "c-1")
    line = json.loads(written.getvalue())
    assert (line["error"], line.get("code"), line["correlation_id"]) == (*logged, "c-1")
    assert "Thuý" not in written.getvalue()
    assert "vy.doan" not in written.getvalue()

"""What every Mail does (shared/kernel/ports.py): what arrives, and that no name breaks a header."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from typing import Any

import pytest

from shared.kernel.errors import Refused
from shared.kernel.ports import Attachment, Letter
from tests.hostile import CLEANED, HOSTILE_NAMES


def letter(**more: Any) -> Letter:
    values: dict[str, Any] = {
        "id": "invitation-1",
        "to": "thuy.nguyen@so-noi-vu.example",
        "to_name": "Nguyễn Thị Thuý",
        "subject": "Thư mời dự Lễ tổng kết phong trào thi đua năm 2026",
        "text": "Kính mời ông/bà.\nTrân trọng.\n\n.\nDear guest.\n",
    }
    return Letter(**{**values, **more})


def only(post_office: Any) -> EmailMessage:
    [data] = post_office.delivered()
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def test_a_letter_arrives_as_it_was_written(post_office: Any) -> None:
    post_office.mail.send(letter())
    message = only(post_office)
    [to] = message["to"].addresses
    assert (to.display_name, to.addr_spec) == ("Nguyễn Thị Thuý", "thuy.nguyen@so-noi-vu.example")
    assert message["subject"] == letter().subject
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == letter().text  # type: ignore[union-attr]
    assert len(message["from"].addresses) == 1
    assert message["message-id"]
    assert message["date"]


def test_html_and_files(post_office: Any) -> None:
    files = (
        Attachment(filename="Thẻ dự lễ.png", content_type="image/png", data=bytes(range(256)) * 50),
        Attachment(
            filename="lễ.ics", content_type="text/calendar; method=PUBLISH; charset=utf-8", data="Lễ\r\n".encode()
        ),
    )
    post_office.mail.send(letter(html="<p>Kính mời</p>", attachments=files))
    message = only(post_office)
    assert message.get_body(("html",)).get_content().strip() == "<p>Kính mời</p>"  # type: ignore[union-attr]
    picture, calendar = message.iter_attachments()
    assert (picture.get_filename(), picture.get_content_type()) == ("Thẻ dự lễ.png", "image/png")
    assert picture.get_payload(decode=True) == files[0].data
    assert (calendar.get_filename(), calendar["content-type"].params["method"]) == ("lễ.ics", "PUBLISH")
    assert calendar.get_payload(decode=True) == files[1].data


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=range(len(HOSTILE_NAMES)))
def test_no_name_breaks_a_header(post_office: Any, name: str) -> None:
    attachment = Attachment(filename=name, content_type="text/plain", data=b"x")
    post_office.mail.send(letter(to_name=name, subject=f"Thư mời {name}", text=name, attachments=(attachment,)))
    message = only(post_office)
    assert [each.addr_spec for each in message["to"].addresses] == ["thuy.nguyen@so-noi-vu.example"]
    assert message["bcc"] is None
    assert sorted(set(message.keys())) == sorted(message.keys())
    head = b"\n".join(post_office.delivered()[0].split(b"\r\n\r\n")[0].splitlines())
    assert max(map(len, head.split(b"\n"))) <= 998
    shown = message["to"].addresses[0].display_name
    assert all(letter.isprintable() for letter in shown + message["subject"])
    if name in CLEANED:
        assert shown == CLEANED[name]
        assert message["subject"] == f"Thư mời {CLEANED[name]}"
    [file] = message.iter_attachments()
    assert not set("/\\\r\n") & set(file.get_filename() or "")


@pytest.mark.parametrize(
    "address",
    ["", "a", "a@", "@b.example", "a@b", "a b@c.example", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example",
     "<a@b.example>", "a@b.example;c@d.example", "a@[127.0.0.1]", "ế@b.example", "a@b.example ", "x" * 300 + "@b.example"],
)  # fmt: skip
def test_what_is_not_one_address_is_refused(post_office: Any, address: str) -> None:
    with pytest.raises(Refused):
        post_office.mail.send(letter(to=address))
    assert post_office.delivered() == []


def test_a_repeat_bears_the_same_message_id(post_office: Any) -> None:
    for number in (1, 1, 2):
        post_office.mail.send(letter(id=f"notice-{number}"))
    messages = [email.message_from_bytes(data, policy=email.policy.default) for data in post_office.delivered()]
    assert len({message["message-id"] for message in messages}) == 2

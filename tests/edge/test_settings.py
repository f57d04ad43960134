"""Under which names anything may be issued at all."""

import pytest

from shared.edge.settings import NO_SENDER, SettingsError, load

SET = {"GIAOUOC_ISSUER": "TDOAN", "GIAOUOC_DATA": "data"}


@pytest.mark.parametrize(
    "origin",
    ["https://thidua.tinh.vn", "https://thidua.tinh.vn:8443", "https://localhost.tinh.vn", "http://localhost:8000"],
)
def test_names_that_an_office_may_own(origin):
    assert load({**SET, "GIAOUOC_ORIGIN": origin}).origin == origin


@pytest.mark.parametrize(
    "origin",
    [
        "https://10.0.0.5", "https://localhost", "https://localhost:8443", "https://thidua.localhost", "https://thidua",
        "https://-a.vn", "https://a..vn", "https://THIDUA.VN", "http://thidua.vn", "https://a.vn/", "https://a.vn:", "",
    ],
)  # fmt: skip
def test_names_that_no_code_may_bear(origin):
    with pytest.raises(SettingsError, match="GIAOUOC_ORIGIN"):
        load({**SET, "GIAOUOC_ORIGIN": origin})


HERE = {**SET, "GIAOUOC_ORIGIN": "https://thidua.tinh.vn"}


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("Sở Nội vụ <thidua@tinh.gov.vn>", ("Sở Nội vụ", "thidua@tinh.gov.vn")),
        ('"Ban Thi đua, Khen thưởng" <a@b.vn>', ("Ban Thi đua, Khen thưởng", "a@b.vn")),
        ("Ban Thi đua, Khen thưởng <a@b.vn>", ("Ban Thi đua, Khen thưởng", "a@b.vn")),
        ("thidua@tinh.gov.vn", ("Giao Ước", "thidua@tinh.gov.vn")),
        ("", NO_SENDER),
    ],
)
def test_from_whom_letters_are(text, sender):
    assert load({**HERE, "MAIL_FROM": text}).mail_from == sender


@pytest.mark.parametrize(
    "text", ["Sở Nội vụ", "a@b", "A <a@b.vn", "A <a@b.vn>, B <c@d.vn>", "A\r\nBcc: x <a@b.vn>", "<>"]
)
def test_a_wrong_sender_is_named(text):
    with pytest.raises(SettingsError, match="MAIL_FROM"):
        load({**HERE, "MAIL_FROM": text})


def test_a_mail_server_needs_a_sender():
    with pytest.raises(SettingsError, match="MAIL_FROM"):
        load({**HERE, "SMTP_URL": "smtp://mail.tinh.vn:587"})


def test_rules_for_letters_and_the_name_on_short_messages():
    settings = load({**HERE, "GIAOUOC_MAIL_SET": "giaouoc-prod", "GIAOUOC_SMS_SENDER": "UBND-TINH"})
    assert (settings.mail_set, settings.sms_sender) == ("giaouoc-prod", "UBND-TINH")
    assert (load(HERE).mail_set, load({**HERE, "GIAOUOC_SMS_SENDER": ""}).sms_sender) == (None, None)
    for wrong in ("0912345678", "Ủy ban", "A" * 12):
        with pytest.raises(SettingsError, match="GIAOUOC_SMS_SENDER"):
            load({**HERE, "GIAOUOC_SMS_SENDER": wrong})

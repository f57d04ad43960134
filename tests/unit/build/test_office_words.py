"""What `make deploy` asks for, and how it says what is missing or wrong."""

import pytest

from infra.build.deploy import main
from infra.build.office import NEEDED, Office, read
from infra.build.targets import ROOT
from infra.embedded.errors import EngineError

GIVEN = {
    "HOST": "thidua.tinh.gov.vn",
    "ISSUER": "TDOAN",
    "CERTIFICATE": "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
    "MAIL_FROM": "Sở Nội vụ <thidua@Tinh.gov.vn>",
    "ALARM_MAIL": "truc@tinh.gov.vn",
    "STAGE": "prod",
    "REGION": "ap-southeast-1",
}


def test_an_office_says_who_it_is_once() -> None:
    office = read({**GIVEN, "PATH": "/bin"})
    assert isinstance(office, Office)
    assert (office.host, office.mail_domain, office.verify_reserve) == ("thidua.tinh.gov.vn", "tinh.gov.vn", "0")
    given = office.parameters()
    assert given["mailFrom"] == "Sở Nội vụ <thidua@Tinh.gov.vn>"
    assert (given["frontOnly"], given["target"], given["architecture"]) == ("yes", "lambda", "arm64")


def test_everything_missing_is_named_at_once_in_both_languages() -> None:
    with pytest.raises(EngineError) as refused:
        read({"HOST": "thidua.tinh.gov.vn", "STAGE": " "})
    vietnamese, english = str(refused.value).split("Not enough to deploy")
    for name in set(NEEDED) - {"HOST"}:
        assert name in vietnamese
        assert name in english
    assert refused.value.code == "deploy.missing"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOST", "10.0.0.1"),
        ("HOST", "localhost"),
        ("HOST", "thidua.tinh.gov.vn:8443"),
        ("HOST", "https://thidua.tinh.gov.vn"),
        ("ISSUER", "tỉnh đoàn"),
        ("CERTIFICATE", GIVEN["CERTIFICATE"].replace("us-east-1", "ap-southeast-1")),
        ("CERTIFICATE", "12345"),
        ("MAIL_FROM", "Sở Nội vụ"),
        ("MAIL_FROM", "Sở Nội vụ <thidua@tinh.gov.vn>\nBcc: x@y.vn"),
        ("ALARM_MAIL", "truc"),
        ("STAGE", "Prod!"),
        ("REGION", "Singapore"),
        ("VERIFY_RESERVE", "nhiều"),
        ("SMS_SENDER", "0912345678"),
    ],
)
def test_a_wrong_word_is_named(name: str, value: str) -> None:
    with pytest.raises(EngineError) as refused:
        read({**GIVEN, name: value})
    assert refused.value.code == "deploy.wrong"
    assert f"{name}=" in str(refused.value) or (name == "MAIL_FROM" and "MAIL_FROM:" in str(refused.value))
    assert "GIAOUOC_" not in str(refused.value), "the words of make deploy, not those of the functions"


def test_all_wrong_words_are_named_at_once() -> None:
    with pytest.raises(EngineError) as refused:
        read({**GIVEN, "STAGE": "Prod", "REGION": "x", "ISSUER": "?"})
    assert all(name in str(refused.value) for name in ("STAGE=Prod", "REGION=x", "ISSUER=?"))


def test_a_dry_run_says_what_would_be_done_and_asks_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("subprocess.run", None)
    monkeypatch.setattr("boto3.client", None)
    assert main({**GIVEN, "DRY_RUN": "1"}) == 0
    said = capsys.readouterr().out
    assert "osls deploy" in said
    assert "'--param=mailFrom=Sở Nội vụ <thidua@Tinh.gov.vn>'" in said
    assert "static/vendor/noble-ed25519.js  [text/javascript; charset=utf-8; public, max-age=300]" in said
    assert "giaouoc-prod" in said
    assert str(ROOT) not in said


def test_without_its_words_nothing_begins(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("subprocess.run", None)
    assert main({"DRY_RUN": "1"}) == 1
    assert "make deploy HOST=" in capsys.readouterr().err

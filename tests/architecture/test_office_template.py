"""The template that an office deploys: what it says to `make deploy` stands where it must, and the whole still lints."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.build.deploy import commands
from infra.build.office import read
from tests.architecture.packaging import packaged
from tests.architecture.template_reading import Template, of
from tests.unit.build.test_office_words import GIVEN

HOST = GIVEN["HOST"]


@pytest.fixture(scope="module")
def template_of_an_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    (folder / "home").mkdir()
    office = read({**GIVEN, "VERIFY_RESERVE": "50", "SMS_SENDER": "SoNoiVu"})
    words = commands(office)[1]
    return packaged(folder / "service", folder / "home", *words[words.index("--stage") :])


@pytest.fixture(scope="module")
def template(template_of_an_office: Path) -> Template:
    found: dict[str, Any] = json.loads(template_of_an_office.read_text())
    return found


def test_it_lints(template_of_an_office: Path) -> None:
    # W3005, W8003: see test_packaged_template.py
    linter = Path(sys.executable).with_name("cfn-lint")
    ran = subprocess.run(
        [linter, "--ignore-checks", "W3005", "W8003", "--", str(template_of_an_office)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_an_offices_words_stand_where_they_must(template: Template) -> None:
    resources = template["Resources"]
    config = resources["Distribution"]["Properties"]["DistributionConfig"]
    assert config["Aliases"] == [HOST]
    assert config["ViewerCertificate"]["AcmCertificateArn"] == GIVEN["CERTIFICATE"]
    rules = resources["DocumentsBucket"]["Properties"]["CorsConfiguration"]["CorsRules"]
    assert [rule["AllowedOrigins"] for rule in rules] == [[f"https://{HOST}"]]
    assert resources["AlarmMail"]["Properties"]["Endpoint"] == GIVEN["ALARM_MAIL"]
    assert resources["MailDomain"]["Properties"]["EmailIdentity"] == "tinh.gov.vn"
    for one in of(template, "AWS::Lambda::Function").values():
        given = one["Environment"]["Variables"]
        assert given["GIAOUOC_ORIGIN"] == f"https://{HOST}"
        assert (given["GIAOUOC_ISSUER"], given["GIAOUOC_STAGE"]) == ("TDOAN", "prod")
        assert (given["MAIL_FROM"], given["GIAOUOC_SMS_SENDER"]) == (GIVEN["MAIL_FROM"], "SoNoiVu")
        assert given["GIAOUOC_FRONT_ONLY"] == "yes"


def test_verification_has_its_own_share_when_the_office_asks_for_it(template: Template) -> None:
    reserved = template["Resources"]["PublicVerifyLambdaFunction"]["Properties"]["ReservedConcurrentExecutions"]
    assert reserved == {"Fn::If": ["VerifyIsReserved", "50", {"Ref": "AWS::NoValue"}]}
    assert template["Conditions"]["VerifyIsReserved"] == {"Fn::Not": [{"Fn::Equals": ["50", "0"]}]}


def test_nothing_is_left_of_what_stands_for_an_office_that_was_not_given(template_of_an_office: Path) -> None:
    assert "not-given" not in template_of_an_office.read_text().lower()
    assert "000000000000" not in template_of_an_office.read_text()


def test_it_is_small_enough_for_cloudformation(template: Template) -> None:
    """A template may have 1,000,000 bytes when it comes from a bucket, as osls sends it, and 200 outputs."""
    assert len(json.dumps(template, separators=(",", ":"))) < 600_000
    assert len(template["Outputs"]) < 50

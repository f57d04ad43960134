"""What an office says when it deploys to AWS: read from the words of `make deploy`, checked before anything is asked of AWS.

Called by deploy.py. Everything that is missing is named at once, and so is everything that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from infra.build import template
from infra.build.targets import target_named
from infra.embedded.errors import EngineError
from shared.edge.settings import SettingsError, load

NEEDED: Final = ("HOST", "ISSUER", "CERTIFICATE", "MAIL_FROM", "ALARM_MAIL", "STAGE", "REGION")
_STAGE: Final = re.compile(r"[a-z][a-z0-9-]{0,15}")
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_CERTIFICATE: Final = re.compile(r"arn:aws:acm:us-east-1:[0-9]{12}:certificate/[0-9a-f-]{36}")
_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_RESERVE: Final = re.compile(r"0|[1-9][0-9]{0,3}")
_TYPED: Final = {
    "GIAOUOC_ORIGIN": (
        "HOST",
        "tên miền, chữ thường, không có https:// / a name, lower case, no https://: thidua.tinh.gov.vn",
    ),
    "GIAOUOC_ISSUER": (
        "ISSUER",
        "nhiều nhất 12 chữ in hoa không dấu, số, gạch nối / at most 12 capitals, digits, hyphens: TDOAN",
    ),
    "GIAOUOC_SMS_SENDER": (
        "SMS_SENDER",
        "nhiều nhất 11 chữ không dấu và số, có chữ / at most 11 letters and digits, a letter: SONOIVU",
    ),
}
"""What the functions call otherwise than whoever deploys, and what it has to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A deployment's own words. `mail_from` is `Name <address>`; `verify_reserve` is a number of executions, 0 for none."""

    host: str
    issuer: str
    certificate: str
    mail_from: str
    mail_domain: str
    alarm_mail: str
    stage: str
    region: str
    verify_reserve: str = "0"
    sms_sender: str = ""

    def parameters(self) -> dict[str, str]:
        """What serverless.yml is told with --param."""
        return {
            **template.parameters(target_named("lambda")),
            "host": self.host,
            "issuer": self.issuer,
            "certificate": self.certificate,
            "mailFrom": self.mail_from,
            "mailDomain": self.mail_domain,
            "alarmMail": self.alarm_mail,
            "smsSender": self.sms_sender,
            "verifyReserve": self.verify_reserve,
            "frontOnly": "yes",
        }


def read(environment: Mapping[str, str]) -> Office:
    """The office's words. Raises EngineError: `deploy.missing` naming all that is missing, `deploy.wrong` all that is wrong."""
    given = {name: environment.get(name, "").strip() for name in (*NEEDED, "VERIFY_RESERVE", "SMS_SENDER")}
    if missing := [name for name in NEEDED if not given[name]]:
        raise EngineError("deploy.missing", names=", ".join(missing))
    faults = [
        f"{name}={given[name]}: {wanted}"
        for name, pattern, wanted in (
            ("STAGE", _STAGE, "chữ thường không dấu, số, gạch nối / lower-case letters, digits, hyphens: prod"),
            ("REGION", _REGION, "tên một vùng AWS / an AWS region: ap-southeast-1"),
            (
                "CERTIFICATE",
                _CERTIFICATE,
                "ARN đầy đủ, ở us-east-1 / the whole ARN, in us-east-1: arn:aws:acm:us-east-1:<account>:certificate/<id>",
            ),
            ("ALARM_MAIL", _ADDRESS, "một địa chỉ thư / one mail address: truc@tinh.gov.vn"),
            ("VERIFY_RESERVE", _RESERVE, "một số / a number: 50"),
        )
        if not pattern.fullmatch(given[name] or "0")
    ]
    mail_domain = ""
    try:
        settings = load(
            {
                "GIAOUOC_ENGINE": "aws",
                "GIAOUOC_ORIGIN": f"https://{given['HOST']}",
                "GIAOUOC_ISSUER": given["ISSUER"],
                "MAIL_FROM": given["MAIL_FROM"],
                "GIAOUOC_SMS_SENDER": given["SMS_SENDER"],
            }
        )
        mail_domain = settings.mail_from[1].rpartition("@")[2].lower()
        if ":" in settings.host:
            faults.append(f"HOST={given['HOST']}: không ghi cổng / no port")
    except SettingsError as error:
        faults += [_as_typed(line, given) for line in str(error).splitlines()]
    if faults:
        raise EngineError("deploy.wrong", faults="\n".join(faults))
    return Office(
        host=given["HOST"],
        issuer=given["ISSUER"],
        certificate=given["CERTIFICATE"],
        mail_from=given["MAIL_FROM"],
        mail_domain=mail_domain,
        alarm_mail=given["ALARM_MAIL"],
        stage=given["STAGE"],
        region=given["REGION"],
        verify_reserve=given["VERIFY_RESERVE"] or "0",
        sms_sender=given["SMS_SENDER"],
    )


def _as_typed(fault: str, given: Mapping[str, str]) -> str:
    """A fault of the functions' settings under the name that `make deploy` knows."""
    typed = _TYPED.get(fault.partition("=")[0])
    return fault if typed is None else f"{typed[0]}={given[typed[0]]}: {typed[1]}"

"""The AWS adapters for the contract suites of Schedules, Mail and Keyring, and what their services do behind them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.aws.key_register import change_register
from shared.aws.key_store import PURPOSES, KmsKeyStore
from shared.aws.keys import KmsKeyring
from shared.aws.mail import SesMail
from shared.aws.objects import S3Objects
from shared.aws.schedules import AwsSchedules
from shared.kernel.clock import FixedClock
from tests.contract.key_folders import FROM, UNTIL, certificate
from tests.contract.mail_servers import CLOCK, SENDER
from tests.contract.test_schedules_contract import AT
from tests.support_aws import REGION, account_for, make_bucket

QUEUES = f"arn:aws:sqs:{REGION}:123456789012:giaouoc-dev-"


class SchedulerEngine:
    """moto keeps schedules but fires none: what is due is read back and counted as fired here."""

    def __init__(self, request: Any) -> None:
        self.client = account_for(request)("scheduler")
        self.client.create_schedule_group(Name="giaouoc-dev")
        self.clock = FixedClock(AT - timedelta(days=1))
        self.schedules = AwsSchedules(
            self.client,
            group="giaouoc-dev",
            role_arn="arn:aws:iam::123456789012:role/schedules",
            queue_arn_prefix=QUEUES,
            clock=self.clock,
        )
        self.fired_names: set[str] = set()

    def fired(self, until: datetime) -> list[tuple[str, dict[str, Any]]]:
        """(queue, EventBridge event) of all that fired since the last call."""
        self.clock.at = until
        found = []
        for each in self.client.list_schedules(GroupName="giaouoc-dev", MaxResults=100)["Schedules"]:
            made = self.client.get_schedule(GroupName="giaouoc-dev", Name=each["Name"])
            at = datetime.strptime(made["ScheduleExpression"] + "+0000", "at(%Y-%m-%dT%H:%M:%S)%z")
            if at <= until and each["Name"] not in self.fired_names:
                self.fired_names.add(each["Name"])
                found.append((made["Target"]["Arn"].removeprefix(QUEUES), json.loads(made["Target"]["Input"])))
        return found


class SesPost:
    """Reads what moto's SES took."""

    def __init__(self, request: Any) -> None:
        client = account_for(request)("sesv2")
        client.create_email_identity(EmailIdentity=SENDER.address)
        self.mail = SesMail(client, sender=SENDER, clock=CLOCK)

    def delivered(self) -> list[bytes]:
        from moto.core import DEFAULT_ACCOUNT_ID
        from moto.ses.models import ses_backends

        return [sent.raw_data.encode() for sent in ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages]


def kms_keyring(request: Any) -> KmsKeyring:
    """A key of every purpose, made as a key session makes them."""
    client = account_for(request)
    kms, objects = client("kms"), S3Objects(client("s3"), make_bucket(client("s3"), "register"))
    store = KmsKeyStore(kms, prefix="giaouoc-dev", register=objects)
    for purpose in PURPOSES:
        store.create_key("TDKT", purpose, FROM, UNTIL, certificate if purpose == "seal" else None)
    change_register(objects, lambda kept: [replace(one, listed=True) for one in kept])
    return KmsKeyring(kms, register=objects, clock=FixedClock(FROM + timedelta(days=40)))

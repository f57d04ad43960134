"""The adapters of the AWS engine, put together for one stage (called by shared/edge/wiring.py).

Names follow infra/*.yml: everything of a stage begins with its prefix. Buckets, and the role that schedules send with,
come from the environment that serverless.yml gives every function. No client is made before it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from shared.aws.clients import Clients
from shared.aws.later import later
from shared.aws.objects import S3Objects
from shared.aws.schedules import AwsSchedules
from shared.aws.sms import SnsSms
from shared.aws.table import DynamoTable
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.errors import Unavailable
from shared.kernel.ports import Keyring, Mail, Objects, Schedules, Sms, Table
from shared.kernel.public_files import caching

if TYPE_CHECKING:
    from shared.kernel.operations import Backups, FailedWork

SERVICE: Final = "giaouoc"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsParts:
    """One adapter for each port."""

    table: Callable[[str], Table]
    objects: Objects
    public: Objects
    mail: Mail
    sms: Sms
    schedules: Schedules
    keyring: Keyring
    clock: Clock
    failed_work: FailedWork
    backups: Backups


def aws_parts(
    environment: Mapping[str, str],
    *,
    stage: str,
    sender: tuple[str, str] | None,
    mail_set: str | None = None,
    sms_sender: str | None = None,
    clients: Clients | None = None,
    works: Sequence[str] = (),
    tables: Sequence[str] = (),
) -> AwsParts:
    """The adapters. `sender` is name and address on letters: without one, letters wait (Unavailable mail.no_sender), and
    functions that send none never ask. `mail_set`: the SES configuration set; `sms_sender`: the registered name. `works`,
    `tables`: names of the stage's queues and tables, for whoever looks after it.

    Raises KeyError naming a variable that serverless.yml or Lambda should have set.
    """
    made = clients or Clients(environment["AWS_REGION"])
    prefix = f"{SERVICE}-{stage}"
    clock = SystemClock()
    role = environment["GIAOUOC_SCHEDULES_ROLE"]
    documents = S3Objects(made.later("s3"), environment["GIAOUOC_DOCUMENTS"], clock=clock)

    def table(context: str) -> Table:
        return DynamoTable(made.later("dynamodb"), f"{prefix}-{context}", f"{prefix}-outbox", clock=clock)

    def mail() -> Mail:
        from shared.aws.mail import SesMail  # the standard library's mail messages: 20 ms
        from shared.kernel.letters import Sender

        if sender is None:
            raise Unavailable("mail.no_sender")
        name, address = sender
        who = Sender(name=name, address=address)
        return SesMail(made.later("sesv2"), sender=who, clock=clock, configuration_set=mail_set)

    def keyring() -> Keyring:
        from shared.aws.keys import KmsKeyring  # the signature library: 15 ms

        return KmsKeyring(made.later("kms"), register=documents, clock=clock)

    def failed_work() -> FailedWork:
        from shared.aws.failed_work import AwsFailedWork

        return AwsFailedWork(made.later("sqs"), prefix, works)

    def backups() -> Backups:
        from shared.aws.backups import PointInTime

        return PointInTime(made.later("dynamodb"), prefix, tables)

    return AwsParts(
        table=table,
        objects=documents,
        public=S3Objects(made.later("s3"), environment["GIAOUOC_PUBLIC"], clock=clock, caching=caching),
        mail=later(mail),
        sms=SnsSms(made.later("sns"), sender_id=sms_sender),
        schedules=AwsSchedules(
            made.later("scheduler"),
            group=prefix,
            role_arn=role,
            queue_arn_prefix=_queue_arn_prefix(role, made.region, prefix),
            clock=clock,
        ),
        keyring=later(keyring),
        clock=clock,
        failed_work=later(failed_work),
        backups=later(backups),
    )


def _queue_arn_prefix(role_arn: str, region: str, prefix: str) -> str:
    """Queues lie in the account and partition of the role that sends to them."""
    _, partition, _, _, account, *_ = role_arn.split(":")
    return f"arn:{partition}:sqs:{region}:{account}:{prefix}-"

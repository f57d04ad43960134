"""The journeys' AWS engine: every port is the AWS adapter, built from what serverless.yml gives each function.

Behind the adapters stand moto and, for keys, tests/kms_service.py; tests/aws_world.py carries facts from the outbox to the
queues and fires schedules. Before a journey begins, a key session is held as an officer holds it.

Each function has ports of its own, as on AWS each has a process of its own: built at its first invocation from its own
environment, so that a variable that is not declared is missing, and what one function has cached no other one sees. Every
call is made under the name of the function (tests/aws_calls.py), and refused if the function's role does not allow it.

What differs from AWS:
- the business clock is the journey's, so the machine's clock is behind signed addresses alone;
- the host is the sample's http://localhost:8000, so that letters read the same on both engines;
- moto: schedules do not fire by themselves, items do not expire, stream failures are not retried by it, and a
  transaction's token is not honoured; the sender's domain is verified here by hand, and one that is not is refused in other
  words than AWS's; letters go nowhere;
- memory and time are not limited.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from botocore.exceptions import ClientError

from infra.commands.key_session import IssuerName, hold
from infra.embedded.prepare import SAMPLE_ISSUERS
from infra.embedded.world import ROOT, World
from shared.aws import world as adapters
from shared.aws.key_store import KmsKeyStore
from shared.aws.objects import S3Objects
from shared.edge import wiring
from shared.edge.wiring import Ports
from shared.embedded.keyfiles import KeyFolder
from tests.aws_calls import Call, Judge, Recorder, recording, worker, working_as
from tests.aws_permissions import Facts, needs
from tests.aws_template import ACCOUNT, REGION, Template
from tests.aws_world import AwsWorld, Handler, aws_world
from tests.edge_world import ORIGIN, PASSPHRASE
from tests.iam_policy import roles
from tests.role_check import role_of
from tests.support_aws import account_kms

PARAMETERS = {
    "host": "thidua.tinh.example",
    "issuer": "TDOAN",
    "mailDomain": "tinh.example",
    "mailFrom": "Giao Ước <khong-tra-loi@tinh.example>",
}
"""What a deployment gives."""
_SAME_ON_BOTH = {"GIAOUOC_ORIGIN": ORIGIN}
OPERATOR = None
"""Nobody's calls: what tests themselves ask for."""


class AwsEngine:
    """See journey_world.Engine."""

    def __init__(self, aws: AwsWorld, recorder: Recorder) -> None:
        self.aws = aws
        self.recorder = recorder
        self.asked: dict[str, set[str]] = {}
        self._ports: dict[str | None, Ports] = {}

    @property
    def ports(self) -> Ports:
        """The ports of nobody's process, which has everything that any function has."""
        return self.ports_of(OPERATOR)

    def ports_of(self, function: str | None) -> Ports:
        """A function's ports. Raises SettingsError, KeyError where its environment lacks something."""
        if function not in self._ports:
            environment: Mapping[str, str] = self._whole_environment()
            if function is not None:
                environment = _Asked(self.environment(function), self.asked.setdefault(function, set()))
            self._ports[function] = wiring.aws(environment, clients=_Clients(self.aws))
        return self._ports[function]

    def environment(self, function: str) -> dict[str, str]:
        """What the function's process finds: what is declared for it, with the one host of all journeys."""
        declared = self.aws.environment(function)
        return declared | {name: value for name, value in _SAME_ON_BOTH.items() if name in declared}

    def working(self, function: str) -> AbstractContextManager[None]:
        return working_as(function)

    def restart(self) -> None:
        """New processes: what the old ones had cached is gone."""
        self._ports.clear()

    def drain(self) -> int:
        return self.aws.drain()

    def fire_due(self) -> int:
        return self.aws.fire_due()

    def upload(self, place: Mapping[str, Any], data: bytes) -> None:
        """Past the form: moto does not check one. The contract suite does (tests/contract/object_clients.py)."""
        self.ports.objects.put_new(place["key"], data, place["fields"]["Content-Type"])

    def letters(self) -> list[bytes]:
        from moto.ses.models import ses_backends

        return [each.raw_data.encode() for each in ses_backends[ACCOUNT][REGION].sent_messages]

    def dead_letters(self) -> dict[str, list[Any]]:
        queues = self.aws.service.queues
        return {queue.name: self.aws.messages(queue.logical_id) for queue in queues if not queue.function}

    def _whole_environment(self) -> dict[str, str]:
        whole: dict[str, str] = {}
        for name in self.aws.template.functions:
            whole |= self.environment(name)
        return whole


class _Asked(Mapping[str, str]):
    """An environment that notes which variables were asked for."""

    def __init__(self, environment: Mapping[str, str], asked: set[str]) -> None:
        self._environment = environment
        self._asked = asked

    def __getitem__(self, name: str) -> str:
        self._asked.add(name)
        return self._environment[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._environment)

    def __len__(self) -> int:
        return len(self._environment)


class _Clients:
    """The clients of one process (shared/aws/clients.py): those of the account, already made."""

    def __init__(self, aws: AwsWorld) -> None:
        self.region = REGION
        self._aws = aws

    def get(self, service: str) -> Any:
        return self._aws.client(service)

    later = get


@contextmanager
def aws_engine(world: World, handlers: Mapping[str, Handler], *, keys: bool = True) -> Iterator[AwsEngine]:
    """An account with the service in it, with the sample's `keys` or none yet; its clock is the one of `world`."""
    clock, recorder = world.ports.clock, Recorder()
    with (
        aws_world(clock=clock, handlers=handlers, path=str(ROOT / "serverless.yml"), parameters=PARAMETERS) as aws,
        recording(recorder),
        patch.object(adapters, "SystemClock", lambda: clock),
    ):
        engine = AwsEngine(aws, recorder)
        with patch.object(wiring, "ports", lambda: engine.ports_of(worker())):
            recorder.judge = judge_by(aws.template)
            aws.client("sesv2").create_email_identity(EmailIdentity=aws.template.name("MailDomain"))
            if keys:
                hold_session(engine, world)
            yield engine


def hold_session(engine: AwsEngine, world: World, issuers: Sequence[tuple[str, str]] = SAMPLE_ISSUERS) -> None:
    """A key session in KMS, as an officer holds it: the sample's, or a later one."""
    ports = engine.ports
    register = cast(S3Objects, ports.objects)
    store = KmsKeyStore(engine.aws.client("kms"), prefix=engine.aws.service.prefix, register=register)
    trust = hold(
        host=ports.settings.host,
        issuers=[IssuerName(code=code, name=name) for code, name in issuers],
        keys=store,
        root=KeyFolder(Path(world.data) / "root-key", PASSPHRASE.encode(), ports.clock),
        public=ports.public,
        private=ports.objects,
        now=ports.clock.now(),
    )
    store.bring_into_force(trust)


def judge_by(template: Template) -> Judge:
    """Refuses what a function's role does not allow, as AWS would."""
    held, facts = roles(template), facts_of(template)

    def judge(call: Call) -> None:
        role = held[role_of(template, call.by)]
        for need in needs(call, facts):
            if not role.allows(need):
                code = "AccessDenied" if call.service == "s3" else "AccessDeniedException"
                message = f"{role.name} does not let {call.by} do {need}"
                answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 403}}
                raise ClientError(answer, call.operation)

    return judge


def facts_of(template: Template) -> Facts:
    """What a judge of calls needs to know of the account, under the names of `template`."""
    kms = account_kms()

    def identity(address: str) -> str:
        domain = address.rpartition("@")[2]
        return template.name("MailDomain") if domain == PARAMETERS["mailDomain"] else domain

    return Facts(key_arn=kms.key_arn, aliases_of=kms.aliases_of, identity_of=identity)

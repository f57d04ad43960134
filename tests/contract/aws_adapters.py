"""The AWS adapters for the contract suites of Schedules, Mail and Keyring, and what their services do behind them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from botocore.validate import validate_parameters
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.aws.clients import Clients
from shared.aws.keys import KmsKeyring
from shared.aws.mail import SesMail
from shared.aws.schedules import AwsSchedules
from shared.embedded.keyfiles import PURPOSES
from shared.embedded.objects import FolderObjects
from shared.kernel.clock import FixedClock
from tests.contract.key_folders import FROM, UNTIL, certificate
from tests.contract.mail_servers import CLOCK, SENDER
from tests.contract.test_schedules_contract import AT
from tests.support_aws import REGION, account_for

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


class KmsAnswers:
    """Answers GetPublicKey and Sign as KMS does (moto knows no Ed25519). Requests are checked by the SDK's own model."""

    def __init__(self, aliases: dict[str, str], keys: dict[str, Any]) -> None:
        self.aliases, self.keys = aliases, keys
        self.model = Clients(REGION).get("kms").meta.service_model

    def get_public_key(self, **request: Any) -> dict[str, Any]:
        self._check("GetPublicKey", request)
        arn = self.aliases.get(request["KeyId"], "")
        if arn not in self.keys:
            raise ClientError({"Error": {"Code": "NotFoundException"}}, "GetPublicKey")
        spki = PublicFormat.SubjectPublicKeyInfo
        return {"KeyId": arn, "PublicKey": self.keys[arn].public_key().public_bytes(Encoding.DER, spki)}

    def sign(self, **request: Any) -> dict[str, Any]:
        self._check("Sign", request)
        key, data = self.keys[request["KeyId"]], request["Message"]
        how = (request["MessageType"], request["SigningAlgorithm"])
        if isinstance(key, Ed25519PrivateKey):
            assert how == ("RAW", "ED25519_SHA_512")
            return {"Signature": key.sign(data)}
        assert how == ("DIGEST", "ECDSA_SHA_256")
        return {"Signature": key.sign(data, ECDSA(Prehashed(SHA256())))}

    def _check(self, operation: str, request: dict[str, Any]) -> None:
        validate_parameters(request, self.model.operation_model(operation).input_shape)


def kms_keyring(folder: Path) -> KmsKeyring:
    """A key of every purpose, found by issuer and purpose and by its id."""
    keys: dict[str, Any] = {}
    aliases: dict[str, str] = {}
    objects = FolderObjects(folder, origin="https://tdkt.example", clock=CLOCK, secret_file=folder / "secret")
    keyring = KmsKeyring(KmsAnswers(aliases, keys), prefix="giaouoc-dev", certificates=objects)
    for purpose in PURPOSES:
        arn = f"arn:aws:kms:{REGION}:123456789012:key/{sha256(purpose.encode()).hexdigest()[:8]}"
        keys[arn] = generate_private_key(SECP256R1()) if purpose == "seal" else Ed25519PrivateKey.generate()
        aliases[f"alias/giaouoc-dev/TDKT/{purpose}"] = arn
        signer = keyring.signer("TDKT", purpose)
        aliases[f"alias/giaouoc-dev/kid/{signer.kid.hex()}"] = arn
        if purpose == "seal":
            der = certificate(signer, FROM, UNTIL)
            objects.put_new(f"seal/TDKT/{signer.kid.hex()}.der", der, "application/pkix-cert")
    return keyring

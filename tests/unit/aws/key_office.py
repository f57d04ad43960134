"""An office that holds its key sessions on KMS, and what may befall it: a power cut, another officer, an SDK that repeats."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.commands.key_session import IssuerName, hold
from shared.aws.key_store import KmsKeyStore
from shared.aws.keys import KmsKeyring
from shared.aws.objects import S3Objects
from shared.edge.trust_files import LIST_KEY, ROOT_KEY, SIGNATURE_KEY
from shared.embedded.keyfiles import KeyFolder
from shared.kernel.clock import FixedClock
from shared.kernel.notes import parse_vkey
from shared.kernel.trust import TrustList
from shared.kernel.trust_root import verify_list
from tests.support_aws import make_bucket

NOW = datetime(2027, 2, 12, 9, 30, tzinfo=UTC)
HOST = "thidua.tinh.example"
PREFIX = "giaouoc-prod"
TDOAN, SNV = IssuerName(code="TDOAN", name="Ban Thường vụ Tỉnh đoàn"), IssuerName(code="SNV", name="Sở Nội vụ")


class Power(Exception):
    """The officer's machine goes out."""


class Breakable:
    """Lets `left` calls through, then the power fails: before the call, or after it with its answer lost."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._inner, name)

        def call(*args: Any, **more: Any) -> Any:
            self._fuse.before()
            answer = operation(*args, **more)
            self._fuse.after()
            return answer

        return call


class Fuse:
    def __init__(self) -> None:
        self.left = 10**9
        self.lost_answer = False

    def before(self) -> None:
        self.left -= 1
        if self.left < 0 and not self.lost_answer:
            raise Power

    def after(self) -> None:
        if self.left < 0 and self.lost_answer:
            raise Power


class Office:
    def __init__(self, folder: Path, client: Callable[[str], Any]) -> None:
        self.kms, self.fuse = client("kms"), Fuse()
        self.clock = FixedClock(NOW)
        self.root = KeyFolder(folder / "root", b"passphrase-of-root", self.clock)
        self.public, self.private = (
            S3Objects(client("s3"), make_bucket(client("s3"), f"office-{name}")) for name in ("public", "private")
        )

    def session(self, *issuers: IssuerName, at: datetime = NOW, **more: Any) -> TrustList:
        self.clock.at = at
        kms, public, private = (Breakable(each, self.fuse) for each in (self.kms, self.public, self.private))
        store = KmsKeyStore(kms, prefix=PREFIX, register=private, clock=self.clock)
        trust = hold(
            host=HOST, issuers=issuers, keys=store, root=self.root, public=public, private=private, now=at, **more
        )
        store.bring_into_force(trust)
        return trust

    def keyring(self) -> KmsKeyring:
        return KmsKeyring(self.kms, register=self.private, clock=self.clock)

    def verified(self) -> TrustList:
        root = parse_vkey(self.private.get(ROOT_KEY).decode().strip())
        return verify_list(self.public.get(LIST_KEY), self.public.get(SIGNATURE_KEY), root).trust

    def kms_keys(self) -> list[dict[str, Any]]:
        keys = self.kms.list_keys()["Keys"]
        return [self.kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"] for each in keys]


class Overriding:
    """KMS with one operation of the test's own."""

    def __init__(self, kms: Any, **operations: Callable[..., Any]) -> None:
        self._kms = kms
        vars(self).update(operations)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kms, name)

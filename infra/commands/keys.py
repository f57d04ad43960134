"""`giaouoc keys`: holds a key session for an office: the yearly keys, the root key, the signed trust list; revokes keys.

Run on the server, or for a stage on AWS (`--stage`) on an officer's machine, with the root key's folder on a removable disk;
afterwards the disk is taken away (docs/keys.md). A session that broke off is held again with the same words.
"""

from __future__ import annotations

import argparse
import getpass
import os
import re
from pathlib import Path
from typing import Final, cast

from infra.commands.aws_environment import Cloud, cloud, on_aws
from infra.commands.data_folder import data_folder
from infra.commands.host import check_host
from infra.commands.key_session import IssuerName, Withdrawal, hold
from infra.embedded.errors import EngineError
from infra.embedded.supervisor import writable_folder
from shared.edge.trust_files import LIST_KEY, ROOT_KEY
from shared.embedded.keyfiles import KeyFolder, read_passphrase
from shared.embedded.layout import DataFolder
from shared.embedded.objects import FolderObjects
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.errors import NotFound
from shared.kernel.ports import Objects
from shared.kernel.trust import Revocation, TrustList
from shared.texts import say

_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")
_CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{0,11}")
_KID: Final = re.compile(r"[0-9a-f]{16}")


def main(arguments: argparse.Namespace) -> int:
    """Prints the root key's public form, to be written into the office's records. Raises EngineError, KeyFolderError."""
    if arguments.because and not arguments.revoke:
        raise EngineError("keys.because_alone")
    issuers = [_issuer(text) for text in arguments.issuer or ()]
    withdrawals = [_withdrawal(text, arguments.because or "retired") for text in arguments.revoke or ()]
    if on_aws(arguments):
        with cloud(arguments) as stage:
            return _on_aws(stage, arguments, issuers, withdrawals)
    return _on_this_machine(arguments, issuers, withdrawals)


def _on_this_machine(arguments: argparse.Namespace, issuers: list[IssuerName], withdrawals: list[Withdrawal]) -> int:
    if not arguments.host:
        raise EngineError("keys.host_needed")
    name, colon, port = arguments.host.partition(":")  # as it stands in the codes: with its port unless that is 443
    check_host(name if not colon or _PORT.fullmatch(port) else arguments.host)
    data = DataFolder(writable_folder(data_folder(arguments, os.environ).absolute()))
    clock = SystemClock()

    def objects(folder: Path) -> FolderObjects:
        origin = f"https://{arguments.host}"
        return FolderObjects(folder, origin=origin, clock=clock, secret_file=data.link_secret)

    private = objects(data.objects)
    trust = hold(
        host=arguments.host,
        issuers=issuers,
        keys=KeyFolder(data.keys, _passphrase(data.keys, "KEY_PASSPHRASE_FILE", "engine.ask_passphrase"), clock),
        root=_root(arguments.root, clock),
        public=objects(data.public),
        private=private,
        now=clock.now(),
        withdrawals=withdrawals,
    )
    _tell(trust, private)
    if withdrawals:
        for locale in ("vi", "en"):
            print(say("keys.restart", locale))
    return 0


def _on_aws(
    stage: Cloud, arguments: argparse.Namespace, issuers: list[IssuerName], withdrawals: list[Withdrawal]
) -> int:
    """The same session with the keys in KMS; then the keys sign, and the first of all: the status lists."""
    from shared.aws.key_store import KmsKeyStore
    from shared.aws.objects import S3Objects
    from shared.edge.status_lists import sign_all

    ports = stage.ports
    host = ports.settings.host
    if arguments.host not in (None, host):
        raise EngineError("keys.other_host", given=arguments.host, host=host)
    check_host(host)
    _check_first(issuers, ports.settings.issuer, ports.public)
    register = cast(S3Objects, ports.objects)  # what aws_parts makes (shared/aws/world.py)
    store = KmsKeyStore(stage.clients.get("kms"), prefix=stage.prefix, register=register, clock=ports.clock)
    trust = hold(
        host=host,
        issuers=issuers,
        keys=store,
        root=_root(arguments.root, ports.clock),
        public=ports.public,
        private=ports.objects,
        now=ports.clock.now(),
        withdrawals=withdrawals,
    )
    store.bring_into_force(trust)
    _tell(trust, ports.objects)
    signed = sign_all(ports, ports.clock.now())
    unused = store.unused()
    for locale in ("vi", "en"):
        print(say("keys.lists_signed", locale, count=len(signed)))
        for key in unused:
            print(say("keys.unused_key", locale, key=key))
    return 0


def _check_first(issuers: list[IssuerName], own: str, public: Objects) -> None:
    """The first issuer of the first session keeps the log for good, and the stage's functions take their own for it."""
    if issuers and issuers[0].code != own:
        try:
            public.size(LIST_KEY)
        except NotFound:
            raise EngineError("keys.other_issuer", given=issuers[0].code, issuer=own) from None


def _tell(trust: TrustList, private: Objects) -> None:
    root = private.get(ROOT_KEY).decode("ascii").strip()
    for locale in ("vi", "en"):
        print(say("engine.keys_made", locale, keys=len(trust.keys), seq=trust.seq, root=root))


def _issuer(text: str) -> IssuerName:
    code, _, name = (part.strip() for part in text.partition("="))
    if not _CODE.fullmatch(code) or not name:
        raise EngineError("engine.issuer_form", given=text)
    return IssuerName(code=code, name=name)


def _withdrawal(text: str, because: str) -> Withdrawal:
    if not _KID.fullmatch(text.lower()):
        raise EngineError("keys.kid_form", given=text)
    return Withdrawal(kid=bytes.fromhex(text), why=Revocation(because))


def _root(folder: Path, clock: Clock) -> KeyFolder:
    return KeyFolder(folder, _passphrase(folder, "ROOT_PASSPHRASE_FILE", "engine.ask_root_passphrase"), clock)


def _passphrase(folder: Path, variable: str, question: str) -> bytes:
    """From the file that the variable names, else from the keyboard: twice for a folder that is still to be made."""
    given = os.environ.get(variable)
    if given:
        return read_passphrase(file=Path(given))
    first = getpass.getpass(say(question))
    if not (folder / "folder.json").exists() and getpass.getpass(say("engine.ask_again")) != first:
        raise EngineError("engine.not_the_same")
    return first.encode()

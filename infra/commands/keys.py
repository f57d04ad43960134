"""`giaouoc keys`: holds a key session for an office: the yearly keys, the root key, the signed trust list.

Run on the server with the root key's folder on a removable disk; afterwards the disk is taken away (docs/keys.md).
"""

from __future__ import annotations

import argparse
import getpass
import os
from pathlib import Path

from infra.commands.key_session import IssuerName, hold
from infra.embedded.supervisor import EngineError, writable_folder
from shared.embedded.keyfiles import KeyFolder, read_passphrase
from shared.embedded.objects import FolderObjects
from shared.kernel.clock import SystemClock
from shared.kernel.errors import Problem
from shared.texts import say


def main(arguments: argparse.Namespace) -> int:
    """Prints the root key's public form, to be written into the office's records."""
    issuers = [_issuer(text) for text in arguments.issuer]
    data = writable_folder(arguments.data.absolute())
    clock = SystemClock()

    def objects(name: str) -> FolderObjects:
        origin = f"https://{arguments.host}"
        return FolderObjects(data / name, origin=origin, clock=clock, secret_file=data / "links.secret")

    try:
        trust = hold(
            host=arguments.host,
            issuers=issuers,
            keys=KeyFolder(data / "keys", _passphrase("KEY_PASSPHRASE_FILE", "engine.ask_passphrase"), clock),
            root=KeyFolder(arguments.root, _passphrase("ROOT_PASSPHRASE_FILE", "engine.ask_root_passphrase"), clock),
            public=objects("public"),
            private=objects("objects"),
            now=clock.now(),
        )
    except Problem as error:
        raise EngineError(error.code, **error.facts) from error
    root = (data / "objects" / "data" / "trust" / "root.vkey").read_text("ascii").strip()
    for locale in ("vi", "en"):
        print(say("engine.keys_made", locale, keys=len(trust.keys), seq=trust.seq, root=root))
    return 0


def _issuer(text: str) -> IssuerName:
    code, found, name = text.partition("=")
    if not found or not name.strip():
        raise EngineError("engine.issuer_form", given=text)
    return IssuerName(code=code.strip(), name=name.strip())


def _passphrase(variable: str, question: str) -> bytes:
    given = os.environ.get(variable)
    if given:
        return read_passphrase(file=Path(given))
    return getpass.getpass(say(question)).encode()

"""`giaouoc keys`: holds a key session for an office: the yearly keys, the root key, the signed trust list.

Run on the server with the root key's folder on a removable disk; afterwards the disk is taken away (docs/keys.md).
"""

from __future__ import annotations

import argparse
import getpass
import os
import re
from pathlib import Path
from typing import Final

from infra.commands.host import check_host
from infra.commands.key_session import IssuerName, hold
from infra.embedded.errors import EngineError
from infra.embedded.supervisor import writable_folder
from shared.edge.trust import ROOT_KEY
from shared.embedded.keyfiles import KeyFolder, read_passphrase
from shared.embedded.layout import DataFolder
from shared.embedded.objects import FolderObjects
from shared.kernel.clock import SystemClock
from shared.texts import say

_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")
_CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{0,11}")


def main(arguments: argparse.Namespace) -> int:
    """Prints the root key's public form, to be written into the office's records. Raises EngineError, KeyFolderError."""
    issuers = [_issuer(text) for text in arguments.issuer]
    name, colon, port = arguments.host.partition(":")  # as it stands in the codes: with its port unless that is 443
    check_host(name if not colon or _PORT.fullmatch(port) else arguments.host)
    data = DataFolder(writable_folder(arguments.data.absolute()))
    keys = data.keys
    clock = SystemClock()

    def objects(folder: Path) -> FolderObjects:
        origin = f"https://{arguments.host}"
        return FolderObjects(folder, origin=origin, clock=clock, secret_file=data.link_secret)

    private = objects(data.objects)

    trust = hold(
        host=arguments.host,
        issuers=issuers,
        keys=KeyFolder(keys, _passphrase(keys, "KEY_PASSPHRASE_FILE", "engine.ask_passphrase"), clock),
        root=KeyFolder(
            arguments.root, _passphrase(arguments.root, "ROOT_PASSPHRASE_FILE", "engine.ask_root_passphrase"), clock
        ),
        public=objects(data.public),
        private=private,
        now=clock.now(),
    )
    root = private.get(ROOT_KEY).decode("ascii").strip()
    for locale in ("vi", "en"):
        print(say("engine.keys_made", locale, keys=len(trust.keys), seq=trust.seq, root=root))
    return 0


def _issuer(text: str) -> IssuerName:
    code, _, name = (part.strip() for part in text.partition("="))
    if not _CODE.fullmatch(code) or not name:
        raise EngineError("engine.issuer_form", given=text)
    return IssuerName(code=code, name=name)


def _passphrase(folder: Path, variable: str, question: str) -> bytes:
    """From the file that the variable names, else from the keyboard: twice for a folder that is still to be made."""
    given = os.environ.get(variable)
    if given:
        return read_passphrase(file=Path(given))
    first = getpass.getpass(say(question))
    if not (folder / "folder.json").exists() and getpass.getpass(say("engine.ask_again")) != first:
        raise EngineError("engine.not_the_same")
    return first.encode()

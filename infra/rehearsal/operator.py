"""What an office's operator does with a stage on AWS, by the product's own command line. Called by stage.py and the tests."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.rehearsal.emulator import REGION, ROOT, Running

ISSUERS: Final = ("TDOAN=Ban Thường vụ Tỉnh đoàn", "SNV=Sở Nội vụ")
_LINK: Final = re.compile(r"/(?:in|device)#([A-Za-z0-9_-]{43})\s*$", re.MULTILINE)


class OperatorError(Exception):
    """A command did not succeed; the message is what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Somebody with rights on the account, at a machine with this repository."""

    running: Running
    stage: str
    folder: Path
    """Where the root key and its passphrase lie: on a disk of its own, in an office."""

    def giaouoc(self, *words: str) -> str:
        """What `giaouoc WORDS --stage STAGE` prints. Raises OperatorError."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GIAOUOC_"))}
        environment |= {
            "AWS_ENDPOINT_URL": self.running.endpoint,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "ROOT_PASSPHRASE_FILE": str(self.folder / "passphrase"),
        }
        ran = subprocess.run(
            [sys.executable, "-m", "infra.commands", *words, "--stage", self.stage],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if ran.returncode != 0:
            raise OperatorError(f"giaouoc {' '.join(words)}: exit code {ran.returncode}\n{ran.stdout}{ran.stderr}")
        return ran.stdout

    def hold_key_session(self) -> None:
        """Keys in KMS, the trust list signed by a new root key, all published."""
        self.folder.mkdir(parents=True, exist_ok=True)
        passphrase = self.folder / "passphrase"
        passphrase.touch(mode=0o600)
        passphrase.write_text(secrets.token_hex(16), "ascii")
        issuers = [word for issuer in ISSUERS for word in ("--issuer", issuer)]
        self.giaouoc("keys", *issuers, "--root", str(self.folder / "root-key"))

    def link(self, *who: str) -> str:
        """The secret of a new one-time link: `organiser`, or `gate --gate NAME --ceremony ID`."""
        found = _LINK.search(self.giaouoc("link", *who))
        if found is None:
            raise OperatorError("no link was printed")
        return found[1]

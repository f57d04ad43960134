"""Before the processes start: opens the data once, so that whatever is wrong with it is said at once and clearly.

`python -m infra.embedded.prepare [--sample]`, started by `giaouoc run` with the passphrase on standard input, so that the
supervisor itself stays small. With --sample it holds the sample's own key session where none was held.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from infra.embedded.errors import EXPLAINED, EngineError, complain
from infra.embedded.world import World, open_world
from shared.edge.trust import trust_list
from shared.edge.trust_files import LIST_KEY
from shared.embedded.keyfiles import KeyFolder
from shared.kernel.errors import NotFound, Problem

SAMPLE_ISSUERS = (("TDOAN", "Ban Thường vụ Tỉnh đoàn"), ("SNV", "Sở Nội vụ"))


def main(arguments: list[str]) -> int:
    """0: ready. 1: not, and why is on standard error in both languages."""
    passphrase = sys.stdin.read()
    try:
        world = open_world(os.environ, passphrase)
        try:
            if world.settings.secure:
                _check_tls(world.settings.host)
            if "--sample" in arguments:
                sample_keys(world, passphrase)
            _check_host(world)
            _warn_of_keys(world)
        finally:
            world.close()
    except EXPLAINED as error:
        return complain(error)
    return 0


def _check_tls(host: str) -> None:
    from infra.embedded import tls

    certificate, key = Path(os.environ["TLS_CERT"]), Path(os.environ["TLS_KEY"])
    tls.check(certificate, key)
    for warning in tls.warnings(certificate, host.partition(":")[0]):
        complain(warning)


def _check_host(world: World) -> None:
    """Codes name the host they were made for: under another one nothing could be verified. Raises Unavailable, too."""
    hosts = {host for issuer in trust_list(world.ports).issuers for host in issuer.hosts}
    if world.settings.host not in hosts:
        made = ", ".join(sorted(hosts))
        raise EngineError("engine.keys_other_host", made=made, host=world.settings.host, path=world.data)


def _warn_of_keys(world: World) -> None:
    """Without keys that are valid today old documents are still verified, but nothing new is issued."""
    try:
        world.ports.keyring.signer(world.settings.issuer, "document")
    except Problem as error:
        complain(error)


def sample_keys(world: World, passphrase: str) -> None:
    """The sample's key session: every key, the root too, stays in its folder, outside any real trust list."""
    from infra.commands.key_session import IssuerName, hold

    try:
        world.ports.public.size(LIST_KEY)
        return
    except NotFound:
        keys = world.ports.keyring
        assert isinstance(keys, KeyFolder)
        hold(
            host=world.settings.host,
            issuers=[IssuerName(code=code, name=name) for code, name in SAMPLE_ISSUERS],
            keys=keys,
            root=KeyFolder(world.data / "root-key", passphrase.encode(), world.ports.clock),
            public=world.ports.public,
            private=world.ports.objects,
            now=world.ports.clock.now(),
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

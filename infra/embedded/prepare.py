"""Before the processes start: opens the data once, so that whatever is wrong with it is said at once and clearly.

`python -m infra.embedded.prepare [--sample]`, started by `giaouoc run` with the passphrase on standard input, so that the
supervisor itself stays small. With --sample it holds the sample's own key session where none was held.
"""

from __future__ import annotations

import os
import sys

from infra.embedded.world import World, open_world
from shared.edge.settings import SettingsError
from shared.edge.trust import LIST_KEY, trust_list
from shared.embedded.keyfiles import KeyFolder
from shared.embedded.sqlite_errors import StoreError
from shared.kernel.errors import NotFound, Problem
from shared.texts import say

SAMPLE_ISSUERS = (("TDOAN", "Ban Thường vụ Tỉnh đoàn"), ("SNV", "Sở Nội vụ"))


def main(arguments: list[str]) -> int:
    """0: ready. 1: not, and why is on standard error in both languages."""
    passphrase = sys.stdin.read()
    try:
        world = open_world(os.environ, passphrase)
    except SettingsError as error:
        return _say("engine.settings", faults=str(error))
    except (StoreError, Problem) as error:
        return _say(error.code, **error.facts)
    try:
        if "--sample" in arguments:
            sample_keys(world, passphrase)
        trust_list(world.ports)
    except Problem as error:
        return _say(error.code, **error.facts)
    finally:
        world.close()
    return 0


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


def _say(code: str, **facts: object) -> int:
    print(say(code, "vi", **facts), file=sys.stderr)
    print(say(code, "en", **facts), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

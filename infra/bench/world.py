"""An engine's data in a temporary folder on this disk, with the sample's keys: where benchmarks run. Never a real one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from events.envelope import SYSTEM, Act
from infra.embedded.prepare import sample_keys
from infra.embedded.world import World, open_world

ORIGIN: Final = "http://localhost:28123"
PASSPHRASE: Final = "a-benchmark-has-nothing-to-hide"


def environment(folder: Path) -> dict[str, str]:
    """The settings of an engine on `folder`."""
    return {
        "GIAOUOC_ENGINE": "embedded",
        "GIAOUOC_ORIGIN": ORIGIN,
        "GIAOUOC_ISSUER": "TDOAN",
        "GIAOUOC_DATA": str(folder),
    }


@contextmanager
def bench_world() -> Iterator[World]:
    """Open for this process; the folder goes when it is closed."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        world = open_world(environment(Path(folder)), PASSPHRASE)
        try:
            sample_keys(world, PASSPHRASE)
            yield world
        finally:
            world.close()


def act(world: World) -> Act:
    """The system acts, now."""
    return Act(actor=SYSTEM, at=world.ports.clock.now(), correlation_id="bench")

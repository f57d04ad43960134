"""The rehearsal's tests: not part of `make test`, run by `make cloud-test` in one process, because they share one emulator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.rehearsal.emulator import Running, emulator, session_of


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An empty account."""
    with emulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running
    assert session_of(running.pid) == []
    assert not Path(f"/proc/{running.pid}").exists()

"""The rehearsal's tests: not part of `make test`, run by `make cloud-test` in one process, because they share one engine.

`bare` is an empty account; `stage` is the packaged template deployed, `told` the sample's story told to it over HTTP. The
functions' logs are left in .build/rehearsal/logs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.rehearsal.emulator import Running, emulator, session_of
from infra.rehearsal.package import FOLDER, archives, own_folder, package
from infra.rehearsal.stage import Stage, rehearsal
from tests.cloud.telling import Told, tell


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An empty account."""
    with emulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running
    assert session_of(running.pid) == []
    assert not Path(f"/proc/{running.pid}").exists()


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """The whole engine, keys made; nothing of it is left afterwards."""
    with own_folder() as folder, rehearsal(folder, package(), archives()) as made:
        yield made
    assert session_of(made.running.pid) == []
    assert not made.poller.alive()


@pytest.fixture(scope="session")
def told(stage: Stage) -> Told:
    """The story of the sample, from the lists to the revoked certificate."""
    return tell(stage)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Where to look when something failed."""
    if terminalreporter.stats.get("failed") or terminalreporter.stats.get("error"):
        terminalreporter.write_line(f"nhật ký của các hàm / the functions' logs: {FOLDER}/logs")

"""The engine's promise, at length: 2,000 messages, 24 kills of its processes."""

from pathlib import Path

import pytest

from tests.soak.engine_kills import run


@pytest.mark.timeout(400)
def test_a_burst_of_two_thousand_survives_every_kill(tmp_path: Path) -> None:
    report = run(tmp_path, kills=24, messages=2000, patience_s=300)
    assert report.sound, report
    assert report.in_burst >= 20, report

"""The engine's promise under kill -9: nothing lost, nothing done twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.kill_burst import run


@pytest.mark.parametrize(
    ("kills", "messages"),
    [pytest.param(3, 300, id="short"), pytest.param(20, 2000, id="burst", marks=pytest.mark.slow)],
)
def test_kill_minus_nine_loses_nothing_and_repeats_nothing(tmp_path: Path, kills: int, messages: int) -> None:
    report = run(tmp_path, kills=kills, messages=messages)
    assert report.sound, report
    assert report.in_burst > 0

"""No command works on the sample by oversight where an office's own data are meant, and none passes over a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.commands.__main__ import main

HOST = "thidua.tinh.example"


@pytest.mark.parametrize(
    "words",
    [
        ("keys", "--host", HOST, "--root", "usb", "--issuer", "SNV=Sở Nội vụ"),
        ("link", "organiser", "--host", f"{HOST}:8443"),
    ],
)
def test_a_host_without_its_folder_is_asked_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 1
    told = capsys.readouterr().err
    assert f"Dữ liệu của {HOST}" in told
    assert f"the data of {HOST}" in told
    assert "--data" in told
    assert list(tmp_path.iterdir()) == [], "nothing was made"


@pytest.mark.parametrize(
    "words", [("redrive",), ("redrive", "issue-ticket"), ("backup", "copy"), ("link", "organiser")]
)
def test_where_the_office_runs_under_its_host_no_command_takes_the_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOST", HOST)
    assert main(words) == 1
    assert f"Dữ liệu của {HOST}" in capsys.readouterr().err


def test_the_sample_is_named_where_it_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOST", raising=False)
    assert main(["redrive"]) == 1
    told = capsys.readouterr().err
    assert "bản mẫu: var/sample" in told
    assert "Không có dữ liệu trong var/sample" in told
    assert main(["redrive", "--data", "elsewhere"]) == 1
    assert "bản mẫu" not in capsys.readouterr().err


@pytest.mark.parametrize("because", ["retired", "compromised"])
@pytest.mark.parametrize("where", [("--data", "data", "--host", HOST), ("--stage", "prod")])
def test_a_reason_without_a_key_revokes_nothing_and_says_so(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    because: str,
    where: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["keys", *where, "--root", "usb", "--issuer", "SNV=Sở Nội vụ", "--because", because]) == 1
    told = capsys.readouterr().err
    assert "--because chỉ dùng cùng --revoke" in told
    assert "--because goes with --revoke alone" in told
    assert list(tmp_path.iterdir()) == []

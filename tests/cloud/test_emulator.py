"""The emulator leaves nothing behind, however it ends, and never answers in another's place."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from infra.rehearsal.emulator import EmulatorError, emulator, session_of
from tests.cloud_wait import until

STARTS_ONE = """
import pathlib, sys, time
from infra.rehearsal.emulator import emulator
with emulator(pathlib.Path(sys.argv[1])) as running:
    print(running.pid, flush=True)
    time.sleep(600)
"""


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTS_ONE, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert session_of(pid) == [pid]
        starter.kill()
    until(lambda: session_of(pid), lambda found: not found, within_s=30)


def test_a_port_that_is_taken_is_refused(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(EmulatorError, match=f"port {port} is taken"), emulator(tmp_path, port=port):
            pass


def test_it_takes_its_scratch_folders_away(tmp_path: Path) -> None:
    with emulator(tmp_path) as running:
        running.client("s3").create_bucket(
            Bucket="one", CreateBucketConfiguration={"LocationConstraint": "ap-southeast-1"}
        )
        assert running.processes() == [running.pid]
    assert [path.name for path in tmp_path.iterdir()] == ["emulator.log"]

"""Killed in the middle of a burst, the whole engine loses nothing and repeats nothing (`make soak` does it at length)."""

import os
import subprocess
import sys
from pathlib import Path

from shared.embedded.queues import Depth
from tests.soak.engine_kills import run
from tests.trial_engine import ROOT, engine, environment, until


def test_killed_in_a_burst_the_engine_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    report = run(tmp_path, kills=4, messages=400)
    assert report.sound, report
    assert report.in_burst > 0, report


def test_two_workers_on_one_store_never_run_one_message_at_once(tmp_path: Path) -> None:
    """A second worker process beside the engine's own, as a second engine on the same file would have."""
    with engine(tmp_path) as running, running.store() as (_, queues):
        passphrase = (running.data / "passphrase").read_text()
        leash, held = os.pipe()
        given = {
            **environment(running.data),
            "GIAOUOC_ENGINE": "embedded",
            "GIAOUOC_ORIGIN": f"http://localhost:{running.port}",
            "GIAOUOC_ISSUER": "TDOAN",
            "GIAOUOC_DATA": str(running.data),
            "GIAOUOC_LEASH": str(leash),
        }
        second = subprocess.Popen(
            [sys.executable, "-m", "infra.embedded.process", "worker"],
            cwd=ROOT, env=given, stdin=subprocess.PIPE, pass_fds=(leash,),
        )  # fmt: skip
        assert second.stdin is not None
        second.stdin.write(passphrase.encode())
        second.stdin.close()
        until(lambda: len(list((running.data / "store.db.wake").iterdir())) >= 2, "both listen")
        for batch in range(20):
            queues.send("told", [f"ok:{batch}-{number}" for number in range(25)])
        until(lambda: queues.depth("told") == Depth(due=0, waiting=0, dead=0), "all are done")
        begun = [line.split() for line in running.lines("begun")]
        assert len({body for body, _, _ in begun}) == len(begun) == 500, "each once"
        assert {pid for _, _, pid in begun} == {str(running.pid("worker")), str(second.pid)}, "and both had some"
        os.close(held)  # its supervisor is gone
        assert second.wait(timeout=30) == 0
        os.close(leash)

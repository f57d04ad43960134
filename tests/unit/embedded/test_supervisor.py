"""The engine as processes: it starts, is killed in every way, comes back, loses nothing, and leaves nobody behind."""

import os
import signal
from pathlib import Path

from shared.embedded.queues import Depth
from tests.trial_engine import TRIAL, command, engine, environment, free_port, gone, until

EMPTY = Depth(due=0, waiting=0, dead=0)


def test_it_starts_answers_and_ends_with_zero_when_asked(tmp_path: Path) -> None:
    with engine(tmp_path) as running:
        children = running.children()
        assert set(children) == {"http", "worker"}
        assert running.end() == 0
        assert all(gone(pid) for pid in children.values())
        assert "Đã dừng; dữ liệu còn nguyên." in "".join(running.output)
        assert "Traceback" not in running.said()
        assert (running.data / "log" / "access.log").read_text().startswith("GET ANY /trial/{proxy+} 200 ")


def test_the_interrupt_key_ends_it_too(tmp_path: Path) -> None:
    with engine(tmp_path) as running:
        assert running.end(signal.SIGINT) == 0


def test_a_killed_child_is_replaced_and_requests_go_on(tmp_path: Path) -> None:
    with engine(tmp_path) as running, running.store() as (_, queues):
        for _ in range(3):
            for name in ("http", "worker"):
                before = running.pid(name)
                os.kill(before, signal.SIGKILL)
                until(lambda name=name, before=before: running.pid(name) != before, f"{name} is replaced")
            assert running.get("/trial/pid")[0] == 200  # the listening socket stayed: nobody was turned away
            queues.send("told", ["ok"])
            until(lambda: queues.depth("told") == EMPTY, "the new worker works")
        assert "khởi động lại" in "".join(running.output)


def test_what_a_killed_worker_had_in_hand_is_done_by_the_next(tmp_path: Path) -> None:
    with engine(tmp_path) as running, running.store() as (_, queues):
        queues.send("told", ["wait:go"])
        until(lambda: running.lines("begun"), "the handler has begun")
        os.kill(running.pid("worker"), signal.SIGKILL)
        (running.notes / "go").touch()
        until(lambda: queues.depth("told") == EMPTY, "it is done, long before its visibility time-out of 180 s")
        assert running.lines("done") == ["wait:go"]
        assert [line.split()[1] for line in running.lines("begun")] == ["1", "2"]


def test_a_message_that_kills_its_worker_dies_alone(tmp_path: Path) -> None:
    with engine(tmp_path) as running, running.store() as (_, queues):
        queues.send("told", ["ok:a", "die", "ok:b"])
        until(lambda: queues.depth("told") == Depth(due=0, waiting=0, dead=1), "the others are done")
        [dead] = queues.dead_letters("told")
        assert (dead.body, dead.reason, dead.attempts) == ("die", "LeaseExpired", 3)
        assert {"ok:a", "ok:b"} <= set(running.lines("done"))
        assert running.process.poll() is None
        assert running.get("/trial/pid")[0] == 200


def test_a_handler_past_its_deadline_costs_its_process_and_its_message_is_tried_again(tmp_path: Path) -> None:
    with engine(tmp_path) as running, running.store() as (_, queues):
        before = running.pid("worker")
        queues.send("told", ["wait:go"])  # the function has two seconds
        until(lambda: gone(before), "the process has ended")
        (running.notes / "go").touch()
        until(lambda: queues.depth("told") == EMPTY, "it was tried again")
        assert running.lines("done") == ["wait:go"]
        assert "trialTold: quá thời hạn" in running.said()


def test_children_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    with engine(tmp_path) as running, running.store() as (_, queues):
        children = running.children()
        running.process.kill()
        for name, pid in children.items():
            until(lambda pid=pid: gone(pid), f"{name} has ended")
        queues.send("told", ["ok"])
        with engine(tmp_path, PORT=str(running.port)):  # at once, on the same data and port
            until(lambda: queues.depth("told") == EMPTY, "the next engine works")


def test_a_second_engine_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with engine(tmp_path) as running:
        run = command("run", env=environment(running.data, PORT=str(free_port())))
        assert run.returncode == 1
        assert "Một tiến trình khác đang chạy" in run.stderr
        assert "Another engine is running" in run.stderr
        assert "Traceback" not in run.stderr
        assert running.get("/trial/pid")[0] == 200


def test_a_child_that_cannot_start_ends_the_engine_with_a_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "serverless.yml"
    broken.write_text((TRIAL / "serverless.yml").read_text("utf-8").replace("trial.slow.handler", "trial.none.handler"))
    run = command("run", env=environment(tmp_path / "data", PORT=str(free_port()), GIAOUOC_DESCRIPTION=str(broken)))
    assert run.returncode == 1
    assert "Tiến trình http dừng liên tục" in run.stderr
    assert "http.log" in run.stderr
    assert "Traceback" not in run.stderr
    assert "functions.trial.none" in (tmp_path / "data" / "log" / "http.log").read_text()


def test_two_http_processes_share_the_port_and_the_sessions(tmp_path: Path) -> None:
    with engine(tmp_path, HTTP_PROCESSES="2") as running:
        until(lambda: set(running.children()) == {"http", "http-1", "worker"})
        pids = {str(running.pid("http")), str(running.pid("http-1"))}
        seen: set[str] = set()
        until(lambda: seen.add(running.get("/trial/pid")[2].decode()) or seen == pids, "both have answered")
        assert all(running.get("/trial/orders", "POST", f'{{"number": "{each}"}}')[0] == 201 for each in range(40))
        with running.store() as (store, queues):
            until(lambda: (item := store.table("second").get("count", "all")) and item.body["n"] == 40, "all are done")
            assert queues.depth("first") == EMPTY
        logs = [path.name for path in (running.data / "log").glob("access*.log")]
        assert sorted(logs) == ["access-1.log", "access.log"]


def test_a_log_that_grew_too_large_is_set_aside(tmp_path: Path) -> None:
    from infra.embedded.logs import AccessLog, trim

    path = tmp_path / "http.log"
    with path.open("ab") as written_by_a_child:
        written_by_a_child.write(b"x" * 100)
        written_by_a_child.flush()
        trim(path, limit=50)
        written_by_a_child.write(b"y")
    assert (path.read_bytes(), (tmp_path / "http.log.1").read_bytes()) == (b"y", b"x" * 100)
    log = AccessLog(tmp_path / "access.log", limit=100)
    for number in range(8):
        log.write("GET", f"/{number}", 200, 1.0)
    log.close()
    kept = (tmp_path / "access.log.1").read_text() + (tmp_path / "access.log").read_text()
    assert [line.split()[1] for line in kept.splitlines()] == [f"/{number}" for number in range(8)]


def test_an_engine_that_is_asked_to_stop_finishes_what_it_has_in_hand(tmp_path: Path) -> None:
    with engine(tmp_path) as running, running.store() as (_, queues):
        queues.send("told", ["wait:go"])
        until(lambda: running.lines("begun"), "the handler has begun")
        running.process.send_signal(signal.SIGTERM)
        until(lambda: not running.answers(), "it takes no more requests")
        (running.notes / "go").touch()
        assert running.end() == 0
        assert running.lines("done") == ["wait:go"]
        assert queues.depth("told") == EMPTY

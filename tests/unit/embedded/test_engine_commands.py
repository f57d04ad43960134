"""Commands beside a running engine: backup, the drill of getting everything back, redrive; and the nightly work."""

import json
import shlex
import shutil
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.commands.__main__ import EXAMPLES, parser
from infra.embedded import nightly
from infra.embedded.scheduler import Scheduler
from infra.embedded.template import Schedule
from infra.embedded.template.expressions import parse
from infra.embedded.world import World, open_world
from shared.edge.trust import trust_list
from shared.embedded.backup import verify
from shared.kernel.codetext import document_code, parse_code
from shared.kernel.errors import Unavailable
from shared.kernel.token_check import check_document
from shared.kernel.tokens import DocumentClaims, DocumentKind, sign_document
from tests.edge_world import NOW, sample_world
from tests.trial_engine import SERVICE, Engine, command, engine, environment, until

DOCUMENT = 12345678901234567890


def world_of(running: Engine) -> World:
    given = {
        "GIAOUOC_ENGINE": "embedded",
        "GIAOUOC_ORIGIN": f"http://localhost:{running.port}",
        "GIAOUOC_ISSUER": "TDOAN",
        "GIAOUOC_DATA": str(running.data),
        "GIAOUOC_DESCRIPTION": environment(running.data)["GIAOUOC_DESCRIPTION"],
    }
    return open_world(given, (running.data / "passphrase").read_text())


def certificate_code(world: World) -> str:
    """The code text of a certificate, as it is printed."""
    claims = DocumentClaims(
        issuer="TDOAN", issued_at=int(time.time()), id=DOCUMENT, kind=DocumentKind.CERTIFICATE,
        recipient="Nguyễn Thị Thuý", title="Chiến sĩ thi đua cơ sở", reference="128/QĐ-SNV", occasion="tdkt",
        status_number=7,
    )  # fmt: skip
    token = sign_document(claims, world.ports.keyring.signer("TDOAN", "document"))
    return document_code(world.settings.origin, DOCUMENT, token)


def verified(world: World, code: str) -> DocumentClaims:
    return check_document(parse_code(code), trust_list(world.ports), int(time.time()))[0]


def said(run: Any, vi: str, en: str, code: int = 0) -> None:
    assert run.returncode == code, run.stdout + run.stderr
    text = run.stdout if code == 0 else run.stderr
    assert vi in text
    assert en in text
    assert "Traceback" not in run.stdout + run.stderr


def test_the_drill_everything_comes_back_and_old_documents_are_verified(tmp_path: Path) -> None:
    with engine(tmp_path) as running:
        world = world_of(running)
        code = certificate_code(world)
        world.ports.objects.put_new("certificates/1.pdf", b"%PDF", "application/pdf")
        world.close()
        for number in range(30):
            assert running.get("/trial/orders", "POST", json.dumps({"number": str(number)}))[0] == 201
        made = command("backup", "--data", str(running.data), str(tmp_path / "copy"))
        said(made, "Khóa KHÔNG nằm trong bản sao lưu", "The keys are NOT in it")
        again = command("backup", "--data", str(running.data), str(tmp_path / "copy"))
        said(again, "copy", "copy", code=1)
        assert running.get("/trial/orders", "POST", '{"number": "after the backup"}')[0] == 201
        assert running.end() == 0
        port, keys = str(running.port), tmp_path / "keys apart"
        shutil.copytree(running.data / "keys", keys)
        passphrase = (running.data / "passphrase").read_text()
        shutil.rmtree(running.data)  # the disk is gone

    (tmp_path / "new").mkdir()
    restored = tmp_path / "new" / "data"
    said(command("restore", str(tmp_path / "copy"), str(restored)), "Hãy chép thư mục khóa", "Put the keys folder back")
    said(command("restore", str(tmp_path / "copy"), str(restored)), "trống", "empty", code=1)
    shutil.copytree(keys, restored / "keys")
    (tmp_path / "word").write_text(passphrase)
    (restored / "passphrase").write_text(passphrase)
    with engine(tmp_path / "new", PORT=port, KEY_PASSPHRASE_FILE=str(tmp_path / "word")) as second:
        world = world_of(second)
        try:
            assert verified(world, code).recipient == "Nguyễn Thị Thuý"
            assert certificate_code(world), "and new ones are signed with the same keys"
            assert world.ports.objects.get("certificates/1.pdf") == b"%PDF"
            until(lambda: (item := world.ports.table("second").get("count", "all")) and item.body["n"] == 30)
            assert world.ports.table("trial").get("orders", "after the backup") is None
        finally:
            world.close()


def test_a_damaged_backup_is_refused_whole(tmp_path: Path) -> None:
    with engine(tmp_path) as running:
        said(command("backup", "--data", str(running.data), str(tmp_path / "copy")), "Đã sao lưu", "Backed up")
    with (tmp_path / "copy" / "store.db").open("r+b") as file:
        file.seek(5000)
        file.write(b"\xa5" * 100)
    run = command("restore", str(tmp_path / "copy"), str(tmp_path / "again"))
    said(run, "store.db", "store.db", code=1)
    assert not (tmp_path / "again").exists()
    said(command("restore", str(tmp_path / "nothing"), str(tmp_path / "again")), "nothing", "nothing", code=1)


def test_a_restored_engine_without_its_keys_says_so_and_still_verifies(tmp_path: Path) -> None:
    with engine(tmp_path) as running:
        world = world_of(running)
        code, port = certificate_code(world), str(running.port)
        world.close()
        said(command("backup", "--data", str(running.data), str(tmp_path / "copy")), "Đã sao lưu", "Backed up")
    (tmp_path / "new").mkdir()
    said(command("restore", str(tmp_path / "copy"), str(tmp_path / "new" / "data")), "Đã khôi phục", "Restored")
    with engine(tmp_path / "new", PORT=port) as second:
        assert "Không có khóa ký còn hiệu lực" in "".join(second.output)
        world = world_of(second)
        try:
            assert verified(world, code).id == DOCUMENT
            with pytest.raises(Unavailable):
                certificate_code(world)
        finally:
            world.close()


def test_dead_letters_are_shown_with_their_reasons_and_tried_again(tmp_path: Path) -> None:
    with engine(tmp_path) as running, running.store() as (_, queues):
        queues.send("told", ["raise", "fail"])
        until(lambda: queues.depth("told").dead == 2)
        given = {"env": environment(running.data)}
        shown = command("redrive", "--data", str(running.data), **given)
        said(shown, "Hàng đợi", "Queue")
        assert "ValueError" in shown.stdout
        assert "raise" not in shown.stdout, "what a message says is nobody's business"
        one = queues.dead_letters("told")[0].id
        run = command("redrive", "--data", str(running.data), "told", "--id", str(one), **given)
        said(run, "Đã đưa 1 việc", "1 messages of told are tried again")
        until(lambda: queues.depth("told").dead == 2)  # it fails again
        run = command("redrive", "--data", str(running.data), "told", **given)
        said(run, "Đã đưa 2 việc", "2 messages of told are tried again")
        run = command("redrive", "--data", str(running.data), "letters", **given)
        said(run, "Không có hàng đợi letters", "There is no queue letters", code=1)
        said(command("redrive", "--data", str(tmp_path), **given), "Không có dữ liệu", "There is no data", code=1)


@pytest.mark.parametrize("word", ["run", "link", "backup", "restore", "redrive", "keys"])
def test_help_is_in_both_languages(word: str) -> None:
    run = command(word, "--help")
    assert run.returncode == 0
    assert " / " in run.stdout


@pytest.mark.parametrize("word", EXAMPLES)
def test_help_shows_lines_to_copy_that_work(word: str) -> None:
    page, *lines = EXAMPLES[word]
    shown = command(word, "--help").stdout
    assert Path(page).exists()
    assert f"({page})" in shown
    for line in lines:
        assert line in shown
        assert parser().parse_args(shlex.split(line)[1:]).command == word


def test_the_command_works_from_any_folder(tmp_path: Path) -> None:
    if not Path(".venv/bin/python").exists():
        pytest.skip("the command belongs to the installed product")
    run = subprocess.run([str(Path("giaouoc").absolute()), "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "backup" in run.stdout


def test_the_nightly_backup_follows_the_moved_clock(tmp_path: Path) -> None:
    with engine(tmp_path) as running:
        world = world_of(running)
        try:
            backups = tmp_path / "data-backups"
            assert not backups.exists(), "not at the start: the first night has not come"
            item = until(lambda: world.ports.table("engine").get("timed#nightly-backup", "mark"))
            assert item
            world.ports.clock.advance(timedelta(days=1))
            [made] = until(lambda: list(backups.glob("*Z")) if backups.exists() else [])
            assert verify(made).files > 0
        finally:
            world.close()


def test_only_the_oldest_backups_of_ours_are_removed(tmp_path: Path) -> None:
    names = [f"2027-02-{day:02}T191000Z" for day in range(1, 6)]
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
    for other in ("ảnh gia đình", "2027-02-01T191000Z.partial", "2027-01-31T191000Z", "old"):
        (tmp_path / other).mkdir()
    (tmp_path / "note.txt").write_text("x")
    nightly.remove_oldest(tmp_path, keep=2)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {*names[-2:], "ảnh gia đình", "old", "2027-01-31T191000Z", "note.txt"}


class Jobs:
    def __init__(self) -> None:
        self.done: list[str] = []

    def job(self, name: str, expression: str, error: Exception | None = None) -> Any:
        def run() -> None:
            self.done.append(name)
            if error is not None:
                raise error

        return Schedule(name=name, expression=parse(expression), function=None, queue=None, input=None), run


@pytest.fixture
def world(tmp_path: Path) -> Any:
    with sample_world(tmp_path, at=NOW, keys=False) as made:
        yield made


def scheduler_of(world: World, *jobs: Any) -> Scheduler:
    bare = replace(SERVICE, schedules=())
    return Scheduler(bare, world.schedules, world.queues, world.ports.table("engine"), world.ports.clock, jobs)


def tick(made: Scheduler) -> None:
    made.tick()
    made.wait()


def test_a_rate_begins_at_once_and_a_cron_waits_for_its_hour(world: World) -> None:
    jobs = Jobs()
    made = scheduler_of(world, jobs.job("hourly", "rate(1 hour)"), jobs.job("nightly", "cron(10 19 * * ? *)"))
    tick(made)
    assert jobs.done == ["hourly"]
    tick(made)
    world.ports.clock.set(NOW + timedelta(hours=1))
    tick(made)
    assert jobs.done == ["hourly", "hourly"]
    world.ports.clock.set(datetime(2027, 2, 12, 19, 10, tzinfo=UTC))
    tick(made)
    assert jobs.done.count("nightly") == 1


def test_what_came_due_while_the_machine_was_off_is_done_once(world: World) -> None:
    jobs = Jobs()
    tick(scheduler_of(world, jobs.job("nightly", "cron(10 19 * * ? *)")))
    world.ports.clock.set(NOW + timedelta(days=9))
    made = scheduler_of(world, jobs.job("nightly", "cron(10 19 * * ? *)"))
    tick(made)
    tick(made)
    assert jobs.done == ["nightly"]


def test_two_schedulers_on_one_store_run_a_job_once(world: World) -> None:
    jobs = Jobs()
    first, second = (scheduler_of(world, jobs.job("hourly", "rate(1 hour)")) for _ in range(2))
    tick(first)
    tick(second)
    assert jobs.done == ["hourly"]


def test_a_job_that_fails_stops_no_other_and_is_tried_at_its_next_time(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = Jobs()
    made = scheduler_of(
        world, jobs.job("bad", "rate(1 hour)", ValueError("Nguyễn Thị Thuý")), jobs.job("good", "rate(1 hour)")
    )
    tick(made)
    assert sorted(jobs.done) == ["bad", "good"]
    world.ports.clock.set(NOW + timedelta(hours=1))
    tick(made)
    assert sorted(jobs.done) == ["bad", "bad", "good", "good"]
    logged = capsys.readouterr().err
    assert "bad: ValueError" in logged
    assert "Thuý" not in logged


def test_a_schedule_to_a_queue_sends_its_input(world: World) -> None:
    made = Scheduler(SERVICE, world.schedules, world.queues, world.ports.table("engine"), world.ports.clock)
    tick(made)
    [sent] = world.queues.lease("other", 10, 30)
    assert json.loads(sent.body) == {"all": "pledges"}
    tick(made)
    assert world.queues.lease("other", 10, 30) == []

"""`giaouoc demo` (`make demo`): the sample ceremony from start to end on a fresh engine, headless, in under a minute.

The test clock begins half a year ago and ends at the real now, because verifiers refuse documents dated in the future.
Leaves the documents and `manifest.json` (DESIGN 8), all paths relative to it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from events.envelope import SYSTEM, Act
from infra.commands.device_code import terminal_code
from infra.commands.run import Plan, plan, prepare, sample_passphrase
from infra.embedded.errors import EngineError
from infra.embedded.supervisor import Supervisor, listen, writable_folder
from infra.embedded.worker import short_name
from infra.embedded.world import World, open_world
from infra.sample.client import Client
from infra.sample.device import enrolled
from infra.sample.files import SampleFiles, today
from infra.sample.first_start import ORGANISER, note_loaded, wait_until_ready
from infra.sample.harvest import harvest
from infra.sample.letters import letters_in
from infra.sample.story import Story
from shared.ceremonies.planning import ShowCeremony
from shared.embedded.clock import StoredClock
from shared.embedded.layout import DataFolder
from shared.embedded.store import Store
from shared.identity.model import Principal, Role
from shared.identity.usecases import Invite
from shared.texts import say

PORT: Final = 8010
MARK: Final = ".giaouoc-demo"
"""Says that a folder is a demo's and may be cleared by the next."""
REST_S: Final = 60.0


def main(arguments: argparse.Namespace) -> int:
    """Exit code 0 when the whole story was told and nothing lies in the dead letters."""
    started = time.monotonic()
    out = _fresh(Path(arguments.out).absolute())
    wanted = plan({**os.environ, "HOST": "", "PORT": str(_free_port()), "DATA": str(out / "data")})
    writable_folder(wanted.data)
    files = SampleFiles.with_campaign_ending_on(today())
    with Store(DataFolder(wanted.data).store) as store:
        StoredClock(store).set(files.local(files.json("ceremony.json")["doors_open"]) - timedelta(days=3))
    with _engine(wanted) as world:
        story = _story(world, wanted, files)
        loaded = story.tell()
        note_loaded(world.data, loaded)  # `make run DATA=var/demo/data PORT=...` shows what stands there
        _end_at_now(world, story)
        dead = _dead_letters(world)
        manifest = harvest(story, loaded, world, out, seconds=time.monotonic() - started, dead=dead)
    print(f"  {say('demo.done', 'vi', manifest=manifest, seconds=round(time.monotonic() - started))}")
    print(f"  {say('demo.done', 'en', manifest=manifest, seconds=round(time.monotonic() - started))}")
    return 1 if dead else 0


def _fresh(out: Path) -> Path:
    """An empty folder: an earlier demo's is cleared, anything else is left alone."""
    if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
        raise EngineError("demo.folder_in_use", path=out)
    shutil.rmtree(out, ignore_errors=True)
    writable_folder(out)
    (out / MARK).touch()
    return out


@contextmanager
def _engine(wanted: Plan) -> Iterator[World]:
    """The real processes on the demo's data, and this process's own view of them."""
    passphrase = sample_passphrase(wanted.data)
    listener = listen(wanted.bind, wanted.port)
    prepare(wanted, passphrase)
    supervisor = Supervisor(wanted.environment, passphrase, listener, DataFolder(wanted.data).logs)
    supervisor.start()
    watcher = _watch(supervisor)
    world = open_world(wanted.environment, passphrase)
    try:
        if not wait_until_ready(wanted.origin):
            sys.exit(1)
        yield world
    finally:
        world.close()
        supervisor.stop()
        watcher.join(20)
        listener.close()


def _watch(supervisor: Supervisor) -> threading.Thread:
    thread = threading.Thread(target=supervisor.run, daemon=True)
    thread.start()
    return thread


def _story(world: World, wanted: Plan, files: SampleFiles) -> Story:
    clock = world.ports.clock
    assert isinstance(clock, StoredClock)

    def client(principal: Principal) -> Client:
        made = Client(wanted.origin)
        invite = Invite(world.ports.table("identity"))

        def link() -> str:
            act = Act(actor=SYSTEM, at=clock.now(), correlation_id="demo")
            return invite(act, principal, lifetime=timedelta(days=1), session_hours=24 * 400)

        made.keep_signed_in(link)
        return made

    def gate(ceremony: str, place: str) -> Client:
        """A device at a door, with a key of its own."""
        act = Act(actor=SYSTEM, at=clock.now(), correlation_id="demo")
        standing = ShowCeremony(world.ports.table("ceremonies"))(ceremony)
        made = Client(wanted.origin)
        enrolled(made, terminal_code(world.ports.table("identity"), act, standing, Role.GATE, place))
        return made

    return Story(
        origin=wanted.origin,
        letters=lambda: letters_in(world.folder.mail),
        files=files,
        organiser=client(ORGANISER),
        gate=gate,
        browser=lambda: Client(wanted.origin),
        move=lambda at: clock.set(at),
        settle=lambda: _settle(world),
        say=lambda step: print(f"  {say(f'demo.{step}')}", flush=True),
    )


def _names(world: World) -> list[str]:
    return [short_name(world.service, queue) for queue in world.service.queues if queue.function is not None]


def _settle(world: World) -> None:
    """Waits until no queue holds a message; raises RuntimeError when that does not come."""
    deadline = time.monotonic() + REST_S
    names = _names(world)
    quiet = 0
    while quiet < 2:
        depths = {name: world.queues.depth(name) for name in names}
        busy = {name: depth.due + depth.waiting for name, depth in depths.items() if depth.due + depth.waiting}
        quiet = 0 if busy else quiet + 1
        if time.monotonic() > deadline:
            raise RuntimeError(f"not at rest: {busy}")
        time.sleep(0.02)


def _end_at_now(world: World, story: Story) -> None:
    """Back to the machine's own clock; the status lists are signed again by the scheduler, fresh for today."""
    clock = world.ports.clock
    assert isinstance(clock, StoredClock)
    clock.clear()
    story.say("now")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        mark = world.store.table("engine").query("timed#" + _status_rule(world)).items
        if mark and datetime.fromisoformat(mark[0].body["fired_at"]) > clock.now() - timedelta(minutes=5):
            break
        time.sleep(0.1)
    time.sleep(0.5)
    _settle(world)


def _status_rule(world: World) -> str:
    return next(one.name for one in world.service.schedules if one.function == "certificatesSignStatusLists")


def _dead_letters(world: World) -> dict[str, list[str]]:
    found = {name: [letter.reason for letter in world.queues.dead_letters(name)] for name in _names(world)}
    return {name: reasons for name, reasons in found.items() if reasons}


def _free_port() -> int:
    """8010, or another when that is taken: the demo leaves a running `make run` alone."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""After the engine has started: loads the sample once, and prints the links that people need (`make run`).

`python -m infra.sample.first_start [--sample]`, started by `giaouoc run` with the passphrase on standard input. One-time
links are printed to the terminal only (FORMATS 6); each start makes new ones.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Final

from events.envelope import SYSTEM, Act
from infra.commands.device_code import terminal_code
from infra.embedded.world import World, open_world
from infra.sample.client import Client
from infra.sample.files import SampleFiles, trial_day
from infra.sample.load import Loaded, load_all
from shared.ceremonies.planning import ShowCeremony
from shared.identity.devices import AFTER_CEREMONY
from shared.identity.model import Grant, Principal, Role
from shared.identity.sessions import PERSON_IDLE_MINUTES
from shared.identity.usecases import Invite
from shared.texts import say

READY_S: Final = 30
NOTE: Final = "sample.json"
ORGANISER: Final = Principal(
    kind="PERSON", id="first-organiser", grants=(Grant(role=Role.ADMIN), Grant(role=Role.ORGANISER))
)


def main(arguments: list[str]) -> int:
    """0 when the links were printed."""
    passphrase = sys.stdin.read()
    world = open_world(os.environ, passphrase)
    try:
        origin = world.settings.origin
        if (
            "--sample" not in arguments
        ):  # its name may not resolve on this very machine: nothing is asked over the network
            _announce(origin, [("organiser", f"{origin}/in#{_invite(world, ORGANISER)}")])
        elif wait_until_ready(origin):
            _announce_sample(world, origin, _load_once(world, origin))
        else:
            return 1
    finally:
        world.close()
    return 0


def wait_until_ready(origin: str) -> bool:
    """Whether the HTTP process answers within READY_S seconds."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{origin}/api/v1/sessions", timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            time.sleep(0.05)
    return False


def _load_once(world: World, origin: str) -> str:
    note = world.data / NOTE
    if not note.exists():
        print(say("engine.loading_sample"), flush=True)
        client = Client(origin)
        client.keep_signed_in(lambda: _invite(world, ORGANISER))
        loaded = load_all(client, SampleFiles.with_doors_open_on(trial_day(world.ports.clock.now())))
        note_loaded(world.data, loaded)
        client.close()
    return str(json.loads(note.read_text("utf-8"))["ceremony"])


def note_loaded(data: Path, loaded: Loaded) -> None:
    """From now on the sample counts as loaded in this data folder."""
    (data / NOTE).write_text(json.dumps(loaded.as_dict(), indent=1), "utf-8")


def _announce_sample(world: World, origin: str, ceremony: str) -> None:
    links = [("organiser", f"{origin}/in#{_invite(world, ORGANISER)}")]
    links += [(name, f"{origin}/device#{code}") for name, code in _device_codes(world, ceremony)]
    _announce(origin, [*links, ("mailbox", f"{origin}/mailbox")])


def _device_codes(world: World, ceremony: str) -> list[tuple[str, str]]:
    """For a gate and the hall's screen; none when the sample's day is long over."""
    standing, table = ShowCeremony(world.ports.table("ceremonies"))(ceremony), world.ports.table("identity")
    act = _act(world)
    if act.at >= standing.ends + AFTER_CEREMONY:
        return []
    return [
        ("gate", terminal_code(table, act, standing, Role.GATE, "Cổng A")),
        ("hall", terminal_code(table, act, standing, Role.SCREEN, None)),
    ]


def _announce(origin: str, links: list[tuple[str, str]]) -> None:
    print(f"\n  Giao Ước  {origin}\n")
    for name, link in links:
        print(f"  {say(f'engine.link_{name}')}\n    {link}")
    print(f"\n  {say('engine.how_to_stop')}\n", flush=True)


def _invite(world: World, principal: Principal) -> str:
    invite = Invite(world.ports.table("identity"))
    return invite(_act(world), principal, lifetime=timedelta(hours=24), idle_minutes=PERSON_IDLE_MINUTES)


def _act(world: World) -> Act:
    return Act(actor=SYSTEM, at=world.ports.clock.now(), correlation_id="first-start")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`giaouoc link WHO`: a new one-time link for an organiser, a gate or a hall's screen, also while the engine runs.

Who signed out, lost a phone or stands at a second gate needs no restart. On AWS (`--stage`) this is also how the first
organiser gets in. The link is printed to the terminal only. A gate's or screen's link enrols the device that first opens it:
it makes its own key, and needs no comparison of digits, since whoever sits at this terminal has the data anyway.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from events.envelope import SYSTEM, Act
from infra.commands import device_code
from infra.commands.aws_environment import cloud, on_aws
from infra.commands.data_folder import data_folder
from infra.commands.host import check_host
from infra.embedded.errors import EngineError
from infra.embedded.world import description, subscriptions
from infra.sample.first_start import NOTE, ORGANISER
from shared.ceremonies.model import Ceremony
from shared.ceremonies.planning import ListCeremonies
from shared.embedded.clock import StoredClock
from shared.embedded.layout import DataFolder
from shared.embedded.store import Store
from shared.identity.model import Role
from shared.identity.sessions import PERSON_IDLE_MINUTES
from shared.identity.usecases import Invite
from shared.kernel.clock import Clock
from shared.kernel.ports import Table
from shared.texts import say

SAMPLE_HOST: Final = "localhost:8000"
LIFETIME_H: Final = 24


def main(arguments: argparse.Namespace) -> int:
    """Prints the link and what it is for. Raises EngineError: no data, no such ceremony or gate, a host that is none."""
    if on_aws(arguments):
        with cloud(arguments) as stage:
            ports = stage.ports
            place, link = _link(ports.table, ports.clock, arguments)
            origin = ports.settings.origin
    else:
        data = data_folder(arguments, os.environ)
        path = DataFolder(data).store
        if not path.exists():
            raise EngineError("engine.no_store", path=data)
        origin = _origin(arguments.host or (SAMPLE_HOST if (data / NOTE).exists() else ""))
        with Store(path, subscriptions(description(os.environ))) as store:
            place, link = _link(store.table, StoredClock(store), arguments)
    for locale in ("vi", "en"):
        print(say(f"engine.new_link_{arguments.who}", locale, place=place, hours=LIFETIME_H))
    print(f"  {origin}{link}")
    return 0


def _link(table: Callable[[str], Table], clock: Clock, arguments: argparse.Namespace) -> tuple[str, str]:
    """The gate or the ceremony as a person reads it, and the link behind the origin. Raises Refused(device.over)."""
    act = Act(actor=SYSTEM, at=clock.now(), correlation_id="link")
    if arguments.who == "organiser":
        lifetime = timedelta(hours=LIFETIME_H)
        invite = Invite(table("identity"))
        return "", f"/in#{invite(act, ORGANISER, lifetime=lifetime, idle_minutes=PERSON_IDLE_MINUTES)}"
    ceremony = _ceremony(ListCeremonies(table("ceremonies"))(), arguments.ceremony)
    role, gate = (Role.SCREEN, None) if arguments.who == "hall" else (Role.GATE, _gate(ceremony, arguments.gate))
    return gate or ceremony.title, f"/device#{device_code.terminal_code(table('identity'), act, ceremony, role, gate)}"


def _gate(ceremony: Ceremony, wanted: str | None) -> str:
    place = wanted or (ceremony.gates[0] if len(ceremony.gates) == 1 else "")
    if place not in ceremony.gates:
        raise EngineError("engine.which_gate", known=", ".join(ceremony.gates))
    return place


def _ceremony(known: tuple[Ceremony, ...], wanted: str | None) -> Ceremony:
    found = [one for one in known if wanted in (None, one.id)]
    if len(found) != 1:
        raise EngineError("engine.which_ceremony", known="; ".join(f"{one.id} ({one.title})" for one in known) or "–")
    return found[0]


def _origin(host: str) -> str:
    name, _, port = host.partition(":")
    if name == "localhost" and (not port or port.isdecimal()):
        return f"http://{host}"
    if not name:
        raise EngineError("engine.link_host")
    check_host(name if port.isdecimal() else host)
    return f"https://{host}"

"""`giaouoc link WHO`: a new one-time link for an organiser, a gate or a hall's screen, also while the engine runs.

Who signed out, lost a phone or stands at a second gate needs no restart. On AWS (`--stage`) this is also how the first
organiser gets in. The link is printed to the terminal only.
"""

from __future__ import annotations

import argparse
import os
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from events.envelope import SYSTEM, Act
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
from shared.identity.model import Grant, Principal, Role
from shared.identity.usecases import Invite
from shared.kernel.clock import Clock
from shared.kernel.ports import Table
from shared.texts import say

SAMPLE_HOST: Final = "localhost:8000"
LIFETIME_H: Final = 24
SESSION_H: Final = 24 * 7


def main(arguments: argparse.Namespace) -> int:
    """Prints the link and what it is for. Raises EngineError: no data, no such ceremony or gate, a host that is none."""
    if on_aws(arguments):
        with cloud(arguments) as stage:
            ports = stage.ports
            place, secret = _invite(ports.table, ports.clock, arguments)
            origin = ports.settings.origin
    else:
        data = data_folder(arguments, os.environ)
        path = DataFolder(data).store
        if not path.exists():
            raise EngineError("engine.no_store", path=data)
        origin = _origin(arguments.host or (SAMPLE_HOST if (data / NOTE).exists() else ""))
        with Store(path, subscriptions(description(os.environ))) as store:
            place, secret = _invite(store.table, StoredClock(store), arguments)
    for locale in ("vi", "en"):
        print(say(f"engine.new_link_{arguments.who}", locale, place=place, hours=LIFETIME_H))
    print(f"  {origin}/in#{secret}")
    return 0


def _invite(table: Callable[[str], Table], clock: Clock, arguments: argparse.Namespace) -> tuple[str, str]:
    """The place as a person reads it, and the link's secret."""
    principal, place = _who(table, arguments)
    act = Act(actor=SYSTEM, at=clock.now(), correlation_id="link")
    lifetime = timedelta(hours=LIFETIME_H)
    return place, Invite(table("identity"))(act, principal, lifetime=lifetime, session_hours=SESSION_H)


def _who(table: Callable[[str], Table], arguments: argparse.Namespace) -> tuple[Principal, str]:
    """Whom the link is for, and the gate or the ceremony as a person reads it."""
    if arguments.who == "organiser":
        return ORGANISER, ""
    ceremony = _ceremony(ListCeremonies(table("ceremonies"))(), arguments.ceremony)
    if arguments.who == "hall":
        grant, place = Grant(role=Role.SCREEN, reach=ceremony.id), ceremony.title
    else:
        known = ", ".join(ceremony.gates)
        place = arguments.gate or (ceremony.gates[0] if len(ceremony.gates) == 1 else "")
        if place not in ceremony.gates:
            raise EngineError("engine.which_gate", known=known)
        grant = Grant(role=Role.GATE, reach=ceremony.id, place=place)
    return Principal(kind="DEVICE", id=f"{arguments.who}-{secrets.token_hex(4)}", grants=(grant,)), place


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

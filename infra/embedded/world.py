"""One process's view of an engine: the description, the open store, the ports. Opened by processes, commands, tests.

Queues go by the short name that the code uses (`issue-ticket`); the store learns from serverless.yml which queue gets
which event and how often a message is tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.embedded.template import Service, load
from infra.embedded.worker import short_name
from shared.edge import wiring
from shared.edge.settings import Settings
from shared.edge.settings import load as load_settings
from shared.edge.wiring import Ports
from shared.embedded.layout import DataFolder
from shared.embedded.objects import FolderObjects
from shared.embedded.queues import QueuePolicy, Queues
from shared.embedded.schedules import EmbeddedSchedules
from shared.embedded.store import Store

ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the engine's processes work with."""

    settings: Settings
    service: Service
    store: Store
    queues: Queues
    schedules: EmbeddedSchedules
    objects: FolderObjects
    ports: Ports

    @property
    def data(self) -> Path:
        """The data folder."""
        assert self.settings.data is not None
        return self.settings.data

    @property
    def folder(self) -> DataFolder:
        """Where everything lies in it."""
        return DataFolder(self.data)

    def close(self) -> None:
        """Lets go of the store and of the installed ports."""
        wiring.install(None)
        self.store.close()


def description(environment: Mapping[str, str]) -> Service:
    """serverless.yml, or the file that GIAOUOC_DESCRIPTION names (trials of the engine). Raises TemplateError."""
    return load(environment.get("GIAOUOC_DESCRIPTION") or ROOT / "serverless.yml")


def subscriptions(service: Service) -> dict[tuple[str, str], tuple[str, ...]]:
    """(source, event type) -> short names of the queues."""
    pairs = dict.fromkeys((one.source, one.detail_type) for one in service.subscriptions)
    return {pair: tuple(short_name(service, queue) for queue in service.subscribers(*pair)) for pair in pairs}


def policies(service: Service) -> dict[str, QueuePolicy]:
    """How often each queue's messages are tried."""
    return {
        short_name(service, queue): QueuePolicy(max_attempts=queue.max_attempts)
        for queue in service.queues
        if queue.function is not None and queue.max_attempts is not None
    }


def open_world(environment: Mapping[str, str], passphrase: str, *, late_indexes: bool = False) -> World:
    """Opens the engine's data and installs the ports. Raises SettingsError, StoreError, KeyFolderError, TemplateError.

    `late_indexes`: index reads answer as of before the last commit, as the cloud's may; tests run this way.
    """
    settings = load_settings(environment)
    service = description(environment)
    assert settings.data is not None
    store = Store(DataFolder(settings.data).store, subscriptions(service), late_indexes=late_indexes)
    ports = wiring.embedded(settings, store, passphrase.encode())
    wiring.install(ports)
    assert isinstance(ports.objects, FolderObjects)
    assert isinstance(ports.schedules, EmbeddedSchedules)
    return World(
        settings=settings,
        service=service,
        store=store,
        queues=Queues(store, policies(service)),
        schedules=ports.schedules,
        objects=ports.objects,
        ports=ports,
    )

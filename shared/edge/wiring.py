"""The composition root: which adapters stand behind the ports (the only place that looks at GIAOUOC_ENGINE).

On AWS a process builds its ports at the first call. The embedded engine's processes open their store first and
`install` the ports; tests do the same with a store of their own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shared.edge.settings import NO_SENDER, Settings, SettingsError, load
from shared.kernel.clock import Clock
from shared.kernel.ports import Keyring, Mail, Objects, Schedules, Sms, Table

if TYPE_CHECKING:
    from shared.aws.clients import Clients
    from shared.embedded.store import Store
    from shared.kernel.operations import Backups, FailedWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """All that a handler may ask of the world. `public` holds what is served as files (/.well-known, /status)."""

    settings: Settings
    table: Callable[[str], Table]
    objects: Objects
    public: Objects
    mail: Mail
    sms: Sms
    schedules: Schedules
    keyring: Keyring
    clock: Clock
    failed_work: FailedWork
    backups: Backups


_installed: Ports | None = None


def ports() -> Ports:
    """The process's ports. Raises SettingsError when the environment does not say enough."""
    global _installed
    if _installed is None:
        _installed = aws(os.environ)
    return _installed


def install(made: Ports | None) -> None:
    """Puts ready-made ports in place (the embedded engine, tests); None takes them out again."""
    global _installed
    _installed = made


def embedded(settings: Settings, store: Store, passphrase: bytes) -> Ports:
    """The ports on an open store of the embedded engine; `passphrase` opens the key folder. Raises KeyFolderError."""
    from shared.edge.works import WORKS
    from shared.embedded.backups import FolderBackups
    from shared.embedded.clock import StoredClock
    from shared.embedded.failed_work import EmbeddedFailedWork
    from shared.embedded.keyfiles import KeyFolder
    from shared.embedded.layout import DataFolder
    from shared.embedded.mail import SpoolSms
    from shared.embedded.objects import FolderObjects
    from shared.embedded.schedules import EmbeddedSchedules

    if settings.data is None:
        raise SettingsError("GIAOUOC_DATA: thiếu / missing")
    data = DataFolder(settings.data)
    clock = StoredClock(store)

    def objects(folder: Path) -> FolderObjects:
        return FolderObjects(folder, origin=settings.origin, clock=clock, secret_file=data.link_secret)

    return Ports(
        settings=settings,
        table=store.table,
        objects=objects(data.objects),
        public=objects(data.public),
        mail=_embedded_mail(settings, data.mail, clock),
        sms=SpoolSms(data.sms, clock=clock),
        schedules=EmbeddedSchedules(store),
        keyring=KeyFolder(data.keys, passphrase, clock),
        clock=clock,
        failed_work=EmbeddedFailedWork(store, WORKS),
        backups=FolderBackups(data.copies),
    )


def _embedded_mail(settings: Settings, maildir: Path, clock: Clock) -> Mail:
    from shared.embedded.mail import MaildirMail, SmtpMail, SmtpServer
    from shared.kernel.letters import Sender

    name, address = settings.mail_from
    sender, smtp = Sender(name=name, address=address), settings.smtp
    if smtp is None:
        return MaildirMail(maildir, sender=sender, clock=clock)
    server = SmtpServer(
        host=smtp.host,
        port=smtp.port,
        security="tls" if smtp.tls else "starttls",
        user=smtp.user,
        password=smtp.password,
    )
    return SmtpMail(server, sender=sender, clock=clock)


def aws(environment: Mapping[str, str], clients: Clients | None = None) -> Ports:
    """The ports on AWS, by the environment that a function has there; tests hand in their own `clients`.

    Raises SettingsError; KeyError naming a variable that infra/functions/*.yml should have set.
    """
    settings = load(environment)
    if settings.engine != "aws":
        raise SettingsError("the embedded engine installs its ports when its store is open")
    from shared.aws.world import aws_parts  # boto3 only where it is wanted
    from shared.edge.works import TABLES, WORKS

    parts = aws_parts(
        environment,
        stage=settings.stage,
        sender=None if settings.mail_from == NO_SENDER else settings.mail_from,
        mail_set=settings.mail_set,
        sms_sender=settings.sms_sender,
        clients=clients,
        works=WORKS,
        tables=TABLES,
    )
    return Ports(
        settings=settings,
        table=parts.table,
        objects=parts.objects,
        public=parts.public,
        mail=parts.mail,
        sms=parts.sms,
        schedules=parts.schedules,
        keyring=parts.keyring,
        clock=parts.clock,
        failed_work=parts.failed_work,
        backups=parts.backups,
    )

"""The composition root: which adapters stand behind the ports (the only place that looks at GIAOUOC_ENGINE).

On AWS a process builds its ports at the first call. The embedded engine's processes open their store first and
`install` the ports; tests do the same with a store of their own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from shared.edge.settings import Settings, load
from shared.kernel.clock import Clock
from shared.kernel.ports import Keyring, Mail, Objects, Schedules, Sms, Table


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


_installed: Ports | None = None


def ports() -> Ports:
    """The process's ports. Raises SettingsError when the environment does not say enough."""
    global _installed
    if _installed is None:
        _installed = _build(load(os.environ))
    return _installed


def install(made: Ports | None) -> None:
    """Puts ready-made ports in place (the embedded engine, tests); None takes them out again."""
    global _installed
    _installed = made


def _build(settings: Settings) -> Ports:
    if settings.engine == "aws":
        from shared.aws.world import aws_ports_parts

        return Ports(settings=settings, **aws_ports_parts(settings.stage))
    from shared.embedded.world import embedded_ports_parts

    if settings.data is None:
        raise ValueError("the embedded engine has a data folder")
    return Ports(settings=settings, **embedded_ports_parts(settings.data))

"""Every packaged function starts and answers in Lambda's runtime interface, in a process that holds its package alone."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.build.targets import GROUPS, host_target
from infra.build.template import FILE
from infra.embedded.payloads import scheduled_event
from infra.embedded.template import Queue, Service, load
from infra.rehearsal.deploy import Deployed, deploy
from infra.rehearsal.emulator import Running
from infra.rehearsal.runtime_interface import PackagedFunction, functions_of, start

PAYLOADS = Path("tests/payloads")
SAMPLES = Path("events/samples")
BUILT = host_target().folder
SERVICE: Service = load("serverless.yml")
HTTP = sorted({route.function for route in SERVICE.routes})
CONSUMERS = sorted({queue.function for queue in SERVICE.queues if queue.function})
SCHEDULED = sorted({schedule.function for schedule in SERVICE.schedules if schedule.function})
RELAY = "outboxRelay"

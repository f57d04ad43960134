"""Cold starts: what a fresh process of each function needs to import its module and to give its first answer, in CPU time.

Beside the floors of the same run: a bare interpreter (already taken off every figure), and a process that makes one boto3
client of DynamoDB. Three times: from the source tree, from the archive that `make package` made for this machine, and in
Lambda's runtime interface. The archive is what counts: its bytecode and its models are those of the deployed one. Services
answer at once (aws_stand_in.py), so that the figures are the function's own.
"""

from __future__ import annotations

import json
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from infra.bench import cold_runtime
from infra.bench.aws_stand_in import services
from infra.bench.cold_events import first_events
from infra.bench.cold_process import Cold, least, start
from infra.bench.machine import report
from infra.bench.world import bench_world
from infra.build.targets import target_named
from infra.build.template import FILE
from infra.embedded.template import Function
from infra.embedded.world import ROOT
from infra.rehearsal.runtime_interface import PackagedFunction, functions_of

ROUNDS: Final = 3
CLIENT: Final = "import boto3; boto3.client('dynamodb', region_name='ap-southeast-1')"
VERIFICATION_MS: Final = 60
"""At most, for the import of public verification."""
HTTP_RATIO: Final = 1.3
"""At most, for the import of any other HTTP function: in clients of boto3."""


def main() -> None:
    """Prints coldstart.client and coldstart.function from the sources and from the archives, and coldstart.runtime."""
    packaged = _packaged()
    with bench_world() as world, tempfile.TemporaryDirectory() as folder:
        events, functions = first_events(world), world.service.functions
        unpacked = _unpacked(packaged, Path(folder))
        with services(world) as environment:
            libraries = [Path(sysconfig.get_paths()["purelib"]), Path(sysconfig.get_paths()["platlib"])]
            _measure("sources", functions, {one.name: [ROOT, *libraries] for one in functions}, environment, events)
            if not packaged:
                print("cold starts of the archives: `make package` first", file=sys.stderr)
                return
            archives = {name: [unpacked[one.archive]] for name, one in packaged.items()}
            _measure("archive", functions, archives, environment, events)
            _run(packaged, unpacked, Path(folder), environment, events)


def _packaged() -> dict[str, PackagedFunction]:
    """The functions as they are packaged for this machine; none before `make package`."""
    template = target_named("host").folder / "service" / FILE
    return functions_of(json.loads(template.read_text("utf-8"))) if template.exists() else {}


def _unpacked(packaged: Mapping[str, PackagedFunction], folder: Path) -> dict[str, Path]:
    """Archive -> where it was unpacked below `folder`."""
    for archive in {one.archive for one in packaged.values()}:
        with zipfile.ZipFile(target_named("host").folder / archive) as packed:
            packed.extractall(folder / archive)
    return {one.archive: folder / one.archive for one in packaged.values()}


def _measure(
    tree: str,
    functions: tuple[Function, ...],
    paths: Mapping[str, list[Path]],
    environment: Mapping[str, str],
    events: Mapping[str, Any],
) -> None:
    clients: list[Cold] = []
    runs: dict[str, list[Cold]] = {one.name: [] for one in functions}
    for _ in range(ROUNDS + 1):
        clients.append(start(CLIENT, paths[functions[0].name], environment))
        for one in functions:
            asked = {"handler": one.handler, "event": events[one.name]}
            runs[one.name].append(start(f"import {one.module}", paths[one.name], environment, **asked))
    client = least(clients[1:])  # the first round fills the disk's cache
    made, bare = round(client.import_ms, 1), round(client.bare_ms, 1)
    report("coldstart.client", tree=tree, value=made, unit="ms CPU above a bare interpreter", bare_ms=bare)
    for one in functions:
        _report(tree, one.name, least(runs[one.name][1:]), client, events[one.name])


def _report(tree: str, function: str, cold: Cold, client: Cold, event: Any) -> None:
    target: dict[str, Any] = {}
    if function == "publicVerify":
        target = {"target_import_ms": VERIFICATION_MS}
    elif "rawPath" in event:
        target = {"target_import_to_client": HTTP_RATIO}
    total = cold.import_ms + cold.answer_ms
    report(
        "coldstart.function",
        tree=tree,
        function=function,
        value=round(total, 1),
        unit="ms CPU above a bare interpreter: import and first answer",
        import_ms=round(cold.import_ms, 1),
        answer_ms=round(cold.answer_ms, 1),
        import_to_client=round(cold.import_ms / client.import_ms, 2),
        total_to_client=round(total / client.import_ms, 2),
        modules=cold.modules,
        answered=cold.outcome,
        **target,
    )


def _run(
    packaged: Mapping[str, PackagedFunction],
    unpacked: Mapping[str, Path],
    folder: Path,
    environment: Mapping[str, str],
    events: Mapping[str, Any],
) -> None:
    floors = [cold_runtime.floor(folder / "floor", environment) for _ in range(ROUNDS)]
    floor = min(each.cpu_ms for each in floors)
    for name, one in packaged.items():
        runs = [cold_runtime.first_answer(one, unpacked[one.archive], environment, events[name]) for _ in range(ROUNDS)]
        cpu = min(each.cpu_ms for each in runs)
        report(
            "coldstart.runtime",
            function=name,
            value=round(cpu - floor, 1),
            unit="ms CPU above a handler that does nothing, in Lambda's runtime interface: start and first answer",
            floor_ms=round(floor, 1),
            ratio_to_floor=round(cpu / floor, 1),
            wall_ms=round(min(each.wall_ms for each in runs), 1),
        )

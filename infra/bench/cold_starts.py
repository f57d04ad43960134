"""Cold starts: what a fresh process of each function needs to import its module and to give its first answer, in CPU time.

Beside the floors of the same run: a bare interpreter (already taken off every figure), and a process that makes one boto3
client of DynamoDB. First from the source tree, then from the archive that `make package` made for this machine, which is what
counts: its bytecode and its models are those of the deployed one. Services answer at once (aws_stand_in.py).
"""

from __future__ import annotations

import json
import sysconfig
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from infra.bench.aws_stand_in import services
from infra.bench.cold_events import first_events
from infra.bench.cold_process import Cold, least, start
from infra.bench.machine import report
from infra.bench.world import bench_world
from infra.build.targets import target_named
from infra.build.template import FILE
from infra.embedded.template import Function
from infra.embedded.world import ROOT

ROUNDS: Final = 3
LAMBDA: Final = "AWS::Lambda::Function"
CLIENT: Final = "import boto3; boto3.client('dynamodb', region_name='ap-southeast-1')"
VERIFICATION_MS: Final = 60
"""At most, for the import of public verification."""
HTTP_RATIO: Final = 1.3
"""At most, for the import of any other HTTP function: in clients of boto3."""


def main() -> None:
    """Prints coldstart.client and coldstart.function for each function, from the sources and from the archives."""
    with bench_world() as world, tempfile.TemporaryDirectory() as folder:
        events = first_events(world)
        functions = world.service.functions
        with services(world) as environment:
            libraries = [Path(sysconfig.get_paths()["purelib"]), Path(sysconfig.get_paths()["platlib"])]
            trees = {"sources": {one.name: [ROOT, *libraries] for one in functions}}
            archives = _archives(functions, Path(folder))
            if archives:
                trees["archive"] = archives
            for name, paths in trees.items():
                _measure(name, functions, paths, environment, events)


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
            handler, event = (one.handler, events[one.name]) if one.name in events else ("", None)
            runs[one.name].append(
                start(f"import {one.module}", paths[one.name], environment, handler=handler, event=event)
            )
    client = least(clients[1:])  # the first round fills the disk's cache
    report(
        "coldstart.client", tree=tree, value=round(client.import_ms, 1), unit="ms CPU", bare_ms=round(client.bare_ms, 1)
    )
    for one in functions:
        _report(tree, one, least(runs[one.name][1:]), client, events.get(one.name))


def _report(tree: str, function: Function, cold: Cold, client: Cold, event: Any) -> None:
    target: dict[str, Any] = {}
    if function.name == "publicVerify":
        target = {"target_import_ms": VERIFICATION_MS}
    elif isinstance(event, dict) and "rawPath" in event:
        target = {"target_import_to_client": HTTP_RATIO}
    report(
        "coldstart.function",
        tree=tree,
        function=function.name,
        value=round(cold.import_ms + cold.answer_ms, 1),
        unit="ms CPU above a bare interpreter: import and first answer",
        import_ms=round(cold.import_ms, 1),
        answer_ms=round(cold.answer_ms, 1),
        import_to_client=round(cold.import_ms / client.import_ms, 2),
        total_to_client=round((cold.import_ms + cold.answer_ms) / client.import_ms, 2),
        modules=cold.modules,
        answered=cold.outcome,
        **target,
    )


def _archives(functions: tuple[Function, ...], folder: Path) -> dict[str, list[Path]]:
    """Where each function's archive for this machine was unpacked below `folder`; empty before `make package`."""
    host = target_named("host")
    packaged = host.folder / "service" / FILE
    if not packaged.exists():
        return {}
    resources = json.loads(packaged.read_text("utf-8"))["Resources"].values()
    found = {each["Properties"]["Handler"]: each["Properties"] for each in resources if each["Type"] == LAMBDA}
    unpacked: dict[str, list[Path]] = {}
    for one in functions:
        archive = PurePosixPath(found[one.handler]["Code"]["S3Key"]).name
        if not (folder / archive).exists():
            with zipfile.ZipFile(host.folder / archive) as packed:
                packed.extractall(folder / archive)
        unpacked[one.name] = [folder / archive]
    return unpacked

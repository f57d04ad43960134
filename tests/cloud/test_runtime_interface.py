"""Every packaged function starts and answers in Lambda's runtime interface, in a process that holds its package alone.

What a library lacks, a variable that the template forgot, a file that stayed outside the archive: here it shows, because
neither this repository's folder nor its virtual environment is within reach of the process.
"""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from infra.build.package import build
from infra.build.reach import reach
from infra.build.targets import GROUPS, Group, host_target
from infra.build.template import FILE as TEMPLATE
from infra.embedded.payloads import scheduled_event
from infra.embedded.template import Service, load
from infra.rehearsal import package
from infra.rehearsal.runtime_interface import PackagedFunction, RuntimeFailed, functions_of, interpreter, start
from infra.rehearsal.runtime_interface import Running as Started
from shared.edge import front
from shared.kernel.clock import SystemClock
from tests.cloud.telling import Told

SAMPLES = Path("events/samples")
PAYLOADS = Path("tests/payloads")
SERVICE: Service = load("serverless.yml")
HTTP = sorted({route.function for route in SERVICE.routes})
CONSUMERS = sorted({queue.function for queue in SERVICE.queues if queue.function})
SCHEDULED = sorted({one.function for one in SERVICE.schedules if one.function})
QUERIES = {"noticesHttp": {"kind": "invitation", "limit": "5"}}
UNDER = {"operationsHttp": "works"}
"""What is asked for below a prefix: the work of all queues, counted by their service."""
RELAY = "outboxRelay"
NOTHING_THERE = {"NotFound"}
"""What consumers say of a fact whose subject the account does not hold: they would be asked again."""


@pytest.fixture(scope="module")
def functions() -> dict[str, PackagedFunction]:
    return functions_of(json.loads((package.FOLDER / "service" / TEMPLATE).read_text("utf-8")))


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both archives as Lambda unpacks them; outside the repository, so that no import reaches into it."""
    folder = tmp_path_factory.mktemp("task")
    for group in GROUPS:
        with zipfile.ZipFile(group.archive(host_target())) as archive:
            archive.extractall(folder / group.name)
    return folder


@pytest.fixture
def started(told: Told, functions: dict[str, PackagedFunction], unpacked: Path) -> Callable[[str], Started]:
    """`started(name)`: a function with the variables of the deployed template, and the emulator's address."""

    def one(name: str) -> Started:
        function = functions[name]
        return start(function, unpacked / function.archive.removesuffix(".zip"), variables(told, function))

    return one


def variables(told: Told, function: PackagedFunction) -> dict[str, str]:
    deployed = told.stage.deployed
    return {**deployed.environment(function.physical_name), "AWS_ENDPOINT_URL": deployed.running.endpoint}


def http_event(name: str, told: Told, given: Mapping[str, str]) -> dict[str, Any]:
    """An organiser's request for the first of a function's routes, with GET where it may be, through the distribution."""
    route = next(one for one in SERVICE.routes if one.function == name and one.path != "$default")
    known = {"id": told.story.certificates(told.loaded)[0]["id"], "ceremony": told.loaded.ceremony}
    known |= {"proxy": UNDER.get(name, "0")}
    parameters = {found: known.get(found, "0") for found in re.findall(r"\{(\w+)\+?\}", route.path)}
    path = re.sub(r"\{(\w+)\+?\}", lambda found: parameters[found[1]], route.path)
    method = "GET" if route.method == "ANY" else route.method
    event: dict[str, Any] = json.loads((PAYLOADS / "http_api_v2.json").read_text("utf-8"))
    query = QUERIES.get(name, {})
    event |= {"routeKey": route.key, "rawPath": path, "pathParameters": parameters}
    event |= {"rawQueryString": urlencode(query), "queryStringParameters": query}
    event["cookies"] = told.story.organiser.cookies()
    event["headers"][front.HEADER] = given["GIAOUOC_FRONT"]
    event["requestContext"] |= {"routeKey": route.key}
    event["requestContext"]["http"] |= {"method": method, "path": path}
    return event


def facts(told: Told) -> dict[str, list[dict[str, Any]]]:
    """What the story published, by type: the outbox keeps it for days."""
    found: dict[str, list[dict[str, Any]]] = {}
    pages = (
        told.stage.running.client("dynamodb").get_paginator("scan").paginate(TableName=f"{told.stage.prefix}-outbox")
    )
    for page in pages:
        for item in page["Items"]:
            envelope = json.loads(item["envelope"]["S"])
            found.setdefault(envelope["type"], []).append(envelope)
    return found


def heard(name: str) -> list[str]:
    """The types of facts that a consumer hears of."""
    if name == "noticesDeliverReminder":
        return ["ReminderDue"]  # comes from a schedule of the campaign, not by the bus
    queue = next(one for one in SERVICE.queues if one.function == name)
    return [one.detail_type for one in SERVICE.subscriptions if one.queue == queue.logical_id]


def body(envelope: Mapping[str, Any]) -> str:
    return json.dumps({"detail-type": envelope["type"], "source": envelope["source"], "detail": envelope})


def samples(name: str) -> list[str]:
    """Golden samples of what a consumer hears of; their subjects exist nowhere."""
    if name == "noticesNoteMailFeedback":
        return [path.read_text("utf-8") for path in sorted(PAYLOADS.glob("ses_*.json"))]
    return [body(json.loads((SAMPLES / f"{kind}.v1.json").read_text("utf-8"))) for kind in heard(name)]


def batch(bodies: list[str]) -> dict[str, Any]:
    record = json.loads((PAYLOADS / "sqs.json").read_text("utf-8"))["Records"][0]
    return {"Records": [{**record, "messageId": f"m{place}", "body": body} for place, body in enumerate(bodies)]}


def asked(running: Started, event: Any) -> tuple[Any, str]:
    """(answer, ""), or (None, the error with which the function ended)."""
    try:
        return running.invoke(event), ""
    except RuntimeFailed as failed:
        return None, str(failed)


def errors_logged(log: str) -> set[str]:
    lines = [json.loads(line) for line in log.splitlines() if line.startswith('{"level":"ERROR"')]
    return {line["error"] for line in lines}


def test_every_function_is_rehearsed(functions: dict[str, PackagedFunction]) -> None:
    assert set(functions) == {*HTTP, *CONSUMERS, *SCHEDULED, RELAY}


@pytest.mark.parametrize("name", HTTP)
def test_an_http_function_answers(name: str, told: Told, started: Any, functions: dict[str, PackagedFunction]) -> None:
    event = http_event(name, told, variables(told, functions[name]))
    with started(name) as running:
        cold = running.invoke(event)
        if event["requestContext"]["http"]["method"] == "GET":
            assert cold["statusCode"] == 200, (cold, running.tail())
        else:
            assert 400 <= cold["statusCode"] < 500, (cold, running.tail())  # nothing of use was posted
        assert cold["headers"]["content-type"]
        assert running.invoke(event)["statusCode"] == cold["statusCode"], "warm as cold"


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_consumer_takes_what_it_took_before(name: str, told: Told, started: Any) -> None:
    """Facts of the story delivered a second time: at least once is what queues promise."""
    published = facts(told)
    again = [body(envelope) for kind in heard(name) for envelope in published.get(kind, [])[:3]]
    with started(name) as running:
        answer = running.invoke(batch(again)) if again else {"batchItemFailures": []}
        assert answer["batchItemFailures"] == [], running.tail()


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_consumer_asks_again_for_what_is_not_there(name: str, started: Any) -> None:
    """A fact that overtook its subject: the message stays in the queue, and nothing else goes wrong."""
    bodies = samples(name)
    with started(name) as running:
        answer, failure = asked(running, batch(bodies))
        if answer is not None:
            named = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
            assert named <= {f"m{place}" for place in range(len(bodies))}
        assert re.search("^$|BatchFailed", failure), failure
        assert errors_logged(running.tail()) <= NOTHING_THERE, running.tail()


def test_what_came_twice_happened_once(told: Told, started: Any) -> None:
    told.stage.settle()
    before, published = told.totals(), facts(told)
    for name in ("certificatesIssueCertificate", "noticesSendInvitation", "ceremoniesCountAttendance", "pledgesSeal"):
        with started(name) as running:
            running.invoke(batch([body(one) for kind in heard(name) for one in published.get(kind, [])[:5]]))
    told.stage.settle()
    assert told.totals() == before


@pytest.mark.parametrize("name", SCHEDULED)
def test_a_scheduled_function_runs(name: str, started: Any) -> None:
    schedule = next(one for one in SERVICE.schedules if one.function == name)
    with started(name) as running:
        assert running.invoke(scheduled_event(schedule, SystemClock().now())) is not None, running.tail()


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_everything_that_functions_can_import_is_importable(group: Group, unpacked: Path) -> None:
    """Also what only rare branches import: from the archive alone, by an interpreter without any other library."""
    modules: set[str] = set()
    for function in SERVICE.functions:
        if function.archive.endswith(f"/{group.name}.zip"):
            reached = reach(function.module)
            modules |= reached.ours.keys() | reached.libraries.keys()
    code = (
        f"import sys, importlib; sys.path.insert(0, '.')\nfor name in {sorted(modules)}: importlib.import_module(name)"
    )
    ran = subprocess.run(
        [interpreter(), "-I", "-S", "-c", code], cwd=unpacked / group.name, env={}, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr


def test_what_draws_can_draw(unpacked: Path) -> None:
    """With the fonts of the archive: they stand in the PDF file, and no other."""
    code = """
import sys; sys.path.insert(0, ".")
import typst
from PIL import Image
from shared.documents.fonts import FACES, font_folder
assert all(face.path.is_file() for face in FACES)
text = b'#set text(font: "Source Serif Pro")\\nGiao'
sys.stdout.buffer.write(typst.compile(text, font_paths=[str(font_folder())], ignore_system_fonts=True))
Image.new("RGB", (8, 8)).tobytes()
"""
    ran = subprocess.run([interpreter(), "-I", "-S", "-c", code], cwd=unpacked / "render", env={}, capture_output=True)
    assert ran.returncode == 0, ran.stderr.decode()
    fonts = subprocess.run(["pdffonts", "-"], input=ran.stdout, capture_output=True, check=True).stdout.decode()
    assert "SourceSerifPro" in fonts.splitlines()[2]


def test_the_relay_carries_a_fact_to_the_bus(told: Told, started: Any) -> None:
    """One that is known there already: a fact about nothing would be tried again for half an hour."""
    envelope = json.dumps(facts(told)["PledgeCompleted"][0])
    image = {"pk": {"S": "x"}, "sk": {"S": "event"}, "envelope": {"S": envelope}}
    record = {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "111", "NewImage": image}}
    with started(RELAY) as running:
        assert running.invoke({"Records": []}) == {"batchItemFailures": []}
        assert running.invoke({"Records": [record]}) == {"batchItemFailures": []}, running.tail()
    told.stage.settle()


def test_a_function_that_lacks_a_variable_or_a_library_is_noticed(
    told: Told, functions: dict[str, PackagedFunction], unpacked: Path, tmp_path: Path
) -> None:
    """The instrument itself: what it is there for makes it fail."""
    function = functions[RELAY]
    given = variables(told, function)
    poor = tmp_path / "poor"
    with zipfile.ZipFile(GROUPS[0].archive(host_target())) as archive:
        archive.extractall(poor, [name for name in archive.namelist() if not name.startswith(("boto3/", "botocore/"))])
    with start(function, poor, given) as running, pytest.raises(RuntimeFailed, match="No module named 'boto"):
        running.invoke({"Records": []})
    del given["BUS"]
    with start(function, unpacked / "edge", given) as running, pytest.raises(RuntimeFailed, match="KeyError"):
        running.invoke({"Records": []})


def test_two_builds_are_the_same_to_the_byte() -> None:
    target = host_target()
    first, second = build(target), build(target)
    assert first == second

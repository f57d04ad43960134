"""Every packaged function starts and answers in Lambda's runtime interface, in a process that holds its package alone.

What a library lacks, a variable that the template forgot, a file that stayed outside the archive: here it shows, because
neither this repository's folder nor its virtual environment is within reach of the process.
"""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra.build.package import build
from infra.build.targets import GROUPS, host_target
from infra.embedded.payloads import scheduled_event
from infra.embedded.template import Service, load
from infra.rehearsal import package
from infra.rehearsal.deploy import Deployed, deploy
from infra.rehearsal.emulator import Running
from infra.rehearsal.runtime_interface import PackagedFunction, RuntimeFailed, functions_of, start
from infra.rehearsal.runtime_interface import Running as Started
from shared.kernel.clock import SystemClock

SAMPLES = Path("events/samples")
PAYLOADS = Path("tests/payloads")
SERVICE: Service = load("serverless.yml")
HTTP = sorted({route.function for route in SERVICE.routes})
CONSUMERS = sorted({queue.function for queue in SERVICE.queues if queue.function})
SCHEDULED = sorted({one.function for one in SERVICE.schedules if one.function})
RELAY = "outboxRelay"
NOTHING_THERE = {"NotFound", "Unavailable"}
"""What consumers say of a fact whose subject the empty account does not hold: they would be asked again."""


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(package.package().read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def functions(template: dict[str, Any]) -> dict[str, PackagedFunction]:
    return functions_of(template)


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both archives as Lambda unpacks them; outside the repository, so that no import reaches into it."""
    folder = tmp_path_factory.mktemp("task")
    for group in GROUPS:
        with zipfile.ZipFile(group.archive(host_target())) as archive:
            archive.extractall(folder / group.name)
    return folder


@pytest.fixture(scope="module")
def deployed(bare: Running, template: dict[str, Any]) -> Deployed:
    """Tables, buckets, queues, bus and the functions' variables with their values; nothing in them."""
    assert template
    return deploy(bare, package.FOLDER / "service" / "cloudformation-template-update-stack.json", package.archives())


@pytest.fixture
def started(deployed: Deployed, functions: dict[str, PackagedFunction], unpacked: Path) -> Any:
    """`started(name)`: a function with the variables of the deployed template, and the emulator's address."""

    def one(name: str) -> Any:
        function = functions[name]
        given = deployed.environment(function.physical_name)
        folder = unpacked / function.archive.removesuffix(".zip")
        return start(function, folder, {**given, "AWS_ENDPOINT_URL": deployed.running.endpoint})

    return one


def http_event(name: str) -> dict[str, Any]:
    """The first of a function's routes, asked with GET where it may be."""
    route = next(one for one in SERVICE.routes if one.function == name)
    event: dict[str, Any] = json.loads((PAYLOADS / "http_api_v2.json").read_text("utf-8"))
    parameters = dict.fromkeys(re.findall(r"\{(\w+)\+?\}", route.path), "0" * 39)
    path = re.sub(r"\{(\w+)\+?\}", lambda found: parameters[found[1]], route.path)
    method = "GET" if route.method == "ANY" else route.method
    event |= {"routeKey": route.key, "rawPath": path, "rawQueryString": "", "cookies": [], "pathParameters": parameters}
    event["requestContext"] |= {"routeKey": route.key}
    event["requestContext"]["http"] |= {"method": method, "path": path}
    return event


def messages(name: str) -> list[str]:
    """Bodies of messages as they come to a consumer: a golden sample of each fact that it hears of."""
    queue = next(one for one in SERVICE.queues if one.function == name)
    kinds = [one.detail_type for one in SERVICE.subscriptions if one.queue == queue.logical_id]
    if name == "noticesNoteMailFeedback":
        return [path.read_text("utf-8") for path in sorted(PAYLOADS.glob("ses_*.json"))]
    if name == "noticesDeliverReminder":
        kinds = ["ReminderDue"]
    assert kinds, f"{name}: what does it hear of?"
    return [
        json.dumps({"detail-type": kind, "detail": json.loads((SAMPLES / f"{kind}.v1.json").read_text("utf-8"))})
        for kind in kinds
    ]


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
def test_an_http_function_answers(name: str, started: Any) -> None:
    with started(name) as running:
        answer = running.invoke(http_event(name))
        assert 200 <= answer["statusCode"] < 500, running.tail()
        assert answer["headers"]["content-type"]
        assert running.invoke(http_event(name))["statusCode"] == answer["statusCode"], "warm as cold"


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_consumer_takes_its_messages(name: str, started: Any) -> None:
    """Each fact is read, its subject looked for in the tables, and found missing or not minded."""
    bodies = messages(name)
    with started(name) as running:
        answer, failure = asked(running, batch(bodies))
        if answer is not None:
            named = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
            assert named <= {f"m{place}" for place in range(len(bodies))}
        assert re.search("^$|BatchFailed|Unavailable", failure), failure
        assert errors_logged(running.tail()) <= NOTHING_THERE, running.tail()


@pytest.mark.parametrize("name", SCHEDULED)
def test_a_scheduled_function_runs(name: str, started: Any) -> None:
    schedule = next(one for one in SERVICE.schedules if one.function == name)
    with started(name) as running:
        _, failure = asked(running, scheduled_event(schedule, SystemClock().now()))
    assert re.search("^$|Unavailable", failure), failure  # without keys nothing can be signed


def test_the_relay_carries_a_fact_to_the_bus(started: Any) -> None:
    envelope = (SAMPLES / "PledgeCompleted.v1.json").read_text("utf-8")
    image = {"pk": {"S": "x"}, "sk": {"S": "event"}, "envelope": {"S": envelope}}
    record = {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "111", "NewImage": image}}
    with started(RELAY) as running:
        assert running.invoke({"Records": []}) == {"batchItemFailures": []}
        assert running.invoke({"Records": [record]}) == {"batchItemFailures": []}, running.tail()


def test_a_function_that_lacks_a_variable_or_a_library_is_noticed(
    functions: dict[str, PackagedFunction], deployed: Deployed, unpacked: Path, tmp_path: Path
) -> None:
    """The instrument itself: what it is there for makes it fail."""
    function = functions[RELAY]
    given = {**deployed.environment(function.physical_name), "AWS_ENDPOINT_URL": deployed.running.endpoint}
    given.pop("BUS")
    with start(function, unpacked / "edge", given) as running, pytest.raises(RuntimeFailed, match="KeyError"):
        running.invoke({"Records": []})
    poor = tmp_path / "poor"
    with zipfile.ZipFile(GROUPS[0].archive(host_target())) as archive:
        archive.extractall(poor, [name for name in archive.namelist() if not name.startswith(("boto3/", "botocore/"))])
    with start(function, poor, given) as running, pytest.raises(RuntimeFailed, match="No module named 'boto"):
        running.invoke({"Records": []})


def test_two_builds_are_the_same_to_the_byte() -> None:
    target = host_target()
    first, second = build(target), build(target)
    assert first == second

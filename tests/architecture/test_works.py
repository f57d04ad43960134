"""The kinds of background work that people see are the queues and tables that there are, each in words of both languages."""

from infra.commands.redrive_on_aws import BUS, OUTBOX
from infra.embedded.template import load
from infra.embedded.worker import short_name
from shared.edge.works import TABLES, WORKS
from shared.kernel.operations import THINGS
from shared.texts import LOCALES, say

SERVICE = load("serverless.yml")


def test_every_queue_of_work_is_named() -> None:
    assert sorted(WORKS) == sorted(short_name(SERVICE, one) for one in SERVICE.queues if one.function is not None)


def test_every_table_is_asked_about() -> None:
    assert sorted(TABLES) == sorted(
        one.name.removeprefix(f"{SERVICE.prefix}-") for one in SERVICE.tables if not one.streamed
    )


def test_every_work_and_thing_has_its_words() -> None:
    codes = [
        *(f"operations.work_{each}" for each in (*WORKS, BUS, OUTBOX)),
        *(f"operations.thing_{each}" for each in THINGS),
    ]
    for code in codes:
        for locale in LOCALES:
            assert say(code, locale) != code

"""The adapters that each contract suite runs on.

To add an adapter, add one entry to the mapping of its port: a name and a function that takes pytest's request (for
`tmp_path`, `monkeypatch` and finalizers) and gives what the suite's fixture gives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Maker = Callable[[pytest.FixtureRequest], Any]


def _sqlite_memory(request: pytest.FixtureRequest) -> Any:
    from shared.embedded.store import Store

    store = Store(":memory:")
    request.addfinalizer(store.close)
    return store.table


def _sqlite_file(request: pytest.FixtureRequest) -> Any:
    from shared.embedded.store import Store

    store = Store(request.getfixturevalue("tmp_path") / "store.db")
    request.addfinalizer(store.close)
    return store.table


def _dynamodb(request: pytest.FixtureRequest) -> Any:
    from tests.support_aws import dynamo_tables

    return dynamo_tables(request)


TABLES: dict[str, Maker] = {"sqlite-memory": _sqlite_memory, "sqlite-file": _sqlite_file, "dynamodb-moto": _dynamodb}
"""name -> maker of a function `make(context) -> Table` on an empty store."""


def adapters(makers: dict[str, Maker]) -> list[Any]:
    return [pytest.param(maker, id=name) for name, maker in makers.items()]


def _folder_objects(request: pytest.FixtureRequest) -> Any:
    from tests.contract.object_clients import FolderClient

    return FolderClient(request.getfixturevalue("tmp_path"))


def _s3_objects(request: pytest.FixtureRequest) -> Any:
    from tests.contract.object_clients import S3Client
    from tests.support_aws import s3_objects

    return S3Client(s3_objects(request))


OBJECTS: dict[str, Maker] = {"folder": _folder_objects, "s3-moto": _s3_objects}
"""name -> maker of an object with `objects` (an empty Objects) and the client's side of its addresses."""


def _sqlite_schedules(request: pytest.FixtureRequest) -> Any:
    from tests.contract.schedule_engines import SqliteSchedules

    engine = SqliteSchedules()
    request.addfinalizer(engine.store.close)
    return engine


def _scheduler(request: pytest.FixtureRequest) -> Any:
    from tests.contract.aws_adapters import SchedulerEngine

    return SchedulerEngine(request)


SCHEDULES: dict[str, Maker] = {"sqlite": _sqlite_schedules, "scheduler-moto": _scheduler}
"""name -> maker of an object with `schedules` (empty) and `fired(until) -> [(queue, event)]`, what a bus would bring."""


def _maildir(request: pytest.FixtureRequest) -> Any:
    from tests.contract.mail_servers import MaildirPost

    return MaildirPost(request.getfixturevalue("tmp_path"))


def _smtp(request: pytest.FixtureRequest) -> Any:
    from tests.contract.mail_servers import SmtpPost

    post = SmtpPost()
    request.addfinalizer(post.close)
    return post


def _ses(request: pytest.FixtureRequest) -> Any:
    from tests.contract.aws_adapters import SesPost

    return SesPost(request)


MAILS: dict[str, Maker] = {"maildir": _maildir, "smtp": _smtp, "ses-moto": _ses}
"""name -> maker of an object with `mail` and `delivered() -> [bytes]`, the messages as a recipient's system gets them."""


def _key_folder(request: pytest.FixtureRequest) -> Any:
    from tests.contract.key_folders import key_folder

    return key_folder(request.getfixturevalue("tmp_path"))


def _kms(request: pytest.FixtureRequest) -> Any:
    from tests.contract.aws_adapters import kms_keyring

    return kms_keyring(request)


KEYRINGS: dict[str, Maker] = {"key-files": _key_folder, "kms": _kms}
"""name -> maker of a Keyring that holds keys of every purpose for issuer TDKT and of no other."""


def _sqlite_queues(request: pytest.FixtureRequest) -> Any:
    from tests.contract.failed_engines import SqliteQueues

    engine = SqliteQueues()
    request.addfinalizer(engine.store.close)
    return engine


def _sqs_queues(request: pytest.FixtureRequest) -> Any:
    from tests.contract.failed_engines import SqsQueues

    return SqsQueues(request)


FAILED: dict[str, Maker] = {"sqlite": _sqlite_queues, "sqs-moto": _sqs_queues}
"""name -> maker of an object with `failed_work`, and `send`, `fail`, `due` of its queues."""


@pytest.fixture(params=adapters(TABLES))
def make_table(request: pytest.FixtureRequest) -> Any:
    """`make_table("ceremonies")` is the Table of that context."""
    return request.param(request)


@pytest.fixture(params=adapters(OBJECTS))
def object_client(request: pytest.FixtureRequest) -> Any:
    return request.param(request)


@pytest.fixture(params=adapters(SCHEDULES))
def schedule_engine(request: pytest.FixtureRequest) -> Any:
    return request.param(request)


@pytest.fixture(params=adapters(MAILS))
def post_office(request: pytest.FixtureRequest) -> Any:
    return request.param(request)


@pytest.fixture(params=adapters(KEYRINGS))
def keyring(request: pytest.FixtureRequest) -> Any:
    return request.param(request)


@pytest.fixture(params=adapters(FAILED))
def failing(request: pytest.FixtureRequest) -> Any:
    return request.param(request)

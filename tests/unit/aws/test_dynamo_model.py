"""DynamoTable against a dictionary, by the same machine that the embedded table is tried with."""

from __future__ import annotations

import functools
from typing import Any

from hypothesis import HealthCheck, settings

from shared.aws.table import DynamoTable
from tests.contract.test_table_model import TableAgainstDictionary
from tests.support_aws import aws_account, make_outbox, make_table


class Account:
    """What the machine asks of a store."""

    def __init__(self) -> None:
        self._account = aws_account()
        dynamodb = self._account.__enter__()("dynamodb")
        outbox = make_outbox(dynamodb, "outbox")
        self.table = functools.cache(
            lambda context: DynamoTable(dynamodb, make_table(dynamodb, f"giaouoc-{context}"), outbox)
        )

    def close(self) -> None:
        self._account.__exit__(None, None, None)


class DynamoAgainstDictionary(TableAgainstDictionary):
    def make_store(self) -> Any:
        return Account()


TestDynamoAgainstDictionary = DynamoAgainstDictionary.TestCase
TestDynamoAgainstDictionary.settings = settings(
    max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

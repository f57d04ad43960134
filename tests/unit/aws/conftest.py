"""Fixtures of the AWS adapters' own tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support_aws import aws_account


@pytest.fixture
def client() -> Iterator[Callable[[str], Any]]:
    """`client(service)` in an empty account."""
    with aws_account() as clients:
        yield clients

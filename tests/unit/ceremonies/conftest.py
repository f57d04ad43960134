"""A ceremony's world, fresh for each test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from events.catalogue import BY_CLASS
from shared.embedded.objects import FolderObjects
from shared.embedded.store import Store
from shared.kernel.clock import FixedClock
from shared.kernel.trust import Issuer, Purpose, TrustedKey, TrustList
from tests.unit.ceremonies.hall import NOW, ORIGIN, HeldKeys, World, invited


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    store = Store(":memory:", {(source, kind): ("all",) for kind, _version, source in BY_CLASS.values()})
    keys = HeldKeys()
    start = int((NOW - timedelta(days=30)).timestamp())
    trust = TrustList(
        seq=1,
        issued_at=start,
        prev=None,
        issuers=(Issuer(code="TDOAN", name="Tỉnh đoàn", did="did:web:localhost", hosts=("localhost",)),),
        keys=(
            TrustedKey(
                issuer="TDOAN",
                purpose=Purpose.TICKET,
                public_key=keys.key.public_key(),
                valid_from=start,
                valid_until=start + 366 * 86_400,
            ),
        ),
    )
    objects = FolderObjects(tmp_path, origin=ORIGIN, clock=FixedClock(NOW), secret_file=tmp_path / "secret")
    yield World(store=store, objects=objects, keys=keys, trust=trust, invited=invited())
    store.close()

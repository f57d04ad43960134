"""Who left is forgotten after a time: name, address and number go, the account's number stays for the trail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from functions.privacy import apply_retention as retention
from shared.identity.accounts import account_at, address_print, new_account, read_account
from shared.identity.forgetting import ForgetPeople
from shared.identity.model import Account
from tests.edge_world import NOW, context, sample_world
from tests.hostile import HOSTILE_NAMES

LEFT = Account(
    id="left", name="Lê Thị An", email="an@so.example", phone="0912345678", created_at=NOW - timedelta(days=900),
    ended_at=NOW,
)  # fmt: skip


def test_an_ended_account_is_forgotten_after_two_years_and_only_that(tmp_path: Path) -> None:
    with sample_world(tmp_path, keys=False) as world:
        table = world.ports.table("identity")
        stays = replace(LEFT, id="stays", email="b@so.example", ended_at=None)
        table.commit([*new_account(LEFT), *new_account(stays)])
        world.store.catch_up()
        told = []
        for days in (729, 731, 732):
            world.ports.clock.set(NOW + timedelta(days=days))
            told.append(retention.handler({}, context())["accounts"])
            world.store.catch_up()
        assert told == [0, 1, 0]
        gone = read_account(table, "left")[0]
        assert (gone.name, gone.email, gone.phone, gone.ended_at) == ("", None, None, NOW)
        assert read_account(table, "stays")[0] == stays
        assert account_at(table, address_print("an@so.example")) is None, "the address may be somebody else's again"
        day = (NOW + timedelta(days=731)).date().isoformat()
        assert table.query(f"audit#{day}").items != ()


@pytest.mark.parametrize("most", [1, 3])
def test_a_run_is_bounded_and_the_next_goes_on(tmp_path: Path, most: int) -> None:
    with sample_world(tmp_path, keys=False) as world:
        table = world.ports.table("identity")
        for number, name in enumerate(HOSTILE_NAMES[:5]):
            table.commit(new_account(replace(LEFT, id=f"p{number}", name=name, email=f"p{number}@so.example")))
        world.store.catch_up()
        counts = []
        for _ in range(7):
            counts.append(ForgetPeople(table)(NOW + timedelta(days=1), most=most))
            world.store.catch_up()
        assert (sum(counts), max(counts), counts[-1]) == (5, most, 0)

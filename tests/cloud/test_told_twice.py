"""Every fact of the story delivered a second time, to every queue that hears it: nobody notices."""

from __future__ import annotations

from tests.cloud.telling import Told


def test_every_fact_once_more_changes_nothing(told: Told) -> None:
    told.stage.settle()
    before = told.totals()
    said = told.stage.operator.giaouoc("redrive", "outbox", "--since", told.since.isoformat())
    assert any(int(word) > 500 for word in said.split() if word.isdigit()), said
    told.stage.settle()
    assert told.totals() == before
    assert told.stage.dead_letters() == {}

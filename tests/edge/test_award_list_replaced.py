"""An award list whose file is replaced between two deliveries: what was first read is what becomes awards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from events.certificates import AwardListReceived
from functions.certificates.check_awards import check
from shared.certificates.decisions import ReceiveAwardList, RecordDecision
from shared.certificates.lists import CheckAwards, ShowListReport
from shared.certificates.model import ListState
from tests.edge_world import act, sample_world
from tests.unit.certificates.conftest import new_decision

SAMPLE = Path("samples/khoi-thi-dua-2/awards.csv")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[object]:
    with sample_world(tmp_path) as made:
        yield made


def test_a_redelivery_checks_the_file_that_was_first_read(world, monkeypatch):
    table, objects = world.ports.table("certificates"), world.ports.objects
    decision = RecordDecision(table)(act(world), new_decision())
    key = f"imports/awards/{decision.id}/upload1"
    objects.replace(key, SAMPLE.read_bytes(), "text/csv")
    received = ReceiveAwardList(table)(act(world), decision=decision.id, object_key=key, filename="awards.csv")
    fact = AwardListReceived(decision=decision.id, list_id=received.id, object_key=key, filename="awards.csv")

    def dying(*_, **__):
        raise RuntimeError("the process died")

    with monkeypatch.context() as patched:
        patched.setattr(CheckAwards, "_accept", dying)
        with pytest.raises(RuntimeError):
            check(world.ports, act(world), fact)
    objects.replace(key, b"%PDF-1.7 no list any more", "text/csv")
    check(world.ports, act(world), fact)
    done = ShowListReport(table)(decision=decision.id, list_id=received.id).list
    assert (done.state, done.rows, done.accepted) == (ListState.ACCEPTED, 65, 61)

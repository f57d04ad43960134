"""The sealing handler dies at any step and runs again, or runs twice at once: one PDF, one status number, one fact."""

import hashlib
import json
from dataclasses import replace as changed

import pytest

from functions.pledges import seal
from infra.embedded.payloads import Delivery, sqs_event
from shared.edge import wiring
from shared.edge.queue import BatchFailed
from shared.kernel.ports import Objects
from shared.pledges.reading import ListStatusNumbers, ShowPledge
from shared.pledges.statement import Site
from shared.pledges.usecases import DraftPledge, OpenPledge, WithdrawPledge
from tests.edge_world import ORIGIN, act, context, sample_world
from tests.unit.pledges.parties import Hall, sample_draft


@pytest.fixture
def world(tmp_path):
    with sample_world(tmp_path) as world:
        yield world


@pytest.fixture
def completed(world, monkeypatch):
    """The event of the sample's pledge, signed by all."""
    monkeypatch.setattr("tests.unit.pledges.parties.SITE", Site(origin=ORIGIN))
    table, now = world.ports.table("pledges"), act(world)
    drafted = DraftPledge(table)(now, issuer="TDOAN", draft=sample_draft())
    hall = Hall(table, world.ports.keyring, OpenPledge(table)(now, drafted.id))
    for party in sorted(drafted.parties, key=lambda each: (each.group, each.no)):
        hall.signs(party.no, at=now)
    (message,) = world.queues.lease("seal-pledge", 10, 60)
    queue = next(one for one in world.service.queues if one.logical_id == "SealPledgeQueue")
    delivery = Delivery(id="1", receipt="r", body=message.body, attempts=1, sent_at=0.0)
    return drafted.id, sqs_event(queue, [delivery])


def run(event):
    return seal.handler(event, context())["batchItemFailures"]


def sealed_facts(world):
    return [json.loads(each.body)["detail"] for each in world.queues.lease("send-sealed-pledge", 10, 60)]


def check_one(world, pledge):
    found = ShowPledge(world.ports.table("pledges"))(pledge).pledge
    assert found.state == "IN_FORCE"
    assert hashlib.sha256(world.ports.objects.get(found.seal.pdf_key)).hexdigest() == found.seal.pdf_sha256
    (fact,) = sealed_facts(world)
    assert fact["data"]["pdf_sha256"] == found.seal.pdf_sha256
    assert len(world.ports.table("pledges").query("status#TDOAN").items) == 1
    return found


class Dying:
    """Objects that fail once around storing."""

    def __init__(self, objects: Objects, when: str) -> None:
        self._objects, self._when = objects, when

    def __getattr__(self, name):
        return getattr(self._objects, name)

    def put_new(self, key, data, content_type):
        when, self._when = self._when, ""
        if when == "before":
            raise OSError("the process is gone")
        stored = self._objects.put_new(key, data, content_type)
        if when == "after":
            raise OSError("the process is gone")
        return stored


@pytest.mark.parametrize("when", ["before", "after"])
def test_dying_around_storing_the_pdf(world, completed, when):
    pledge, event = completed
    wiring.install(changed(world.ports, objects=Dying(world.ports.objects, when)))
    with pytest.raises(BatchFailed):
        run(event)
    decided = ShowPledge(world.ports.table("pledges"))(pledge).pledge.seal
    wiring.install(world.ports)
    world.ports.clock.set(world.ports.clock.now().replace(hour=20))
    assert run(event) == []
    found = check_one(world, pledge)
    assert (found.seal.token, found.seal.issued_at) == (decided.token, decided.issued_at)


def test_dying_before_the_record(world, completed, monkeypatch):
    pledge, event = completed
    with monkeypatch.context() as patched:
        patched.setattr(seal, "RecordSealed", lambda table: 1 / 0)
        with pytest.raises(BatchFailed):
            run(event)
    assert run(event) == []
    assert run(event) == []
    check_one(world, pledge)


def test_two_drawing_at_once_agree_on_the_first_ones_bytes(world, completed, monkeypatch):
    pledge, event = completed
    drawn = seal._drawn

    def overtaken(ports, plan):
        monkeypatch.setattr(seal, "_drawn", drawn)
        assert run(event) == []  # another worker gets the message again and is faster
        return drawn(ports, plan)

    monkeypatch.setattr(seal, "_drawn", overtaken)
    assert run(event) == []
    check_one(world, pledge)


def test_a_pledge_withdrawn_before_sealing_is_acknowledged_and_not_sealed(world, completed):
    pledge, event = completed
    WithdrawPledge(world.ports.table("pledges"))(act(world), pledge, "sai nội dung")
    assert run(event) == []
    assert sealed_facts(world) == []
    assert ListStatusNumbers(world.ports.table("pledges"))("TDOAN") == (frozenset(), frozenset())

"""The design's bet: register -> ticket -> admit on the adapters of the AWS engine, through everything that carries facts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.sample.client import ApiError
from infra.sample.files import SampleFiles
from infra.sample.load import import_units, plan_ceremony, send_list
from shared.identity.model import Role
from tests.journey_world import journey, text_of

FILES = SampleFiles(0)
INVITING = datetime(2027, 2, 1, 2, tzinfo=UTC)
DOORS = datetime(2027, 2, 12, 0, 0, tzinfo=UTC)


def test_register_ticket_admit_runs_once_on_the_aws_adapters(tmp_path: Path) -> None:
    """Items on DynamoDB, facts by outbox, stream, relay, bus and queue, lists on S3: one delegate from list to door."""
    with journey("aws", tmp_path, at=INVITING) as world:
        ports = world.ports
        for port in (ports.objects, ports.public, ports.mail, ports.sms, ports.schedules, ports.keyring):
            assert type(port).__module__.startswith("shared.aws.")
        assert type(ports.table("ceremonies")).__module__.startswith("shared.aws.")
        office = world.signed_in(Role.ORGANISER)
        import_units(office, FILES)
        ceremony = plan_ceremony(office, FILES)
        data = "STT;Họ và tên;Đơn vị;Email\n1;Lê Thị An;Sở Nội vụ;an@tinh.example\n".encode()
        send_list(office, f"/api/v1/ceremonies/{ceremony}", "ds.csv", data)
        assert world.drain() >= 3
        (letter,) = world.letters()
        world.move_to(DOORS)
        gate = world.signed_in(Role.GATE, ceremony, place="Cổng A")
        scan = {
            "ceremony": ceremony,
            "text": next(word for word in text_of(letter).split() if "/t#" in word),
            "scan_id": "scan-aws-1",
        }
        welcome = gate.post("/api/v1/admissions", scan)
        assert (welcome["outcome"], welcome["name"]) == ("ADMITTED", "Lê Thị An")
        assert gate.post("/api/v1/admissions", scan) == welcome
        with pytest.raises(ApiError) as refused:
            gate.post("/api/v1/admissions", {**scan, "scan_id": "scan-aws-2"})
        assert (refused.value.status, refused.value.code) == (409, "ticket.already_admitted")
        world.drain()
        totals = office.get(f"/api/v1/ceremonies/{ceremony}/attendance")
        assert (totals["registered"], totals["admitted"]) == (1, 1)
        assert world.dead_letters() == {}

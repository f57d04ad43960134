"""Rows of a delegates' list imported a second: workbook to judged rows to durable registrations with their events.

The floor is reading the cells of the same workbook and nothing else.
"""

from __future__ import annotations

import io
import time
from datetime import datetime, timedelta

import xlsxwriter

from infra.bench.machine import report
from infra.bench.world import act, bench_world
from infra.embedded.world import World
from infra.sample.files import FOLDER
from shared.ceremonies.importing import ImportDelegates, ReceiveDelegateList, upload_prefix
from shared.ceremonies.model import Ceremony, CeremonyKind
from shared.ceremonies.planning import CeremonyPlan, PlanCeremony
from shared.directory.importing import ImportUnits
from shared.documents.workbook import read_workbook
from shared.edge.invited import invited_units

ROWS = 10_000


def main() -> None:
    """Prints import.rows."""
    data = _workbook()
    started = time.perf_counter()
    read_workbook(data)
    floor = time.perf_counter() - started
    with bench_world() as world:
        spent = _import(world, planned(world, timedelta(days=10)), data)
    report(
        "import.rows",
        value=round(ROWS / spent),
        unit="rows/s",
        rows=ROWS,
        seconds=round(spent, 2),
        floor_seconds=round(floor, 2),
        ratio_to_floor=round(spent / floor, 2),
    )


def planned(world: World, ahead: timedelta) -> Ceremony:
    """A ceremony whose doors open `ahead` of now, with the sample's units in the directory."""
    units = read_workbook((FOLDER / "units.csv").read_bytes())
    ImportUnits(world.ports.table("directory"))(act(world), units)
    doors: datetime = world.ports.clock.now().replace(microsecond=0) + ahead
    plan = CeremonyPlan(
        title="Lễ phát động",
        kind=CeremonyKind.SIGNING,
        host="TDOAN",
        place="Hội trường",
        doors_open=doors,
        starts=doors + timedelta(minutes=30),
        ends=doors + timedelta(hours=4),
        gates=("Cổng A", "Cổng B"),
    )
    return PlanCeremony(world.ports.table("ceremonies"))(act(world), plan)


def _import(world: World, ceremony: Ceremony, data: bytes) -> float:
    table, objects = world.ports.table("ceremonies"), world.ports.objects
    key = upload_prefix(ceremony.id) + "bench"
    objects.put_new(key, data, "application/octet-stream")
    received = ReceiveDelegateList(table, objects)(
        act(world), ceremony=ceremony.id, object_key=key, filename="bench.xlsx"
    )
    started = time.perf_counter()
    done = ImportDelegates(table, objects, read_workbook)(
        act(world),
        ceremony=ceremony.id,
        list_id=received.id,
        invited=invited_units(world.ports.table("directory"), ceremony),
    )
    spent = time.perf_counter() - started
    if done.accepted != ROWS:
        raise RuntimeError(f"{done.accepted} of {ROWS} rows were taken: {done.refusal}")
    return spent


def _workbook() -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet("DS")
    sheet.write_row(0, 0, ["STT", "Họ và tên", "Chức vụ", "Đơn vị", "Điện thoại", "Email"])
    for number in range(1, ROWS + 1):
        phone, mail = f"09500{number:05}", f"nguoi{number}@tinh.example"
        sheet.write_row(number, 0, [number, f"Nguyễn Thị An {number}", "Chuyên viên", "Sở Nội vụ", phone, mail])
    book.close()
    return target.getvalue()

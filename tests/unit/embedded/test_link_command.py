"""`giaouoc link`: who needs to enter gets a new link, and nobody gets one by a slip."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from events.envelope import SYSTEM, Act
from infra.commands.__main__ import main
from infra.embedded.world import description, subscriptions
from infra.sample.device import DeviceKey, enrolled_here
from shared.ceremonies.model import CeremonyKind
from shared.ceremonies.planning import CeremonyPlan, ListCeremonies, PlanCeremony
from shared.embedded.store import Store
from shared.identity.accounts import find_account
from shared.identity.device_list import all_devices
from shared.identity.devices import Device, State
from shared.identity.model import Account, Role
from shared.identity.usecases import OpenSession

DOORS = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
HOST = "thidua.tinh.gov.vn"


def act() -> Act:
    return Act(actor=SYSTEM, at=datetime.now(UTC), correlation_id="test")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with Store(tmp_path / "store.db", subscriptions(description({}))) as store:
        plan = CeremonyPlan(
            title="Họp mặt đầu xuân", kind=next(iter(CeremonyKind)), host="TDOAN", place="Hội trường",
            doors_open=DOORS, starts=DOORS + timedelta(hours=1), ends=DOORS + timedelta(hours=4),
            gates=("Cổng A", "Cổng B"),
        )  # fmt: skip
        PlanCeremony(store.table("ceremonies"))(act(), plan)
    return tmp_path


def entered(data: Path, printed: str) -> Account:
    """Who the printed link lets in."""
    found = re.search(rf"https://{HOST}/in#([A-Za-z0-9_-]{{43}})\n", printed)
    assert found, printed
    with Store(data / "store.db", subscriptions(description({}))) as store:
        _, session = OpenSession(store.table("identity"))(act(), found[1])
        account = find_account(store.table("identity"), session.holder)
    assert account is not None
    return account[0]


def enrolled(data: Path, printed: str) -> Device:
    """The device that the printed link makes: it stands as soon as its key is known."""
    found = re.search(rf"https://{HOST}/device#([A-Za-z0-9_-]{{43}})\n", printed)
    assert found, printed
    with Store(data / "store.db", subscriptions(description({}))) as store:
        return enrolled_here(store.table("identity"), act(), found[1], DeviceKey(), origin=f"https://{HOST}")


def test_an_organiser_who_signed_out_gets_in_again(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["link", "organiser", "--data", str(data), "--host", HOST]) == 0
    grants = entered(data, capsys.readouterr().out).grants
    assert {grant.role for grant in grants} == {Role.ADMIN, Role.ORGANISER}, "who is first makes others administrators"


def test_a_second_gate_is_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["link", "gate", "--data", str(data), "--host", HOST]) == 1
    assert "Cổng A, Cổng B" in capsys.readouterr().err
    assert main(["link", "gate", "--gate", "Cổng B", "--data", str(data), "--host", HOST]) == 0
    device = enrolled(data, capsys.readouterr().out)
    assert (device.role, device.place, device.state) == (Role.GATE, "Cổng B", State.ACTIVE)


def test_a_screen_belongs_to_its_ceremony(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["link", "hall", "--data", str(data), "--host", HOST]) == 0
    assert enrolled(data, capsys.readouterr().out).role is Role.SCREEN
    assert main(["link", "hall", "--ceremony", "khac", "--data", str(data), "--host", HOST]) == 1
    assert "Họp mặt đầu xuân" in capsys.readouterr().err


def test_a_link_that_nobody_opened_is_made_anew_instead_of_another(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["link", "hall", "--data", str(data), "--host", HOST]
    for _ in range(3):
        assert main(words) == 0
    with Store(data / "store.db", subscriptions(description({}))) as store:
        (ceremony,) = ListCeremonies(store.table("ceremonies"))()
        assert len(all_devices(store.table("identity"), ceremony.id)) == 1
    capsys.readouterr()
    assert main(words) == 0
    enrolled(data, capsys.readouterr().out)
    assert main(words) == 0
    with Store(data / "store.db", subscriptions(description({}))) as store:
        assert len(all_devices(store.table("identity"), ceremony.id)) == 2, "who stands is left alone"


def test_no_link_without_the_offices_name(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["link", "organiser", "--data", str(data)]) == 1
    assert "--host" in capsys.readouterr().err
    assert main(["link", "organiser", "--data", str(data), "--host", "10.0.0.1"]) == 1
    assert main(["link", "organiser", "--data", str(data / "none"), "--host", HOST]) == 1
    with pytest.raises(SystemExit) as ended:
        main(["link", "nobody"])
    assert ended.value.code == 2
    assert "Xem cách dùng" in capsys.readouterr().err

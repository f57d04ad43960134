"""What whoever looks after the system sees and does: failed work, keys, copies, settings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.operations import http as operations
from infra.embedded.nightly import own_jobs
from infra.embedded.world import World
from shared.identity.model import Role
from shared.identity.office import ReadOfficeSettings
from tests.edge_world import call, context, http_event, sample_world, session_of
from tests.hostile import HOSTILE_NAMES

QUEUE = "send-invitation"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    (tmp_path / "data").mkdir()
    with sample_world(tmp_path / "data") as made:
        yield made


@pytest.fixture
def admin(world: World) -> str:
    return session_of(world, Role.ADMIN, person="admin")


def fail(world: World, queue: str, number: int = 1, **data: str) -> None:
    detail = {"type": "TicketIssued", "correlation_id": f"call-{number:05}", "data": {"ceremony": "c0ffee", **data}}
    world.queues.send(queue, [json.dumps({"detail": detail})])
    while leased := world.queues.lease(queue, 1, 0.0):
        if world.queues.settle(failed=[(leased[0], "Unavailable mail.no_server")]).dead:
            return
        with world.store.reading():
            world.store.transact(lambda db: db.execute("UPDATE messages SET visible_at = 0"))


def page(path: str, cookie: str, lang: str = "vi") -> tuple[int, str]:
    event = http_event("GET", path, cookie=cookie, headers={"accept": "text/html", "accept-language": lang})
    answer = operations.handler(event, context())
    return answer["statusCode"], answer.get("body") or ""


def ask(method: str, path: str, cookie: str, body: Any = None) -> tuple[int, Any]:
    return call(operations.handler, http_event(method, path, body, cookie=cookie))


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("path", ["/console/operations", f"/console/operations/{QUEUE}", "/console/settings"])
def test_a_page_with_nothing_is_calm_and_complete(world: World, admin: str, path: str, lang: str) -> None:
    status, text = page(path, admin, lang)
    assert status == 200
    assert "operations." not in text.replace("/console/operations", "").replace("/api/v1/operations", "")
    assert "settings." not in text


def test_failed_work_is_seen_tried_again_and_given_up(world: World, admin: str) -> None:
    for number in range(3):
        fail(world, QUEUE, number)
    _, text = page("/console/operations", admin)
    assert "3 việc chưa làm được" in text
    assert "Gửi giấy mời kèm vé" in text
    status, found = ask("GET", f"/api/v1/operations/works/{QUEUE}", admin)
    assert status == 200
    ids = [each["id"] for each in found["items"]]
    status, done = ask("POST", f"/api/v1/operations/works/{QUEUE}/retry", admin, {"ids": ids[:1]})
    assert (status, done) == (200, {"count": 1, "left": 0})
    status, _ = ask("POST", f"/api/v1/operations/works/{QUEUE}/drop", admin, {"id": ids[1], "reason": "  "})
    assert status == 422
    status, _ = ask("POST", f"/api/v1/operations/works/{QUEUE}/drop", admin, {"id": ids[1], "reason": "Lễ đã qua"})
    assert status == 200
    status, _ = ask("POST", f"/api/v1/operations/works/{QUEUE}/drop", admin, {"id": ids[1], "reason": "Lễ đã qua"})
    assert status == 404
    status, done = ask("POST", f"/api/v1/operations/works/{QUEUE}/retry-all", admin)
    assert (status, done) == (200, {"count": 1, "left": 0})
    status, shown = ask("GET", "/api/v1/operations/works", admin)
    assert shown["failed"] == 0
    _, text = page("/console/operations", admin)
    assert "Lễ đã qua" in text
    assert "Không có việc nào bị bỏ dở" in text


def test_a_message_links_to_its_thing_and_shows_the_reason(world: World, admin: str) -> None:
    fail(world, QUEUE, ceremony="c0ffee0123456789", name="Lê Thị An")
    status, text = page(f"/console/operations/{QUEUE}", admin)
    assert status == 200
    assert 'href="/console/ceremonies/c0ffee0123456789"' in text
    assert "Unavailable mail.no_server" in text
    assert "Lê Thị An" not in text


@pytest.mark.parametrize(
    "body", [{"ids": []}, {"ids": ["1"] * 0}, {"ids": [str(n) for n in range(60)]}, {}, {"ids": "1"}]
)
def test_a_wrong_choice_of_messages_is_told(world: World, admin: str, body: Any) -> None:
    status, told = ask("POST", f"/api/v1/operations/works/{QUEUE}/retry", admin, body)
    assert status == 422
    assert told["title"]


def test_a_work_that_there_is_not(world: World, admin: str) -> None:
    for path in ("/console/operations/nothing", "/console/operations/%3Cb%3E"):
        assert page(path, admin)[0] == 404
    assert ask("POST", "/api/v1/operations/works/nothing/retry-all", admin)[0] == 404


@pytest.mark.parametrize("role", [Role.ORGANISER, Role.AUDITOR])
def test_who_may_look_and_not_act(world: World, role: Role) -> None:
    cookie = session_of(world, role, person="other")
    fail(world, QUEUE)
    status, text = page(f"/console/operations/{QUEUE}", cookie)
    assert status == 200
    assert "retry" not in text
    assert ask("POST", f"/api/v1/operations/works/{QUEUE}/retry-all", cookie)[0] == 403
    assert ask("POST", "/api/v1/operations/copies", cookie)[0] == 403
    assert ask("PUT", "/api/v1/settings", cookie, {"name": "A", "contact": "", "version": 0})[0] == 403


def test_a_copy_is_asked_for_made_by_the_worker_and_told_afterwards(world: World, admin: str) -> None:
    assert ask("GET", "/api/v1/operations/copies/progress", admin)[0] == 404
    status, asked = ask("POST", "/api/v1/operations/copies", admin)
    assert (status, asked["state"]) == (202, "REQUESTED")
    assert ask("POST", "/api/v1/operations/copies", admin)[1] == asked, "one at a time"
    assert ask("GET", "/api/v1/operations/copies/progress", admin)[1]["state"] == "running"
    jobs = {schedule.name: job for schedule, job in own_jobs(world)}
    jobs["requested-backup"]()
    event = http_event("GET", "/api/v1/operations/copies/progress", cookie=admin)
    answer = operations.handler(event, context())
    view = json.loads(answer["body"])
    assert view["state"] == "done"
    assert set(view["sentence"]) == {"vi", "en"}
    event["headers"]["if-none-match"] = answer["headers"]["etag"]
    assert operations.handler(event, context())["statusCode"] == 304
    _, found = ask("GET", "/api/v1/operations/copies", admin)
    assert found["copies"]["count"] == 1
    jobs["requested-backup"]()
    assert ask("GET", "/api/v1/operations/copies", admin)[1]["copies"]["count"] == 1, "asked for once, made once"


def test_a_copy_that_cannot_be_made_says_why(world: World, admin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = world.data.with_name("a-file")
    file.write_text("x")
    monkeypatch.setenv("GIAOUOC_BACKUPS", str(file))
    ask("POST", "/api/v1/operations/copies", admin)
    {schedule.name: job for schedule, job in own_jobs(world)}["requested-backup"]()
    view = ask("GET", "/api/v1/operations/copies/progress", admin)[1]
    assert view["state"] == "failed"
    assert view["sentence"]["vi"] != view["sentence"]["en"]


def test_keys_are_shown_without_secrets(world: World, admin: str) -> None:
    _, text = page("/console/operations", admin)
    assert "TDOAN" in text
    assert "Phải lập khóa mới trước" in text


def settings(**changed: Any) -> dict[str, Any]:
    return {"name": "Sở Nội vụ", "contact": "Phòng Thi đua", "version": 0, "second_officer": ["pledge.open"], **changed}


def test_settings_are_changed_and_shown(world: World, admin: str) -> None:
    status, made = ask("PUT", "/api/v1/settings", admin, settings())
    assert (status, made["version"], made["changed_by"]) == (200, 1, "admin")
    assert ReadOfficeSettings(world.ports.table("identity"))().four_eyes == {"pledge.open"}
    _, text = page("/console/settings", admin)
    assert "Sở Nội vụ" in text
    assert ask("PUT", "/api/v1/settings", admin, settings(name="Khác"))[0] == 409


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"zone": "Nowhere/City"}, "zone"),
        ({"second_officer": ["all"]}, "second_officer"),
        ({"retention": {"attendance_days": 1}}, "retention.attendance_days"),
        ({"version": "x"}, "version"),
        ({"heading": "KING"}, "heading"),
    ],
)
def test_a_wrong_setting_is_told_at_its_field(world: World, admin: str, changed: Any, field: str) -> None:
    status, told = ask("PUT", "/api/v1/settings", admin, settings(**changed))
    assert status == 422
    assert told["facts"]["field"] == field


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_stays_text(world: World, admin: str, name: str) -> None:
    status, _ = ask("PUT", "/api/v1/settings", admin, settings(name=name[:200]))
    assert status == 200
    _, text = page("/console/settings", admin)
    assert "<img src=x" not in text
    assert "<script>alert" not in text
